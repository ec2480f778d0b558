//! A turn that is tried again goes on with the module that it was begun on.

use super::*;
use crate::agents;
use crate::digests::ModuleDigest;
use crate::ids::ToolCallId;
use crate::journal::{self, Entry, Leased, Used};
use crate::tool_calls::{self, Asked, By};

impl World {
    async fn held(&self) -> LoadedTurn {
        let taken = claim(self.store(), self.host, 10, &[]).await.unwrap();
        load(self.store(), self.host, &taken)
            .await
            .unwrap()
            .remove(0)
    }
}

#[tokio::test]
async fn a_turn_that_was_given_back_knows_its_module() {
    let world = World::new().await;
    let (_, stored) = world.receive_one("alice", "hi").await;
    let key = (world.organization, stored.conversation_id);
    let now = || Some(Utc::now() - Duration::from_secs(1));
    let (one, two) = (ModuleDigest::from([1; 32]), ModuleDigest::from([2; 32]));
    // One that only waited was not begun.
    let waited = put_back(world.store(), world.host, key, 1, now(), false, Some(one));
    assert!(waited.await.unwrap());
    let turn = world.held().await;
    assert_eq!((turn.module_digest, turn.attempts), (None, 0));
    let tried = put_back(world.store(), world.host, key, 2, now(), true, Some(two));
    assert!(tried.await.unwrap());
    let turn = world.held().await;
    assert_eq!((turn.module_digest, turn.attempts), (Some(vec![2; 32]), 1));
    // Nor does one lose it that only waits afterwards.
    let waited = put_back(world.store(), world.host, key, 3, now(), false, None);
    assert!(waited.await.unwrap());
    assert_eq!(world.held().await.module_digest, Some(vec![2; 32]));
}

#[tokio::test]
async fn what_was_heard_names_the_module_that_asked() {
    let world = World::new().await;
    let (message, stored) = world.receive_one("alice", "hi").await;
    let leased = |fence, module: u8| Leased {
        organization_id: world.organization,
        conversation_id: stored.conversation_id,
        host: world.host,
        fence,
        turn_id: message.turn_id,
        agent_id: world.agent,
        project_id: crate::ids::ProjectId::new(),
        module: Some(ModuleDigest::from([module; 32])),
    };
    let entry = Entry {
        call: 0,
        request: vec![1],
        answer: vec![2],
    };
    let day = Utc::now().date_naive();
    let digest = async || {
        let held = [(world.organization, stored.conversation_id)];
        let turns = load(world.store(), world.host, &held).await.unwrap();
        turns[0].module_digest.clone()
    };
    let record = async |fence| {
        let leased = leased(fence, 7);
        let recorded = journal::record(world.store(), &leased, &entry, day, Used::default());
        recorded.await.unwrap().is_some()
    };
    assert!(!record(7).await);
    assert_eq!(digest().await, None);
    assert!(record(1).await);
    assert_eq!(digest().await, Some(vec![7; 32]));

    // What a tool answered does so, too, and a turn that waits to be allowed a call.
    let asked = Asked {
        call: 0,
        id: ToolCallId::new(),
        name: Some("far__say".to_owned()),
        arguments: None,
        request: vec![1],
    };
    let lost = leased(7, 8);
    let lost = tool_calls::record(world.store(), &lost, &asked, b"{}");
    assert!(!lost.await.unwrap());
    assert_eq!(digest().await, Some(vec![7; 32]));
    let held = leased(1, 8);
    let kept = tool_calls::record(world.store(), &held, &asked, b"{}");
    assert!(kept.await.unwrap());
    assert_eq!(digest().await, Some(vec![8; 32]));

    let question = Speech {
        chat_id: None,
        conversation_id: stored.conversation_id,
        message_id: MessageId::new(),
        text: "May I?".to_owned(),
        content: None,
        delivery_id: None,
    };
    let next = Asked {
        call: 1,
        id: ToolCallId::new(),
        ..asked
    };
    let held = leased(1, 9);
    let parked = tool_calls::park(world.store(), &held, &next, 60_000, &question);
    assert!(parked.await.unwrap().is_fresh);
    let decided = tool_calls::decide(world.store(), world.organization, next.id, true, By::Nobody);
    assert!(decided.await.unwrap().is_some());
    assert_eq!(world.held().await.module_digest, Some(vec![9; 32]));
}

#[tokio::test]
async fn turns_are_counted_by_the_module_that_ran_them() {
    let world = World::new().await;
    let modules = [ModuleDigest::from([1; 32]), ModuleDigest::from([2; 32])];
    for (name, module, status) in [
        ("alice", 0, EndStatus::Done),
        ("bob", 1, EndStatus::Done),
        ("carol", 1, EndStatus::Failed),
        ("dave", 1, EndStatus::Skipped),
    ] {
        let (message, stored) = world.receive_one(name, "hi").await;
        let ended = EndedTurn {
            status,
            module_digest: Some(vec![module + 1; 32]),
            ..world.ended(&message, stored.conversation_id, 1, 1)
        };
        world.commit(ended).await;
    }
    world.receive_one("erin", "hi").await;
    let ran = async |days| {
        let agent = [world.agent];
        let ran = agents::ran_on(world.store(), world.organization, &agent, days).await;
        let ran = ran.unwrap().remove(&world.agent).unwrap_or_default();
        ran.iter()
            .map(|ran| (ran.module_digest, ran.turns, ran.failed))
            .collect::<Vec<_>>()
    };
    assert_eq!(ran(1).await, [(modules[1], 2, 1), (modules[0], 1, 0)]);
    world
        .sql("UPDATE turns SET queued_at = now() - interval '3 days'")
        .await;
    assert!(ran(2).await.is_empty());
    assert_eq!(ran(4).await.len(), 2);
}
