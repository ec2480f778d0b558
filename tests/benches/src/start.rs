//! Starts: of the process on data that exists, and of an agent whose compiled code is on disk only.

use std::time::Duration;

use anyhow::{Context, Result};

use crate::host::{Channel, Host};
use crate::load::Talker;
use crate::table::{Table, millis};

const TIMES: usize = 7;

/// From the start of the process to the first good `/readyz`, with the embedded Postgres in it.
pub(crate) async fn restarts(host: &mut Host, table: &mut Table) -> Result<()> {
    let mut times = Vec::new();
    for _ in 0..TIMES {
        host.restart().await?;
        times.push(host.started_in);
    }
    let (median, worst) = middle_and_last(times)?;
    let measured = format!("{} (worst of {TIMES}: {})", millis(median), millis(worst));
    table.row(
        "start to /readyz on existing data",
        measured,
        "–".into(),
        String::new(),
        "≤ 1 s",
    );
    Ok(())
}

/// The first turn of agents that this process has not run yet, over HTTP, beside a later one of the same agent.
pub(crate) async fn first_turns(host: &mut Host, table: &mut Table) -> Result<()> {
    let echo = built("guest-sdk/agents/echo")?;
    let mut channels = Vec::new();
    for number in 0..TIMES {
        let name = format!("cold-{number}");
        host.push(&name, &distinct(&echo, number)).await?;
        channels.push(host.channel(&name).await?);
    }
    host.restart().await?;
    // What belongs to the process and not to the agent: connections, prepared statements.
    let mut warm = Talker::new(&host.address, &host.echo).await?;
    for _ in 0..200 {
        warm.say(0).await?;
    }
    let (mut first, mut later) = (Vec::new(), Vec::new());
    for channel in &channels {
        let (cold, warm) = first_and_later(host, channel).await?;
        first.push(cold);
        later.push(warm);
    }
    let ((first, worst), (later, _)) = (middle_and_last(first)?, middle_and_last(later)?);
    table.row(
        "first turn of an agent whose compiled code is on disk only",
        format!("{} (worst of {TIMES}: {})", millis(first), millis(worst)),
        format!("a later turn of the same: {}", millis(later)),
        format!("+{}", millis(first.saturating_sub(later))),
        "≤ 5 ms",
    );
    Ok(())
}

pub(crate) async fn first_and_later(
    host: &Host,
    channel: &Channel,
) -> Result<(Duration, Duration)> {
    let mut talker = Talker::new(&host.address, channel).await?;
    let first = talker.say(1).await?;
    let mut later = Vec::new();
    for _ in 0..20 {
        later.push(talker.say(1).await?);
    }
    Ok((first, middle_and_last(later)?.0))
}

/// A guest of this checkout, built as any is.
pub(crate) fn built(folder: &str) -> Result<Vec<u8>> {
    let checkout = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let output = std::process::Command::new(checkout.join("scripts/build-guest"))
        .arg(checkout.join(folder))
        .args(["--", "--locked"])
        .output()?;
    let said = String::from_utf8(output.stdout)?;
    let path = said
        .lines()
        .last()
        .with_context(|| format!("{folder} is not built: see scripts/build-guest"))?;
    Ok(std::fs::read(path)?)
}

/// The same module with a custom section of its own, so that it is another one.
pub(crate) fn distinct(module: &[u8], number: usize) -> Vec<u8> {
    let name = format!("bench-{number}");
    let mut distinct = module.to_vec();
    // Section 0, its size, the size of its name, the name: each size is one byte here.
    distinct.push(0);
    distinct.extend(u8::try_from(name.len() + 1));
    distinct.extend(u8::try_from(name.len()));
    distinct.extend(name.bytes());
    distinct
}

pub(crate) fn middle_and_last(mut times: Vec<Duration>) -> Result<(Duration, Duration)> {
    times.sort_unstable();
    let middle = times.get(times.len() / 2).copied();
    Ok((
        middle.context("nothing was measured")?,
        times.last().copied().unwrap_or_default(),
    ))
}
