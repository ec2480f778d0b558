//! Visitors for whom the owner's own site vouches.

use host::vault::{Aad, Keyring, Vault};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::App;

use super::{configure, widget_of};

/// Base64 of 32 bytes.
pub(super) const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const SECRET: &str = "wis_a-secret-that-only-the-shop-knows-of";
/// Of `customer-7` under it, as `node` computes it:
/// `crypto.createHmac("sha256", SECRET).update("customer-7").digest("hex")`
const HASH: &str = "e2df479bdd6640a65074af309ecde1da26557d6afb657581ba0db6fb767bac98";

/// A host whose web channel has a secret that this test knows: it is shown nowhere yet.
async fn knowing_the_secret() -> App {
    let app = App::build().set("CLOISTER_MASTER_KEY", KEY).start().await;
    let rows = app
        .database()
        .rows("SELECT id::text FROM channels WHERE kind = 'web'", &[])
        .await;
    let row = rows[0].get::<_, &str>(0).parse().unwrap();
    let vault = Vault::new(Keyring::parse(KEY).unwrap());
    let place = Aad {
        table: "channels",
        row,
        field: "credential",
    };
    let sealed = vault
        .seal_json(&json!({ "identity_secret": SECRET }), &place)
        .unwrap();
    let update = "UPDATE channels SET credential = $1, version = version + 1 WHERE kind = 'web'";
    app.database().rows(update, &[&sealed]).await;
    app
}

#[tokio::test]
async fn a_vouched_visitor_is_the_same_one_everywhere() {
    let app = knowing_the_secret().await;
    let widget = widget_of(&app).await;
    let who = json!({ "user_id": "customer-7", "user_hash": HASH, "name": "Grace" });

    let at_home = widget.open(who.clone()).await;
    at_home.say("m-1", "hello from home").await;
    app.database().settled().await;
    let at_work = widget.open(who).await;

    assert_eq!(at_work.session["visitor_id"], "web:u:customer-7");
    assert_eq!(at_work.history().await, at_home.history().await);
    assert_eq!(at_work.history().await.len(), 2);
    app.finish().await;
}

#[tokio::test]
async fn nobody_speaks_as_another_without_the_hash() {
    let app = knowing_the_secret().await;
    let widget = widget_of(&app).await;
    for (user, hash) in [
        ("customer-7", Value::Null),
        ("customer-7", json!("")),
        ("customer-8", json!(HASH)),
        ("customer-7", json!(HASH.replace('a', "b"))),
        ("customer-7", json!(&HASH[..63])),
    ] {
        let (status, answer) = widget
            .session(json!({ "user_id": user, "user_hash": hash }))
            .await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{user} {hash}: {answer}");
    }
    // The prefix of vouched visitors cannot be had by a name.
    let anonymous = widget.open(json!({ "name": "web:u:customer-7" })).await;
    assert!(
        !anonymous.session["visitor_id"]
            .as_str()
            .unwrap()
            .starts_with("web:u:")
    );
    app.finish().await;
}

#[tokio::test]
async fn where_a_hash_is_required_nobody_else_does_anything() {
    let app = knowing_the_secret().await;
    let widget = widget_of(&app).await;
    let anonymous = widget.open(json!({})).await;
    anonymous.say("m-1", "before").await;
    configure(
        &app,
        json!({ "allowed_origins": [], "identified_only": true }),
    )
    .await;

    assert_eq!(widget.session(json!({})).await.0, StatusCode::FORBIDDEN);
    // Also with a token from before: the switch is real.
    assert_eq!(
        anonymous.try_say("m-2", "after").await.0,
        StatusCode::FORBIDDEN
    );
    assert_eq!(anonymous.try_history().await.0, StatusCode::FORBIDDEN);
    assert_eq!(
        anonymous.try_watch(None).await.status(),
        StatusCode::FORBIDDEN
    );
    let renewal = &anonymous.session["renewal_token"];
    assert_eq!(
        widget.session(json!({ "token": renewal })).await.0,
        StatusCode::FORBIDDEN
    );

    let vouched = widget
        .open(json!({ "user_id": "customer-7", "user_hash": HASH }))
        .await;
    vouched.say("m-1", "welcome").await;
    app.finish().await;
}
