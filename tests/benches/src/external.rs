//! External messages: sessions that each wait for their reply, through the navigator and the echo.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use futures_util::future::try_join_all;
use serde_json::Value;

use crate::host::Host;
use crate::http::Connection;
use crate::load::Seen;
use crate::table::{Table, megabytes, millis, per_second};

const PATH: &str = "/api/external/message";

/// At 32 sessions, at one, and what so many messages leave in memory.
pub(crate) async fn measure(host: &Host, table: &mut Table, quick: bool) -> Result<()> {
    let made = host.tell("POST", "/api/external/token", b"{}").await?;
    let token = made.get("token").and_then(Value::as_str);
    let token = token.context("no token")?;
    let (time, messages) = if quick {
        (Duration::from_secs(2), 10_000)
    } else {
        (Duration::from_secs(10), 100_000)
    };
    // Sessions begin, connections learn their statements, and caches fill.
    many(host, token, 32, 1_000).await?;
    let before = host.resident()?;

    let seen = talk(host, token, 32, time).await?;
    table.row(
        "external messages, 32 sessions",
        format!(
            "{}, p50 {}, p99 {}",
            per_second(seen.rate),
            millis(seen.quantile(50)),
            millis(seen.quantile(99))
        ),
        "–".into(),
        String::new(),
        "≥ 2,000/s, p99 ≤ 40 ms",
    );
    let alone = talk(host, token, 1, time).await?;
    table.row(
        "external messages, one at a time",
        format!(
            "p50 {}, p99 {}",
            millis(alone.quantile(50)),
            millis(alone.quantile(99))
        ),
        "–".into(),
        String::new(),
        "p50 ≤ 3 ms",
    );
    let seen = many(host, token, 32, messages).await?;
    let after = host.resident()?;
    table.row(
        &format!("resident memory after {messages} external messages in 1,000 sessions"),
        format!("{} ({})", megabytes(after), per_second(seen.rate)),
        format!("after the first 1000: {}", megabytes(before)),
        format!("+{}", megabytes(after.saturating_sub(before))),
        "growth ≤ 15 MB",
    );
    Ok(())
}

/// Has `people` talk for as long as `time`, each in a session of their own.
async fn talk(host: &Host, token: &str, people: usize, time: Duration) -> Result<Seen> {
    let begun = Instant::now();
    let everyone = (0..people).map(async |person| {
        let mut connection = Connection::open(&host.address).await?;
        let mut latencies = Vec::new();
        while begun.elapsed() < time {
            latencies.push(say(&mut connection, token, person).await?);
        }
        anyhow::Ok(latencies)
    });
    let latencies = try_join_all(everyone).await?.concat();
    Ok(Seen::of(latencies, begun.elapsed()))
}

/// Has `count` messages sent, by `people` at a time, over a thousand sessions.
async fn many(host: &Host, token: &str, people: usize, count: usize) -> Result<Seen> {
    let begun = Instant::now();
    let everyone = (0..people).map(async |person| {
        let mut connection = Connection::open(&host.address).await?;
        let mut latencies = Vec::new();
        for number in (person..count).step_by(people) {
            latencies.push(say(&mut connection, token, number % 1_000).await?);
        }
        anyhow::Ok(latencies)
    });
    let latencies = try_join_all(everyone).await?.concat();
    Ok(Seen::of(latencies, begun.elapsed()))
}

/// Says something and waits for the echo.
async fn say(connection: &mut Connection, token: &str, session: usize) -> Result<Duration> {
    let body = format!(r#"{{"sessionId":"session-{session}","message":"the quick brown fox"}}"#);
    let begun = Instant::now();
    let (status, answer) = connection
        .send("POST", PATH, token, body.as_bytes())
        .await?;
    let took = begun.elapsed();
    let answer = String::from_utf8_lossy(&answer);
    ensure!(
        status == 200 && answer.contains("the quick brown fox"),
        "{status} {answer}"
    );
    Ok(took)
}
