//! A page of messages with their contacts and turns through GraphQL, beside the same rows by the least that can answer
//! with them.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::host::{Channel, Host};
use crate::http::Connection;
use crate::load::{Request, Seen, read};
use crate::reference::Reference;
use crate::table::{Table, millis, per_second};

/// Who reads, each a conversation of their own.
const READERS: usize = 32;
/// Who spoke in each conversation. Half of its messages are echoes.
const PEOPLE: usize = 25;
const MESSAGES: usize = 2 * PEOPLE;
/// Times that the two take turns, so that a drift of the machine meets both.
const ROUNDS: usize = 3;

const QUERY: &str = "query($id: ID!) { messages(conversationId: $id, first: 50) { nodes { \
    id text direction createdAt contact { id displayName } turn { id status } } } }";

/// At 32 readers.
pub(crate) async fn measure(host: &Host, table: &mut Table, quick: bool) -> Result<()> {
    let time = Duration::from_secs(if quick { 2 } else { 10 });
    let channel = host.channel("echo").await?;
    for group in 0..READERS {
        talk(host, &channel, group).await?;
    }
    let conversations = host.conversations(&channel, READERS).await?;
    ensure!(conversations.len() == READERS, "{conversations:?}");
    let token = host.token()?;
    let pages: Vec<Request> = conversations
        .iter()
        .map(|id| Request {
            method: "POST",
            path: "/graphql".to_owned(),
            token: token.clone(),
            body: json!({ "query": QUERY, "variables": { "id": id } }).to_string(),
        })
        .collect();
    let same: Vec<Request> = conversations
        .iter()
        .map(|id| Request {
            method: "GET",
            path: format!("/{}", id.trim_start_matches("cnv_")),
            token: String::new(),
            body: String::new(),
        })
        .collect();

    let reference = Reference::start(host).await?;
    for (page, same) in pages.iter().zip(&same) {
        compare(&host.address, page, &reference.address, same).await?;
    }
    let warm = Duration::from_secs(2);
    read(&reference.address, &same, warm).await?;
    read(&host.address, &pages, warm).await?;
    let each = statements_of(host, pages.first().context("no page")?).await?;
    let (mut through, mut straight) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        straight.push(read(&reference.address, &same, time).await?);
        through.push(read(&host.address, &pages, time).await?);
    }
    reference.stop().await?;

    let (through, straight) = (median(through), median(straight));
    table.row(
        &format!(
            "a page of {MESSAGES} messages with contact and turn through GraphQL, {READERS} clients"
        ),
        format!(
            "{}, p50 {}, p99 {}, {each} statements",
            per_second(through.rate),
            millis(through.quantile(50)),
            millis(through.quantile(99))
        ),
        format!(
            "one statement's JSON from a minimal handler: {}, p99 {}",
            per_second(straight.rate),
            millis(straight.quantile(99))
        ),
        format!("{:.2} of its rate", through.rate / straight.rate),
        "≥ 0.5 of its rate, p99 ≤ 20 ms",
    );
    Ok(())
}

fn median(mut rounds: Vec<Seen>) -> Seen {
    rounds.sort_by(|one, other| one.rate.total_cmp(&other.rate));
    rounds.swap_remove(ROUNDS / 2)
}

/// Has everyone in a group say something and be answered.
async fn talk(host: &Host, channel: &Channel, group: usize) -> Result<()> {
    let mut connection = Connection::open(&host.address).await?;
    let path = format!("/api/channels/{}/inbound", channel.id);
    for person in 0..PEOPLE {
        let body = json!({
            "externalUserId": format!("reader-{group}-{person}"),
            "displayName": format!("Person {person} of group {group}"),
            "isGroup": true,
            "groupExternalId": format!("group-{group}"),
            "message": "the quick brown fox",
        });
        let (status, answer) = connection
            .send("POST", &path, &channel.key, body.to_string().as_bytes())
            .await?;
        ensure!(
            status == 200,
            "{status} {}",
            String::from_utf8_lossy(&answer)
        );
    }
    Ok(())
}

/// Makes sure that both answer with the same: a whole page, in the same order.
async fn compare(host: &str, page: &Request, reference: &str, same: &Request) -> Result<()> {
    let answer: Value = serde_json::from_slice(&page.once(host).await?)?;
    let nodes = answer.pointer("/data/messages/nodes");
    let nodes = nodes.and_then(Value::as_array);
    let nodes = nodes.with_context(|| answer.to_string())?;
    let rows: Vec<Value> = serde_json::from_slice(&same.once(reference).await?)?;
    ensure!(nodes.len() == MESSAGES, "{} messages", nodes.len());
    ensure!(
        nodes.iter().map(plain).eq(rows.iter().map(plain)),
        "{nodes:?} is not {rows:?}"
    );
    Ok(())
}

/// What a message says in both forms: ids are shown with a prefix or with hyphens, times more or less exactly.
fn plain(row: &Value) -> [String; 8] {
    let text = |place| row.pointer(place).and_then(Value::as_str).unwrap_or("none");
    let id = |place| {
        let shown = text(place);
        let (_, digits) = shown.split_once('_').unwrap_or(("", shown));
        digits.replace('-', "")
    };
    let second = text("/createdAt").chars().take(19).collect();
    [
        id("/id"),
        text("/text").to_owned(),
        text("/direction").to_lowercase(),
        second,
        id("/contact/id"),
        text("/contact/displayName").to_owned(),
        id("/turn/id"),
        text("/turn/status").to_lowercase(),
    ]
}

/// The fewest statements that a page took: the house does other things as well.
async fn statements_of(host: &Host, page: &Request) -> Result<u64> {
    let mut fewest = u64::MAX;
    for _ in 0..20 {
        let before = host.statements().await?;
        page.once(&host.address).await?;
        fewest = fewest.min(host.statements().await? - before);
    }
    Ok(fewest)
}
