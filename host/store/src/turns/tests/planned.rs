//! Statements that are planned before there is a message.

use super::*;
use crate::plans;

#[tokio::test]
async fn what_a_first_message_needs_is_planned() {
    let world = World::new().await;
    plans::make(world.store(), 2).await.unwrap();
    let prepared = world.store().statements().prepared();

    let (first, stored) = world.receive_one("a", "hello").await;
    let turn = stored.turn.unwrap();
    let fence = turn.claimed.unwrap();
    let mut ended = world.ended(&first, stored.conversation_id, turn.position, fence);
    // What it says goes back to who waits for it.
    for said in &mut ended.speech {
        said.delivery_id = None;
    }
    ended.recording = Some(b"what it heard".to_vec());

    assert_eq!(world.commit(ended).await, Commit::Done { more: false });
    assert_eq!(world.store().statements().prepared(), prepared);
}
