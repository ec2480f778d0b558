//! Notices that an agent is at work, and `/mute`.

use tests::App;

#[tokio::test]
async fn a_product_is_told_that_an_agent_is_at_work_until_that_is_muted() {
    let app = App::build()
        .set("CLOISTER_TURN_WAIT", "0.2")
        .set("CLOISTER_NOTICE_SECONDS", "0.25");
    let (app, callback, channel) = crate::serving_with(app, "oblige").await;
    assert_eq!(channel.say("U1", "draft a plan").await, [""; 0]);
    let told = callback.wait_for(1).await;
    assert_eq!(told[0].text(), "Still at work. So far:\nLet me see");

    let muted = channel.say("U1", "/mute").await;
    assert_eq!(
        muted,
        ["Muted: you hear of what is at work here once it is done."]
    );
    let before = callback.received().len();
    let told = callback.wait_until("the plan", |told| {
        told.iter().any(|told| told.text() == "a plan")
    });
    let told = told.await;
    // One may have been on its way.
    assert!(told.len() <= before + 2, "{}", told.len());
    let done = told.iter().filter(|told| told.text() == "a plan");
    assert_eq!(done.count(), 1);
    assert_eq!(
        channel.say("U1", "/mute").await,
        ["Nothing is at work here: there is nothing to mute."]
    );
    app.finish().await;
}
