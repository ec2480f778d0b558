//! A visitor's tokens: forged, run out, renewed.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use host::vault::{Keyring, Vault};
use reqwest::StatusCode;
use serde_json::{Value, json};
use sha2::Sha256;
use tests::App;
use tests::visitor::Visitor;

use super::identity::KEY;
use super::widget_of;

/// How a token is received, wherever one is taken.
async fn received(visitor: &Visitor) -> [StatusCode; 3] {
    let (said, _) = visitor.try_say("m-1", "let me in").await;
    let (read, _) = visitor.try_history().await;
    [said, read, visitor.try_watch(None).await.status()]
}

#[tokio::test]
async fn a_changed_token_opens_nothing() {
    let app = App::start().await;
    let visitor = widget_of(&app).await.open(json!({})).await;
    let other = widget_of(&app).await.open(json!({})).await;
    let (body, code) = visitor.token().split_once('.').unwrap();
    let (other_body, _) = other.token().split_once('.').unwrap();
    let renewal = visitor.session["renewal_token"].as_str().unwrap();
    for forged in [
        "",
        "wvt_",
        body,
        &format!("{other_body}.{code}"),
        &format!("{body}."),
        renewal,
        "clt_x",
    ] {
        assert_eq!(
            received(&visitor.with_token(forged)).await,
            [StatusCode::UNAUTHORIZED; 3],
            "{forged}"
        );
    }
    assert_eq!(
        received(&visitor).await,
        [StatusCode::ACCEPTED, StatusCode::OK, StatusCode::OK]
    );
    app.finish().await;
}

#[tokio::test]
async fn a_token_opens_its_own_channel_for_its_own_time() {
    let app = App::build().set("CLOISTER_MASTER_KEY", KEY).start().await;
    let visitor = widget_of(&app).await.open(json!({})).await;
    let claims = claims_of(visitor.token());
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let with = |name: &str, value: Value| {
        let mut claims = claims.clone();
        assert!(!claims[name].is_null(), "no {name} in {claims}");
        claims[name] = value;
        visitor.with_token(&sign(&claims))
    };
    // That the signature made here is a good one.
    let good = with("until", json!(now + 60));
    assert_eq!(
        received(&good).await,
        [StatusCode::ACCEPTED, StatusCode::OK, StatusCode::OK]
    );

    let late = with("until", json!(now - 1));
    assert_eq!(received(&late).await, [StatusCode::UNAUTHORIZED; 3]);
    let elsewhere = with("channel", json!("00000000-0000-7000-8000-000000000000"));
    assert_eq!(received(&elsewhere).await, [StatusCode::UNAUTHORIZED; 3]);
    app.finish().await;
}

#[tokio::test]
async fn a_visitor_comes_back_with_the_renewal_token() {
    let mut app = App::start().await;
    let widget = widget_of(&app).await;
    let visitor = widget.open(json!({ "name": "Ada" })).await;
    visitor.say("m-1", "remember me").await;
    app.database().settled().await;
    app.kill().await;
    app.restart().await;

    let back = widget
        .open(json!({ "token": visitor.session["renewal_token"] }))
        .await;

    assert_eq!(back.session["visitor_id"], visitor.session["visitor_id"]);
    assert_eq!(back.history().await.len(), 2);
    let forged = format!("{}x", visitor.session["renewal_token"].as_str().unwrap());
    assert_eq!(
        widget.session(json!({ "token": forged })).await.0,
        StatusCode::UNAUTHORIZED
    );
    app.finish().await;
}

fn claims_of(token: &str) -> Value {
    let body = token
        .strip_prefix("wvt_")
        .unwrap()
        .split('.')
        .next()
        .unwrap();
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(body).unwrap()).unwrap()
}

fn sign(claims: &Value) -> String {
    let vault = Vault::new(Keyring::parse(KEY).unwrap());
    let key = vault.derive("cloister 2026-11-20 signing of web visitors' tokens");
    let body = BASE64_URL_SAFE_NO_PAD.encode(claims.to_string());
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    mac.update(body.as_bytes());
    format!(
        "wvt_{body}.{}",
        BASE64_URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
    )
}
