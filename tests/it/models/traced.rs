//! Questions to models as traces tell of them.

use tests::App;
use tests::fakes::collector::Collector;

use super::Asking;

#[tokio::test]
async fn a_question_is_a_part_of_its_run_and_tells_what_it_took_and_no_word() {
    let collector = Collector::start().await;
    let app = App::build().set("CLOISTER_OTLP_URL", collector.url());
    let asking = Asking::of(app).await;
    for way in ["ask", "stream"] {
        let before = collector.spans().len();
        asking.say(&format!("{way} Good morning")).await;
        let is_new = |id: &str| {
            let old = collector.spans().into_iter().take(before);
            !old.map(|span| span.id).any(|old| old == id)
        };
        let model = collector
            .wait_for("a question", |span| {
                span.name == "model" && is_new(&span.id)
            })
            .await;
        for (name, value) in [
            ("cloister.outcome", "answered"),
            ("gen_ai.request.model", "some-model"),
            ("server.address", "127.0.0.1"),
        ] {
            assert_eq!(model.get(name), value, "{way}: {model:#?}");
        }
        assert!(!model.get("gen_ai.usage.output_tokens").is_empty(), "{way}");
        let sandbox = collector
            .wait_for("the run that it is of", |span| span.id == model.parent)
            .await;
        assert_eq!(sandbox.name, "sandbox", "{way}");
    }
    asking.app.finish().await;
    for secret in ["Good morning", "sk-hunter2"] {
        assert!(!collector.has_heard(secret), "{secret}");
    }
}
