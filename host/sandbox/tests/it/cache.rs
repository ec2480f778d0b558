//! Where modules are found: in memory, on disk if nobody touched it, or in the making.

use std::fs;
use std::io::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use sandbox::{Capabilities, Digest, Engine, LoadError, Refusal};

use crate::guest::{ECHO, agent, agent_text, echo, module};
use crate::host::{Host, event, settings, texts};

async fn nowhere() -> Result<Vec<u8>, Error> {
    Err(Error::other("it was asked for"))
}

fn files(host: &Host) -> Vec<PathBuf> {
    fs::read_dir(host.directory.path().join("code"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect()
}

#[tokio::test]
async fn what_is_on_disk_is_not_compiled_again() {
    let host = Host::new();
    let digest = Digest::of(&echo());
    let first = host.load(&echo()).await;
    let same = host.engine.load(digest, nowhere).await.unwrap();
    assert!(Arc::ptr_eq(&first, &same));

    host.engine.evict_memory();
    let from_disk = host.engine.load(digest, nowhere).await.unwrap();
    assert!(!Arc::ptr_eq(&first, &from_disk));
    assert_eq!(from_disk.digest(), digest);

    // Another process with the same key finds it too.
    let other = Engine::new(settings(&host.directory))
        .unwrap()
        .load(digest, nowhere)
        .await
        .unwrap();
    assert_eq!(
        texts(
            other
                .handle(event("e"), Capabilities::default(), &Default::default())
                .await
        ),
        ["e"]
    );
    // What was let go of still runs for who holds it.
    assert_eq!(
        texts(
            first
                .handle(event("e"), Capabilities::default(), &Default::default())
                .await
        ),
        ["e"]
    );
}

#[tokio::test]
async fn what_was_tampered_with_is_compiled_again() {
    let host = Host::new();
    let digest = Digest::of(&echo());
    host.load(&echo()).await;
    let [file] = files(&host).try_into().unwrap();
    let signed = fs::read(&file).unwrap();
    let mut flipped = signed.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    for changed in [flipped, signed[..signed.len() / 2].to_vec(), Vec::new()] {
        fs::write(&file, changed).unwrap();
        host.engine.evict_memory();
        let missed = host.engine.load(digest, nowhere).await.unwrap_err();
        assert!(matches!(missed, LoadError::Fetch(_)), "{missed:?}");
        host.load(&echo()).await;
        host.engine.evict_memory();
        // It has been replaced.
        host.engine.load(digest, nowhere).await.unwrap();
    }
}

#[tokio::test]
async fn another_key_does_not_open_it() {
    let host = Host::new();
    host.load(&echo()).await;
    let mut config = settings(&host.directory);
    config.cache_key = [8; 32];
    let missed = Engine::new(config)
        .unwrap()
        .load(Digest::of(&echo()), nowhere)
        .await
        .unwrap_err();
    assert!(matches!(missed, LoadError::Fetch(_)), "{missed:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_asks_at_once_waits_for_one_compilation() {
    let host = Host::new();
    let (module, fetched) = (echo(), Arc::new(AtomicU32::new(0)));
    let mut asking = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (engine, module, fetched) = (host.engine.clone(), module.clone(), fetched.clone());
        asking.spawn(async move {
            let fetch = async || {
                fetched.fetch_add(1, Ordering::SeqCst);
                Ok::<_, Error>(module.clone())
            };
            engine.load(Digest::of(&module), fetch).await.unwrap()
        });
    }
    let modules = asking.join_all().await;
    assert_eq!(fetched.load(Ordering::SeqCst), 1);
    assert!(
        modules
            .iter()
            .all(|module| Arc::ptr_eq(module, &modules[0]))
    );
}

#[tokio::test]
async fn a_failure_to_fetch_is_not_kept() {
    let host = Host::new();
    assert!(
        host.engine
            .load(Digest::of(&echo()), nowhere)
            .await
            .is_err()
    );
    host.load(&echo()).await;
}

#[tokio::test]
async fn a_refusal_is_kept_for_a_while() {
    let host = Host::new();
    let bare = wat::parse_str("(component)").unwrap();
    let digest = Digest::of(&bare);
    let refused = |error| matches!(error, Err(LoadError::Refused(Refusal::NoExport)));
    assert!(refused(host.try_load(&bare).await));
    assert!(refused(host.engine.load(digest, nowhere).await));
    host.engine.evict_memory();
    assert!(matches!(
        host.engine.load(digest, nowhere).await,
        Err(LoadError::Fetch(_))
    ));
}

#[tokio::test]
async fn memory_keeps_what_was_used_last() {
    let host = Host::new();
    let second = agent("", "(call $answer (i32.const 0) (i32.const 0))");
    host.load(&echo()).await;
    let size = fs::metadata(&files(&host)[0]).unwrap().len();

    let small = Host::with(|config| config.code_cache_bytes = size + size / 2);
    let first = small.load(&echo()).await;
    assert!(Arc::ptr_eq(&first, &small.load(&echo()).await));
    small.load(&second).await;
    assert!(!Arc::ptr_eq(&first, &small.load(&echo()).await));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_calls_than_slots_wait_for_one() {
    // What begins with the memory of a language's runtime is put back by another thread.
    let large = agent_text("", ECHO).replace(
        r#"(memory (export "memory") 2)"#,
        r#"(memory (export "memory") 64)"#,
    );
    for agent in [echo(), module(&large)] {
        let host = Host::with(|config| config.max_instances = 2);
        let module = host.load(&agent).await;
        let mut calling = tokio::task::JoinSet::new();
        for _ in 0..50 {
            let module = module.clone();
            calling.spawn(async move {
                texts(
                    module
                        .handle(event("e"), Capabilities::default(), &Default::default())
                        .await,
                )
            });
        }
        let said = tokio::time::timeout(Duration::from_secs(60), calling.join_all()).await;
        let said = said.expect("a slot never came back");
        assert!(said.iter().all(|said| said == &["e"]));
    }
}
