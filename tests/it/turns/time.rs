//! Timers.

use tests::channel::message;
use tests::process::Ended;

#[tokio::test]
async fn a_timer_that_came_due_while_the_host_was_down_fires_once() {
    let (mut app, callback, channel) = crate::serving("counter").await;
    assert_eq!(
        channel.say("U1", "remind me in 1 second to stretch").await,
        ["I will remind you in 1 s."]
    );
    assert_eq!(app.terminate().await, Ended::Code(0));
    // Until the timer is due, by the database's own clock.
    let due = "SELECT pg_sleep(GREATEST(0, extract(epoch FROM max(due_at) - clock_timestamp()))) FROM schedules";
    app.database().rows(due, &[]).await;
    assert!(callback.received().is_empty());

    app.restart().await;

    let delivery = callback.wait_for(1).await[0].json();
    assert_eq!(delivery["message"], "⏰ stretch");
    assert_eq!(delivery["externalUserId"], "U1");
    app.database().settled().await;
    assert_eq!(callback.received().len(), 1);
    app.finish().await;
}

#[tokio::test]
async fn timers_stand_side_by_side_and_fire_where_they_were_set() {
    let (app, callback, channel) = crate::serving("counter").await;
    for user in ["U1", "U2"] {
        for what in ["one", "two"] {
            channel
                .send(&message(
                    user,
                    &format!("remind me in 1 second to {user} {what}"),
                ))
                .await
                .replies();
        }
    }
    let told = callback.wait_for(4).await;
    for user in ["U1", "U2"] {
        let of_user = told
            .iter()
            .map(tests::callback::Received::json)
            .filter(|told| told["externalUserId"] == user);
        let texts: Vec<_> = of_user
            .map(|told| told["message"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(texts, [format!("⏰ {user} one"), format!("⏰ {user} two")]);
    }
    app.finish().await;
}
