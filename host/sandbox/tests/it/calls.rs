//! Calls of the host: what is not granted, what is too often, too long or too large.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use sandbox::{Capabilities, Limits, Stop};

use crate::guest::agent;
use crate::host::{Garden, Host, Lines, Slow, Value, texts};

const TYPING: &str =
    r#"(import "cloister:agent/progress@1.0.0" "typing" (func $typing (param i32)))"#;
const PARTIAL: &str =
    r#"(import "cloister:agent/progress@1.0.0" "partial" (func $partial (param i32 i32 i32)))"#;
const WRITE: &str =
    r#"(import "cloister:agent/log@1.0.0" "write" (func $write (param i32 i32 i32 i32 i32 i32)))"#;
const GET: &str =
    r#"(import "cloister:agent/state@1.0.0" "get" (func $get (param i32 i32 i32 i32)))"#;

/// Calls `typing` this often, then answers.
fn types(times: u32) -> Vec<u8> {
    agent(
        TYPING,
        &format!(
            "(local $left i32)
             (local.set $left (i32.const {times}))
             (loop $again
               (call $typing (i32.const 2048))
               (local.set $left (i32.sub (local.get $left) (i32.const 1)))
               (br_if $again (local.get $left)))
             (call $answer (i32.load (local.get $event)) (i32.load offset=4 (local.get $event)))"
        ),
    )
}

fn slow(takes: Option<Duration>) -> (Arc<Slow>, Capabilities) {
    let slow = Arc::new(Slow {
        takes,
        ..Slow::default()
    });
    (
        slow.clone(),
        Capabilities {
            progress: Some(slow),
            ..Capabilities::default()
        },
    )
}

#[tokio::test]
async fn what_was_not_granted_is_denied_in_words() {
    // result<_, error>: the error's code at 1, its message at 4 and 8 behind it.
    let says_why = agent(
        TYPING,
        "(call $typing (i32.const 2048))
         (if (i32.ne (i32.load8_u (i32.const 2048)) (i32.const 1)) (then unreachable))
         (if (i32.ne (i32.load8_u (i32.const 2052)) (i32.const 0)) (then unreachable))
         (call $answer (i32.load (i32.const 2056)) (i32.load (i32.const 2060)))",
    );
    let run = Host::new()
        .run(&says_why, Capabilities::default(), &Limits::default())
        .await;
    assert_eq!(run.usage.host_calls, 1);
    assert_eq!(
        texts(run),
        ["The owner has not granted this agent `progress`; ask them to, or do without."]
    );
}

#[tokio::test]
async fn what_was_granted_is_answered() {
    // result<option<list<u8>>, error>: the option at 4, the list at 8 and 12.
    let recalls = agent(
        GET,
        "(call $get (i32.const 1) (i32.const 0) (i32.const 3) (i32.const 2048))
         (if (i32.load8_u (i32.const 2048)) (then unreachable))
         (if (i32.ne (i32.load8_u (i32.const 2052)) (i32.const 1)) (then unreachable))
         (call $answer (i32.load (i32.const 2056)) (i32.load (i32.const 2060)))",
    );
    let capabilities = Capabilities {
        state: Some(Arc::new(Value(Some(b"kept".to_vec())))),
        ..Capabilities::default()
    };
    assert_eq!(
        texts(
            Host::new()
                .run(&recalls, capabilities, &Limits::default())
                .await
        ),
        ["kept"]
    );
}

#[tokio::test]
async fn a_call_that_never_comes_back_is_cut_off() {
    let (_, capabilities) = slow(None);
    let limits = Limits {
        host_time: Duration::from_millis(100),
        ..Limits::default()
    };
    let run = Host::new().run(&types(1), capabilities, &limits).await;
    assert!(
        matches!(run.outcome, Err(Stop::HostDeadline { call: "progress.typing", limit }) if limit == limits.host_time),
        "{run:?}"
    );
    assert!(run.usage.host_time >= limits.host_time);
    assert!(run.usage.guest_time < limits.host_time);
}

#[tokio::test]
async fn host_time_is_not_the_guests() {
    let (calls, capabilities) = slow(Some(Duration::from_millis(40)));
    let limits = Limits {
        guest_time: Duration::from_millis(100),
        ..Limits::default()
    };
    let run = Host::new().run(&types(5), capabilities, &limits).await;
    assert_eq!(calls.calls.load(Ordering::SeqCst), 5);
    assert!(run.usage.host_time >= Duration::from_millis(200), "{run:?}");
    assert!(run.usage.guest_time < limits.guest_time, "{run:?}");
    assert_eq!(texts(run), ["e1"]);
}

#[tokio::test]
async fn many_short_calls_share_the_host_time() {
    let (calls, capabilities) = slow(Some(Duration::from_millis(20)));
    let limits = Limits {
        host_time: Duration::from_millis(100),
        ..Limits::default()
    };
    let run = Host::new().run(&types(1_000), capabilities, &limits).await;
    assert!(
        matches!(run.outcome, Err(Stop::HostDeadline { .. })),
        "{run:?}"
    );
    assert!(calls.calls.load(Ordering::SeqCst) <= 6);
}

#[tokio::test]
async fn a_flood_of_calls_is_stopped() {
    let limits = Limits {
        host_calls: 50,
        ..Limits::default()
    };
    let host = Host::new();
    for capabilities in [Capabilities::default(), slow(Some(Duration::ZERO)).1] {
        assert_eq!(
            texts(host.run(&types(50), capabilities.clone(), &limits).await),
            ["e1"]
        );
        let run = host.run(&types(51), capabilities, &limits).await;
        assert!(
            matches!(run.outcome, Err(Stop::TooManyCalls { limit: 50 })),
            "{run:?}"
        );
        assert_eq!(run.usage.host_calls, 50);
    }
}

#[tokio::test]
async fn a_flood_of_log_lines_is_dropped_with_a_word() {
    let floods = agent(
        WRITE,
        "(local $left i32)
         (local.set $left (i32.const 5000))
         (i32.store (i32.const 512) (i32.const 0x65656565))
         (loop $again
           (call $write (i32.const 1) (i32.const 512) (i32.const 4) (i32.const 0) (i32.const 0) (i32.const 2048))
           (local.set $left (i32.sub (local.get $left) (i32.const 1)))
           (br_if $again (local.get $left)))
         (call $answer (i32.load (local.get $event)) (i32.load offset=4 (local.get $event)))",
    );
    let lines = Arc::new(Lines::default());
    let capabilities = Capabilities {
        log: Some(lines.clone()),
        ..Capabilities::default()
    };
    let run = Host::new()
        .run(
            &floods,
            capabilities,
            &Limits {
                log_lines: 10,
                ..Limits::default()
            },
        )
        .await;
    assert_eq!(run.usage.host_calls, 0);
    assert_eq!(texts(run), ["e1"]);
    let lines = lines.0.lock().unwrap();
    assert_eq!(lines.len(), 11);
    assert_eq!(lines[..10], ["eeee"; 10]);
    assert_eq!(
        lines[10],
        "More than 10 log lines: the rest of this turn's are dropped."
    );
}

#[tokio::test]
async fn a_long_log_line_is_cut() {
    let chatty = agent(
        WRITE,
        "(drop (memory.grow (i32.const 4)))
         (memory.fill (i32.const 65536) (i32.const 120) (i32.const 100000))
         (call $write (i32.const 1) (i32.const 65536) (i32.const 100000) (i32.const 0) (i32.const 0) (i32.const 2048))
         (call $answer (i32.const 0) (i32.const 0))",
    );
    let lines = Arc::new(Lines::default());
    let capabilities = Capabilities {
        log: Some(lines.clone()),
        ..Capabilities::default()
    };
    assert_eq!(
        texts(
            Host::new()
                .run(&chatty, capabilities, &Limits::default())
                .await
        ),
        [""]
    );
    assert_eq!(*lines.0.lock().unwrap(), ["x".repeat(4096)]);
}

#[tokio::test]
async fn an_argument_that_is_too_large_is_not_taken_in() {
    let shouts = agent(
        PARTIAL,
        "(drop (memory.grow (i32.const 100)))
         (call $partial (i32.const 65536) (i32.const 5000000) (i32.const 2048))
         unreachable",
    );
    let (calls, capabilities) = slow(None);
    let stopped = Host::new()
        .run(&shouts, capabilities, &Limits::default())
        .await
        .outcome
        .unwrap_err();
    assert!(
        matches!(stopped, Stop::ArgumentTooLarge { .. }),
        "{stopped:?}"
    );
    assert_eq!(calls.calls.load(Ordering::SeqCst), 0);
}

/// Goes on in the project that is called as the event, and answers with the name of it, or with why it could not.
fn goes() -> Vec<u8> {
    // result<project, error>: of the project, the name at 20 and 24; of the error, the message at 8 and 12.
    agent(
        r#"(import "cloister:agent/projects@1.0.0" "switch-to" (func $go (param i32 i32 i32)))"#,
        "(call $go (i32.load (local.get $event)) (i32.load offset=4 (local.get $event)) (i32.const 2048))
         (if (result i32) (i32.load8_u (i32.const 2048))
           (then (call $answer (i32.load (i32.const 2056)) (i32.load (i32.const 2060))))
           (else (call $answer (i32.load (i32.const 2068)) (i32.load (i32.const 2072)))))",
    )
}

#[tokio::test]
async fn projects_are_for_who_was_granted_them() {
    let host = Host::new();
    let capabilities = Capabilities {
        projects: Some(Arc::new(Garden)),
        ..Capabilities::default()
    };
    let run = host.run(&goes(), capabilities, &Limits::default()).await;
    assert_eq!(texts(run), ["The garden e1"]);
    let run = host
        .run(&goes(), Capabilities::default(), &Limits::default())
        .await;
    assert_eq!(
        texts(run),
        ["The owner has not granted this agent `projects`; ask them to, or do without."]
    );
}
