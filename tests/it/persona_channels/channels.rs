//! Adding channels and removing them.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::fakes::{discord, telegram};

use super::{create, home, post, shown};

fn channel(kind: &str, token: &str) -> Value {
    json!({ "kind": kind, "credentials": { "token": token } })
}

#[tokio::test]
async fn a_channel_is_validated_before_anything_is_saved() {
    let (app, _telegram, _discord) = home().await;
    let id = create(&app, "adam", json!({})).await;
    let path = format!("{id}/channels");
    let wrong = discord::TOKEN.replace("fake", "fool");
    let refused = [
        (
            channel("discord", &wrong),
            "discord validation failed: Discord answered with status 401",
        ),
        (
            channel("telegram", &telegram::TOKEN.replace("fake", "fool")),
            "telegram validation failed: Telegram answered",
        ),
        (
            channel("telegram", "nonsense"),
            "telegram validation failed: ",
        ),
        (channel("irc", "x"), "irc validation failed: "),
    ];
    for (body, detail) in refused {
        let (status, answer) = post(&app, &path, body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
        let told = answer["detail"].as_str().unwrap();
        assert!(told.starts_with(detail) && !told.contains(&wrong), "{told}");
    }
    assert_eq!(shown(&app, &id).await["channels"], json!([]));
    app.finish().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_body_is_told_as_a_list() {
    let (app, _telegram, _discord) = home().await;
    let id = create(&app, "adam", json!({})).await;
    let (status, answer) = post(&app, &format!("{id}/channels"), json!({ "kind": 7 })).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let told: Vec<_> = answer["detail"]
        .as_array()
        .unwrap()
        .iter()
        .map(|wrong| {
            (
                wrong["type"].clone(),
                wrong["loc"].clone(),
                wrong["msg"].clone(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (
                json!("string_type"),
                json!(["body", "kind"]),
                json!("Input should be a valid string")
            ),
            (
                json!("missing"),
                json!(["body", "credentials"]),
                json!("Field required")
            ),
        ]
    );
    let (status, answer) = post(&app, &format!("{id}/pair"), json!({})).await;
    assert_eq!(
        (status.as_u16(), &answer["detail"][0]["loc"]),
        (422, &json!(["body", "code"]))
    );
    // A token in the wrong place is not told again.
    let listed = json!({ "kind": "telegram", "credentials": { "token": [discord::TOKEN] } });
    for (path, body) in [
        (format!("{id}/channels"), listed),
        (format!("{id}/pair"), json!([discord::TOKEN])),
    ] {
        let (status, answer) = post(&app, &path, body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(!answer.to_string().contains(discord::TOKEN), "{answer}");
    }
    let raw = |body: &'static str| {
        let request = app
            .owner()
            .request(Method::POST, &format!("/api/persona/{id}/pair"));
        request.body(body).send()
    };
    for (body, kind) in [("[1]", "dict_type"), ("{", "json_invalid"), ("", "missing")] {
        let answer = raw(body).await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(answer["detail"][0]["type"], kind, "{answer}");
    }
    app.finish().await;
}

#[tokio::test]
async fn channels_are_added_and_removed_whether_she_runs_or_not() {
    let (app, _telegram, discord) = home().await;
    let id = create(&app, "adam", json!({})).await;
    post(&app, &format!("{id}/stop"), json!({})).await;
    for (kind, token) in [("telegram", telegram::TOKEN), ("discord", discord::TOKEN)] {
        let (status, answer) = post(&app, &format!("{id}/channels"), channel(kind, token)).await;
        assert_eq!((status, answer), (StatusCode::OK, json!({ "kind": kind })));
    }
    let channels = shown(&app, &id).await["channels"].clone();
    assert_eq!(
        (&channels[0]["type"], &channels[0]["verified"]),
        (&json!("telegram"), &json!(false))
    );
    assert_eq!(channels[1]["name"], discord::USERNAME);
    assert!(!channels.to_string().contains(discord::TOKEN), "{channels}");
    // A bot has one reader, whosever it is.
    let (status, answer) = post(
        &app,
        &format!("{id}/channels"),
        channel("discord", discord::TOKEN),
    )
    .await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(
        answer["detail"]
            .as_str()
            .unwrap()
            .contains("is connected to another channel"),
        "{answer}"
    );

    let (status, _) = post(&app, &format!("{id}/start"), json!({})).await;
    assert_eq!(status, StatusCode::OK);
    discord.wait_for_greetings(1).await;
    let remove = |name: &str| {
        let path = format!("/api/persona/{id}/channels/{name}");
        let owner = app.owner();
        async move { owner.send(Method::DELETE, &path, None).await }
    };
    assert_eq!(
        remove("no one").await,
        (StatusCode::OK, json!({ "removed": "no one" }))
    );
    assert_eq!(
        remove(discord::USERNAME).await,
        (StatusCode::OK, json!({ "removed": discord::USERNAME }))
    );
    assert_eq!(
        shown(&app, &id).await["channels"].as_array().unwrap().len(),
        1
    );
    app.finish().await;
}

#[tokio::test]
async fn who_is_not_there_is_not_found_and_who_may_not_may_not() {
    let (app, _telegram, _discord) = home().await;
    let id = create(&app, "adam", json!({})).await;
    for nobody in ["6c17c83c-3158-450d-8e43-0e7efea717c1", "adam"] {
        let (status, answer) = post(
            &app,
            &format!("{nobody}/channels"),
            channel("telegram", telegram::TOKEN),
        )
        .await;
        assert_eq!(
            (status, &answer["detail"]),
            (StatusCode::NOT_FOUND, &json!("Persona not found."))
        );
        let path = format!("/api/persona/{nobody}/channels/x");
        assert_eq!(
            app.owner().send(Method::DELETE, &path, None).await.0,
            StatusCode::NOT_FOUND
        );
        let (status, answer) =
            post(&app, &format!("{nobody}/pair"), json!({ "code": "AB12CD" })).await;
        assert_eq!(
            (status, &answer["detail"]),
            (StatusCode::CONFLICT, &json!("Persona is not active."))
        );
    }
    let stranger = app.by("clt_unknown");
    let path = format!("/api/persona/{id}/channels");
    let body = channel("telegram", telegram::TOKEN);
    let (status, answer) = stranger.send(Method::POST, &path, Some(body)).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert!(answer["detail"].is_string());
    app.finish().await;
}
