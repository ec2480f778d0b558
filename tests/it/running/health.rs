//! `/healthz`, `/readyz`, `/metrics`.

use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::App;

#[tokio::test]
async fn an_operator_sees_that_it_lives_and_works() {
    let (app, _callback, channel) = crate::serving("echo").await;
    for text in ["one", "two", "three"] {
        channel.say("U1", text).await;
    }
    let get = async |path: &str| {
        let answer = app.http().get(app.url(path)).send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    };
    assert_eq!(get("/healthz").await, (StatusCode::OK, "ok\n".to_owned()));
    let (status, ready) = get("/readyz").await;
    let ready: Value = serde_json::from_str(&ready).unwrap();
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        ready,
        json!({ "database": "ok", "engine": "ok", "migrations": "ok", "process": "ok" })
    );

    let (status, metrics) = get("/metrics").await;
    assert_eq!(status, StatusCode::OK);
    assert!(
        metrics.contains("cloister_turns_total{outcome=\"done\"} 3"),
        "{metrics}"
    );
    assert!(metrics.ends_with("# EOF\n"), "{metrics}");
    // A route by its pattern, never by what was asked for.
    assert!(!metrics.contains(&channel.id), "{metrics}");
    app.finish().await;
}

#[tokio::test]
async fn it_is_not_ready_on_a_schema_that_is_not_its_own() {
    let app = App::start().await;
    let ready = async || {
        let answer = app.http().get(app.url("/readyz")).send().await.unwrap();
        (
            answer.status(),
            answer.json::<Value>().await.unwrap()["migrations"].clone(),
        )
    };
    assert_eq!(ready().await, (StatusCode::OK, json!("ok")));
    app.database()
        .rows("DELETE FROM __diesel_schema_migrations", &[])
        .await;
    assert_eq!(
        ready().await,
        (StatusCode::SERVICE_UNAVAILABLE, json!("pending"))
    );
    app.finish().await;
}
