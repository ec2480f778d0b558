//! What a workflow decides, and what the statement makes of it.

use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::conversations::{self, HeldKind};
use crate::ids::{ProjectId, WorkflowId};
use crate::inbox::Route;
use crate::workflows::{self, NewWorkflow, WorkflowChanges};

impl World {
    async fn workflow(&self) -> WorkflowId {
        let channel = crate::channels::find(self.store(), self.organization, self.channel)
            .await
            .unwrap()
            .unwrap();
        let project: ProjectId = channel.project_id;
        let new = NewWorkflow {
            organization_id: self.organization,
            id: WorkflowId::new(),
            project_id: project,
            name: "Front desk".into(),
            rules: json!([]),
        };
        let made = workflows::create(self.store(), new).await.unwrap();
        workflows::attach(self.store(), self.organization, self.channel, Some(made.id))
            .await
            .unwrap();
        made.id
    }

    async fn routed(&self, chat: &str, route: Route) -> (Receive, Received) {
        let message = Receive {
            route,
            ..self.message(chat, None, "hi")
        };
        let received = self.receive(std::slice::from_ref(&message)).await.remove(0);
        (message, received)
    }

    async fn stored(&self, chat: &str, route: Route) -> (Receive, StoredMessage) {
        match self.routed(chat, route).await {
            (message, Received::Stored(stored)) => (message, stored),
            (_, other) => panic!("{other:?}"),
        }
    }
}

fn canned(by: (WorkflowId, i64)) -> Route {
    Route {
        by: Some(by),
        is_answered: false,
        canned: Some(json!({ "canned": ["closed"] })),
        ..Route::default()
    }
}

#[tokio::test]
async fn a_message_is_left_alone_until_it_is_routed_by_the_rules_that_count() {
    let world = World::new().await;
    let id = world.workflow().await;
    let by = Some((id, 1));
    assert_eq!(
        world.routed("alice", Route::default()).await.1,
        Received::Unrouted(by)
    );
    let route = Route {
        by,
        ..Route::default()
    };
    let (_, stored) = world.stored("alice", route.clone()).await;
    assert_eq!(stored.turn.unwrap().agent_id, Some(world.agent));

    let changes = WorkflowChanges {
        rules: Some(json!([1])),
        ..WorkflowChanges::default()
    };
    workflows::update(world.store(), world.organization, id, changes)
        .await
        .unwrap();
    assert_eq!(
        world.routed("alice", route.clone()).await.1,
        Received::Unrouted(Some((id, 2)))
    );
    workflows::delete(world.store(), world.organization, id)
        .await
        .unwrap();
    assert_eq!(
        world.routed("alice", route).await.1,
        Received::Unrouted(None)
    );
    world.stored("alice", Route::default()).await;
}

#[tokio::test]
async fn an_event_that_was_left_alone_is_not_taken_for_a_repetition() {
    let world = World::new().await;
    let by = (world.workflow().await, 1);
    let event = world.message("alice", Some("e-1"), "hi");
    let again = Receive {
        route: canned(by),
        ..event.clone()
    };
    assert_eq!(
        world.receive(&[event]).await,
        [Received::Unrouted(Some(by))]
    );
    let received = world.receive(std::slice::from_ref(&again)).await.remove(0);
    assert!(matches!(received, Received::Stored(_)), "{received:?}");
    assert_eq!(world.receive(&[again]).await, [Received::Duplicate]);
}

#[tokio::test]
async fn what_is_said_without_an_agent_is_a_turn_like_any_other() {
    let world = World::new().await;
    let by = (world.workflow().await, 1);
    let (message, stored) = world.stored("alice", canned(by)).await;
    let turn = stored.turn.unwrap();
    assert_eq!(
        (turn.agent_id, turn.agent_version, turn.claimed),
        (None, None, Some(1))
    );
    let key = (world.organization, stored.conversation_id);
    let loaded = load(world.store(), world.host, &[key])
        .await
        .unwrap()
        .remove(0);
    assert_eq!(loaded.event, Some(json!({ "canned": ["closed"] })));
    let ended = EndedTurn {
        agent_id: None,
        ..world.ended(&message, stored.conversation_id, 1, 1)
    };
    assert_eq!(world.commit(ended).await, Commit::Done { more: false });
}

#[tokio::test]
async fn a_team_holds_from_then_on_and_is_told_once_what_is_said_without_an_agent() {
    let world = World::new().await;
    let by = (world.workflow().await, 1);
    let team = Uuid::now_v7();
    let to_team = || Route {
        team_id: Some(team),
        ..canned(by)
    };
    let (message, stored) = world.stored("alice", to_team()).await;
    assert!(stored.turn.is_some());
    let id = stored.conversation_id;
    let held = conversations::find(world.store(), world.organization, id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (held.held_by, held.held_kind),
        (Some(team), Some(HeldKind::Team))
    );

    let (_, later) = world.stored("alice", to_team()).await;
    assert_eq!(later.turn, None, "it was held before");

    // Also where no host holds it any more.
    world.alive(world.host, -1).await;
    let other = HostId::new();
    world.alive(other, 60).await;
    let taken = claim(world.store(), other, 10, &[]).await.unwrap();
    assert_eq!(taken, [(world.organization, id)]);
    let ended = EndedTurn {
        agent_id: None,
        ..world.ended(&message, id, 1, 2)
    };
    assert_eq!(
        commit(world.store(), other, &[ended]).await.unwrap(),
        [Commit::Done { more: false }]
    );
}

#[tokio::test]
async fn a_team_takes_a_conversation_that_an_agent_had_answered() {
    let world = World::new().await;
    let (_, before) = world.receive_one("alice", "hi").await;
    assert!(before.turn.is_some());
    let by = Some((world.workflow().await, 1));
    let route = Route {
        by,
        is_answered: false,
        team_id: Some(Uuid::now_v7()),
        ..Route::default()
    };
    let (_, stored) = world.stored("alice", route).await;
    assert_eq!(
        (stored.turn, stored.conversation_id),
        (None, before.conversation_id)
    );
}

/// A command of the host's, say: no agent is asked, and the next message is answered at once.
#[tokio::test]
async fn a_message_for_no_agent_starts_no_turn_of_the_one_that_its_chat_has() {
    let world = World::new().await;
    let (message, first) = world.stored("alice", Route::default()).await;
    let turn = world.ended(&message, first.conversation_id, 1, 1);
    commit(world.store(), world.host, &[turn]).await.unwrap();
    world
        .sql("UPDATE conversations SET agent_id = (SELECT id FROM agents LIMIT 1)")
        .await;

    let for_none = Route {
        is_answered: false,
        ..Route::default()
    };
    let (_, kept) = world.stored("alice", for_none).await;
    assert!(kept.turn.is_none());

    let (_, next) = world.stored("alice", Route::default()).await;
    let turn = next.turn.unwrap();
    assert_eq!((turn.position, turn.claimed), (2, Some(2)));
}
