//! The examples that tell the weather: a server and a language model, both asked from Python and from TypeScript.

use axum::Router;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tests::fakes::openai::{Act, Openai};
use tests::languages::{Language, Project};
use tokio::task::JoinHandle;

use super::{log, patient, say, serving, set_secret};

/// What the weather's server wants to see.
const KEY: &str = "hunter2-and-more";

struct Server {
    host: String,
    task: JoinHandle<()>,
}

impl Server {
    async fn start() -> Server {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let app = Router::new().fallback(now);
        let task = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Server { host, task }
    }
}

/// Knows Zürich alone, and tells it to those who show the key.
async fn now(uri: Uri, headers: HeaderMap) -> Response {
    let shown = headers.get("authorization").map(|value| value.as_bytes());
    if shown != Some(format!("Bearer {KEY}").as_bytes()) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    match uri.query() {
        Some("place=Z%C3%BCrich") => {
            axum::Json(json!({ "place": "Zürich", "sky": "rain", "celsius": 8 })).into_response()
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

#[tokio::test]
async fn python_tells_the_weather() {
    weather(Language::Python, "guest-sdk/python/examples/weather").await;
}

#[tokio::test]
async fn typescript_tells_the_weather() {
    weather(Language::Js, "guest-sdk/js/examples/weather").await;
}

async fn weather(language: Language, example: &str) {
    let (server, openai) = (Server::start().await, Openai::start().await);
    let app = patient()
        .set("CLOISTER_MODEL_URL", openai.url())
        .set("CLOISTER_MODEL_NAME", "some-model")
        .set("CLOISTER_MODEL_KEY", "sk-hunter2")
        .set("CLOISTER_MODEL_RETRY_SECONDS", "0.05");
    let hosts = json!({ "hosts": [server.host] });
    let grants = [("http", hosts), ("model", json!({}))];
    let project = Project::of(language, example);
    let (app, _callback, channel) = serving(app, &project, &grants).await;
    let owner = app.owner();

    // Before its owner has said where to ask, that is their mistake to mend.
    let apology = say(&channel, "weather in Zürich").await;
    assert!(!apology.contains("url"), "{apology}");
    let configure = "mutation($configuration: Json) {
        updateAgent(id: \"abroad\", input: { configuration: $configuration }) { id } }";
    let url = json!({ "url": format!("http://{}", server.host) });
    let answer = owner
        .graphql(configure, json!({ "configuration": url }))
        .await;
    assert_eq!(answer["errors"], Value::Null, "{answer}");
    // Without the key, the server answers nobody.
    assert_eq!(
        say(&channel, "Zürich").await,
        "I cannot reach the weather's server now."
    );
    set_secret(&owner, "weather", KEY, &server.host).await;

    openai.next([Act::Say("It rains in Zürich, at 8 °C.".to_owned())]);
    assert_eq!(
        say(&channel, "weather in Zürich?").await,
        "It rains in Zürich, at 8 °C."
    );
    let asked = openai.asked();
    let [asked] = &asked[..] else {
        panic!("{asked:?}")
    };
    let messages = &asked.body["messages"];
    assert!(
        messages[0]["content"]
            .as_str()
            .is_some_and(|text| text.starts_with("You tell the weather")),
        "{messages}"
    );
    let question = messages[1]["content"].as_str().unwrap();
    assert!(
        question.starts_with("weather in Zürich?\n\nMeasured: {") && question.contains("rain"),
        "{question}"
    );

    assert_eq!(
        say(&channel, "Atlantis").await,
        "I know of no place called Atlantis."
    );
    // A model that fails costs the sentence, not the weather.
    openai.next([Act::Status(400, None, "{}".to_owned())]);
    assert_eq!(say(&channel, "Zürich").await, "Zürich: rain, 8 °C.");
    let log = log(&app).await;
    assert!(log.contains("info measured"), "{log}");
    assert!(log.contains("warn "), "{log}");
    assert!(!log.contains("hunter2"), "{log}");
    server.task.abort();
    app.finish().await;
}
