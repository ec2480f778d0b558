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

const SOCKETS: &str = "package wasi:sockets@0.2.0;
    interface network {
        enum error-code {
            unknown, access-denied, not-supported, invalid-argument, out-of-memory, timeout, concurrency-conflict,
            not-in-progress, would-block, invalid-state, new-socket-limit, address-not-bindable, address-in-use,
            remote-unreachable, connection-refused, connection-reset, connection-aborted, datagram-too-large,
            name-unresolvable, temporary-resolver-failure, permanent-resolver-failure,
        }
        enum ip-address-family { ipv4, ipv6 }
        resource network;
    }
    interface instance-network { use network.{network}; instance-network: func() -> network; }
    interface tcp { resource tcp-socket; }
    interface tcp-create-socket {
        use network.{error-code, ip-address-family};
        use tcp.{tcp-socket};
        create-tcp-socket: func(address-family: ip-address-family) -> result<tcp-socket, error-code>;
    }
    interface udp { resource udp-socket; }
    interface udp-create-socket {
        use network.{error-code, ip-address-family};
        use udp.{udp-socket};
        create-udp-socket: func(address-family: ip-address-family) -> result<udp-socket, error-code>;
    }
    interface ip-name-lookup {
        use network.{network, error-code};
        resource resolve-address-stream;
        resolve-addresses: func(network: borrow<network>, name: string) -> result<resolve-address-stream, error-code>;
    }";

/// An agent that imports these interfaces of WASI.
fn agent(interfaces: &[&str], imports: &str, body: &str) -> Vec<u8> {
    let lines: String = interfaces
        .iter()
        .map(|interface| format!("import {interface};\n"))
        .collect();
    module_with(
        &[CLOCKS, CLI, FILESYSTEM, SOCKETS],
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
async fn a_socket_and_the_address_of_a_name_are_refused() {
    // A result lies at 2048: whether it is an error, and which one at 2052.
    let is = |code: u8| {
        format!(
            "(if (i32.ne (i32.load8_u (i32.const 2048)) (i32.const 1)) (then unreachable))
             (if (i32.ne (i32.load8_u (i32.const 2052)) (i32.const {code})) (then unreachable))"
        )
    };
    // `access-denied`, and `permanent-resolver-failure`.
    let (denied, unresolved) = (is(1), is(20));
    let asks = agent(
        &[
            "wasi:sockets/network@0.2.0",
            "wasi:sockets/instance-network@0.2.0",
            "wasi:sockets/tcp-create-socket@0.2.0",
            "wasi:sockets/udp-create-socket@0.2.0",
            "wasi:sockets/ip-name-lookup@0.2.0",
        ],
        r#"(import "wasi:sockets/instance-network@0.2.0" "instance-network" (func $network (result i32)))
           (import "wasi:sockets/tcp-create-socket@0.2.0" "create-tcp-socket" (func $tcp (param i32 i32)))
           (import "wasi:sockets/udp-create-socket@0.2.0" "create-udp-socket" (func $udp (param i32 i32)))
           (import "wasi:sockets/ip-name-lookup@0.2.0" "resolve-addresses" (func $resolve (param i32 i32 i32 i32)))
           (data (i32.const 512) "localhost")"#,
        &format!(
            "(call $tcp (i32.const 0) (i32.const 2048)) {denied}
             (call $udp (i32.const 1) (i32.const 2048)) {denied}
             (call $resolve (call $network) (i32.const 512) (i32.const 9) (i32.const 2048)) {unresolved}
             (call $answer (i32.load (local.get $event)) (i32.load offset=4 (local.get $event)))"
        ),
    );
    assert_eq!(inspect(&asks).unwrap().capabilities, [] as [&str; 0]);
    let run = Host::new()
        .run(&asks, Capabilities::default(), &Limits::default())
        .await;
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
