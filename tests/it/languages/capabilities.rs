//! Each capability, from Python and from JavaScript.

use axum::Router;
use axum::routing::any;
use serde_json::json;
use tests::fakes::openai::{Act, Openai};
use tests::languages::Language;

use super::{log, oblige, patient, say, serving, set_secret};

#[tokio::test]
async fn python_has_them_all() {
    have_all(Language::Python).await;
}

#[tokio::test]
async fn javascript_has_them_all() {
    have_all(Language::Js).await;
}

async fn have_all(language: Language) {
    let is_python = language == Language::Python;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let echo = Router::new().fallback(any(|body: String| async move { format!("said {body}") }));
    let server = tokio::spawn(async move { axum::serve(listener, echo).await.unwrap() });
    let openai = Openai::start().await;
    let app = patient()
        .set("CLOISTER_MODEL_URL", openai.url())
        .set("CLOISTER_MODEL_NAME", "some-model")
        .set("CLOISTER_MODEL_KEY", "sk-hunter2")
        .set("CLOISTER_MODEL_RETRY_SECONDS", "0.05");
    let grants = [
        ("http", json!({ "hosts": [host] })),
        ("model", json!({})),
        ("workspace", json!({})),
    ];
    let project = oblige(language);
    let (app, callback, channel) = serving(app, &project, &grants).await;
    set_secret(&app.owner(), "key", "hunter2-and-more", &host).await;
    let said = async |text: &str| say(&channel, text).await;

    // State, in both scopes, and history.
    let keys = |keys: &str| match is_python {
        true => format!("['{keys}']"),
        false => keys.to_owned(),
    };
    assert_eq!(said("remember a").await, format!("1 1 {}", keys("a")));
    assert_eq!(said("remember a").await, format!("2 2 {}", keys("a")));
    assert_eq!(
        channel.say("U2", "remember a").await.concat(),
        format!("3 1 {}", keys("a"))
    );
    let yes = if is_python { "True" } else { "true" };
    assert_eq!(said("forget a").await, yes);
    let recalled = said("recall 2").await;
    assert_eq!(
        recalled.to_lowercase(),
        format!("contact: forget a | agent: {}", yes.to_lowercase())
    );

    // What it says first, what it says later, what it keeps.
    assert_eq!(said("speak up").await, "first: up / said");
    assert_eq!(said("later tea").await, keys("soon"));
    let delivered = callback.wait_for(1).await;
    assert_eq!(delivered[0].text(), "soon: tea");
    assert_eq!(
        said("daily all").await,
        "news 30 8 * * MON-FRI 510",
        "half past eight"
    );
    assert_eq!(said("stop news").await, yes);
    let no = if is_python { "False" } else { "false" };
    assert_eq!(
        said("keep it").await,
        format!("{} it! {no}", keys("notes/one.txt"))
    );
    assert_eq!(said("offer tea coffee").await, "Which one? / *Or* this:");

    // A model: whole, streamed, with a tool, and one that fails.
    openai.next([Act::Say("Yes.".to_owned())]);
    assert_eq!(said("ask really?").await.to_lowercase(), "yes. (stop)");
    openai.next([Act::Say("one two three".to_owned())]);
    let streamed = said("stream it").await;
    assert!(streamed.ends_with("pieces: one two three"), "{streamed}");
    openai.next([
        Act::Call("where", "{\"place\": \"here\"}"),
        Act::Say("In Bern.".to_owned()),
    ]);
    assert_eq!(
        said("tool where?").await,
        "where({\"place\": \"here\"}): In Bern."
    );
    openai.next([Act::Status(401, None, "{}".to_owned())]);
    let refused = said("ask really?").await;
    assert!(
        refused.to_lowercase().starts_with("modelerror failed: "),
        "{refused}"
    );

    // The outside: what is allowed, what is not, and what is nowhere.
    let fetched = said(&format!("fetch POST http://{host}/ a body")).await;
    assert_eq!(fetched, "200 text/plain; charset=utf-8 said a body");
    let denied = said("fetch GET http://127.0.0.1:1/").await.to_lowercase();
    assert!(denied.starts_with("httperror denied: "), "{denied}");
    let invalid = said("fetch GET nonsense").await.to_lowercase();
    assert!(invalid.starts_with("httperror invalid: "), "{invalid}");
    if !is_python {
        let both = said(&format!("web http://{host}/")).await;
        assert_eq!(both, "200,200 said  | said two");
    }

    // What it prints is the log's, and of the machine it sees nothing.
    assert_eq!(said("shout ahoy").await, "printed");
    let seen = said("look").await;
    let nothing = match is_python {
        true => {
            "environment: {}, root: no (FileNotFoundError), passwd: no (FileNotFoundError), \
                 socket: no (gaierror), name: no (gaierror), random: True, clock: True"
        }
        false => "random: true, clock: true, process: undefined",
    };
    assert_eq!(seen, nothing);
    let log = log(&app).await;
    assert_eq!(log.matches("debug ahoy").count(), 2, "{log}");
    server.abort();
    app.finish().await;
}
