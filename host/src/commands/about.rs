//! What there is: all commands, and how things stand.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::call::Call;
use super::declined::Declined;
use super::outcome::Outcome;
use super::table::{Command, PLAIN, Place, Run, table};
use crate::error::Result;
use crate::service::accounts;

pub(super) const COMMANDS: &[Command] = &[
    Command {
        names: &["status"],
        routes: &["status"],
        summary: "tells which agent answers you here, and whether it runs",
        run: Run::Host(status),
        ..PLAIN
    },
    Command {
        names: &["help"],
        routes: &["help"],
        is_for_anyone: true,
        summary: "shows this",
        run: Run::Host(help),
        ..PLAIN
    },
];

fn help<'a>(call: &'a Call<'a>) -> BoxFuture<'a, Result<Outcome, Declined>> {
    async move {
        let is_group = call.speaker.is_group;
        let fits = |command: &&Command| match command.place {
            Place::Anywhere => true,
            Place::Direct => !is_group,
            Place::Group => is_group,
        };
        let lines = table()
            .filter(fits)
            .map(|command| format!("{} – {}", command.usage(), command.summary));
        let lines: Vec<String> = lines.collect();
        let about = if is_group {
            "@NAME MESSAGE talks to an agent that is shared here or yours, and so does what you write after it; \
             @chatdev MESSAGE is for the host itself."
        } else {
            "What else you write is for the loaded agent; @NAME MESSAGE loads one of yours and talks to it."
        };
        Ok(Outcome::say(format!(
            "Commands:\n{}\n\n{about}",
            lines.join("\n")
        )))
    }
    .boxed()
}

fn status<'a>(call: &'a Call<'a>) -> BoxFuture<'a, Result<Outcome, Declined>> {
    async move {
        let row = &call.speaker.row;
        let mut lines = vec![match call.speaker.loaded() {
            Some(agent) => format!("Agent '{}' is loaded: {}.", agent.name, agent.status),
            None if row.is_with_host && call.speaker.is_group => {
                "You talk to the host itself here.".to_owned()
            }
            None if row.has_primary => {
                "No agent of yours is loaded: the one of this channel answers.".to_owned()
            }
            None => {
                "No agent is loaded. /load NAME loads one, and /create NAME makes one.".to_owned()
            }
        }];
        if row.is_yolo && !call.speaker.is_group {
            lines.push("YOLO mode is on.".to_owned());
        }
        lines.extend(free_use(call).await?);
        Ok(Outcome::say(lines.join("\n")))
    }
    .boxed()
}

/// What of the account is free and how much of that is used, where anything is counted.
pub(super) async fn free_use(call: &Call<'_>) -> Result<Option<String>, Declined> {
    if call.speaker.row.is_set_up {
        return Ok(None);
    }
    let used = accounts::used(call.cx, &call.caller).await?;
    let free = &call.cx.config.onboarding;
    let of = |used: i64, free: Option<i64>, what: &str| {
        free.map(|free| format!("{used} of {free} {what}"))
    };
    let used = [
        of(used.prompts, free.free_prompts.0, "messages to agents"),
        of(used.calls, free.free_calls.0, "commands"),
    ];
    let used: Vec<String> = used.into_iter().flatten().collect();
    Ok((!used.is_empty()).then(|| format!("Free use so far: {}.", used.join(", "))))
}
