//! What the host adds to a call: a fresh instance and one call of an agent through [`sandbox::Module`], beside a bare
//! wasmtime loop with the best settings that we know, on one thread, in turns in one run. And how long the first call takes of
//! a module whose compiled code is on disk only.
//!
//! `cargo bench -p sandbox [-- <component or core module> [NAME=<component> …]]`; without one, an echo written as text. Those
//! with a name have a language's runtime in them; what they hear is taken down, as in a turn.

mod bare;
#[path = "../tests/support/guest.rs"]
#[allow(dead_code, reason = "the tests need more guests than the benchmark")]
mod guest;

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bare::{Bare, Surroundings};
use rustix::thread::{CpuSet, sched_getcpu, sched_setaffinity};
use sandbox::types::{Contact, Conversation, Event, EventBody, Level, Message};
use sandbox::{Capabilities, Digest, Engine, EngineConfig, Limits, Log, Module};
use tokio::runtime::Builder;

/// Calls in a row before the other has its turn, and how often each has it: of the echo, and of what has a runtime in it.
const ECHO: (u32, usize) = (2_000, 15);
const LANGUAGE: (u32, usize) = (100, 15);
const LOADS: usize = 50;
/// Bytes of what was heard that are kept of a turn, as the host does.
const RECORDED: usize = 1 << 20;

fn main() -> Result<(), Box<dyn Error>> {
    // On one processor, so that what another thread does for a call counts as well.
    let mut one = CpuSet::new();
    one.set(sched_getcpu());
    sched_setaffinity(None, &one)?;
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with("--"))
        .collect();
    let (languages, echo): (Vec<_>, Vec<_>) = arguments
        .iter()
        .partition(|argument| argument.contains('='));
    let (name, bytes) = match echo.first() {
        Some(path) => (path.as_str(), std::fs::read(path)?),
        None => ("an echo in text", guest::echo()),
    };
    let directory = tempfile::tempdir()?;
    let bench = Bench {
        engine: Engine::new(settings(directory.path()))?,
        folder: directory.path(),
    };
    println!("sandbox: fresh instance + one call of {name}");
    bench.measure::<()>("", &bytes, ECHO)?;
    for language in languages {
        let (name, path) = language.split_once('=').unwrap_or((language, language));
        let bytes = std::fs::read(path)?;
        println!(
            "sandbox: the same in {name} ({} MB)",
            bytes.len() / 1_000_000
        );
        bench.measure::<bare::Wasi>(&format!("{name} "), &bytes, LANGUAGE)?;
    }
    Ok(())
}

struct Bench<'a> {
    engine: Engine,
    folder: &'a Path,
}

impl Bench<'_> {
    /// Prints what a component's calls take, each line under its name.
    fn measure<S: Surroundings>(
        &self,
        name: &str,
        bytes: &[u8],
        (calls, rounds): (u32, usize),
    ) -> Result<(), Box<dyn Error>> {
        let digest = Digest::of(bytes);
        let fetch = async || Ok::<_, std::io::Error>(bytes.to_vec());
        let module = to_end(self.engine.load(digest, fetch))?;
        let event = event();
        let bare: Bare<S> = Bare::new(&sandbox::inspect(bytes)?.component, &event)?;
        let is_recorded = !name.is_empty();
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for round in 0..=rounds {
            let host = || to_end(handle(&module, &event, calls, is_recorded));
            let (host, reference) = (batch(host), batch(|| bare.calls(calls)));
            // The first round warms up.
            if round > 0 {
                ours.push(host);
                theirs.push(reference);
            }
        }
        let each = |times| micros(median(times)) / f64::from(calls);
        let (ours, theirs) = (each(ours), each(theirs));
        println!("  {name}through the host   {ours:>8.2} µs a call");
        println!("  {name}bare wasmtime      {theirs:>8.2} µs a call");
        println!("  {name}ratio              {:>8.2}", ours / theirs);

        let first = (0..LOADS).map(|_| batch(|| self.first_call(digest)));
        let first = micros(median(first.collect())) / 1_000.0;
        println!("  {name}first call from disk {first:>6.2} ms");
        let code = self.folder.join("bare");
        bare.write(&code)?;
        let mut bares = Vec::new();
        for _ in 0..LOADS {
            let began = Instant::now();
            bare.first_call(&code)?;
            bares.push(began.elapsed());
        }
        let bares = micros(median(bares)) / 1_000.0;
        println!("  {name}bare first call from disk {bares:>6.2} ms");
        Ok(())
    }

    fn first_call(&self, digest: Digest) {
        self.engine.evict_memory();
        let run = to_end(async {
            let fetch = async || Err::<Vec<u8>, _>("it should have been on disk");
            let module = self.engine.load(digest, fetch).await;
            match module {
                Ok(module) => module
                    .handle(event(), logging(), &Limits::default())
                    .await
                    .outcome
                    .is_ok(),
                Err(_) => false,
            }
        });
        assert!(run);
    }
}

/// Runs calls on a runtime of their own, and waits for what they left to its other threads: nothing of it is done in what is
/// measured next.
fn to_end<T>(calls: impl Future<Output = T>) -> T {
    let runtime = Builder::new_current_thread().enable_all().build();
    #[allow(
        clippy::expect_used,
        reason = "a benchmark without a runtime has nothing to say"
    )]
    let runtime = runtime.expect("a runtime");
    let done = runtime.block_on(calls);
    // Dropping it waits for its threads.
    drop(runtime);
    done
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

/// A log whose lines go nowhere.
struct Unread;

impl Log for Unread {
    fn write(&self, _: Level, _: String, _: Vec<(String, String)>) {}
}

fn logging() -> Capabilities {
    Capabilities {
        log: Some(Arc::new(Unread)),
        ..Capabilities::default()
    }
}

async fn handle(module: &Module, event: &Event, times: u32, is_recorded: bool) {
    let (limits, granted) = (Limits::default(), logging());
    for _ in 0..times {
        let capabilities = granted.clone();
        let run = if is_recorded {
            let recorded = module.record(event, capabilities, &limits, RECORDED);
            recorded.await.0
        } else {
            module.handle(event.clone(), capabilities, &limits).await
        };
        assert!(run.outcome.is_ok(), "{run:?}");
    }
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
