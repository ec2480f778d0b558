//! Calls of Telegram while each turn takes two seconds: how soon each is acknowledged. What a turn takes its time for is the
//! file that comes with its message, which this Telegram hands out late: no processor is kept busy by it.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use axum::body::Bytes;
use axum::extract::{Path as Segments, State};
use axum::routing::{any, get};
use axum::{Json, Router};
use futures_util::future::try_join_all;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::host::Host;
use crate::http::Connection;
use crate::load::Seen;
use crate::table::{Table, millis};

const TOKEN: &str = "424242:AAbench-token-of-a-bot_0123456789abcdef";
/// As many as Telegram opens.
const CONNECTIONS: usize = 40;
/// People, who write to the bot in turn.
const PEOPLE: usize = 400;
/// How often each connection brings an update: 200 a second in all.
const PAUSE: Duration = Duration::from_millis(200);
const TURN: Duration = Duration::from_secs(2);

/// The Bot API, as far as it takes.
#[derive(Default)]
struct Telegram {
    secret: Mutex<String>,
    is_fast: AtomicBool,
    files: AtomicU64,
    said: AtomicU64,
}

impl Telegram {
    fn secret(&self) -> String {
        let secret = self.secret.lock().unwrap_or_else(PoisonError::into_inner);
        secret.clone()
    }
}

/// On a host of its own, behind a public address.
pub(crate) async fn measure(
    binary: &Path,
    folder: &Path,
    table: &mut Table,
    quick: bool,
) -> Result<()> {
    let telegram = Arc::new(Telegram::default());
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let api = format!("http://{}", listener.local_addr()?);
    let router = Router::new()
        .route("/{bot}/{method}", any(called))
        .route("/file/{bot}/{id}", get(async || "what stands in it"))
        .with_state(telegram.clone());
    let serving = tokio::spawn(async move { axum::serve(listener, router).await });
    let environment = vec![
        ("CLOISTER_PUBLIC_URL", "https://bench.invalid".to_owned()),
        ("CLOISTER_TELEGRAM_API_URL", api),
        ("CLOISTER_ALLOW_PRIVATE_HOSTS", "127.0.0.1".to_owned()),
    ];
    let host = Host::start_with(binary, folder.join("telegram"), environment).await?;
    let seen = call(&host, &telegram, if quick { 3 } else { 15 }).await?;
    // What is left of the turns is over at once.
    telegram.is_fast.store(true, Ordering::Relaxed);
    table.row(
        "Telegram webhook acknowledged, 200 updates/s, turns of 2 s",
        format!(
            "p50 {}, p99 {} ({} updates; {} turns were over by then)",
            millis(seen.quantile(50)),
            millis(seen.quantile(99)),
            seen.count(),
            telegram.said.load(Ordering::Relaxed),
        ),
        "–".into(),
        String::new(),
        "p99 ≤ 10 ms",
    );
    host.stop().await?;
    serving.abort();
    Ok(())
}

async fn call(host: &Host, telegram: &Telegram, seconds: u64) -> Result<Seen> {
    let body = json!({ "botToken": TOKEN }).to_string();
    let set_up = "/api/integrations/telegram/setup";
    let made = host.tell("POST", set_up, body.as_bytes()).await?;
    let id = made.pointer("/settings/channelId").and_then(Value::as_str);
    let path = format!("/hooks/{}", id.with_context(|| made.to_string())?);
    let people: Vec<String> = (1..=PEOPLE).map(|person| person.to_string()).collect();
    let body = json!({ "allowedUserIds": people }).to_string();
    let config = "/api/integrations/telegram/config";
    host.tell("PUT", config, body.as_bytes()).await?;
    let header = format!("x-telegram-bot-api-secret-token: {}", telegram.secret());

    // Each person has spoken once: sessions begin, connections learn their statements.
    let caller = Caller {
        host,
        path,
        header,
        next: AtomicU64::new(1),
    };
    caller.all(PEOPLE / CONNECTIONS, Duration::ZERO).await?;
    let begun = Instant::now();
    let count = seconds * 1_000 / u64::try_from(PAUSE.as_millis())?;
    let latencies = caller.all(usize::try_from(count)?, PAUSE).await?;
    ensure!(
        telegram.files.load(Ordering::Relaxed) > 0,
        "no turn was under way"
    );
    Ok(Seen::of(latencies, begun.elapsed()))
}

struct Caller<'a> {
    host: &'a Host,
    path: String,
    header: String,
    next: AtomicU64,
}

impl Caller<'_> {
    /// Brings so many updates over each connection, evenly in time.
    async fn all(&self, count: usize, pause: Duration) -> Result<Vec<Duration>> {
        let begun = tokio::time::Instant::now();
        let everyone = (0..CONNECTIONS).map(async |place| {
            let mut connection = Connection::open(&self.host.address).await?;
            let mut latencies = Vec::with_capacity(count);
            let offset = pause * u32::try_from(place)? / u32::try_from(CONNECTIONS)?;
            for number in 0..count {
                let at = begun + offset + pause * u32::try_from(number)?;
                tokio::time::sleep_until(at).await;
                latencies.push(self.bring(&mut connection).await?);
            }
            anyhow::Ok(latencies)
        });
        Ok(try_join_all(everyone).await?.concat())
    }

    /// Brings an update, and waits for its acknowledgement.
    async fn bring(&self, connection: &mut Connection) -> Result<Duration> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let person = id % PEOPLE as u64 + 1;
        let update = json!({ "update_id": id, "message": {
            "message_id": id, "date": 1_700_000_000, "caption": "the quick brown fox",
            "from": { "id": person, "is_bot": false, "first_name": "Ada" },
            "chat": { "id": person, "type": "private" },
            "document": { "file_id": format!("F{id}"), "file_name": "fox.txt" } } });
        let body = update.to_string();
        let begun = Instant::now();
        let sent = connection.send_with("POST", &self.path, &self.header, body.as_bytes());
        let (status, answer) = sent.await?;
        let took = begun.elapsed();
        ensure!(
            status == 200,
            "{status} {}",
            String::from_utf8_lossy(&answer)
        );
        Ok(took)
    }
}

async fn called(
    State(telegram): State<Arc<Telegram>>,
    Segments((_, method)): Segments<(String, String)>,
    body: Bytes,
) -> Json<Value> {
    let body: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    let result = match method.to_lowercase().as_str() {
        "getme" => {
            json!({ "id": 424_242, "is_bot": true, "first_name": "Bench", "username": "BenchBot" })
        }
        "setwebhook" => {
            let mut secret = telegram
                .secret
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            text("secret_token").clone_into(&mut secret);
            json!(true)
        }
        "getfile" => {
            telegram.files.fetch_add(1, Ordering::Relaxed);
            if !telegram.is_fast.load(Ordering::Relaxed) {
                tokio::time::sleep(TURN).await;
            }
            json!({ "file_id": text("file_id"), "file_path": text("file_id") })
        }
        "sendmessage" | "senddocument" => {
            let said = telegram.said.fetch_add(1, Ordering::Relaxed);
            json!({ "message_id": said + 1 })
        }
        _ => json!(true),
    };
    Json(json!({ "ok": true, "result": result }))
}
