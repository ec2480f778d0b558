//! Guests that import WASI, as those of other toolchains do.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sandbox::{Capabilities, Limits, Stop, inspect};

use crate::guest::{agent_text, module_with};
use crate::host::{Host, Lines, texts};

/// As much of WASI as these guests use beside what the contract uses.
const CLOCKS: &str = "package wasi:clocks@0.2.3;
    interface wall-clock { record datetime { seconds: u64, nanoseconds: u32 } now: func() -> datetime; }
    interface monotonic-clock {
        use wasi:io/poll@0.2.0.{pollable};
        type duration = u64;
        subscribe-duration: func(when: duration) -> pollable;
    }";
const CLI: &str = "package wasi:cli@0.2.0;
    interface environment { get-environment: func() -> list<tuple<string, string>>; }
    interface exit { exit: func(status: result); }
    interface stdout { use wasi:io/streams@0.2.0.{output-stream}; get-stdout: func() -> output-stream; }";
const FILESYSTEM: &str = "package wasi:filesystem@0.2.0;
    interface types { resource descriptor; }
    interface preopens { use types.{descriptor}; get-directories: func() -> list<tuple<descriptor, string>>; }";

/// An agent that imports these interfaces of WASI.
fn agent(interfaces: &[&str], imports: &str, body: &str) -> Vec<u8> {
    let lines: String = interfaces
        .iter()
        .map(|interface| format!("import {interface};\n"))
        .collect();
    module_with(
        &[CLOCKS, CLI, FILESYSTEM],
        "agent",
        &agent_text(imports, body),
        |wit| wit.replace("    import log;", &format!("    import log;\n{lines}")),
    )
}

#[tokio::test]
async fn the_clock_goes_and_the_environment_and_the_files_are_empty() {
    let looks = agent(
        &[
            "wasi:clocks/wall-clock@0.2.3",
            "wasi:cli/environment@0.2.0",
            "wasi:filesystem/preopens@0.2.0",
        ],
        r#"(import "wasi:clocks/wall-clock@0.2.3" "now" (func $now (param i32)))
           (import "wasi:cli/environment@0.2.0" "get-environment" (func $environment (param i32)))
           (import "wasi:filesystem/preopens@0.2.0" "get-directories" (func $directories (param i32)))"#,
        "(call $now (i32.const 2048))
         (if (i64.lt_u (i64.load (i32.const 2048)) (i64.const 1700000000)) (then unreachable))
         (i32.store (i32.const 2052) (i32.const 1))
         (call $environment (i32.const 2048))
         (if (i32.load (i32.const 2052)) (then unreachable))
         (i32.store (i32.const 2052) (i32.const 1))
         (call $directories (i32.const 2048))
         (if (i32.load (i32.const 2052)) (then unreachable))
         (call $answer (i32.load (local.get $event)) (i32.load offset=4 (local.get $event)))",
    );
    assert_eq!(inspect(&looks).unwrap().capabilities, [] as [&str; 0]);
    let run = Host::new()
        .run(&looks, Capabilities::default(), &Limits::default())
        .await;
    assert_eq!(run.usage.host_calls, 0);
    assert_eq!(texts(run), ["e1"]);
}

#[tokio::test]
async fn what_is_printed_goes_to_the_log() {
    let prints = agent(
        &["wasi:cli/stdout@0.2.0"],
        r#"(import "wasi:cli/stdout@0.2.0" "get-stdout" (func $stdout (result i32)))
           (import "wasi:io/streams@0.2.0" "[method]output-stream.blocking-write-and-flush"
             (func $write (param i32 i32 i32 i32)))
           (data (i32.const 512) "one\ntwo")"#,
        "(call $write (call $stdout) (i32.const 512) (i32.const 7) (i32.const 2048))
         unreachable",
    );
    let lines = Arc::new(Lines::default());
    let capabilities = Capabilities {
        log: Some(lines.clone()),
        ..Capabilities::default()
    };
    // Also of a guest that crashes: then it matters most.
    let run = Host::new()
        .run(&prints, capabilities, &Limits::default())
        .await;
    assert!(matches!(run.outcome, Err(Stop::Trap { .. })), "{run:?}");
    assert_eq!(*lines.0.lock().unwrap(), ["one", "two"]);
}

#[tokio::test]
async fn a_guest_that_sleeps_is_woken_by_its_deadline() {
    let sleeps = agent(
        &["wasi:clocks/monotonic-clock@0.2.3", "wasi:io/poll@0.2.0"],
        r#"(import "wasi:clocks/monotonic-clock@0.2.3" "subscribe-duration" (func $sleep (param i64) (result i32)))
           (import "wasi:io/poll@0.2.0" "[method]pollable.block" (func $block (param i32)))"#,
        "(call $block (call $sleep (i64.const 3600000000000)))
         unreachable",
    );
    let limits = Limits {
        guest_time: Duration::from_millis(100),
        host_time: Duration::from_millis(100),
        ..Limits::default()
    };
    let host = Host::new();
    host.load(&sleeps).await;
    let began = Instant::now();
    let stopped = host.stopped(&sleeps, &limits).await;
    assert!(matches!(stopped, Stop::Deadline { .. }), "{stopped:?}");
    assert!(began.elapsed() < Duration::from_secs(30));
}

#[tokio::test]
async fn a_guest_that_ends_itself_says_how() {
    let exits = agent(
        &["wasi:cli/exit@0.2.0"],
        r#"(import "wasi:cli/exit@0.2.0" "exit" (func $exit (param i32)))"#,
        "(call $exit (i32.const 1)) unreachable",
    );
    let stopped = Host::new().stopped(&exits, &Limits::default()).await;
    assert!(
        matches!(&stopped, Stop::Trap { message, .. } if message == "it ended itself with status 1"),
        "{stopped:?}"
    );
}
