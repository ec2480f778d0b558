//! Each limit that a guest runs into is its own error.

use std::time::{Duration, Instant};

use sandbox::{Capabilities, Limits, RUNTIME_SHARE, Stop};

use crate::guest::{agent, agent_text, echo, module};
use crate::host::{Host, event, texts};

fn quick() -> Limits {
    Limits {
        guest_time: Duration::from_millis(300),
        ..Limits::default()
    }
}

#[tokio::test(flavor = "current_thread")]
async fn a_loop_ends_at_its_deadline_and_leaves_the_thread_to_others() {
    let host = Host::new();
    let (looping, echo) = (
        agent("", "(loop $for_ever (br $for_ever)) unreachable"),
        host.load(&echo()).await,
    );
    let looping = host.load(&looping).await;
    let limits = quick();
    // One thread for both: without yielding, no echo would be heard before the loop's end.
    let mut heard = 0;
    let beside = async {
        loop {
            assert_eq!(
                texts(
                    echo.handle(event("e"), Capabilities::default(), &limits)
                        .await
                ),
                ["e"]
            );
            heard += 1;
            tokio::task::yield_now().await;
        }
    };
    let stopped = tokio::select! {
        biased;
        run = looping.handle(event("e"), Capabilities::default(), &limits) => run,
        () = beside => unreachable!(),
    };
    assert!(
        matches!(stopped.outcome, Err(Stop::Deadline { limit }) if limit == limits.guest_time),
        "{stopped:?}"
    );
    assert!(stopped.usage.guest_time >= limits.guest_time);
    assert!(heard > 3, "only {heard} echoes");
}

#[tokio::test]
async fn a_loop_while_starting_ends_too() {
    let module = crate::guest::module(
        r#"(module
             (memory (export "memory") 1)
             (func $start (loop $for_ever (br $for_ever)))
             (start $start)
             (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
             (func (export "cloister:agent/handler@1.0.0#handle") (param i32) (result i32) unreachable))"#,
    );
    let stopped = Host::new().stopped(&module, &quick()).await;
    assert!(matches!(stopped, Stop::Deadline { .. }), "{stopped:?}");
}

#[tokio::test]
async fn memory_that_is_refused_is_out_of_memory() {
    let host = Host::new();
    let limits = Limits {
        memory: 4 * 1024 * 1024,
        ..Limits::default()
    };
    let greedy = agent(
        "",
        "(loop $more
           (if (i32.eq (memory.grow (i32.const 1)) (i32.const -1)) (then unreachable))
           (br $more))
         unreachable",
    );
    let run = host.run(&greedy, Capabilities::default(), &limits).await;
    assert!(
        matches!(run.outcome, Err(Stop::OutOfMemory { limit }) if limit == limits.memory),
        "{run:?}"
    );
    assert_eq!(run.usage.memory_peak, limits.memory);

    // A guest that lives with the refusal goes on.
    let modest = agent(
        "",
        "(drop (memory.grow (i32.const 1000)))
         (call $answer (i32.load (local.get $event)) (i32.load offset=4 (local.get $event)))",
    );
    assert_eq!(
        texts(host.run(&modest, Capabilities::default(), &limits).await),
        ["e1"]
    );
}

#[tokio::test]
async fn a_guest_with_a_runtime_in_it_may_have_more() {
    let host = Host::new();
    let limits = Limits {
        memory: 4 * 1024 * 1024,
        ..Limits::default()
    };
    let begins_with = |pages: u32| {
        let text = agent_text(
            "",
            "(loop $more
               (if (i32.eq (memory.grow (i32.const 1)) (i32.const -1)) (then unreachable))
               (br $more))
             unreachable",
        );
        let memory = format!(r#"(memory (export "memory") {pages})"#);
        module(&text.replace(r#"(memory (export "memory") 2)"#, &memory))
    };
    for (pages, share) in [(63, 1), (64, RUNTIME_SHARE)] {
        let greedy = begins_with(pages);
        let run = host.run(&greedy, Capabilities::default(), &limits).await;
        assert!(
            matches!(run.outcome, Err(Stop::OutOfMemory { limit }) if limit == limits.memory * share),
            "{run:?}"
        );
        assert_eq!(run.usage.memory_peak, limits.memory * share);
    }
}

#[tokio::test]
async fn a_guest_that_needs_too_much_to_begin_with_is_out_of_memory() {
    let limits = Limits {
        memory: 64 * 1024,
        ..Limits::default()
    };
    let stopped = Host::new().stopped(&echo(), &limits).await;
    assert!(
        matches!(stopped, Stop::OutOfMemory { limit: 65_536 }),
        "{stopped:?}"
    );
}

#[tokio::test]
async fn a_table_that_is_refused_is_its_own_error() {
    let greedy = agent(
        "(table $t 1 funcref)",
        "(loop $more
           (if (i32.eq (table.grow $t (ref.null func) (i32.const 1000)) (i32.const -1)) (then unreachable))
           (br $more))
         unreachable",
    );
    let stopped = Host::new().stopped(&greedy, &Limits::default()).await;
    assert!(
        matches!(stopped, Stop::TableLimit { limit: 10_000 }),
        "{stopped:?}"
    );
}

#[tokio::test]
async fn recursion_without_end_overflows_the_guests_stack_only() {
    let deep = agent("", "(call $handle (local.get $event))");
    let host = Host::new();
    let stopped = host.stopped(&deep, &Limits::default()).await;
    let Stop::StackOverflow { backtrace } = &stopped else {
        panic!("{stopped:?}")
    };
    assert!(backtrace.contains("handle"), "{backtrace}");
    assert_eq!(
        texts(
            host.run(&echo(), Capabilities::default(), &Limits::default())
                .await
        ),
        ["e1"]
    );
}

#[tokio::test]
async fn a_reply_may_have_so_many_bytes() {
    let host = Host::new();
    let limits = Limits {
        reply_bytes: 100_000,
        ..Limits::default()
    };
    let reply = |bytes: u32| {
        agent(
            "",
            &format!(
                "(drop (memory.grow (i32.const 40)))
                 (memory.fill (i32.const 65536) (i32.const 120) (i32.const {bytes}))
                 (call $answer (i32.const 65536) (i32.const {bytes}))"
            ),
        )
    };
    assert_eq!(
        texts(
            host.run(&reply(99_000), Capabilities::default(), &limits)
                .await
        )[0]
        .len(),
        99_000
    );
    let measured = host.stopped(&reply(100_000), &limits).await;
    assert!(
        matches!(
            measured,
            Stop::ReplyTooLarge {
                size: 100_016,
                limit: 100_000
            }
        ),
        "{measured:?}"
    );
    let not_even_read = host.stopped(&reply(2_000_000), &limits).await;
    assert!(
        matches!(not_even_read, Stop::ReplyTooLarge { limit: 100_000, .. }),
        "{not_even_read:?}"
    );
}

#[tokio::test]
async fn many_replies_of_the_same_bytes_are_as_large_as_they_say() {
    // 2,000 replies that all point to one text of 64 KiB: small in the guest, 128 MiB in the host if it were read.
    let amplified = agent(
        "",
        r"(local $at i32)
          (drop (memory.grow (i32.const 4)))
          (memory.fill (i32.const 65536) (i32.const 120) (i32.const 65536))
          (local.set $at (i32.const 131072))
          (loop $next
            (i32.store (local.get $at) (i32.const 65536))
            (i32.store offset=4 (local.get $at) (i32.const 65536))
            (local.set $at (i32.add (local.get $at) (i32.const 60)))
            (br_if $next (i32.lt_u (local.get $at) (i32.const 251072))))
          (i32.store (i32.const 1028) (i32.const 131072))
          (i32.store (i32.const 1032) (i32.const 2000))
          (i32.const 1024)",
    );
    let stopped = Host::new().stopped(&amplified, &Limits::default()).await;
    assert!(matches!(stopped, Stop::ReplyTooLarge { .. }), "{stopped:?}");
}

#[tokio::test]
async fn fuel_is_counted_where_it_was_asked_for() {
    let host = Host::new();
    let looping = agent("", "(loop $for_ever (br $for_ever)) unreachable");
    let digest = sandbox::Digest::of(&looping);
    let metered = host
        .engine
        .load_metered(digest, async || Ok::<_, std::io::Error>(looping.clone()))
        .await
        .unwrap();
    let limits = Limits {
        fuel: Some(10_000),
        ..Limits::default()
    };
    let began = Instant::now();
    let run = metered
        .handle(event("e"), Capabilities::default(), &limits)
        .await;
    assert!(
        matches!(run.outcome, Err(Stop::OutOfFuel { limit: 10_000 })),
        "{run:?}"
    );
    assert!(began.elapsed() < limits.guest_time);

    let plain = host.load(&looping).await;
    let run = plain
        .handle(event("e"), Capabilities::default(), &limits)
        .await;
    assert!(run.outcome.unwrap_err().is_host_fault());
}
