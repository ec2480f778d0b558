//! Requests of agents as traces tell of them.

use serde_json::json;
use tests::App;
use tests::fakes::collector::Collector;

use super::{Outside, grant};

#[tokio::test]
async fn a_request_of_an_agent_is_a_part_of_its_run_and_tells_no_address() {
    let collector = Collector::start().await;
    let app = App::build().set("CLOISTER_OTLP_URL", collector.url());
    let outside = Outside::of(app).await;
    grant(
        &outside.app.owner(),
        json!({ "hosts": [outside.server.host()] }),
    )
    .await;
    let denied = "fetch GET https://denied.example/denied-path";
    outside.say(denied).await;
    outside.get("/echo?key=hunter2").await;

    let is_answered = |status: &str| !status.is_empty();
    let answered = collector
        .wait_for("a request with an answer", |span| {
            span.name == "http" && is_answered(span.get("http.response.status_code"))
        })
        .await;
    for (name, value) in [
        ("cloister.outcome", "answered"),
        ("http.request.method", "GET"),
        ("server.address", "127.0.0.1"),
    ] {
        assert_eq!(answered.get(name), value, "{answered:#?}");
    }
    assert!(!answered.is_error);
    let sandbox = collector
        .wait_for("the run that it is of", |span| span.id == answered.parent)
        .await;
    assert_eq!(
        (sandbox.name.as_str(), &sandbox.trace),
        ("sandbox", &answered.trace)
    );
    let denied = collector
        .wait_for("a request without one", |span| {
            span.name == "http" && span.get("cloister.outcome") == "denied"
        })
        .await;
    assert!(denied.is_error);
    assert_eq!(denied.get("server.address"), "", "{denied:#?}");
    outside.app.finish().await;
    for secret in ["hunter2", "denied-path", "denied.example", "fetch"] {
        assert!(!collector.has_heard(secret), "{secret}");
    }
}
