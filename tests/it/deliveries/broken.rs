//! Callbacks that are gone or never accept, and what the channel's owner can do.

use reqwest::{Method, StatusCode};
use serde_json::json;
use tests::callback::Behaviour;
use tests::{App, Callback, wait_for};

use super::speak_later;

#[tokio::test]
async fn a_callback_that_is_gone_stops_its_channel_until_it_moves() {
    let (app, callback, channel) = crate::serving("counter").await;
    let owner = app.owner();
    callback.always(Behaviour::Status(410));
    speak_later(&channel, "U1", "be there").await;
    callback.wait_for(1).await;
    let shown = async || {
        let (_, list) = owner.send(Method::GET, "/api/channels", None).await;
        list["channels"]
            .as_array()
            .unwrap()
            .iter()
            .find(|shown| shown["id"] == *channel.id)
            .unwrap()
            .clone()
    };
    wait_for(
        tests::wait::LONG,
        "the channel to be out of order",
        async || (shown().await["status"] == "error").then_some(()),
    )
    .await;
    // The channel's state is written before the delivery's own.
    app.database().settled().await;
    assert_eq!(app.database().deliveries().await, [("dead".to_owned(), 1)]);

    // It is still answered, and what is said later waits.
    speak_later(&channel, "U1", "wait for me").await;
    let elsewhere = Callback::start().await;
    let path = format!("/api/channels/{}", channel.id);
    let (status, moved) = owner
        .send(
            Method::PATCH,
            &path,
            Some(json!({ "callbackUrl": elsewhere.url() })),
        )
        .await;
    assert_eq!(
        (status, &moved["status"]),
        (StatusCode::OK, &json!("active"))
    );

    assert_eq!(elsewhere.wait_for(1).await[0].text(), "⏰ wait for me");
    assert_eq!(callback.received().len(), 1);
    app.finish().await;
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (app, callback, channel) = crate::serving("counter").await;
    let elsewhere = Callback::start().await;
    for status in [301, 302, 307, 308] {
        callback.next([Behaviour::With(status, "location", elsewhere.url())]);
    }
    speak_later(&channel, "U1", "stay here").await;
    callback.wait_for(5).await;
    app.database().settled().await;
    assert_eq!(
        app.database().deliveries().await,
        [("delivered".to_owned(), 5)]
    );
    assert!(elsewhere.received().is_empty());
    app.finish().await;
}

#[tokio::test]
async fn a_dead_letter_is_sent_again_by_hand() {
    let app = App::build().set("CLOISTER_RETRY_SECONDS", "0.02,0.02");
    let (app, callback, channel) = crate::serving_with(app, "counter").await;
    callback.always(Behaviour::Status(500));
    speak_later(&channel, "U1", "never give up").await;
    app.database().settled().await;
    assert_eq!(app.database().deliveries().await, [("dead".to_owned(), 3)]);
    let ids = app
        .database()
        .rows("SELECT id::text FROM deliveries", &[])
        .await;
    let id: &str = ids[0].get(0);

    callback.always(Behaviour::Status(200));
    let mutation = "mutation($id: ID!) { retryDelivery(id: $id) { status } }";
    let answer = app.owner().graphql(mutation, json!({ "id": id })).await;
    assert_eq!(answer["errors"], serde_json::Value::Null, "{answer}");

    let tries = callback.wait_for(4).await;
    assert_eq!(tries[3].text(), "⏰ never give up");
    assert_eq!(tries[3].header("webhook-id"), tries[0].header("webhook-id"));
    app.database().settled().await;
    assert_eq!(app.database().deliveries().await[0].0, "delivered");
    app.finish().await;
}

#[tokio::test]
async fn a_channel_that_is_switched_off_is_silent_both_ways_until_it_is_on_again() {
    let (app, callback, channel) = crate::serving("counter").await;
    let switch = async |mutation: &str| {
        let query = format!("mutation($id: ID!) {{ {mutation}(id: $id) {{ status }} }}");
        let answer = app
            .owner()
            .graphql(&query, json!({ "id": channel.id }))
            .await;
        answer["data"][mutation]["status"].clone()
    };
    let replies = channel
        .say("U1", "remind me in 1 seconds to come back")
        .await;
    assert_eq!(replies, ["I will remind you in 1 s."]);

    assert_eq!(switch("disableChannel").await, "DISABLED");
    let refused = channel.send(&tests::channel::message("U1", "hello?")).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{}", refused.body);
    assert!(refused.body.to_string().contains("is disabled"));
    wait_for(tests::wait::LONG, "the timer's message", async || {
        (!app.database().deliveries().await.is_empty()).then_some(())
    })
    .await;
    assert_eq!(
        app.database().deliveries().await,
        [("pending".to_owned(), 0)]
    );

    assert_eq!(switch("enableChannel").await, "ACTIVE");
    assert_eq!(callback.wait_for(1).await[0].text(), "⏰ come back");
    assert_eq!(channel.say("U1", "total").await.len(), 1);
    app.finish().await;
}
