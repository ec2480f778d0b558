//! Talking to a persona without a platform between.

use futures_util::StreamExt;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::App;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use super::{create, home, post, shown};

async fn next(
    socket: &mut (impl StreamExt<Item = Result<Message, tokio_tungstenite::tungstenite::Error>> + Unpin),
) -> Value {
    loop {
        let message = tokio::time::timeout(tests::wait::LONG.0, socket.next()).await;
        match message
            .expect("a message in time")
            .expect("it is open")
            .expect("it is well")
        {
            Message::Text(text) => return serde_json::from_str(&text).unwrap(),
            Message::Ping(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

fn socket(
    app: &App,
    id: &str,
    token: Option<&str>,
) -> tokio_tungstenite::tungstenite::handshake::client::Request {
    let url = app.url(&format!("/ws/{id}")).replacen("http", "ws", 1);
    let mut request = url.into_client_request().unwrap();
    if let Some(token) = token {
        let bearer = format!("Bearer {token}").parse().unwrap();
        request.headers_mut().insert("authorization", bearer);
    }
    request
}

#[tokio::test]
async fn what_she_hears_she_answers_over_the_socket() {
    let (app, _telegram, _discord) = home().await;
    let id = create(&app, "adam", json!({})).await;
    let owner = app.owner();
    let (mut open, _) = connect_async(socket(&app, &id, Some(owner.token())))
        .await
        .unwrap();
    let (status, answer) = post(
        &app,
        &format!("{id}/hear"),
        json!({ "message": "good morning" }),
    )
    .await;
    assert_eq!(
        (status, answer),
        (StatusCode::OK, json!({ "status": "received" }))
    );
    let said = next(&mut open).await;
    assert_eq!(
        said,
        json!({ "type": "chat_message", "persona_id": id, "content": "good morning" })
    );
    let path = format!("/api/persona/{id}/conversation");
    let (status, conversation) = owner.send(Method::GET, &path, None).await;
    assert_eq!(status, StatusCode::OK);
    let told: Vec<_> = conversation["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|said| {
            (
                said["role"].as_str().unwrap(),
                said["content"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [("person", "good morning"), ("persona", "good morning")]
    );
    assert_eq!(
        shown(&app, &id).await["channels"],
        json!([]),
        "her line is no channel of hers"
    );
    app.finish().await;
}

#[tokio::test]
async fn who_does_not_run_hears_nothing_and_who_may_not_watches_nothing() {
    let (app, _telegram, _discord) = home().await;
    let id = create(&app, "adam", json!({})).await;
    post(&app, &format!("{id}/stop"), json!({})).await;
    let (status, answer) = post(&app, &format!("{id}/hear"), json!({ "message": "hi" })).await;
    assert_eq!(
        (status, &answer["detail"]),
        (StatusCode::CONFLICT, &json!("Persona is not active."))
    );
    for (who, status) in [(None, 401), (Some("clt_unknown"), 401)] {
        let refused = connect_async(socket(&app, &id, who)).await.unwrap_err();
        let tokio_tungstenite::tungstenite::Error::Http(answer) = refused else {
            panic!("{refused:?}")
        };
        assert_eq!(answer.status().as_u16(), status);
    }
    let mut foreign = socket(&app, &id, Some(app.owner().token()));
    foreign
        .headers_mut()
        .insert("origin", "https://evil.example".parse().unwrap());
    let refused = connect_async(foreign).await.unwrap_err();
    let tokio_tungstenite::tungstenite::Error::Http(answer) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(answer.status().as_u16(), 403);
    app.finish().await;
}

#[tokio::test]
async fn strangers_do_not_get_in_by_her_line() {
    let (app, _telegram, _discord) = home().await;
    let id = create(&app, "adam", json!({})).await;
    post(
        &app,
        &format!("{id}/hear"),
        json!({ "message": "make the line" }),
    )
    .await;
    app.database().settled().await;
    let line = "SELECT replace(id::text, '-', '') FROM channels WHERE kind = 'web' AND access = 'allow_list'";
    let rows = app.database().rows(line, &[]).await;
    let line = format!("ch_{}", rows[0].get::<_, &str>(0));
    let body = json!({ "widget_id": line });
    let session = app
        .http()
        .post(app.url("/api/widget/session"))
        .json(&body)
        .send()
        .await
        .unwrap();
    let session: Value = session.json().await.unwrap_or(Value::Null);
    let said = app
        .http()
        .post(app.url("/api/widget/messages"))
        .bearer_auth(session["token"].as_str().unwrap_or("none"))
        .json(&json!({ "text": "let me in", "message_id": "m1" }))
        .send()
        .await
        .unwrap();
    assert!(said.status().is_client_error(), "{}", said.status());
    let heard = "SELECT count(*) FROM messages WHERE text = 'let me in'";
    assert_eq!(app.database().count(heard).await, 0);
    app.finish().await;
}
