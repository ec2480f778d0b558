//! The guard before every request that a user can steer.

use reqwest::{Method, StatusCode};
use serde_json::json;
use tests::App;

use super::speak_later;

#[tokio::test]
async fn a_private_callback_is_refused_when_it_is_saved() {
    let app = App::build()
        .unset("CLOISTER_ALLOW_PRIVATE_HOSTS")
        .start()
        .await;
    for address in [
        "https://127.0.0.1/hook",
        "https://[::1]/hook",
        "https://[::ffff:127.0.0.1]/hook",
        "https://10.0.0.1/hook",
        "https://169.254.169.254/latest/meta-data",
        "https://[fd00::1]/hook",
        "https://0/hook",
        "https://2130706433/hook",
        "https://localhost/hook",
        "http://93.184.216.34/hook",
    ] {
        let body = json!({ "name": "x", "platform": "custom", "callbackUrl": address });
        let (status, answer) = app
            .owner()
            .send(Method::POST, "/api/channels", Some(body))
            .await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{address}: {answer}");
        assert!(
            answer["error"].as_str().unwrap().starts_with("callbackUrl"),
            "{address}: {answer}"
        );
    }
    app.finish().await;
}

#[tokio::test]
async fn a_callback_that_became_private_is_refused_when_it_is_sent_to() {
    let (mut app, callback, channel) = crate::serving("counter").await;
    let secure = app
        .owner()
        .channel("counter", "https://127.0.0.1:9/hook")
        .await;
    app.terminate().await;
    app.set("CLOISTER_ALLOW_PRIVATE_HOSTS", None);
    app.restart().await;

    speak_later(&channel, "U1", "reach inside").await;
    speak_later(&secure, "U1", "reach inside").await;

    app.database().settled().await;
    let rows = app
        .database()
        .rows(
            "SELECT status, error FROM deliveries ORDER BY sequence",
            &[],
        )
        .await;
    let found: Vec<(&str, &str)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    assert!(
        matches!(found[..], [("dead", plain), ("dead", private)]
        if plain.contains("https") && private.contains("127.0.0.1")),
        "{found:?}"
    );
    assert!(callback.received().is_empty());
    app.finish().await;
}
