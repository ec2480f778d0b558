//! A kill while a channel is polled: between what was read, what is stored and what is confirmed.

use tests::process::Ended;

use crate::telegram::{connected, wait_until_confirmed};

/// The points that only a polled channel reaches.
pub(super) const POINTS: [&str; 2] = ["poll.read", "poll.stored"];

#[tokio::test]
async fn updates_read_and_not_stored() {
    killed_at(POINTS[0], 3).await;
}

#[tokio::test]
async fn updates_stored_and_not_confirmed() {
    killed_at(POINTS[1], 2).await;
}

async fn killed_at(point: &str, times: u32) {
    let (mut app, telegram) = connected(42).await;
    assert_eq!(app.terminate().await, Ended::Code(0));
    app.set("CLOISTER_FAULT", Some(&format!("{point}:{times}")));
    app.restart().await;

    let talking = async {
        for number in 0..12 {
            telegram.say(42, &number.to_string());
            tokio::task::yield_now().await;
            if number % 4 == 3 {
                let seen = telegram.asked("getUpdates").len();
                let polled = async || (telegram.asked("getUpdates").len() > seen).then_some(());
                tests::wait::wait_for(tests::wait::LONG, "another poll", polled).await;
            }
        }
    };
    let repairing = async {
        let died = app.died().await;
        assert_eq!(died, Ended::Signal(9), "the host reached {point}");
        app.set("CLOISTER_FAULT", None);
        app.restart().await;
    };
    tokio::join!(talking, repairing);

    wait_until_confirmed(&telegram).await;
    app.database().settled().await;
    let log = app.database().log().await;
    let texts = |inbound: bool| -> Vec<String> {
        let of = log.iter().filter(|entry| entry.inbound == inbound);
        of.map(|entry| entry.text.clone()).collect()
    };
    let all: Vec<String> = (0..12).map(|number| number.to_string()).collect();
    assert_eq!(texts(true), all);
    assert_eq!(texts(false), all);
    app.finish().await;
}
