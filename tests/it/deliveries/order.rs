//! Order within a conversation, and none between them.

use tests::Callback;
use tests::callback::{Behaviour, Received};

use super::speak_later;

#[tokio::test]
async fn a_conversations_messages_arrive_in_order_however_often_one_fails() {
    let (app, callback, channel) = crate::serving("counter").await;
    callback.next((0..4).map(|_| Behaviour::Status(503)));
    for what in ["one", "two", "three"] {
        speak_later(&channel, "U1", what).await;
    }
    let told = callback.wait_for(7).await;
    let texts: Vec<String> = told.iter().map(Received::text).collect();
    assert_eq!(
        texts[..5],
        ["⏰ one", "⏰ one", "⏰ one", "⏰ one", "⏰ one"]
    );
    assert_eq!(texts[5..], ["⏰ two", "⏰ three"]);
    app.finish().await;
}

#[tokio::test]
async fn a_dead_callback_holds_up_no_other_channel() {
    let (app, dead, channel) = crate::serving("counter").await;
    dead.always(Behaviour::Hang);
    for user in 0..40 {
        speak_later(&channel, &format!("user-{user}"), "wait").await;
    }
    // As many as one channel may have on their way.
    dead.wait_for(8).await;

    let calm = Callback::start().await;
    let other = app.owner().channel("counter", &calm.url()).await;
    for user in 0..20 {
        speak_later(&other, &format!("user-{user}"), "arrive").await;
    }

    calm.wait_for(20).await;
    assert!(
        dead.received().len() <= 16,
        "the dead one took {} lanes",
        dead.received().len()
    );
    // What hangs is not over, and the test has no need to wait for it.
    drop(app);
}
