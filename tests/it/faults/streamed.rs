//! A kill while a channel is listened to: between what was heard and what is stored.

use tests::process::Ended;

use crate::discord::connected;

/// The points that only a channel with a connection reaches.
pub(super) const POINTS: [&str; 2] = ["stream.heard", "stream.stored"];

#[tokio::test]
async fn events_heard_and_not_stored() {
    killed_at(POINTS[0], 4).await;
}

#[tokio::test]
async fn events_stored_and_heard_of_no_more() {
    killed_at(POINTS[1], 4).await;
}

async fn killed_at(point: &str, times: u32) {
    let (mut app, discord) = connected().await;
    assert_eq!(app.terminate().await, Ended::Code(0));
    app.set("CLOISTER_FAULT", Some(&format!("{point}:{times}")));
    app.restart().await;
    discord.wait_for_greetings(2).await;
    let talking = async {
        for number in 0..12 {
            discord.say(42, &number.to_string());
            // One by one, so that they are stored one by one.
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    let repairing = async {
        let died = app.died().await;
        assert_eq!(died, Ended::Signal(9), "the host reached {point}");
        app.set("CLOISTER_FAULT", None);
        app.restart().await;
    };
    tokio::join!(talking, repairing);
    let all: Vec<String> = (0..12).map(|number| number.to_string()).collect();
    assert_eq!(discord.wait_for(12).await, all);
    app.database().settled().await;
    let log = app.database().log().await;
    let heard: Vec<&str> = log
        .iter()
        .filter(|entry| entry.inbound)
        .map(|entry| entry.text.as_str())
        .collect();
    assert_eq!(heard, all);
    app.finish().await;
    assert_eq!(discord.shown(), all);
}
