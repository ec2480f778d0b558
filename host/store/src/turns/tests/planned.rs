//! Statements that are planned before there is a message.

use super::*;
use crate::plans;

#[tokio::test]
async fn what_most_messages_need_is_planned() {
    let world = World::new().await;
    plans::make(world.store(), 2).await.unwrap();
    let prepared = world.store().statements().prepared();

    // Of whom nothing is known, with a turn of which something is kept and one of which nothing is.
    for (chat, heard) in [("a", Some(b"a clock".to_vec())), ("b", None)] {
        let (message, stored) = world.receive_one(chat, "hello").await;
        let turn = stored.turn.unwrap();
        let fence = turn.claimed.unwrap();
        let mut ended = world.ended(&message, stored.conversation_id, turn.position, fence);
        // What it says goes back to who waits for it.
        for said in &mut ended.speech {
            said.delivery_id = None;
        }
        ended.recording = heard;
        assert_eq!(world.commit(ended).await, Commit::Done { more: false });
    }
    // Of who is said to talk as usual, and does not: the contact has no account.
    let mut usual = world.message("a", None, "hello");
    usual.is_usual = true;
    let received = world.receive(&[usual]).await;
    assert!(matches!(received[..], [Received::Unusual]), "{received:?}");

    assert_eq!(world.store().statements().prepared(), prepared);
}
