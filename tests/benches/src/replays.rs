//! Turns that are run again.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::json;

use crate::host::Host;
use crate::load::talk;
use crate::table::{Table, per_second};

/// Turns of one request, as many as it takes.
const TURNS: u32 = 1_000;

/// The newest turns of the built-in echo, a thousand a request.
pub(crate) async fn measure(host: &Host, table: &mut Table, quick: bool) -> Result<()> {
    talk(&host.address, &host.echo, 32, Duration::from_secs(2)).await?;
    let input = format!("{{ agent: \"echo\", since: \"2020-01-01T00:00:00Z\", first: {TURNS} }}");
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
        "echo-sized turns run again, 1,000 a request",
        per_second(median),
        "–".into(),
        String::new(),
        "≥ 1,000/s",
    );
    Ok(())
}
