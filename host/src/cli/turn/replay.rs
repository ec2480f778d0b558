//! `cloister turn replay`: one turn, or those of an agent since a time, on their own modules or on another.

use std::path::PathBuf;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use clap::Args;
use serde_json::{Value, json};

use super::Remote;
use crate::cli::Failure;
use crate::cli::client::Client;

const ONE: &str = "mutation ($input: ReplayTurnInput!) {
    replayTurn(input: $input) { turnId moduleId verdict why diff notes log }
}";
const MANY: &str = "mutation ($input: ReplayTurnsInput!) {
    replayTurns(input: $input) { turns same endCursor others { turnId moduleId verdict why diff notes log } }
}";

/// Run turns again, on what their agent heard then; nothing comes of it
#[derive(Args)]
pub(in crate::cli) struct Replay {
    /// The turn's id
    #[arg(required_unless_present = "since", conflicts_with = "since")]
    id: Option<String>,
    /// A WebAssembly file to run in place of the turn's own module; it is not kept
    #[arg(long, value_name = "FILE")]
    module: Option<PathBuf>,
    /// All turns of an agent since then: `7d`, `12h`, `30m`, or a time such as 2026-11-20T08:00:00Z
    #[arg(long, value_name = "TIME", requires = "agent", value_parser = since)]
    since: Option<DateTime<Utc>>,
    /// The agent's name or id
    #[arg(long, requires = "since")]
    agent: Option<String>,
    #[command(flatten)]
    remote: Remote,
}

impl Replay {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let module = match &self.module {
            Some(file) => Some(std::fs::read(file).map_err(|error| {
                Failure::unacceptable(format!("cannot read {}: {error}", file.display()))
            })?),
            None => None,
        };
        let client = self.remote.client()?;
        let failed = match (&self.id, self.since) {
            (Some(id), _) => one(&client, id, module.as_deref()).await?,
            (None, Some(since)) => {
                let agent = self.agent.as_deref().unwrap_or_default();
                many(&client, agent, since, module.as_deref()).await?
            }
            (None, None) => false,
        };
        match failed && self.module.is_none() {
            true => Err(Failure::failed("not the same came of it")),
            false => Ok(()),
        }
    }
}

/// Whether something else came of it.
async fn one(client: &Client, id: &str, module: Option<&[u8]>) -> Result<bool, Failure> {
    let variables = json!({ "input": { "id": id, "file": null } });
    let data = client.query_with(ONE, variables, module).await?;
    let replay = data.get("replayTurn").unwrap_or(&Value::Null);
    tell(replay);
    Ok(text(replay, "verdict") != "SAME")
}

async fn many(
    client: &Client,
    agent: &str,
    since: DateTime<Utc>,
    module: Option<&[u8]>,
) -> Result<bool, Failure> {
    let (mut turns, mut same) = (0, 0);
    let mut after = Value::Null;
    loop {
        let since = since.to_rfc3339_opts(SecondsFormat::Millis, true);
        let input = json!({ "agent": agent, "since": since, "after": after, "file": null });
        let data = client
            .query_with(MANY, json!({ "input": input }), module)
            .await?;
        let page = data.get("replayTurns").unwrap_or(&Value::Null);
        for replay in page
            .get("others")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            tell(replay);
            say!("");
        }
        let count = |name: &str| page.get(name).and_then(Value::as_u64).unwrap_or_default();
        turns += count("turns");
        same += count("same");
        after = page.get("endCursor").cloned().unwrap_or_default();
        if after.is_null() {
            break;
        }
    }
    say!("{turns} turns, of {same} the same came");
    Ok(same < turns)
}

fn tell(replay: &Value) {
    let module = text(replay, "moduleId");
    say!(
        "{} {} {module}",
        text(replay, "turnId"),
        text(replay, "verdict").to_lowercase()
    );
    if let Some(why) = replay.get("why").and_then(Value::as_str) {
        say!("  {why}");
    }
    for note in lines(replay, "notes") {
        say!("  {note}");
    }
    for line in lines(replay, "log") {
        say!("  log: {line}");
    }
    for line in lines(replay, "diff") {
        say!("{line}");
    }
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn lines<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a str> {
    let lines = value.get(name).and_then(Value::as_array);
    lines.into_iter().flatten().filter_map(Value::as_str)
}

/// A time, or how long ago it was.
fn since(text: &str) -> Result<DateTime<Utc>, String> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Ok(time.to_utc());
    }
    let wrong = || {
        format!(
            "`{text}` is neither a span such as 7d, 12h or 30m nor a time such as 2026-11-20T08:00:00Z"
        )
    };
    let unit = text.chars().last().ok_or_else(wrong)?;
    let number = text
        .strip_suffix(unit)
        .and_then(|number| number.parse::<u16>().ok());
    let number = i64::from(number.ok_or_else(wrong)?);
    let span = match unit {
        'd' => TimeDelta::days(number),
        'h' => TimeDelta::hours(number),
        'm' => TimeDelta::minutes(number),
        _ => return Err(wrong()),
    };
    Ok(Utc::now() - span)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_as_itself_or_as_how_long_ago_it_was() {
        // To the nearest minute: the test takes a moment as well.
        let half = TimeDelta::seconds(30);
        let ago = |text: &str| (Utc::now() + half - since(text).unwrap()).num_minutes();
        assert_eq!(ago("7d"), 7 * 24 * 60);
        assert_eq!(ago("12h"), 12 * 60);
        assert_eq!(ago("30m"), 30);
        let time = since("2026-11-20T08:00:00+01:00").unwrap();
        assert_eq!(time.to_rfc3339(), "2026-11-20T07:00:00+00:00");
        for wrong in ["", "d", "7", "-7d", "7w", "99999999d", "yesterday", "7ü"] {
            assert!(since(wrong).is_err(), "{wrong}");
        }
    }
}
