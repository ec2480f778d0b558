//! The Channel API: people of a messaging product at once, a group whose members talk to different agents, and deliveries
//! beside a receiver that never answers.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use axum::Router;
use futures_util::future::try_join_all;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::host::{Channel, Host};
use crate::http::Connection;
use crate::load::{Seen, talk};
use crate::table::{Table, millis, per_second};

/// Members of the group.
const MEMBERS: usize = 200;
/// Deliveries that no one takes.
const DEAD: usize = 1_000;
/// Deliveries that are timed.
const TIMED: usize = 50;

/// All of them.
pub(crate) async fn measure(host: &Host, table: &mut Table, quick: bool) -> Result<()> {
    let time = Duration::from_secs(if quick { 2 } else { 10 });
    let seen = talk(&host.address, &host.echo, 32, time).await?;
    table.row(
        "inbound, 32 users",
        shown(&seen),
        "–".into(),
        String::new(),
        "≥ 2,000/s, p99 ≤ 40 ms",
    );
    let seen = group(host, if quick { 2 } else { 20 }).await?;
    table.row(
        &format!("a group of {MEMBERS}, two agents, each sender in order"),
        shown(&seen),
        "–".into(),
        String::new(),
        "every answer its own",
    );
    deliveries(host, table).await
}

fn shown(seen: &Seen) -> String {
    format!(
        "{}, p50 {}, p99 {}",
        per_second(seen.rate),
        millis(seen.quantile(50)),
        millis(seen.quantile(99))
    )
}

/// Each member names one of two agents once, and says more to it: each answer has to be that of what was just said.
async fn group(host: &Host, rounds: usize) -> Result<Seen> {
    let channel = &host.echo;
    let mut owner = Connection::open(&host.address).await?;
    for name in ["one", "two"] {
        let direct = json!({ "externalUserId": "owner", "message": format!("/create {name}") });
        say(&mut owner, channel, &direct).await?;
        let share = in_group("owner", &format!("/share {name}"));
        say(&mut owner, channel, &share).await?;
    }
    let begun = Instant::now();
    let everyone = (0..MEMBERS).map(async |member| {
        let mut connection = Connection::open(&host.address).await?;
        let (user, name) = (
            format!("member-{member}"),
            if member % 2 == 0 { "one" } else { "two" },
        );
        let mut latencies = Vec::new();
        for round in 0..rounds {
            let text = format!("{user} says {round}");
            let message = match round {
                0 => format!("@{name} {text}"),
                _ => text.clone(),
            };
            let asked = Instant::now();
            let answer = say(&mut connection, channel, &in_group(&user, &message)).await?;
            latencies.push(asked.elapsed());
            ensure!(
                answer.get("replies") == Some(&json!([text])),
                "{text}: {answer}"
            );
        }
        anyhow::Ok(latencies)
    });
    let latencies = try_join_all(everyone).await?.concat();
    Ok(Seen::of(latencies, begun.elapsed()))
}

fn in_group(user: &str, text: &str) -> Value {
    json!({ "externalUserId": user, "message": text, "isGroup": true, "groupExternalId": "G1" })
}

async fn say(connection: &mut Connection, channel: &Channel, body: &Value) -> Result<Value> {
    let path = format!("/api/channels/{}/inbound", channel.id);
    let body = body.to_string();
    let (status, answer) = connection
        .send("POST", &path, &channel.key, body.as_bytes())
        .await?;
    ensure!(
        status == 200,
        "{status} {}",
        String::from_utf8_lossy(&answer)
    );
    Ok(serde_json::from_slice(&answer)?)
}

/// What is said on one channel reaches its receiver, alone and beside a channel whose receiver never answers.
async fn deliveries(host: &Host, table: &mut Table) -> Result<()> {
    let (arrived, mut arrivals) = mpsc::unbounded_channel();
    let arrived = Arc::new(arrived);
    let takes = Router::new().fallback(async move || {
        let _ = arrived.send(Instant::now());
    });
    let hangs = Router::new().fallback(std::future::pending::<()>);
    let (living, dead) = (listen(takes).await?, listen(hangs).await?);
    let living = host.channel_to("echo", &living).await?;
    let dead = host.channel_to("echo", &dead).await?;

    let alone = timed(host, &living, &mut arrivals).await?;
    let everyone = (0..DEAD).map(|person| person.to_string());
    for person in everyone {
        speak(host, &dead, &person).await?;
    }
    let beside = timed(host, &living, &mut arrivals).await?;
    let (alone, beside) = (alone.quantile(99), beside.quantile(99));
    table.row(
        &format!("deliveries beside {DEAD} to a receiver that never answers"),
        format!("p99 {}", millis(beside)),
        format!("alone: p99 {}", millis(alone)),
        format!("+{}", millis(beside.saturating_sub(alone))),
        "≤ 50 ms more",
    );
    Ok(())
}

async fn listen(app: Router) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, app).await });
    Ok(format!("http://{address}/"))
}

async fn timed(
    host: &Host,
    channel: &Channel,
    arrivals: &mut mpsc::UnboundedReceiver<Instant>,
) -> Result<Seen> {
    let begun = Instant::now();
    let mut latencies = Vec::new();
    for _ in 0..TIMED {
        let said = Instant::now();
        speak(host, channel, "listener").await?;
        let wait = tokio::time::timeout(Duration::from_secs(30), arrivals.recv());
        let arrived = wait.await?.context("the receiver is gone")?;
        latencies.push(arrived - said);
    }
    Ok(Seen::of(latencies, begun.elapsed()))
}

/// Says something to someone, in the owner's name.
async fn speak(host: &Host, channel: &Channel, person: &str) -> Result<()> {
    let open = "mutation ($channel: ID!, $user: String!) {
        openConversation(channelId: $channel, platformUserId: $user) { id } }";
    let opened = ask(host, open, json!({ "channel": channel.id, "user": person })).await?;
    let id = opened.pointer("/data/openConversation/id");
    let say = "mutation ($id: ID!) { sendMessage(conversationId: $id, text: \"hello\") { id } }";
    let said = ask(host, say, json!({ "id": id })).await?;
    ensure!(said.pointer("/data/sendMessage/id").is_some(), "{said}");
    Ok(())
}

async fn ask(host: &Host, query: &str, variables: Value) -> Result<Value> {
    let body = json!({ "query": query, "variables": variables });
    host.tell("POST", "/graphql", body.to_string().as_bytes())
        .await
}
