//! The compiler's process: whatever a module does to it, the host has an answer and goes on.

use std::process::Stdio;
use std::time::Duration;

use sandbox::{Capabilities, LoadError, Refusal, inspect};
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use crate::guest::{agent, echo};
use crate::host::{Host, event};

/// One function of 60,000 `if`s, each in the one before.
fn bomb() -> Vec<u8> {
    let depth = 60_000;
    let body = format!(
        "{} (call $answer (i32.const 0) (i32.const 0)) return {} unreachable",
        "(local.get $event) if ".repeat(depth),
        "end ".repeat(depth)
    );
    agent("", &body)
}

/// Within what a function may be, and yet the compiler's work of seconds and half a gigabyte.
fn heavy() -> Vec<u8> {
    let step = "local.get $event i32.const 1 i32.add local.set $event ";
    agent("", &(step.repeat(120_000) + "unreachable"))
}

#[tokio::test]
async fn a_compile_bomb_ends_with_its_cause_and_takes_nobody_along() {
    // With the limits that every host has.
    let host = Host::new();
    let echo = host.load(&echo()).await;
    let refused = host.try_load(&bomb()).await.unwrap_err();
    assert!(
        matches!(&refused, LoadError::Refused(Refusal::TooDemanding { message }) if message.contains("nests 60000 blocks")),
        "{refused:?}"
    );
    let run = echo
        .handle(event("e"), Capabilities::default(), &Default::default())
        .await;
    assert!(run.outcome.is_ok());
}

#[tokio::test]
async fn a_compiler_that_is_out_of_time_is_stopped() {
    let host = Host::with(|config| {
        // It reads nothing and says nothing: what a compiler in an endless loop looks like from here.
        config.compiler = vec!["/bin/sleep".into(), "600".into()];
        config.compile_time = Duration::from_millis(200);
    });
    let refused = host.try_load(&echo()).await.unwrap_err();
    assert!(
        matches!(refused, LoadError::Refused(Refusal::CompileTooSlow { limit }) if limit == Duration::from_millis(200)),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_compiler_that_is_out_of_memory_says_so() {
    let host = Host::with(|config| config.compile_memory = 64 * 1024 * 1024);
    let refused = host.try_load(&heavy()).await.unwrap_err();
    assert!(
        matches!(
            refused,
            LoadError::Refused(Refusal::CompileTooMuchMemory { .. })
        ),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_compiler_that_is_missing_is_the_hosts_fault() {
    let host = Host::with(|config| config.compiler = vec!["/nonexistent/compiler".into()]);
    let refused = host.try_load(&echo()).await.unwrap_err();
    assert!(
        matches!(refused, LoadError::Refused(Refusal::CompilerFailed { .. })),
        "{refused:?}"
    );
    assert!(refused.is_host_fault());
    let host = Host::with(|config| config.compiler = vec!["/bin/false".into()]);
    assert!(host.try_load(&echo()).await.unwrap_err().is_host_fault());
}

#[tokio::test]
async fn what_brings_the_encoder_down_leaves_the_host_standing() {
    // Two packages that each use the other: the encoder follows them round until its stack is full.
    let round = |core: Vec<u8>| {
        let (name, other) = (b"cloister:agent/log@1.0.0", b"cloister:bgent/log@1.0.0");
        let at = core
            .windows(name.len())
            .position(|bytes| bytes == name)
            .unwrap();
        [&core[..at], other, &core[at + name.len()..]].concat()
    };
    let host = Host::new();
    let refusal = host.engine.inspect(round(echo())).await.unwrap_err();
    assert!(
        matches!(&refusal, Refusal::NotAComponent { message } if message.contains("overflowed its stack")),
        "{refusal:?}"
    );
    for at in (0..echo().len()).step_by(59) {
        let mut wrong = echo();
        wrong[at] ^= 0x55;
        if let Err(refusal) = host.engine.inspect(wrong).await {
            assert!(!refusal.is_host_fault(), "{at}: {refusal:?}");
        }
    }
}

#[tokio::test]
async fn a_compiler_whose_parent_is_gone_ends_itself() {
    let component = inspect(&heavy()).unwrap().component;
    let mut compiler = tokio::process::Command::new(env!("CARGO_BIN_EXE_sandbox-compiler"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut stdin = compiler.stdin.take().unwrap();
    // The order: compile, in 4 GiB and ten minutes, so many bytes. It is work of seconds.
    for number in [0, 4 << 30, 600, component.len() as u64] {
        stdin.write_all(&u64::to_le_bytes(number)).await.unwrap();
    }
    stdin.write_all(&component).await.unwrap();
    drop(stdin);
    let status = timeout(Duration::from_secs(60), compiler.wait())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(status.code(), Some(3));
}
