//! What `make bench` prints: the release binary measured over its sockets, each number beside its reference, which is
//! measured in the same run on the same machine. A benchmark, never a test: nothing here fails because it is slow.
//!
//! `benches [--quick] [--only=turns,page,…] [what the sandbox's own benchmark printed]`
//!
//! This package is apart from `tests`, which builds the host with its fault points in it.

mod channel_api;
mod external;
mod host;
mod http;
mod languages;
mod load;
mod many;
mod memory;
mod page;
mod postgres;
mod reference;
mod replays;
mod sandbox;
mod start;
mod table;
mod telegram;
mod thinking;
mod turns;
mod watchers;

/// The provider of models that the tests have, for what waits for one.
#[path = "../../support/fakes/openai.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "it belongs to the tests, which use all of it"
)]
mod openai;

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::host::Host;
use crate::table::Table;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [mode, database] if mode == "reference" => reference::serve(database),
        _ => measure(&arguments),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn measure(arguments: &[String]) -> Result<()> {
    let known = |flag: &str| flag == "--quick" || flag.starts_with("--only=");
    let mut flags = arguments
        .iter()
        .filter(|argument| argument.starts_with("--"));
    if let Some(unknown) = flags.find(|flag| !known(flag)) {
        bail!(
            "{unknown} is unknown: benches [--quick] [--only=turns,page,…] [the sandbox's table]"
        );
    }
    let quick = arguments.iter().any(|argument| argument == "--quick");
    // Memory counts from a fresh start, so a part alone shows other figures there than the whole.
    let only: Option<Vec<&str>> = arguments
        .iter()
        .find_map(|argument| argument.strip_prefix("--only="))
        .map(|names| names.split(',').collect());
    let runs = |name: &str| only.as_ref().is_none_or(|names| names.contains(&name));
    let printed = arguments
        .iter()
        .find(|argument| !argument.starts_with("--"));
    let binary = binary()?;
    let mut table = Table::default();
    if let Some(printed) = printed {
        sandbox::read(printed.as_ref(), &mut table)?;
    }
    let folder = tempfile::Builder::new()
        .prefix("cloister-bench-")
        .tempdir()?;
    host::open(folder.path())?;
    let mut host = Host::start(&binary, folder.path().join("data")).await?;
    host.prepare().await?;
    if runs("idle") {
        memory::idle(&host, &mut table).await?;
    }
    if runs("turns") {
        turns::measure(&host, &mut table, quick).await?;
    }
    if runs("replays") {
        replays::measure(&host, &mut table, quick).await?;
    }
    if runs("watchers") {
        watchers::measure(&host, &mut table).await?;
    }
    if runs("memory") {
        memory::after_many(&host, &mut table, quick).await?;
    }
    if runs("external") {
        external::measure(&host, &mut table, quick).await?;
    }
    if runs("channel_api") {
        channel_api::measure(&host, &mut table, quick).await?;
    }
    if runs("page") {
        page::measure(&host, &mut table, quick).await?;
    }
    if runs("start") {
        start::restarts(&mut host, &mut table).await?;
        start::first_turns(&mut host, &mut table).await?;
    }
    if runs("languages") {
        languages::measure(&mut host, &mut table).await?;
    }
    host.stop().await?;
    if runs("thinking") {
        thinking::measure(&binary, folder.path(), &mut table).await?;
    }
    if runs("telegram") {
        telegram::measure(&binary, folder.path(), &mut table, quick).await?;
    }
    if runs("many") {
        many::measure(&binary, folder.path(), &mut table, quick).await?;
    }

    print!("{table}");
    Ok(())
}

/// The release binary beside this one, as `scripts/bench` builds both.
fn binary() -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let binary = own
        .parent()
        .context("this program stands in no folder")?
        .join("cloister");
    if !binary.exists() {
        bail!("{} is missing: run `make bench`", binary.display());
    }
    Ok(binary)
}
