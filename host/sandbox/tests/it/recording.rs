//! Recordings: a call that was taken down is the same again, without a host; where it is not, it is shown where.

use std::sync::{Arc, LazyLock};

use sandbox::types::{Event, Scope};
use sandbox::{Capabilities, Limits, Recording, Stop};

use crate::guest::{agent, agent_text, module_with};
use crate::host::{Host, Lines, Value, event, texts};

const MOST: usize = 64 << 10;
static EVENT: LazyLock<Event> = LazyLock::new(|| event("e1"));
const GET: &str =
    r#"(import "cloister:agent/state@1.0.0" "get" (func $get (param i32 i32 i32 i32)))"#;
const TYPING: &str =
    r#"(import "cloister:agent/progress@1.0.0" "typing" (func $typing (param i32)))"#;

/// Answers with what its state has under the event's id.
fn remembers() -> Vec<u8> {
    agent(
        GET,
        "(call $get (i32.const 0) (i32.load (local.get $event)) (i32.load offset=4 (local.get $event)) (i32.const 2048))
         (call $answer (i32.load (i32.const 2056)) (i32.load (i32.const 2060)))",
    )
}

fn knowing(value: &str) -> Capabilities {
    Capabilities {
        state: Some(Arc::new(Value(Some(value.as_bytes().to_vec())))),
        ..Capabilities::default()
    }
}

/// Takes down a call that has to end well.
async fn recorded(host: &Host, module: &[u8], granted: Capabilities) -> (Vec<String>, Recording) {
    let module = host.load(module).await;
    let limits = Limits::default();
    let (run, recording) = module.record(&EVENT, granted, &limits, MOST).await;
    (texts(run), recording.unwrap())
}

#[tokio::test]
async fn a_recorded_call_is_the_same_again_without_a_host() {
    let host = Host::new();
    let (said, recording) = recorded(&host, &remembers(), knowing("blue")).await;
    assert_eq!(said, ["blue"]);
    assert_eq!(recording.calls(), 1);

    let module = host.load(&remembers()).await;
    let nothing = Capabilities::default();
    let (run, divergence) = module
        .replay(&EVENT, recording.clone(), nothing, &Limits::default())
        .await;
    assert_eq!(run.usage.host_calls, 1);
    assert_eq!((texts(run), divergence), (vec!["blue".to_owned()], None));

    // Elsewhere it is found by what is asked, once.
    let deck = recording.deck();
    type Got = Result<Option<Vec<u8>>, sandbox::types::Error>;
    let ask = |key: &str| deck.take::<_, Got>("state.get", &(Scope::Agent, key));
    assert!(ask("e2").is_none());
    assert_eq!(ask("e1").unwrap().unwrap().unwrap(), b"blue");
    assert!(ask("e1").is_none());
}

#[tokio::test]
async fn a_denial_is_heard_again_as_well() {
    let host = Host::new();
    // result<_, error>: the code at 4, and 0 is `denied`.
    let guest = agent(
        TYPING,
        "(call $typing (i32.const 2048))
         (if (i32.ne (i32.load8_u (i32.const 2048)) (i32.const 1)) (then unreachable))
         (call $answer (i32.load (i32.const 2056)) (i32.load (i32.const 2060)))",
    );
    let (said, recording) = recorded(&host, &guest, Capabilities::default()).await;
    let module = host.load(&guest).await;
    let limits = Limits::default();
    let replayed = module.replay(&EVENT, recording, Capabilities::default(), &limits);
    let (run, divergence) = replayed.await;
    assert_eq!((texts(run), divergence), (said, None));
}

#[tokio::test]
async fn the_first_other_way_is_shown() {
    let host = Host::new();
    let (_, recording) = recorded(&host, &remembers(), knowing("blue")).await;
    let limits = Limits::default();
    let module = host.load(&remembers()).await;
    let types = host
        .load(&agent(
            TYPING,
            "(call $typing (i32.const 2048)) (call $answer (i32.const 0) (i32.const 0))",
        ))
        .await;
    let silent = host
        .load(&agent("", "(call $answer (i32.const 0) (i32.const 0))"))
        .await;
    let cases = [
        (
            &module,
            "e1",
            Recording::default(),
            "it calls `state.get` after all the calls that it made before",
        ),
        (
            &module,
            "e2",
            recording.clone(),
            "call 1, `state.get`, asks for something else than before",
        ),
        (
            &types,
            "e1",
            recording.clone(),
            "call 1 was `state.get` and is `progress.typing` now",
        ),
        (
            &silent,
            "e1",
            recording,
            "call 1, `state.get`, is not made any more",
        ),
    ];
    for (module, id, recording, what) in cases {
        let event = event(id);
        let replayed = module.replay(&event, recording, Capabilities::default(), &limits);
        let (run, divergence) = replayed.await;
        let divergence = divergence.unwrap();
        assert_eq!((divergence.after, divergence.what.as_str()), (0, what));
        let stopped = matches!(run.outcome, Err(Stop::Diverged));
        assert_eq!(stopped, !what.contains("not made any more"), "{what}");
    }
}

#[tokio::test]
async fn what_is_too_much_is_not_kept_in_part() {
    let host = Host::new();
    let module = host.load(&remembers()).await;
    let limits = Limits::default();
    for (most, is_kept) in [(10, false), (MOST, true)] {
        let recorded = module.record(&EVENT, knowing("blue"), &limits, most);
        let (run, recording) = recorded.await;
        assert_eq!(texts(run), ["blue"]);
        assert_eq!(recording.is_some(), is_kept);
    }
    // One who asks nothing is kept in no room at all.
    let silent = host
        .load(&agent("", "(call $answer (i32.const 0) (i32.const 0))"))
        .await;
    let (_, recording) = silent
        .record(&EVENT, Capabilities::default(), &limits, 0)
        .await;
    assert!(recording.unwrap().is_empty());
}

const CLOCKS: &str = "package wasi:clocks@0.2.3;
    interface wall-clock { record datetime { seconds: u64, nanoseconds: u32 } now: func() -> datetime; }
    interface monotonic-clock { type instant = u64; now: func() -> instant; }";
const RANDOM: &str = "package wasi:random@0.2.3;
    interface random { get-random-u64: func() -> u64; }
    interface insecure-seed { insecure-seed: func() -> tuple<u64, u64>; }";

/// Says what it sees of clocks and random numbers, each nibble as a letter.
fn looks_outside() -> Vec<u8> {
    let interfaces = [
        "wasi:clocks/wall-clock@0.2.3",
        "wasi:clocks/monotonic-clock@0.2.3",
        "wasi:random/random@0.2.3",
        "wasi:random/insecure-seed@0.2.3",
    ];
    let imports = r#"(import "wasi:clocks/wall-clock@0.2.3" "now" (func $now (param i32)))
        (import "wasi:clocks/monotonic-clock@0.2.3" "now" (func $ticks (result i64)))
        (import "wasi:random/random@0.2.3" "get-random-u64" (func $random (result i64)))
        (import "wasi:random/insecure-seed@0.2.3" "insecure-seed" (func $seed (param i32)))"#;
    let letters = |at: u32, number: &str| {
        format!(
            "(i64.store (i32.const {at}) (i64.add (i64.const 0x6161616161616161)
                 (i64.and (i64.const 0x0f0f0f0f0f0f0f0f) {number})))"
        )
    };
    let body = [
        "(call $now (i32.const 2048)) (call $seed (i32.const 2064))".to_owned(),
        letters(4096, "(i64.load (i32.const 2048))"),
        letters(4104, "(i64.load32_u (i32.const 2056))"),
        letters(4112, "(i64.load (i32.const 2064))"),
        letters(4120, "(call $ticks)"),
        letters(4128, "(call $random)"),
        letters(4136, "(call $random)"),
        "(call $answer (i32.const 4096) (i32.const 48))".to_owned(),
    ];
    let lines: String = interfaces
        .iter()
        .map(|interface| format!("import {interface};\n"))
        .collect();
    module_with(
        &[CLOCKS, RANDOM],
        "agent",
        &agent_text(imports, &body.concat()),
        |wit| wit.replace("    import log;", &format!("    import log;\n{lines}")),
    )
}

#[tokio::test]
async fn clocks_and_random_numbers_are_the_same_again() {
    let host = Host::new();
    let guest = looks_outside();
    let nothing = Capabilities::default;
    let (first, recording) = recorded(&host, &guest, nothing()).await;
    let (second, _) = recorded(&host, &guest, nothing()).await;
    assert_ne!(first, second);
    assert_ne!(first[0][32..40], first[0][40..48]);
    assert!(!recording.is_empty());

    let module = host.load(&guest).await;
    let limits = Limits::default();
    let replayed = module.replay(&EVENT, recording.clone(), nothing(), &limits);
    let (run, divergence) = replayed.await;
    assert_eq!((texts(run), divergence), (first.clone(), None));
    // Also where another module looks at them.
    let run = module.rehearse(&EVENT, &recording, nothing(), &limits);
    assert_eq!(texts(run.await), first);
    // One that did not look has nothing to tell.
    let replayed = module.replay(&EVENT, Recording::default(), nothing(), &limits);
    let (_, divergence) = replayed.await;
    let what = divergence.unwrap().what;
    assert_eq!(what, "it reads the wall clock more often than before");
}

#[tokio::test]
async fn a_replay_logs_where_it_may() {
    let host = Host::new();
    let guest = agent(
        r#"(import "cloister:agent/log@1.0.0" "write" (func $write (param i32 i32 i32 i32 i32 i32)))"#,
        "(call $write (i32.const 1) (i32.load (local.get $event)) (i32.load offset=4 (local.get $event))
             (i32.const 0) (i32.const 0) (i32.const 2048))
         (call $answer (i32.const 0) (i32.const 0))",
    );
    let lines = Arc::new(Lines::default());
    let granted = Capabilities {
        log: Some(lines.clone()),
        ..Capabilities::default()
    };
    let module = host.load(&guest).await;
    let limits = Limits::default();
    let replayed = module.replay(&EVENT, Recording::default(), granted, &limits);
    let (run, divergence) = replayed.await;
    assert!(run.outcome.is_ok() && divergence.is_none());
    assert_eq!(*lines.0.lock().unwrap(), ["e1"]);
}
