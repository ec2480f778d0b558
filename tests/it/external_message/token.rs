//! "API Token Management", and who is let in.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use store::tokens::TokenKind;
use tests::App;
use tests::people::Home;

use super::{Answer, MESSAGE, Outside, TOKEN, read, renewed};

async fn say(app: &App, token: Option<&str>) -> Answer {
    let body = json!({ "sessionId": "s", "message": "hello" });
    let request = app.http().post(app.url(MESSAGE)).json(&body);
    let request = match token {
        Some(token) => request.bearer_auth(token),
        None => request,
    };
    read(request.send().await.unwrap()).await.unwrap()
}

async fn shown(app: &App) -> Value {
    let (status, shown) = app.owner().send(Method::GET, TOKEN, None).await;
    assert_eq!(status, StatusCode::OK, "{shown}");
    shown
}

#[tokio::test]
async fn without_a_token_nothing_is_configured() {
    let app = App::start().await;
    for token in [None, Some("eggent_ext_wrong"), Some(app.owner().token())] {
        let answer = say(&app, token).await;
        assert_eq!(
            answer.declined(StatusCode::SERVICE_UNAVAILABLE),
            "External API token is not configured. Set EXTERNAL_API_TOKEN or generate token in API page."
        );
    }
    assert_eq!(
        shown(&app).await,
        json!({ "configured": false, "source": "none", "maskedToken": null, "updatedAt": null })
    );
    app.finish().await;
}

#[tokio::test]
async fn a_token_is_made_shown_once_renewed_and_ended() {
    let app = App::start().await;
    let (status, made) = app.owner().send(Method::POST, TOKEN, None).await;
    assert_eq!(status, StatusCode::OK, "{made}");
    let first = made["token"].as_str().unwrap().to_owned();
    let digits = first.strip_prefix("eggent_ext_").unwrap();
    assert!(digits.len() == 64 && digits.chars().all(|c| c.is_ascii_hexdigit()));
    let masked = format!("eggent****{}", &first[first.len() - 4..]);
    assert_eq!(
        made,
        json!({ "success": true, "token": first, "maskedToken": masked, "source": "stored" })
    );
    let state = shown(&app).await;
    assert_eq!(state["maskedToken"], masked);
    assert_eq!(
        (&state["configured"], &state["source"]),
        (&json!(true), &json!("stored"))
    );
    assert!(state["updatedAt"].as_str().unwrap().ends_with('Z'));
    assert_eq!(say(&app, Some(&first)).await.reply(), "hello");

    let second = renewed(&app, json!({})).await;
    let refused = say(&app, Some(&first)).await;
    assert_eq!(refused.declined(StatusCode::UNAUTHORIZED), "Unauthorized");
    assert_eq!(say(&app, Some(&second)).await.reply(), "hello");

    let (status, ended) = app.owner().send(Method::DELETE, TOKEN, None).await;
    assert_eq!((status, &ended["success"]), (StatusCode::OK, &json!(true)));
    assert_eq!(
        (&ended["configured"], &ended["source"]),
        (&json!(false), &json!("none"))
    );
    say(&app, Some(&second))
        .await
        .declined(StatusCode::SERVICE_UNAVAILABLE);
    let actions = "SELECT count(*) FROM audit WHERE outcome = 'done'
        AND action IN ('renewExternalToken', 'revokeExternalToken')";
    assert_eq!(app.database().count(actions).await, 3);
    app.finish().await;
}

#[tokio::test]
async fn a_renewed_token_leaves_the_old_one_its_grace() {
    let outside = Outside::start().await;
    let (app, first) = (&outside.app, &outside.token);
    let second = renewed(app, json!({ "graceSeconds": 60 })).await;
    for token in [first, &second] {
        assert_eq!(say(app, Some(token)).await.reply(), "hello");
    }
    // Of two that were renewed, only the last has a grace.
    let third = renewed(app, json!({ "graceSeconds": 60 })).await;
    say(app, Some(first))
        .await
        .declined(StatusCode::UNAUTHORIZED);
    for token in [&second, &third] {
        assert_eq!(say(app, Some(token)).await.reply(), "hello");
    }
    app.database()
        .rows(
            "UPDATE tokens SET expires_at = now() WHERE kind = 'external' AND expires_at > now()",
            &[],
        )
        .await;
    // Accepted for up to a second more by a host that has just looked.
    tests::wait_for(tests::wait::LONG, "the end of the grace", async || {
        let answer = say(app, Some(&second)).await;
        (answer.status == StatusCode::UNAUTHORIZED).then_some(())
    })
    .await;
    assert_eq!(say(app, Some(&third)).await.reply(), "hello");
    for grace in [json!(-1), json!("60"), json!(604_801), json!(1.5)] {
        let body = json!({ "graceSeconds": grace });
        let (status, told) = app.owner().send(Method::POST, TOKEN, Some(body)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{told}");
        assert!(
            told["error"]
                .as_str()
                .unwrap()
                .starts_with("graceSeconds: ")
        );
    }
    app.database().settled().await;
}

#[tokio::test]
async fn two_that_are_made_at_once_leave_one() {
    let app = App::start().await;
    let made = futures_util::future::join_all((0..6).map(|_| renewed(&app, json!({})))).await;
    let mut good = 0;
    for token in &made {
        good += usize::from(say(&app, Some(token)).await.status == StatusCode::OK);
    }
    assert_eq!(good, 1);
    app.finish().await;
}

#[tokio::test]
async fn the_environments_token_works_until_one_is_stored() {
    let text = "a token of the operator's own";
    let app = App::build().set("EXTERNAL_API_TOKEN", text).start().await;
    assert_eq!(
        shown(&app).await,
        json!({ "configured": true, "source": "env", "maskedToken": "a toke**** own", "updatedAt": null })
    );
    assert_eq!(say(&app, Some(text)).await.reply(), "hello");
    for wrong in [None, Some("a token"), Some("eggent_ext_wrong")] {
        let answer = say(&app, wrong).await;
        assert_eq!(answer.declined(StatusCode::UNAUTHORIZED), "Unauthorized");
    }
    let stored = renewed(&app, json!({})).await;
    say(&app, Some(text))
        .await
        .declined(StatusCode::UNAUTHORIZED);
    assert_eq!(say(&app, Some(&stored)).await.reply(), "hello");
    app.owner().send(Method::DELETE, TOKEN, None).await;
    assert_eq!(say(&app, Some(text)).await.reply(), "hello");
    app.finish().await;
}

#[tokio::test]
async fn only_the_token_opens_the_door_and_only_owners_make_it() {
    let outside = Outside::start().await;
    let app = &outside.app;
    let body = json!({ "sessionId": "s", "message": "hello" });
    let request = app.http().post(app.url(MESSAGE)).json(&body);
    let refused = request.send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(
        refused.headers()["www-authenticate"],
        "Bearer realm=\"external-message\""
    );
    say(app, Some(app.owner().token()))
        .await
        .declined(StatusCode::UNAUTHORIZED);
    // The token is looked at before anything else is.
    let request = app.http().post(app.url(MESSAGE)).body("{");
    assert_eq!(
        request.send().await.unwrap().status(),
        StatusCode::UNAUTHORIZED
    );

    let home = Home::of(app).await;
    let member = home.member(app, "mia", "admin").await;
    let member = home
        .with_token(app, TokenKind::Personal, &member, None)
        .await;
    for method in [Method::GET, Method::POST, Method::DELETE] {
        let (status, told) = member.send(method.clone(), TOKEN, None).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{method}: {told}");
        let (status, told) = app
            .by(&outside.token)
            .send(method.clone(), TOKEN, None)
            .await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{method}: {told}");
        let (status, _) = app.by("clt_wrong").send(method, TOKEN, None).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
    }
    outside.app.finish().await;
}

#[tokio::test]
async fn of_two_organizations_each_has_its_own_sessions() {
    let outside = Outside::start().await;
    let app = &outside.app;
    assert_eq!(say(app, Some(&outside.token)).await.reply(), "hello");
    let elsewhere = Home::elsewhere(app).await;
    let other = elsewhere
        .with_token(app, TokenKind::External, &elsewhere.organization, None)
        .await;
    let answer = say(app, Some(other.token())).await;
    // Its project is its own, and no one answers there.
    let told = answer.declined(StatusCode::CONFLICT);
    assert!(told.contains("has no agent"), "{told}");
    outside.app.finish().await;
}
