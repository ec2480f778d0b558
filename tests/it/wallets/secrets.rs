//! What a wallet is made of: sealed, in the rotation of keys, and opened for nothing else.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::time::Duration;

use tests::process::{Ended, Process};
use tests::{App, process};

use super::address;

async fn sealed(app: &App) -> Vec<Vec<u8>> {
    let rows = app
        .database()
        .rows("SELECT secret FROM wallets ORDER BY id", &[])
        .await;
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn secrets_are_sealed_anew_when_keys_are_rotated() {
    let mut app = App::start().await;
    let owner = app.owner();
    let told = [
        address(&owner, None).await,
        address(&owner, Some("echo")).await,
    ];
    let before = sealed(&app).await;
    assert_eq!(before.len(), 2);
    app.terminate().await;

    let mut rotate = process::command(&["keys", "rotate", "--forget-older"], &place(&app));
    let rotated = rotate.output().unwrap();
    let said = String::from_utf8_lossy(&rotated.stdout);
    assert!(
        rotated.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&rotated.stderr)
    );
    assert!(
        said.contains("stored secrets were sealed with the new key, 0 had it already."),
        "{said}"
    );

    let after = sealed(&app).await;
    // The layout and the key's id stand first: another key, and nothing of the seed is to be seen.
    for (old, new) in before.iter().zip(&after) {
        assert_ne!(old[1..9], new[1..9]);
        assert_eq!(old.len(), 1 + 8 + 24 + 32 + 16);
    }
    app.restart().await;
    let owner = app.owner();
    assert_eq!(
        [
            address(&owner, None).await,
            address(&owner, Some("echo")).await
        ],
        told
    );
    app.finish().await;
}

/// What `cloister keys` is told: where the data is.
fn place(app: &App) -> BTreeMap<String, OsString> {
    let kept = ["CLOISTER_DATA_DIR", "CLOISTER_DATABASE_URL"];
    let all = app.environment().iter();
    let kept = all.filter(|(name, _)| kept.contains(&name.as_str()));
    kept.map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

#[tokio::test]
async fn a_host_with_another_key_does_not_start_on_wallets() {
    let mut app = App::start().await;
    address(&app.owner(), None).await;
    // Nothing else that is sealed.
    app.database()
        .rows("UPDATE channels SET credential = NULL", &[])
        .await;
    app.terminate().await;
    let mut environment = app.environment().clone();
    let other = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    environment.insert("CLOISTER_MASTER_KEY".to_owned(), other.into());
    let mut process = Process::start(&["serve"], &environment, &app.folder().join("other.log"));
    let ended = process.ended(Duration::from_secs(60)).await;
    assert!(matches!(ended, Ended::Code(code) if code != 0), "{ended:?}");
    let said = process.said();
    assert!(said.contains("put back its master.key"), "{said}");
    app.restart().await;
    app.finish().await;
}

#[test]
fn nothing_signs_with_a_wallet() {
    let mut found = 0;
    for (name, text) in crate::tidy::files() {
        if !name.ends_with(".rs") || !text.contains(concat!("ed25519", "_dalek")) {
            continue;
        }
        assert_eq!(name, "host/src/service/wallets/keypair.rs");
        let used: Vec<&str> = text
            .lines()
            .filter(|line| line.contains("_dalek"))
            .collect();
        assert_eq!(used, [concat!("use ed25519", "_dalek::SigningKey;")]);
        for word in ["Signer", ".sign", "hazmat", "Expanded"] {
            assert!(!text.contains(word), "{name} names {word}");
        }
        found += 1;
    }
    assert_eq!(found, 1);
}
