//! Many who watch one conversation over sockets of their own: whether each gets all, and what each costs while nothing
//! is said.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use futures_util::future::try_join_all;
use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::host::Host;
use crate::load::Talker;
use crate::table::Table;

const WATCHERS: usize = 500;
/// Half of them are echoes.
const MESSAGES: usize = 1_000;
/// How long everything may take to arrive.
const LIMIT: Duration = Duration::from_secs(240);
/// A person whom no other benchmark lets speak.
const PERSON: usize = 1_000_000;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Opens them, measures them idle, and has the conversation go on.
pub(crate) async fn measure(host: &Host, table: &mut Table) -> Result<()> {
    let mut talker = Talker::new(&host.address, &host.echo).await?;
    talker.say(PERSON).await?;
    let newest = host.conversations(&host.echo, 1).await?;
    let conversation = newest.first().context("no conversation")?;
    // The first ones fill what stays.
    drop(open(host, conversation, WATCHERS / 10).await?);
    tokio::time::sleep(Duration::from_secs(2)).await;
    let before = host.resident()?;
    let sockets = open(host, conversation, WATCHERS).await?;
    // Each is watching by then.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let each = host.resident()?.saturating_sub(before) / WATCHERS as u64;
    table.row(
        &format!("memory of an idle subscriber, of {WATCHERS}"),
        format!("{:.1} KB", kilobytes(each)),
        "–".into(),
        String::new(),
        "≤ 40 KB",
    );

    let begun = Instant::now();
    let watching = try_join_all(
        sockets
            .into_iter()
            .map(|socket| async { flatten(tokio::spawn(watch(socket)).await) }),
    );
    let talking = async {
        for _ in 0..MESSAGES / 2 {
            talker.say(PERSON).await?;
        }
        anyhow::Ok(begun.elapsed())
    };
    let (seen, said) = tokio::time::timeout(LIMIT, async { tokio::try_join!(watching, talking) })
        .await
        .context("not every message came")??;
    let took = begun.elapsed();
    let first = seen.first().context("no watcher")?;
    let is_ordered = first.is_sorted() && first.windows(2).all(|two| two.first() != two.last());
    ensure!(is_ordered, "a message came twice, or out of its order");
    ensure!(
        seen.iter().all(|one| one == first),
        "two watchers saw different logs"
    );
    table.row(
        &format!("{WATCHERS} subscribers of one conversation"),
        format!(
            "each got {} messages in order, none twice; the last {:.0} ms after it was said",
            first.len(),
            took.saturating_sub(said).as_secs_f64() * 1_000.0
        ),
        format!("{MESSAGES} messages in {:.1} s", said.as_secs_f64()),
        String::new(),
        "all, in order, none twice",
    );
    Ok(())
}

fn flatten<T>(joined: Result<Result<T>, tokio::task::JoinError>) -> Result<T> {
    joined.context("a watcher panicked")?
}

fn kilobytes(bytes: u64) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "shown with one digit after the point"
    )]
    let bytes = bytes as f64;
    bytes / 1_000.0
}

async fn open(host: &Host, conversation: &str, count: usize) -> Result<Vec<Socket>> {
    let mut sockets = Vec::with_capacity(count);
    for _ in 0..count {
        sockets.push(subscribed(host, conversation).await?);
    }
    Ok(sockets)
}

async fn subscribed(host: &Host, conversation: &str) -> Result<Socket> {
    let mut request = format!("ws://{}/graphql", host.address).into_client_request()?;
    let headers = request.headers_mut();
    headers.insert("sec-websocket-protocol", "graphql-transport-ws".parse()?);
    headers.insert(
        "authorization",
        format!("Bearer {}", host.token()?).parse()?,
    );
    let (mut socket, _) = connect_async(request).await?;
    let query = "subscription($id: ID!) { messageAdded(conversationId: $id) { id text } }";
    let payload = json!({ "query": query, "variables": { "id": conversation } });
    for said in [
        json!({ "type": "connection_init" }),
        json!({ "type": "subscribe", "id": "1", "payload": payload }),
        // Its answer says that what came before it was heard.
        json!({ "type": "ping" }),
    ] {
        socket.send(Message::text(said.to_string())).await?;
    }
    while let Some(heard) = socket.next().await {
        if heard?.to_text()?.contains("\"pong\"") {
            return Ok(socket);
        }
    }
    bail!("the host closed a socket");
}

/// The ids of what comes, until all has come.
async fn watch(mut socket: Socket) -> Result<Vec<String>> {
    let mut seen = Vec::with_capacity(MESSAGES);
    while seen.len() < MESSAGES {
        let heard = socket.next().await.context("the host closed a socket")??;
        let text = heard.to_text()?;
        if !text.contains("\"next\"") {
            if text.contains("\"ping\"") {
                let pong = json!({ "type": "pong" }).to_string();
                socket.send(Message::text(pong)).await?;
            }
            continue;
        }
        // Leaner than parsing: it shares the machine with what it measures.
        let (_, rest) = text.split_once("messageAdded").context("no message")?;
        let (_, rest) = rest.split_once("\"id\":\"").context("no id")?;
        let (id, _) = rest.split_once('"').context("no id")?;
        seen.push(id.to_owned());
    }
    Ok(seen)
}
