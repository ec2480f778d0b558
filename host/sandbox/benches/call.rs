//! What the host adds to a call: a fresh instance and one call of an agent through [`sandbox::Module::handle`], beside a
//! bare wasmtime loop with the best settings that we know, on one thread, in turns in one run. And how long the first call
//! takes of a module whose compiled code is on disk only.
//!
//! `cargo bench -p sandbox [-- <component or core module>]`; without one, an echo written as text.

mod bare;
#[path = "../tests/support/guest.rs"]
#[allow(dead_code, reason = "the tests need more guests than the benchmark")]
mod guest;

use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use sandbox::types::{Contact, Conversation, Event, EventBody, Message};
use sandbox::{Capabilities, Digest, Engine, EngineConfig, Limits, Module};
use tokio::runtime::{Builder, Runtime};

/// Calls in a row before the other has its turn.
const BATCH: u32 = 2_000;
const BATCHES: usize = 15;
const LOADS: usize = 50;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args()
        .skip(1)
        .find(|argument| !argument.starts_with("--"));
    let (name, bytes) = match &path {
        Some(path) => (path.as_str(), std::fs::read(path)?),
        None => ("an echo in text", guest::echo()),
    };
    let directory = tempfile::tempdir()?;
    let engine = Engine::new(settings(directory.path()))?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let digest = Digest::of(&bytes);
    let module =
        runtime.block_on(engine.load(digest, async || Ok::<_, std::io::Error>(bytes.clone())))?;
    let bare = bare::Bare::new(&sandbox::inspect(&bytes)?.component, &event())?;

    println!("sandbox: fresh instance + one call of {name}, {BATCHES} × {BATCH} calls each");
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 0..=BATCHES {
        let (host, reference) = (
            batch(|| runtime.block_on(calls(&module, &event()))),
            batch(|| bare.calls(BATCH)),
        );
        // The first round warms up.
        if round > 0 {
            ours.push(host);
            theirs.push(reference);
        }
    }
    let (ours, theirs) = (median(ours), median(theirs));
    println!(
        "  through the host   {:>8.2} µs a call",
        micros(ours) / f64::from(BATCH)
    );
    println!(
        "  bare wasmtime      {:>8.2} µs a call",
        micros(theirs) / f64::from(BATCH)
    );
    println!(
        "  ratio              {:>8.2}",
        micros(ours) / micros(theirs)
    );

    let first = median(
        (0..LOADS)
            .map(|_| batch(|| first_call(&runtime, &engine, digest)))
            .collect(),
    );
    println!("  first call from disk {:>6.2} ms", micros(first) / 1_000.0);
    Ok(())
}

fn settings(directory: &Path) -> EngineConfig {
    EngineConfig {
        cache_dir: directory.join("code"),
        cache_key: [1; 32],
        compiler: vec![env!("CARGO_BIN_EXE_sandbox-compiler").into()],
        code_cache_bytes: 1 << 30,
        max_instances: 64,
        compile_memory: 4 << 30,
        compile_time: Duration::from_secs(120),
    }
}

async fn calls(module: &Module, event: &Event) {
    let limits = Limits::default();
    for _ in 0..BATCH {
        let run = module
            .handle(event.clone(), Capabilities::default(), &limits)
            .await;
        assert!(run.outcome.is_ok(), "{run:?}");
    }
}

fn first_call(runtime: &Runtime, engine: &Engine, digest: Digest) {
    engine.evict_memory();
    let run = runtime.block_on(async {
        let fetch = async || Err::<Vec<u8>, _>("it should have been on disk");
        let module = engine.load(digest, fetch).await;
        match module {
            Ok(module) => module
                .handle(event(), Capabilities::default(), &Limits::default())
                .await
                .outcome
                .is_ok(),
            Err(_) => false,
        }
    });
    assert!(run);
}

/// A message of a person, as a turn would pass it.
fn event() -> Event {
    Event {
        id: "0198c0de-0000-7000-8000-000000000001".to_owned(),
        received_at: 1_790_000_000_000,
        conversation: Conversation {
            id: "0198c0de-0000-7000-8000-000000000002".to_owned(),
            channel_id: "0198c0de-0000-7000-8000-000000000003".to_owned(),
            channel_kind: "webhook".to_owned(),
            is_group: false,
            title: None,
            metadata: Vec::new(),
        },
        body: EventBody::Message(Message {
            id: "0198c0de-0000-7000-8000-000000000004".to_owned(),
            from: Contact {
                id: "0198c0de-0000-7000-8000-000000000005".to_owned(),
                platform_user_id: "visitor".to_owned(),
                display_name: Some("A visitor".to_owned()),
                user_id: None,
                metadata: Vec::new(),
            },
            text: "Hello, is anybody there?".to_owned(),
            attachments: Vec::new(),
            reply_to: None,
            sent_at: 1_790_000_000_000,
            metadata: Vec::new(),
        }),
        configuration: "{}".to_owned(),
        metadata: Vec::new(),
    }
}

fn batch(work: impl FnOnce()) -> Duration {
    let began = Instant::now();
    work();
    began.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000_000.0
}
