//! The event stream, and how it resumes.

use serde_json::json;
use tests::App;
use tests::visitor::Event;

use super::widget_of;

#[tokio::test]
async fn a_stream_resumes_without_a_gap_or_a_repetition() {
    let mut app = App::start().await;
    let visitor = widget_of(&app).await.open(json!({})).await;
    let mut seen: Vec<Event> = Vec::new();
    let mut stream = visitor.watch(None).await;
    visitor.say("m-0", "text 0").await;
    seen.extend(stream.messages(2).await);

    for round in 1..=4 {
        // While no one listens, or the host is not there at all.
        drop(stream);
        if round == 3 {
            app.kill().await;
            app.restart().await;
        }
        visitor
            .say(&format!("m-{round}"), &format!("text {round}"))
            .await;
        let last = seen.last().and_then(|event| event.id.clone());
        stream = visitor.watch(last.as_deref()).await;
        seen.extend(stream.messages(2).await);
    }
    drop(stream);

    let texts: Vec<_> = seen
        .iter()
        .map(|event| tests::visitor::said(&event.data))
        .collect();
    let expected = (0..=4).flat_map(|round| {
        ["visitor", "agent"].map(|who| (who.to_owned(), format!("text {round}")))
    });
    assert_eq!(texts, expected.collect::<Vec<_>>());
    // From the very beginning, everything comes once more, in the same order.
    let again = visitor
        .watch(Some("00000000-0000-0000-0000-000000000000"))
        .await
        .messages(10)
        .await;
    assert_eq!(again, seen);
    app.finish().await;
}

#[tokio::test]
async fn many_messages_at_once_arrive_each_once_in_order() {
    let app = App::start().await;
    let visitor = widget_of(&app).await.open(json!({})).await;
    let mut stream = visitor.watch(None).await;
    let (mut other, mut seen) = (visitor.watch(None).await, Vec::new());

    let saying = (0..12).map(async |number| {
        visitor
            .say(&format!("m-{number}"), &format!("text {number}"))
            .await
    });
    let (_, ()) = tokio::join!(futures_util::future::join_all(saying), async {
        // A page that loses its connection after every few events.
        while seen.len() < 24 {
            let more = stream.messages(3).await;
            seen.extend(more);
            let last = seen.last().and_then(|event: &Event| event.id.clone());
            stream = visitor.watch(last.as_deref()).await;
        }
    });

    assert_eq!(other.messages(24).await, seen, "both saw the same");
    let answers = seen
        .iter()
        .filter(|event| event.data["from"] == "agent")
        .count();
    assert_eq!(answers, 12);
    drop((stream, other));
    app.finish().await;
}

#[tokio::test]
async fn nobody_watches_a_conversation_of_others() {
    let app = App::start().await;
    let widget = widget_of(&app).await;
    let (one, other) = (widget.open(json!({})).await, widget.open(json!({})).await);
    let mut stream = other.watch(None).await;
    one.say("m-1", "a secret").await;
    app.database().settled().await;
    other.say("m-1", "nothing").await;
    assert_eq!(stream.message().await.data["text"], "nothing");
    assert_eq!(other.history().await[0].1, "nothing");
    drop(stream);
    app.finish().await;
}
