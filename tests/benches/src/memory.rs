//! Resident memory of the host's process.

use std::time::Duration;

use anyhow::Result;

use crate::host::Host;
use crate::load::send;
use crate::table::{Table, megabytes};

/// After a first start, once that is done with all that a first start does.
pub(crate) async fn idle(host: &Host, table: &mut Table) -> Result<()> {
    tokio::time::sleep(Duration::from_secs(10)).await;
    table.row(
        "resident memory, idle",
        megabytes(host.resident()?),
        "–".into(),
        String::new(),
        "≤ 60 MB",
    );
    Ok(())
}

/// After 100,000 messages, and how much the second half of them added.
pub(crate) async fn after_many(host: &Host, table: &mut Table, quick: bool) -> Result<()> {
    let (messages, first) = if quick {
        (10_000, 1_000)
    } else {
        (100_000, 1_000)
    };
    // The first of them fill pools and caches, which is no growth.
    send(&host.address, &host.echo, 32, first, 1_000).await?;
    let before = host.resident()?;
    let seen = send(&host.address, &host.echo, 32, messages, 1_000).await?;
    let after = host.resident()?;
    table.row(
        &format!("resident memory after {messages} messages in 1,000 conversations"),
        format!("{} ({:.0} messages/s)", megabytes(after), seen.rate),
        format!("after the first {first}: {}", megabytes(before)),
        format!("+{}", megabytes(after.saturating_sub(before))),
        "growth ≤ 15 MB",
    );
    Ok(())
}
