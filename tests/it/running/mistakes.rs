//! What an operator got wrong is told on one line.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::time::Duration;

use tests::App;
use tests::process::{Ended, Process};

/// Runs `cloister serve` with one more variable, until it ends; what it said, and how it ended.
async fn serve(environment: BTreeMap<String, OsString>) -> (String, Ended) {
    let folder = tempfile::tempdir().unwrap();
    let mut process = Process::start(&["serve"], &environment, &folder.path().join("said.log"));
    let ended = process.ended(Duration::from_secs(30)).await;
    (process.said(), ended)
}

#[tokio::test]
async fn a_wrong_value_is_one_line_and_exit_code_2() {
    for (name, value) in [
        ("CLOISTER_LISTEN", "localhost"),
        ("CLOISTER_LEASE_SECONDS", "soon"),
        ("CLOISTER_RETRY_SECONDS", "5,-1"),
        ("CLOISTER_MASTER_KEY", "tooshort"),
        ("CLOISTER_DATABASE_URL", "mysql://localhost/x"),
        ("CLOISTER_DATABASE_URL", "postgres://db/x?sslmode=maybe"),
        ("CLOISTER_IDLE_SECONDS", "0"),
        ("CLOISTER_PUBLIC_URL", "agents.example"),
        ("CLOISTER_ALLOW_PRIVATE_HOSTS", "http://127.0.0.1"),
        ("CLOISTER_CODE_CACHE", "much"),
        ("CLOISTER_LOG", "host=loud"),
        ("CLOISTER_NATS_URL", "http://me:hunter2@nats.example"),
        ("CLOISTER_NATS_URL", "nats://me:hunter2@nats.example/path"),
        ("CLOISTER_OTLP_URL", "collector.example:4318"),
    ] {
        let (said, ended) = serve([(name.to_owned(), value.into())].into()).await;
        assert_eq!(ended, Ended::Code(2), "{name}={value}: {said}");
        assert_eq!(said.trim_end().lines().count(), 1, "{name}={value}: {said}");
        assert!(
            said.contains(name) || said.contains(&flag(name)),
            "{name}={value}: {said}"
        );
        assert!(!said.contains("hunter2"), "{name}: {said}");
        // What is secret stays so.
        assert!(
            !matches!(name, "CLOISTER_MASTER_KEY") || !said.contains(value),
            "{said}"
        );
    }
}

/// The flag of a variable: `--listen`.
fn flag(name: &str) -> String {
    let name = name.trim_start_matches("CLOISTER_").to_lowercase();
    format!("--{}", name.replace('_', "-"))
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let app = App::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut environment = app.environment().clone();
    environment.insert("CLOISTER_DATA_DIR".to_owned(), folder.path().into());

    let (said, ended) = serve(environment).await;

    let address = app.address();
    let address = address.trim_start_matches("http://");
    assert!(
        matches!(ended, Ended::Code(code) if code != 0),
        "{ended:?}: {said}"
    );
    let last = said.trim_end().lines().last().unwrap_or_default();
    assert!(last.contains(address) && last.contains("in use"), "{said}");
    app.finish().await;
}
