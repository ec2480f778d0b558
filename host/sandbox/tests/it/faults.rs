//! Guests that crash, break the rules of the border, or fail in so many words.

use sandbox::types::FailureCode;
use sandbox::{Capabilities, Limits, Stop};

use crate::guest::{agent, echo};
use crate::host::{Host, texts};

#[tokio::test]
async fn a_crash_names_the_functions_it_happened_in() {
    let crashes = crate::guest::module(
        r#"(module
             (memory (export "memory") 2)
             (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 65536))
             (func $bottom (unreachable))
             (func $middle (call $bottom))
             (func (export "cloister:agent/handler@1.0.0#handle") (param i32) (result i32)
               (call $middle) (i32.const 0)))"#,
    );
    let stopped = Host::new().stopped(&crashes, &Limits::default()).await;
    let Stop::Trap { message, backtrace } = &stopped else {
        panic!("{stopped:?}")
    };
    assert!(message.contains("unreachable"), "{message}");
    let (bottom, middle) = (
        backtrace.find("bottom").unwrap(),
        backtrace.find("middle").unwrap(),
    );
    assert!(bottom < middle, "{backtrace}");
    assert!(backtrace.trim_start().starts_with("0:"), "{backtrace}");
    assert_eq!((stopped.code(), stopped.is_host_fault()), ("trap", false));
}

#[tokio::test]
async fn each_kind_of_crash_says_which() {
    let host = Host::new();
    for (body, says) in [
        (
            "(drop (i32.div_u (i32.const 1) (i32.const 0))) unreachable",
            "integer divide by zero",
        ),
        (
            "(drop (i32.load (i32.const -8))) unreachable",
            "out of bounds memory access",
        ),
        (
            "(drop (i32.trunc_f32_s (f32.const nan))) unreachable",
            "invalid conversion to integer",
        ),
    ] {
        let stopped = host.stopped(&agent("", body), &Limits::default()).await;
        assert!(
            matches!(&stopped, Stop::Trap { message, .. } if message.contains(says)),
            "{says}: {stopped:?}"
        );
    }
}

#[tokio::test]
async fn values_that_break_the_rules_are_their_own_error() {
    let host = Host::new();
    for (what, body) in [
        (
            "not UTF-8",
            "(i32.store (i32.const 512) (i32.const 0xff)) (call $answer (i32.const 512) (i32.const 1))",
        ),
        (
            "text outside the memory",
            "(call $answer (i32.const 0x7fffffff) (i32.const 4))",
        ),
        (
            "a list outside the memory",
            "(drop (call $answer (i32.const 0) (i32.const 0)))
            (i32.store (i32.const 1032) (i32.const 0x00ffffff)) (i32.const 1024)",
        ),
        (
            "no such case",
            "(drop (call $answer (i32.const 0) (i32.const 0)))
            (i32.store8 (i32.const 1024) (i32.const 9)) (i32.const 1024)",
        ),
        ("a result that is not aligned", "(i32.const 1025)"),
        ("a result outside the memory", "(i32.const 0x7ffffff0)"),
    ] {
        let stopped = host.stopped(&agent("", body), &Limits::default()).await;
        assert!(
            matches!(&stopped, Stop::BadAbi { message } if !message.is_empty()),
            "{what}: {stopped:?}"
        );
    }
}

#[tokio::test]
async fn an_argument_that_breaks_the_rules_is_too() {
    let partial =
        r#"(import "cloister:agent/progress@1.0.0" "partial" (func $partial (param i32 i32 i32)))"#;
    let garbles = agent(
        partial,
        "(i32.store (i32.const 512) (i32.const 0xff))
         (call $partial (i32.const 512) (i32.const 1) (i32.const 2048))
         unreachable",
    );
    let stopped = Host::new().stopped(&garbles, &Limits::default()).await;
    assert!(matches!(stopped, Stop::BadAbi { .. }), "{stopped:?}");
}

#[tokio::test]
async fn what_a_guest_says_of_its_failure_is_kept() {
    // result: error; failure: code at 4, message at 8 and 12, retryable at 16, metadata at 20 and 24.
    let fails = agent(
        r#"(data (i32.const 512) "no answer")"#,
        "(memory.fill (i32.const 1024) (i32.const 0) (i32.const 32))
         (i32.store8 (i32.const 1024) (i32.const 1))
         (i32.store8 (i32.const 1028) (i32.const 3))
         (i32.store (i32.const 1032) (i32.const 512))
         (i32.store (i32.const 1036) (i32.const 9))
         (i32.store8 (i32.const 1040) (i32.const 1))
         (i32.const 1024)",
    );
    let stopped = Host::new().stopped(&fails, &Limits::default()).await;
    let Stop::Failed(failure) = &stopped else {
        panic!("{stopped:?}")
    };
    assert_eq!(
        (failure.code, failure.message.as_str(), failure.retryable),
        (FailureCode::Unavailable, "no answer", true)
    );
    assert_eq!(stopped.to_string(), "the agent failed: no answer");
}

#[tokio::test]
async fn a_crash_leaves_nothing_to_the_next_call() {
    let host = Host::new();
    // Answers the first time in a fresh memory; anything left over would show.
    let leaves_traces = agent(
        "(global $used (mut i32) (i32.const 0))",
        "(if (i32.or (global.get $used) (i32.load (i32.const 60000))) (then unreachable))
         (global.set $used (i32.const 1))
         (i32.store (i32.const 60000) (i32.const 1))
         (call $answer (i32.const 0) (i32.const 0))",
    );
    for _ in 0..20 {
        assert_eq!(
            texts(
                host.run(&leaves_traces, Capabilities::default(), &Limits::default())
                    .await
            ),
            [""]
        );
        host.stopped(
            &agent(
                "",
                "(i32.store (i32.const 60000) (i32.const 1)) unreachable",
            ),
            &Limits::default(),
        )
        .await;
    }
    assert_eq!(
        texts(
            host.run(&echo(), Capabilities::default(), &Limits::default())
                .await
        ),
        ["e1"]
    );
}
