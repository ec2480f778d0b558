//! Many channels that are read at once: accounts of WeChat, each asked by a long poll of its own, and bots of Discord, each
//! on a gateway of its own. What they cost while nothing is said, and how soon a message on any of them is answered.

mod discord;
mod wechat;

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use futures_util::future::try_join_all;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use self::discord::Discord;
use self::wechat::Wechat;
use crate::host::Host;
use crate::load::Seen;
use crate::table::{Table, megabytes, millis};

/// Channels of each kind.
const EACH: usize = 200;
/// How long all of them may take until they are read.
const CONNECTING: Duration = Duration::from_secs(180);
/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(30);
/// From one message to the next.
const PAUSE: Duration = Duration::from_millis(20);

/// What was said on a platform and is not answered yet, by its text.
#[derive(Default)]
struct Open(Mutex<HashMap<String, (Instant, oneshot::Sender<Duration>)>>);

impl Open {
    /// Something arrives at the platform.
    fn said(&self, text: &str) -> oneshot::Receiver<Duration> {
        let (answered, waits) = oneshot::channel();
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.insert(text.to_owned(), (Instant::now(), answered));
        waits
    }

    /// Its answer arrives there.
    fn answered(&self, text: &str) {
        let now = Instant::now();
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((begun, answered)) = open.remove(text) {
            // Whoever waited may have given up.
            let _ = answered.send(now - begun);
        }
    }
}

/// On a host of its own, beside both platforms.
pub(crate) async fn measure(
    binary: &Path,
    folder: &Path,
    table: &mut Table,
    quick: bool,
) -> Result<()> {
    let (wechat, discord) = (Wechat::new(EACH), Discord::new(EACH));
    let (wechat_url, wechat_serving) = serve(|at| wechat.router(at)).await?;
    let (discord_url, discord_serving) = serve(|at| discord.router(at)).await?;
    let environment = vec![
        ("CLOISTER_WECHAT_API_URL", wechat_url.clone()),
        ("CLOISTER_WECHAT_CDN_URL", format!("{wechat_url}/c2c")),
        ("CLOISTER_DISCORD_API_URL", format!("{discord_url}/api/v10")),
    ];
    let host = Host::start_with(binary, folder.join("many"), environment).await?;
    connect(&host).await?;
    let begun = Instant::now();
    while wechat.readers() < EACH || discord.listeners() < EACH {
        ensure!(
            begun.elapsed() < CONNECTING,
            "only {} accounts and {} bots are read",
            wechat.readers(),
            discord.listeners()
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    // Each has been answered once: caches are filled, connections know their statements.
    answered(&wechat, &discord, 2 * EACH).await?;
    idle(
        &host,
        table,
        Duration::from_secs(if quick { 10 } else { 60 }),
    )
    .await?;
    let seen = answered(&wechat, &discord, if quick { 400 } else { 6_000 }).await?;
    table.row(
        &format!("a message on one of {EACH} WeChat and {EACH} Discord channels, answered"),
        format!(
            "p50 {}, p99 {} ({} messages, 50/s)",
            millis(seen.quantile(50)),
            millis(seen.quantile(99)),
            seen.count()
        ),
        "–".into(),
        String::new(),
        "p99 ≤ 50 ms",
    );
    host.stop().await?;
    wechat_serving.abort();
    discord_serving.abort();
    Ok(())
}

/// What they cost while nothing is said.
async fn idle(host: &Host, table: &mut Table, time: Duration) -> Result<()> {
    // What was said last is over.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let (before, statements) = (host.processor_time()?, host.statements().await?);
    tokio::time::sleep(time).await;
    let busy = host.processor_time()?.saturating_sub(before);
    let statements = host.statements().await? - statements;
    table.row(
        &format!("resident memory, {EACH} WeChat and {EACH} Discord channels"),
        megabytes(host.resident()?),
        "–".into(),
        String::new(),
        "≤ 150 MB",
    );
    table.row(
        &format!("processor while {EACH} WeChat and {EACH} Discord channels are idle"),
        format!(
            "{:.1} % of a core",
            busy.as_secs_f64() / time.as_secs_f64() * 100.0
        ),
        format!("{} statements/s", statements / time.as_secs().max(1)),
        String::new(),
        "< 5 % of a core",
    );
    Ok(())
}

/// Makes the channels: accounts are connected by a code that is confirmed at once, bots by their tokens.
async fn connect(host: &Host) -> Result<()> {
    let ask = async |query: &str, variables: Value| {
        let body = json!({ "query": query, "variables": variables }).to_string();
        let answer = host.tell("POST", "/graphql", body.as_bytes()).await?;
        ensure!(answer.get("errors").is_none(), "{answer}");
        anyhow::Ok(answer)
    };
    let made = ask("{ project(slug: \"home\") { id } }", json!({})).await?;
    let project = made.pointer("/data/project/id").and_then(Value::as_str);
    let project = project.with_context(|| made.to_string())?;
    let create =
        "mutation($input: CreateChannelInput!) { createChannel(input: $input) { channel { id } } }";
    for number in 0..EACH {
        let wechat =
            json!({ "kind": "wechat", "name": format!("WeChat {number}"), "agent": "echo" });
        let made = ask(create, json!({ "input": wechat })).await?;
        let id = made.pointer("/data/createChannel/channel/id");
        let id = id
            .and_then(Value::as_str)
            .with_context(|| made.to_string())?;
        let code = format!("/api/projects/{project}/channels/{id}/wechat/qr");
        host.tell("POST", &code, b"").await?;
        let discord = json!({
            "kind": "discord", "name": format!("Discord {number}"), "agent": "echo",
            "credential": { "bot_token": discord::token(number) }
        });
        ask(create, json!({ "input": discord })).await?;
    }
    Ok(())
}

/// Says something on one channel after the other, evenly in time, and waits for every answer.
async fn answered(wechat: &Wechat, discord: &Discord, count: usize) -> Result<Seen> {
    let begun = tokio::time::Instant::now();
    let messages = (0..count).map(async |number| {
        tokio::time::sleep_until(begun + PAUSE * u32::try_from(number)?).await;
        let place = number / 2 % EACH;
        let waits = match number % 2 {
            0 => wechat.say(place),
            _ => discord.say(place),
        };
        let answered = tokio::time::timeout(ANSWER, waits).await;
        let answered = answered.with_context(|| format!("message {number} has no answer"))?;
        anyhow::Ok(answered?)
    });
    let latencies = try_join_all(messages).await?;
    Ok(Seen::of(latencies, begun.elapsed()))
}

/// Serves what is made for an address, which is returned.
async fn serve(
    make: impl FnOnce(&str) -> axum::Router,
) -> Result<(String, tokio::task::JoinHandle<std::io::Result<()>>)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    let router = make(&address);
    let serving = tokio::spawn(async move { axum::serve(listener, router).await });
    Ok((format!("http://{address}"), serving))
}
