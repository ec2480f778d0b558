//! How much keys may ask, and where the status of channels is told.

use channels::signature::StandardSecret;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::callback::{Behaviour, Callback};
use tests::fakes::wechat::Wechat;
use tests::people::Home;
use tests::wait::{LONG, wait_for};
use tests::{App, process};

use super::{ask, error, well};
use crate::wechat::Account;

#[tokio::test]
async fn keys_ask_so_often_a_minute() {
    let app = App::start().await;
    let (owner, home) = (app.owner(), Home::of(&app).await);
    let one = format!("/api/projects/{}", home.project);
    let settings = format!("{one}/settings");
    let none = well(&owner, Method::GET, &settings, None, StatusCode::OK).await;
    let empty = json!({ "webhook_url": null, "has_webhook_secret": false, "rate_limit_rpm": null });
    assert_eq!(none["settings"], empty);
    for wrong in [
        json!(0),
        json!(-1),
        json!(1.5),
        json!("many"),
        json!(2_000_000),
    ] {
        let body = json!({ "rate_limit_rpm": wrong });
        let answer = ask(&owner, Method::PATCH, &settings, Some(body)).await;
        assert!(error(&answer, StatusCode::BAD_REQUEST).starts_with("rate_limit_rpm"));
    }
    let made = json!({ "name": "program" });
    let path = format!("{one}/api-keys");
    let made = well(&owner, Method::POST, &path, Some(made), StatusCode::CREATED).await;
    let program = app.by(made["key"].as_str().unwrap());
    let body = Some(json!({ "rate_limit_rpm": 3 }));
    let set = well(&owner, Method::PATCH, &settings, body, StatusCode::OK).await;
    assert_eq!(set["settings"]["rate_limit_rpm"], 3);
    for _ in 0..3 {
        well(&program, Method::GET, &one, None, StatusCode::OK).await;
    }
    let refused = program.request(Method::GET, &one).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    let seconds = refused.headers()["retry-after"].to_str().unwrap();
    assert!(
        (1..=20).contains(&seconds.parse::<u32>().unwrap()),
        "{seconds}"
    );
    // People are not counted, and a limit that is taken away is none at once.
    for _ in 0..5 {
        well(&owner, Method::GET, &one, None, StatusCode::OK).await;
    }
    let body = Some(json!({ "rate_limit_rpm": null }));
    well(&owner, Method::PATCH, &settings, body, StatusCode::OK).await;
    for _ in 0..5 {
        well(&program, Method::GET, &one, None, StatusCode::OK).await;
    }
    app.finish().await;
}

#[tokio::test]
async fn the_status_of_channels_is_told_until_it_is_taken() {
    let wechat = Wechat::start().await;
    let callback = Callback::start().await;
    let app = crate::wechat::beside(wechat.url(), &wechat).start().await;
    let (owner, home) = (app.owner(), Home::of(&app).await);
    let account = Account::make(&app).await;
    let settings = format!("/api/projects/{}/settings", home.project);
    for wrong in ["no address", "ftp://example.org/", "http://10.0.0.1/"] {
        let body = Some(json!({ "webhook_url": wrong }));
        let answer = ask(&owner, Method::PATCH, &settings, body).await;
        assert!(error(&answer, StatusCode::BAD_REQUEST).starts_with("webhook_url"));
    }
    let path = format!("{settings}/webhook/rotate-secret");
    let rotated = well(&owner, Method::POST, &path, None, StatusCode::OK).await;
    let secret = StandardSecret::parse(rotated["secret"].as_str().unwrap()).unwrap();
    // It does not listen at first.
    callback.next([Behaviour::Status(500), Behaviour::Status(500)]);
    let body = Some(json!({ "webhook_url": callback.url() }));
    let set = well(&owner, Method::PATCH, &settings, body, StatusCode::OK).await;
    assert_eq!(
        (
            &set["settings"]["webhook_url"],
            &set["settings"]["has_webhook_secret"]
        ),
        (&json!(callback.url()), &json!(true))
    );

    let id = account.path.rsplit('/').next().unwrap().to_owned();
    let of_channel = |status: &str| {
        let (id, status) = (id.clone(), status.to_owned());
        move |body: &Value| body["channel_id"] == id && body["status"] == status
    };
    let told = async |status: &str| {
        let what = format!("{status} to be told");
        let fits = of_channel(status);
        let all = callback
            .wait_until(&what, |all| all.iter().any(|one| fits(&one.json())))
            .await;
        let last = all.into_iter().rev().find(|one| fits(&one.json()));
        last.unwrap()
    };
    told("disabled").await;
    // Taken, not only sent: what comes next names it as the one before.
    let taken = format!(
        "SELECT count(*) FROM told_statuses WHERE channel_id = '{id}' AND status = 'disabled'"
    );
    wait_for(LONG, "the first status to be taken", async || {
        (app.database().count(&taken).await == 1).then_some(())
    })
    .await;
    account.bind(&app, &wechat).await;
    let active = told("active").await;
    let body = active.json();
    assert_eq!(
        (
            &body["event"],
            &body["project_id"],
            &body["channel_type"],
            &body["display_name"]
        ),
        (
            &json!("channel.status"),
            &json!(home.project),
            &json!("wechat"),
            &json!("Ours")
        )
    );
    assert!(body["previous_status"].is_string() && body["occurred_at"].is_string());
    let timestamp = active.header("webhook-timestamp").parse().unwrap();
    let verified = secret.verify(
        active.header("webhook-id"),
        timestamp,
        &active.body,
        active.header("webhook-signature"),
        timestamp,
        std::time::Duration::from_secs(60),
    );
    assert_eq!(verified, Ok(()));

    // The owner hears that the login is gone.
    wechat.wait_for_reader().await;
    wechat.revoke();
    let expired = told("expired").await.json();
    assert!(
        expired["status_reason"].as_str().unwrap().contains("-14"),
        "{expired}"
    );
    // What was taken is not told again.
    let fits = of_channel("expired");
    let count = || {
        callback
            .received()
            .iter()
            .filter(|one| fits(&one.json()))
            .count()
    };
    let before = count();
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    assert_eq!(count(), before);
    app.finish().await;
}

#[tokio::test]
async fn what_calls_are_signed_with_outlives_the_rotation_of_keys() {
    let callback = Callback::start().await;
    let mut app = App::start().await;
    let (owner, home) = (app.owner(), Home::of(&app).await);
    let settings = format!("/api/projects/{}/settings", home.project);
    let body = Some(json!({ "webhook_url": callback.url() }));
    well(&owner, Method::PATCH, &settings, body, StatusCode::OK).await;
    let path = format!("{settings}/webhook/rotate-secret");
    let rotated = well(&owner, Method::POST, &path, None, StatusCode::OK).await;
    let secret = StandardSecret::parse(rotated["secret"].as_str().unwrap()).unwrap();
    let sealed = async |app: &App| -> Vec<u8> {
        let query = "SELECT webhook_secret FROM project_settings";
        app.database().rows(query, &[]).await[0].get(0)
    };
    let before = sealed(&app).await;
    app.terminate().await;

    let places = ["CLOISTER_DATA_DIR", "CLOISTER_DATABASE_URL"];
    let mut environment = app.environment().clone();
    environment.retain(|name, _| places.contains(&name.as_str()));
    let rotate = ["keys", "rotate", "--forget-older"];
    let ran = process::command(&rotate, &environment).output().unwrap();
    assert!(ran.status.success(), "{ran:?}");
    // The key's id stands behind the layout.
    assert_ne!(sealed(&app).await[1..9], before[1..9]);

    // A host with another key is told so, though nothing else is sealed that it cannot open.
    let others = "UPDATE channels SET credential = NULL";
    app.database().rows(others, &[]).await;
    let mut other = app.environment().clone();
    let key = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    other.insert("CLOISTER_MASTER_KEY".to_owned(), key.into());
    let log = app.folder().join("other.log");
    let mut process = process::Process::start(&["serve"], &other, &log);
    process.ended(LONG.0).await;
    let said = process.said();
    assert!(said.contains("put back its master.key"), "{said}");

    app.restart().await;
    Account::make(&app).await;
    let fits = |body: &Value| body["display_name"] == "Ours" && body["status"] == "disabled";
    let told = callback
        .wait_until("the status of a new channel", |all| {
            all.iter().any(|one| fits(&one.json()))
        })
        .await;
    let told = told.into_iter().find(|one| fits(&one.json())).unwrap();
    let timestamp = told.header("webhook-timestamp").parse().unwrap();
    let verified = secret.verify(
        told.header("webhook-id"),
        timestamp,
        &told.body,
        told.header("webhook-signature"),
        timestamp,
        std::time::Duration::from_secs(60),
    );
    assert_eq!(verified, Ok(()));
    app.finish().await;
}
