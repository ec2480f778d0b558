//! Calls of tools as traces tell of them.

use serde_json::json;
use tests::App;
use tests::fakes::collector::Collector;

use super::Using;

#[tokio::test]
async fn a_call_is_a_part_of_its_run_and_names_only_tools_that_there_are() {
    let collector = Collector::start().await;
    let app = App::build().set("CLOISTER_OTLP_URL", collector.url());
    let using = Using::of(app).await;
    using.handy(json!({})).await;
    using
        .say(r#"use handy__say {"text": "Rumpelstilzchen"}"#)
        .await;
    using.say("use handy__dance").await;

    let of = |outcome: &'static str| {
        let collector = &collector;
        async move {
            let is_it = |span: &tests::fakes::collector::Span| {
                span.name == "tool" && span.get("cloister.outcome") == outcome
            };
            collector.wait_for(outcome, is_it).await
        }
    };
    let answered = of("answered").await;
    assert_eq!(answered.get("gen_ai.tool.name"), "handy__say");
    let sandbox = collector
        .wait_for("the run that it is of", |span| span.id == answered.parent)
        .await;
    assert_eq!(sandbox.name, "sandbox");
    let missing = of("not_found").await;
    assert!(missing.is_error, "{missing:#?}");
    using.app.finish().await;
    for words in ["Rumpelstilzchen", "handy__dance"] {
        assert!(!collector.has_heard(words), "{words}");
    }
}
