//! Turns that are run again: those of the echo, which heard nothing of its host and are put together from what is stored, and
//! those of the counter, whose journal is what it heard of its memory.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::json;

use crate::host::Host;
use crate::load::{FOX, Talker, talk};
use crate::start::built;
use crate::table::{Table, per_second};

/// Turns of one request, as many as it takes.
const TURNS: u32 = 1_000;
/// People who talk to the counter, and how often they do: more than a thousand times.
const PEOPLE: usize = 16;
const MESSAGES: usize = 1_024;

/// The newest turns of each, a thousand a request.
pub(crate) async fn measure(host: &Host, table: &mut Table, quick: bool) -> Result<()> {
    talk(&host.address, &host.echo, 32, Duration::from_secs(2)).await?;
    again(host, table, quick, "echo", "without a journal").await?;
    count(host).await?;
    again(host, table, quick, "counted", "with a journal").await
}

/// Has many messages counted.
async fn count(host: &Host) -> Result<()> {
    host.push("counted", &built("guest-sdk/agents/counter")?)
        .await?;
    let channel = host.channel("counted").await?;
    // One after the other: all of them count in the same place.
    let mut talker = Talker::new(&host.address, &channel).await?;
    for message in 0..MESSAGES {
        talker.ask(message % PEOPLE, FOX, "in all").await?;
    }
    Ok(())
}

async fn again(host: &Host, table: &mut Table, quick: bool, agent: &str, how: &str) -> Result<()> {
    let input =
        format!("{{ agent: \"{agent}\", since: \"2020-01-01T00:00:00Z\", first: {TURNS} }}");
    let query = format!("mutation {{ replayTurns(input: {input}) {{ turns same }} }}");
    let body = serde_json::to_vec(&json!({ "query": query }))?;
    let mut rates = Vec::new();
    for _ in 0..if quick { 3 } else { 11 } {
        let begun = Instant::now();
        let answer = host.tell("POST", "/graphql", &body).await?;
        let took = begun.elapsed();
        let same = answer.pointer("/data/replayTurns/same");
        let same = same.and_then(serde_json::Value::as_u64);
        let same = u32::try_from(same.with_context(|| answer.to_string())?)?;
        anyhow::ensure!(same == TURNS, "the same came of {same} of {TURNS}");
        rates.push(f64::from(same) / took.as_secs_f64());
    }
    rates.sort_by(f64::total_cmp);
    let median = rates.get(rates.len() / 2).copied().unwrap_or_default();
    table.row(
        &format!("echo-sized turns {how} run again, 1,000 a request"),
        per_second(median),
        "–".into(),
        String::new(),
        "≥ 1,000/s",
    );
    Ok(())
}
