//! Order within a conversation, and state that is exact however many run at once.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use tests::channel::message;

#[tokio::test]
async fn each_conversation_is_answered_in_the_order_of_arrival() {
    let (app, _callback, channel) = crate::serving("counter").await;
    let all = (0..64).map(async |number| {
        let (user, text) = (format!("user-{}", number % 4), format!("message {number}"));
        let replies = channel.say(&user, &text).await;
        ((user, text), replies.concat())
    });
    let answers: BTreeMap<_, _> = join_all(all).await.into_iter().collect();

    let log = app.database().log().await;
    for user in (0..4).map(|number| format!("user-{number}")) {
        let heard: Vec<_> = log
            .iter()
            .filter(|entry| entry.inbound && entry.chat.ends_with(&user))
            .collect();
        assert_eq!(heard.len(), 16);
        for (index, entry) in heard.iter().enumerate() {
            let reply = &answers[&(user.clone(), entry.text.clone())];
            assert!(
                reply.starts_with(&format!("{} here,", index + 1)),
                "{entry:?} at {index}: {reply}"
            );
        }
    }
    app.finish().await;
}

#[tokio::test]
async fn no_count_is_lost_between_conversations() {
    const CONVERSATIONS: usize = 32;
    const EACH: usize = 6;
    let (app, _callback, channel) = crate::serving("counter").await;

    let talking = (0..CONVERSATIONS).map(async |user| {
        let messages = (0..EACH).map(async |_| {
            channel
                .say(&format!("user-{user}"), "count me")
                .await
                .concat()
        });
        join_all(messages).await
    });
    let replies: Vec<Vec<String>> = join_all(talking).await;

    let mut in_all = BTreeSet::new();
    for replies in replies {
        let counts = replies.iter().map(|reply| counts(reply));
        let (here, anywhere): (BTreeSet<usize>, Vec<usize>) = counts.unzip();
        assert_eq!(here, (1..=EACH).collect());
        in_all.extend(anywhere);
    }
    assert_eq!(in_all, (1..=CONVERSATIONS * EACH).collect());
    let total = (CONVERSATIONS * EACH).to_string();
    assert_eq!(
        app.database().agent_state("counter", "count").await,
        Some(total)
    );
    app.finish().await;
}

/// Of `3 here, 17 in all.`
fn counts(reply: &str) -> (usize, usize) {
    let (here, rest) = reply.split_once(" here, ").expect(reply);
    let in_all = rest.strip_suffix(" in all.").expect(reply);
    (here.parse().unwrap(), in_all.parse().unwrap())
}

#[tokio::test]
async fn a_person_is_the_same_one_over_restarts() {
    let (mut app, _callback, channel) = crate::serving("counter").await;
    assert_eq!(channel.say("U1", "one").await, ["1 here, 1 in all."]);
    app.kill().await;
    app.restart().await;
    assert_eq!(
        channel.send(&message("U1", "two")).await.replies(),
        ["2 here, 2 in all."]
    );
    app.finish().await;
}
