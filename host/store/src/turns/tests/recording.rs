//! What agents heard is kept with the turns that count, and with no other.

use super::*;
use crate::recordings;

impl World {
    pub(super) async fn past(&self, turn: TurnId) -> Option<PastTurn> {
        let past = past_turns(self.store(), self.organization, &[turn]).await;
        past.unwrap().pop()
    }
}

#[tokio::test]
async fn it_is_kept_by_the_statement_that_ends_the_turn() {
    let world = World::new().await;
    let (message, stored) = world.receive_one("alice", "one").await;
    let mut turn = world.ended(&message, stored.conversation_id, 1, 1);
    turn.recording = Some(vec![1, 2, 3]);
    assert!(world.past(turn.turn_id).await.is_none());

    // Whoever lost the lease writes nothing.
    let lost = EndedTurn {
        fence: 7,
        recording: Some(vec![7]),
        ..turn.clone()
    };
    assert_eq!(world.commit(lost).await, Commit::Lost);
    // Nor does who read what is not so any more.
    let torn = EndedTurn {
        agent_state: Some(AgentState {
            version: 7,
            written: true,
        }),
        recording: Some(vec![8]),
        ..turn.clone()
    };
    assert_eq!(world.commit(torn).await, Commit::Conflict);
    // What either had written would stay.
    assert_eq!(
        world.commit(turn.clone()).await,
        Commit::Done { more: false }
    );
    let past = world.past(turn.turn_id).await.unwrap();
    assert_eq!(past.recording, Some(vec![1, 2, 3]));
    assert_eq!((past.status.as_str(), past.host_calls), ("done", Some(2)));
    assert_eq!(past.texts, ["re: one"]);
    assert_eq!(past.turn.text.as_deref(), Some("one"));

    let removed = recordings::delete_before(world.store(), Utc::now() + Duration::from_secs(9), 10);
    assert_eq!(removed.await.unwrap(), 1);
    assert_eq!(world.past(turn.turn_id).await.unwrap().recording, None);
}

#[tokio::test]
async fn turns_of_an_agent_are_found_from_the_newest_back() {
    let world = World::new().await;
    let mut ids = Vec::new();
    for name in ["alice", "bob", "carol"] {
        let (message, stored) = world.receive_one(name, "hi").await;
        let turn = world.ended(&message, stored.conversation_id, 1, 1);
        ids.insert(0, turn.turn_id);
        world.commit(turn).await;
    }
    // One that waits is none of them.
    world.receive_one("dave", "hi").await;
    let mut wanted = Since {
        agent: world.agent,
        time: Utc::now() - Duration::from_secs(60),
        before: None,
        limit: 2,
    };
    let found = async |wanted| {
        since(world.store(), world.organization, wanted)
            .await
            .unwrap()
    };
    let first = found(wanted).await;
    wanted.before = first.last().copied();
    let rest = found(wanted).await;
    let all: Vec<_> = first.iter().chain(&rest).map(|moment| moment.id).collect();
    assert_eq!(all, ids);
    wanted.time = Utc::now() + Duration::from_secs(60);
    assert!(found(wanted).await.is_empty());
}
