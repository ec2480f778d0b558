//! What servers answered is found by the turn that is run again, in its place, and is written under the turn's lease.

use super::*;
use crate::digests::ModuleDigest;
use crate::http_answers::{self, Asked};
use crate::ids::ProjectId;
use crate::journal::Leased;

fn asked(tool_call: Option<i32>, call: i32, request: u8) -> Asked {
    Asked {
        tool_call,
        call,
        request: vec![request],
    }
}

#[tokio::test]
async fn an_answer_is_found_in_its_place_and_only_where_the_same_was_asked() {
    let world = World::new().await;
    let (message, stored) = world.receive_one("alice", "hi").await;
    let leased = |fence| Leased {
        organization_id: world.organization,
        conversation_id: stored.conversation_id,
        host: world.host,
        fence,
        turn_id: message.turn_id,
        agent_id: world.agent,
        project_id: ProjectId::new(),
        module: Some(ModuleDigest::from([7; 32])),
    };
    let record = async |fence, asked: &Asked, answer: u8| {
        let leased = leased(fence);
        let answer = [answer];
        let recorded = http_answers::record(world.store(), &leased, asked, &answer);
        recorded.await.unwrap()
    };
    let find = async |asked: &Asked| {
        let (organization, turn) = (world.organization, message.turn_id);
        let found = http_answers::find(world.store(), organization, turn, asked);
        found.await.unwrap()
    };
    let loaded = async || {
        let held = [(world.organization, stored.conversation_id)];
        let mut turns = load(world.store(), world.host, &held).await.unwrap();
        let turn = turns.remove(0);
        (turn.is_journaled, turn.module_digest)
    };

    // Whoever lost the lease writes nothing.
    assert!(!record(7, &asked(None, 0, 1), 1).await);
    assert_eq!(find(&asked(None, 0, 1)).await, None);
    assert_eq!(loaded().await, (false, None));

    assert!(record(1, &asked(None, 0, 1), 1).await);
    assert_eq!(loaded().await, (true, Some(vec![7; 32])));
    // A tool's requests have places of their own.
    assert!(record(1, &asked(Some(0), 0, 1), 2).await);
    assert_eq!(find(&asked(None, 0, 1)).await, Some(vec![1]));
    assert_eq!(find(&asked(Some(0), 0, 1)).await, Some(vec![2]));
    for other in [asked(None, 0, 2), asked(None, 1, 1), asked(Some(1), 0, 1)] {
        assert_eq!(find(&other).await, None, "{other:?}");
    }

    // Another request in its place takes it.
    assert!(record(1, &asked(None, 0, 2), 3).await);
    assert_eq!(find(&asked(None, 0, 1)).await, None);
    assert_eq!(find(&asked(None, 0, 2)).await, Some(vec![3]));
}

#[tokio::test]
async fn answers_to_requests_have_their_time() {
    let world = World::new().await;
    let (message, stored) = world.receive_one("alice", "hi").await;
    let leased = Leased {
        organization_id: world.organization,
        conversation_id: stored.conversation_id,
        host: world.host,
        fence: 1,
        turn_id: message.turn_id,
        agent_id: world.agent,
        project_id: ProjectId::new(),
        module: None,
    };
    for call in 0..3 {
        let asked = asked(None, call, 1);
        let recorded = http_answers::record(world.store(), &leased, &asked, b"one");
        assert!(recorded.await.unwrap());
    }
    let removed = async |seconds| {
        let time = Utc::now() + chrono::Duration::seconds(seconds);
        let removed = http_answers::delete_before(world.store(), time, 2);
        removed.await.unwrap()
    };
    assert_eq!(removed(-60).await, 0);
    assert_eq!(removed(60).await, 2);
    assert_eq!(removed(60).await, 1);
}
