//! Trying again.

use std::time::Duration;

use tests::callback::Behaviour;

use super::speak_later;

#[tokio::test]
async fn a_delivery_is_tried_again_until_it_is_accepted() {
    let (app, callback, channel) = crate::serving("counter").await;
    let hang_up = Behaviour::With(503, "connection", "close".to_owned());
    callback.next([Behaviour::Status(500), hang_up, Behaviour::Status(404)]);

    speak_later(&channel, "U1", "hold on").await;

    let tries = callback.wait_for(4).await;
    app.database().settled().await;
    assert_eq!(
        app.database().deliveries().await,
        [("delivered".to_owned(), 4)]
    );
    for one in &tries {
        assert_eq!(one.header("webhook-id"), tries[0].header("webhook-id"));
        assert_eq!(one.body, tries[0].body);
        tests::signature::check(one, &channel.secret);
    }
    // As the back-off says: 50, 100 and 200 ms.
    let waits: Vec<Duration> = tries
        .windows(2)
        .map(|pair| pair[1].at - pair[0].at)
        .collect();
    for (wait, least) in waits.iter().zip([50, 100, 200]) {
        assert!(*wait >= Duration::from_millis(least), "{waits:?}");
    }
    assert_eq!(callback.received().len(), 4);
    app.finish().await;
}

#[tokio::test]
async fn the_callback_says_when_to_try_again() {
    let (app, callback, channel) = crate::serving("counter").await;
    callback.next([Behaviour::With(429, "retry-after", "2".to_owned())]);

    speak_later(&channel, "U1", "slow down").await;

    let tries = callback.wait_for(2).await;
    let wait = tries[1].at - tries[0].at;
    assert!(wait >= Duration::from_secs(2), "{wait:?}");
    app.finish().await;
}

#[tokio::test]
async fn each_delivery_is_signed_both_ways() {
    let (app, callback, channel) = crate::serving("counter").await;
    speak_later(&channel, "U1", "sign — with “every” character \u{1F58B}").await;
    let delivery = &callback.wait_for(1).await[0];

    tests::signature::check(delivery, &channel.secret);

    assert_eq!(delivery.header("x-channel-id"), channel.id);
    assert_eq!(delivery.header("content-type"), "application/json");
    assert!(!delivery.header("webhook-id").contains('.'));
    let body = delivery.json();
    assert_eq!(body["event"], "message.send");
    assert_eq!(
        body["message"],
        "⏰ sign — with “every” character \u{1F58B}"
    );
    assert_eq!(body["groupExternalId"], serde_json::Value::Null);
    app.finish().await;
}
