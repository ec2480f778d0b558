//! The durable echo: a message over HTTP, stored, answered by a fresh instance, the answer stored, and back.

use std::time::Duration;

use anyhow::Result;

use crate::host::Host;
use crate::load::{Seen, talk};
use crate::postgres::{Inserts, inserts};
use crate::table::{Table, millis, per_second};

/// Times that the two take turns, so that a drift of the machine meets both.
const ROUNDS: usize = 3;

/// At 32 conversations and at one.
pub(crate) async fn measure(host: &Host, table: &mut Table, quick: bool) -> Result<()> {
    let time = Duration::from_secs(if quick { 2 } else { 10 });
    talk(&host.address, &host.echo, 32, Duration::from_secs(2)).await?;

    let (echo, insert, statements) = rounds(host, 32, time).await?;
    let (p50, p99) = (echo.quantile(50), echo.quantile(99));
    table.row(
        "durable echo, 32 conversations",
        format!(
            "{}, p50 {}, p99 {}, {statements:.2} statements a message",
            per_second(echo.rate),
            millis(p50),
            millis(p99)
        ),
        format!("pgbench insert, 32 clients: {}", per_second(insert.rate)),
        format!("{:.2} of its rate", echo.rate / insert.rate),
        "≥ 0.30 of its rate, p99 ≤ 30 ms",
    );

    let (echo, insert, _) = rounds(host, 1, time).await?;
    let (p50, p99) = (echo.quantile(50), echo.quantile(99));
    table.row(
        "durable echo, one at a time",
        format!("p50 {}, p99 {}", millis(p50), millis(p99)),
        format!("pgbench insert, 1 client: {}", millis(insert.latency)),
        format!(
            "{:.1} of its latencies",
            p50.as_secs_f64() / insert.latency.as_secs_f64()
        ),
        "p50 ≤ 5 of its latencies",
    );
    Ok(())
}

/// The median round of each, by rate, and the statements that a message took in all of them.
async fn rounds(host: &Host, people: usize, time: Duration) -> Result<(Seen, Inserts, f64)> {
    let socket = host.socket()?;
    let (mut echoes, mut references) = (Vec::new(), Vec::new());
    let (mut statements, mut messages) = (0, 0);
    for _ in 0..ROUNDS {
        references.push(inserts(&socket, people, time)?);
        let before = host.statements().await?;
        let echo = talk(&host.address, &host.echo, people, time).await?;
        statements += host.statements().await? - before;
        messages += echo.count();
        echoes.push(echo);
    }
    echoes.sort_by(|one, other| one.rate.total_cmp(&other.rate));
    references.sort_by(|one, other| one.rate.total_cmp(&other.rate));
    #[expect(clippy::cast_precision_loss, reason = "a mean is not counted exactly")]
    let each = statements as f64 / messages.max(1) as f64;
    Ok((
        echoes.swap_remove(ROUNDS / 2),
        references.swap_remove(ROUNDS / 2),
        each,
    ))
}
