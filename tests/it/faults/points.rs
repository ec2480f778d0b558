//! A kill at each point of [`host::fault::POINTS`].

use std::collections::BTreeSet;

use host::fault::POINTS;
use tests::crowd::Crowd;
use tests::process::Ended;

macro_rules! points {
    ($($test:ident = $point:literal after $times:literal,)+) => {
        $(
            #[tokio::test]
            async fn $test() {
                killed_at($point, $times).await;
            }
        )+

        #[test]
        fn every_point_has_its_test() {
            let elsewhere = super::polled::POINTS.into_iter();
            let elsewhere = elsewhere.chain(super::streamed::POINTS);
            let elsewhere = elsewhere.chain(crate::models::POINTS);
            let elsewhere = elsewhere.chain(crate::tools::POINTS);
            let elsewhere = elsewhere.chain(crate::outside::POINTS);
            let tested: BTreeSet<_> = elsewhere.chain([$($point),+]).collect();
            assert_eq!(tested, BTreeSet::from(POINTS));
        }
    };
}

// Each in the midst of the work: the number says the how manieth time.
points! {
    a_message_received_and_not_stored = "inbox.received" after 6,
    a_message_stored_and_not_taken = "inbox.stored" after 5,
    a_turn_started = "turn.started" after 7,
    a_turn_ended_and_not_committed = "turn.ended" after 7,
    a_turn_committed_and_not_told = "turn.committed" after 7,
    a_timer_fired = "schedule.fired" after 1,
    a_delivery_taken = "delivery.taken" after 2,
    a_delivery_sent_and_not_noted = "delivery.sent" after 2,
    a_delivery_noted = "delivery.finished" after 1,
}

async fn killed_at(point: &str, times: u32) {
    let (mut app, callback, channel) = crate::serving("counter").await;
    assert_eq!(app.terminate().await, Ended::Code(0));
    app.set("CLOISTER_FAULT", Some(&format!("{point}:{times}")));
    app.restart().await;

    let talking = Crowd::talk(4, 5, |_| channel.clone());
    let repairing = async {
        assert_eq!(
            app.died().await,
            Ended::Signal(9),
            "the host reached {point}"
        );
        app.set("CLOISTER_FAULT", None);
        app.restart().await;
    };
    let (crowd, ()) = tokio::join!(talking, repairing);

    crowd.check(app.database(), &callback).await;
    app.finish().await;
}
