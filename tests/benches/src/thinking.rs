//! Agents that ask: what three answers of the outside cost a turn in statements, what the host adds to a model's own time, and
//! what an agent takes while it waits for one. On a host of its own, whose model is the tests' own stub of a provider.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use axum::Router;
use axum::routing::get;
use futures_util::future::try_join_all;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::host::Host;
use crate::http::Connection;
use crate::load::{FOX, Talker};
use crate::openai::{Act, Openai};
use crate::start::built;
use crate::table::{Table, millis};

/// Agents that wait at once.
const AGENTS: usize = 200;
/// How long the model thinks for each of them: they all have come by then, and it is less than a caller waits for an answer.
const THINKING: Duration = Duration::from_secs(20);
/// Rounds of questions, of which each is asked in turn with what it is compared with.
const ROUNDS: usize = 500;
const WARM_UP: usize = 100;

pub(crate) async fn measure(binary: &Path, folder: &Path, table: &mut Table) -> Result<()> {
    let openai = Openai::start().await;
    let environment = vec![
        ("CLOISTER_MODEL_URL", openai.url()),
        ("CLOISTER_MODEL_NAME", "stub".to_owned()),
        ("CLOISTER_MODEL_KEY", "sk-bench".to_owned()),
        ("CLOISTER_MODEL_AGENT_TOKENS", "unlimited".to_owned()),
        ("CLOISTER_MODEL_PROJECT_TOKENS", "unlimited".to_owned()),
        // So that all of them run at once: 64 do by default.
        ("CLOISTER_TURN_WORKERS", (AGENTS + 56).to_string()),
        ("CLOISTER_WARM_UP", "off".to_owned()),
    ];
    let host = Host::start_with(binary, folder.join("thinking"), environment).await?;
    let module = built("tests/guests/oblige")?;
    statements(&host, &module, table).await?;
    overhead(&host, &openai, table).await?;
    waiting(&host, &openai, &module, table).await?;
    host.stop().await
}

/// The statements of a turn with three answers of the outside, beside those of one with none. The requests are safe ones: others are
/// written down before the agent has their answers, as those of models are.
async fn statements(host: &Host, module: &[u8], table: &mut Table) -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let outside = listener.local_addr()?.to_string();
    let router = Router::new().route("/", get(async || FOX));
    let serving = tokio::spawn(async move { axum::serve(listener, router).await });

    host.push("thinker", module).await?;
    allow(host, "thinker", "model", json!({})).await?;
    allow(host, "thinker", "http", json!({ "hosts": [outside] })).await?;
    let channel = host.channel("thinker").await?;
    let mut talker = Talker::new(&host.address, &channel).await?;
    let none = fewest(host, &mut talker, FOX).await?;
    let requests = fewest(host, &mut talker, &format!("fetches 3 http://{outside}/")).await?;
    let questions = fewest(host, &mut talker, &format!("asks 3 {FOX}")).await?;
    serving.abort();
    table.row(
        "statements of a turn with 3 journaled calls, beside one with none",
        format!(
            "3 requests by GET, of which nothing is written down before the turn's end: +{}; 3 answers of a model, each written down before the agent has it: +{}",
            requests.saturating_sub(none),
            questions.saturating_sub(none)
        ),
        format!("with none: {none}"),
        String::new(),
        "≤ 2 more",
    );
    Ok(())
}

/// The fewest statements that a message took: the house does other things as well.
async fn fewest(host: &Host, talker: &mut Talker, message: &str) -> Result<u64> {
    let mut fewest = u64::MAX;
    for _ in 0..20 {
        let before = host.statements().await?;
        talker.ask(0, message, FOX).await?;
        fewest = fewest.min(host.statements().await? - before);
    }
    Ok(fewest)
}

/// What the host adds to the time that the model takes by itself for the same question.
async fn overhead(host: &Host, openai: &Openai, table: &mut Table) -> Result<()> {
    let channel = host.channel("thinker").await?;
    let mut talker = Talker::new(&host.address, &channel).await?;
    let question = format!("ask {FOX}");
    talker.ask(0, &question, FOX).await?;
    let asked = openai.asked().pop().context("no one was asked")?;
    let (path, body) = (asked.path, asked.body.to_string());
    let address = openai.url();
    let address = address.trim_start_matches("http://");
    let address = address.split('/').next().unwrap_or_default();
    let mut bare = Connection::open(address).await?;

    let (mut plain, mut thinking, mut alone) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..WARM_UP + ROUNDS {
        let without = talker.say(0).await?;
        let with = talker.ask(0, &question, FOX).await?;
        let begun = Instant::now();
        let (status, _) = bare
            .send("POST", &path, "sk-bench", body.as_bytes())
            .await?;
        let took = begun.elapsed();
        ensure!(status == 200, "the model answered with {status}");
        if round >= WARM_UP {
            plain.push(without);
            thinking.push(with);
            alone.push(took);
        }
    }
    let [plain, thinking, alone] = [plain, thinking, alone].map(median);
    table.row(
        "a question to a model, beyond the model's own time",
        format!(
            "p50 {} (a turn with one: {}, with none: {})",
            millis(thinking.saturating_sub(plain).saturating_sub(alone)),
            millis(thinking),
            millis(plain)
        ),
        format!(
            "the same question over a bare connection: {}",
            millis(alone)
        ),
        String::new(),
        "p50 ≤ 2 ms",
    );
    Ok(())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// The memory of agents that all wait for the model, each in a conversation of its own.
async fn waiting(host: &Host, openai: &Openai, module: &[u8], table: &mut Table) -> Result<()> {
    let question = format!("ask {FOX}");
    let mut talkers = Vec::new();
    for number in 0..AGENTS {
        let agent = format!("waiting-{number}");
        host.push(&agent, module).await?;
        allow(host, &agent, "model", json!({})).await?;
        let channel = host.channel(&agent).await?;
        let mut talker = Talker::new(&host.address, &channel).await?;
        // What is kept of an agent, of its conversation and of the connection is no part of what waiting takes.
        talker.ask(number, &question, FOX).await?;
        talkers.push(talker);
    }
    tokio::time::sleep(Duration::from_secs(5)).await;
    let (before, asked) = (host.resident()?, openai.times());

    openai.next((0..AGENTS).map(|_| Act::Slow(THINKING, FOX.to_owned())));
    let begun = Instant::now();
    let answered = talkers.iter_mut().enumerate();
    let answered = answered.map(|(number, talker)| talker.ask(number, &question, FOX));
    let seen = async {
        while openai.times() - asked < AGENTS {
            ensure!(begun.elapsed() < THINKING, "they do not all wait at once");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        ensure!(begun.elapsed() < THINKING, "they do not all wait at once");
        host.resident()
    };
    let (_, during) = tokio::try_join!(try_join_all(answered), seen)?;
    let each = during.saturating_sub(before) / 1_000 / u64::try_from(AGENTS)?;
    table.row(
        &format!("memory of an agent that waits for a model, of {AGENTS} at once"),
        format!("{each} KB"),
        "–".into(),
        String::new(),
        "≤ 1 MB",
    );
    Ok(())
}

/// Lets an agent do something, on these terms.
async fn allow(host: &Host, agent: &str, capability: &str, terms: Value) -> Result<()> {
    let query = "mutation($agent: ID!, $capability: String!, $terms: Json) {
        allowCapability(input: { agent: $agent, capability: $capability, terms: $terms }) { id } }";
    let variables = json!({ "agent": agent, "capability": capability, "terms": terms });
    let body = json!({ "query": query, "variables": variables }).to_string();
    let answer = host.tell("POST", "/graphql", body.as_bytes()).await?;
    ensure!(answer.get("errors").is_none(), "{answer}");
    Ok(())
}
