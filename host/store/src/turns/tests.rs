//! The way of a message, statement by statement, on a real server.

use std::time::Duration;

use chrono::Utc;
use diesel_async::SimpleAsyncConnection;

use super::*;
use crate::Store;
use crate::deliveries::{self, Attempt, Outcome};
use crate::ids::{
    AgentId, ChannelId, ContactId, ConversationId, DeliveryId, HostId, MessageId, OrganizationId,
    TurnId,
};
use crate::inbox::{self, Receive, Received, StoredMessage};
use crate::schedules;
use crate::state::{self, Owner};
use crate::testing::TestDatabase;

struct World {
    database: TestDatabase,
    organization: OrganizationId,
    agent: AgentId,
    channel: ChannelId,
    host: HostId,
}

impl World {
    async fn new() -> World {
        let world = World {
            database: TestDatabase::new().await,
            organization: OrganizationId::new(),
            agent: AgentId::new(),
            channel: ChannelId::new(),
            host: HostId::new(),
        };
        let (organization, agent, channel) = (world.organization, world.agent, world.channel);
        let (user, project) = (uuid::Uuid::now_v7(), uuid::Uuid::now_v7());
        world
            .sql(&format!(
                "INSERT INTO organizations (id, name) VALUES ('{organization}', 'Home');
                 INSERT INTO users (id, organization_id, email, name, default_project_id)
                     VALUES ('{user}', '{organization}', 'o@example.org', 'Owner', '{project}');
                 INSERT INTO projects (organization_id, id, slug, name)
                     VALUES ('{organization}', '{project}', 'home', 'Home');
                 INSERT INTO agents (organization_id, id, project_id, name, status)
                     VALUES ('{organization}', '{agent}', '{project}', 'echo', 'running');
                 INSERT INTO channels (organization_id, id, project_id, kind, name, primary_agent_id, status, created_by)
                     VALUES ('{organization}', '{channel}', '{project}', 'webhook', 'Hook', '{agent}', 'active', '{user}')"
            ))
            .await;
        world.alive(world.host, 60).await;
        world
    }

    fn store(&self) -> &Store {
        self.database.store()
    }

    async fn sql(&self, sql: &str) {
        self.store()
            .connection()
            .await
            .unwrap()
            .batch_execute(sql)
            .await
            .unwrap();
    }

    async fn alive(&self, host: HostId, seconds: i32) {
        self.sql(&format!(
            "INSERT INTO hosts (id, instance, alive_until)
             VALUES ('{host}', gen_random_uuid(), now() + interval '{seconds} seconds')
             ON CONFLICT (id) DO UPDATE SET alive_until = EXCLUDED.alive_until"
        ))
        .await;
    }

    fn message(&self, chat: &str, event: Option<&str>, text: &str) -> Receive {
        Receive {
            organization_id: self.organization,
            channel_id: self.channel,
            platform_event_id: event.map(str::to_owned),
            message_id: MessageId::new(),
            turn_id: TurnId::new(),
            platform_user_id: chat.to_owned(),
            display_name: Some("Alice".to_owned()),
            contact_id: ContactId::new(),
            platform_chat_id: chat.to_owned(),
            conversation_id: ConversationId::new(),
            is_group: false,
            title: None,
            text: text.to_owned(),
            content: None,
        }
    }

    async fn receive(&self, batch: &[Receive]) -> Vec<Received> {
        inbox::receive(self.store(), Some(self.host), batch)
            .await
            .unwrap()
    }

    async fn receive_one(&self, chat: &str, text: &str) -> (Receive, StoredMessage) {
        let message = self.message(chat, None, text);
        let received = self.receive(std::slice::from_ref(&message)).await.remove(0);
        let Received::Stored(stored) = received else {
            panic!("{received:?}")
        };
        (message, stored)
    }

    fn ended(
        &self,
        turn: &Receive,
        conversation: ConversationId,
        position: i64,
        fence: i64,
    ) -> EndedTurn {
        EndedTurn {
            organization_id: self.organization,
            conversation_id: conversation,
            position,
            fence,
            turn_id: turn.turn_id,
            agent_id: Some(self.agent),
            status: EndStatus::Done,
            module_digest: None,
            started_at: Utc::now(),
            guest_micros: 1,
            host_calls: 2,
            memory_peak: 3,
            error_code: None,
            error: None,
            agent_state: None,
            speech: vec![Speech {
                conversation_id: conversation,
                message_id: MessageId::new(),
                text: format!("re: {}", turn.text),
                content: None,
                delivery_id: Some(DeliveryId::new()),
            }],
            state: vec![],
            schedules: vec![],
        }
    }

    async fn commit(&self, turn: EndedTurn) -> Commit {
        commit(self.store(), self.host, &[turn])
            .await
            .unwrap()
            .remove(0)
    }
}

#[tokio::test]
async fn a_message_to_an_idle_conversation_is_claimed_with_its_storing() {
    let world = World::new().await;
    let (message, stored) = world.receive_one("alice", "hi").await;

    let turn = stored.turn.unwrap();
    assert_eq!(
        (turn.position, turn.claimed, turn.agent_id),
        (1, Some(1), world.agent)
    );
    assert_eq!(stored.channel_kind, "webhook");
    assert_eq!(claim(world.store(), world.host, 10, &[]).await.unwrap(), []);

    let ended = world.ended(&message, stored.conversation_id, 1, 1);
    assert_eq!(world.commit(ended).await, Commit::Done { more: false });
    let said = replies(world.store(), world.organization, message.turn_id)
        .await
        .unwrap();
    assert_eq!(
        said.iter().map(|m| m.text.as_str()).collect::<Vec<_>>(),
        ["re: hi"]
    );
    let status = status(world.store(), world.organization, message.turn_id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(status.status, "done");
}

#[tokio::test]
async fn a_conversation_is_worked_off_in_order_by_the_one_who_holds_it() {
    let world = World::new().await;
    let (first, stored) = world.receive_one("alice", "one").await;
    let (second, again) = world.receive_one("alice", "two").await;
    assert_eq!(again.conversation_id, stored.conversation_id);
    assert_eq!(again.contact_id, stored.contact_id);
    assert_eq!(again.turn.unwrap().claimed, None);

    let conversation = stored.conversation_id;
    assert_eq!(
        world.commit(world.ended(&first, conversation, 1, 1)).await,
        Commit::Done { more: true }
    );
    let next = load(
        world.store(),
        world.host,
        &[(world.organization, conversation)],
    )
    .await
    .unwrap()
    .remove(0);
    assert_eq!(
        (next.position, next.fence, next.turn_id),
        (2, 1, second.turn_id.uuid())
    );
    assert_eq!(next.text.as_deref(), Some("two"));
    assert_eq!(next.display_name.as_deref(), Some("Alice"));
    assert_eq!(
        world.commit(world.ended(&second, conversation, 2, 1)).await,
        Commit::Done { more: false }
    );

    let third = world.receive_one("alice", "three").await.1.turn.unwrap();
    assert_eq!((third.position, third.claimed), (3, Some(2)));
}

#[tokio::test]
async fn a_repeated_event_is_stored_once() {
    let world = World::new().await;
    let first = world.message("alice", Some("m-1"), "hi");
    let twin = world.message("bob", Some("m-1"), "hi");
    let received = world.receive(&[first.clone(), twin]).await;
    assert!(
        matches!(&received[..], [Received::Stored(_), Received::Duplicate]),
        "{received:?}"
    );

    let repeated = world
        .receive(&[world.message("alice", Some("m-1"), "hi again")])
        .await;
    assert_eq!(repeated, [Received::Duplicate]);
    let known = inbox::first(world.store(), world.organization, world.channel, "m-1")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(known.message_id, first.message_id.uuid());
    assert_eq!(known.turn_id, Some(first.turn_id.uuid()));
}

#[tokio::test]
async fn events_repeated_at_the_same_time_are_decided_once() {
    let world = World::new().await;
    let tries = (0..16).map(|_| {
        let message = world.message("alice", Some("same"), "hi");
        let world = &world;
        async move { world.receive(&[message]).await.remove(0) }
    });
    let received = futures_util::future::join_all(tries).await;
    let stored = received
        .iter()
        .filter(|one| matches!(one, Received::Stored(_)))
        .count();
    assert_eq!((stored, received.len()), (1, 16));
    let (_, next) = world.receive_one("alice", "next").await;
    assert_eq!(next.turn.unwrap().position, 2);
}

#[tokio::test]
async fn many_at_once_in_one_conversation_get_positions_without_a_gap() {
    let world = World::new().await;
    let tries = (0..24).map(|number| {
        let world = &world;
        async move {
            world
                .receive_one("alice", &number.to_string())
                .await
                .1
                .turn
                .unwrap()
        }
    });
    let mut turns = futures_util::future::join_all(tries).await;
    turns.sort_by_key(|turn| turn.position);
    assert_eq!(
        turns.iter().map(|turn| turn.position).collect::<Vec<_>>(),
        (1..=24).collect::<Vec<_>>()
    );
    assert_eq!(
        turns.iter().filter(|turn| turn.claimed.is_some()).count(),
        1
    );
}

#[tokio::test]
async fn a_channel_that_is_gone_takes_nothing() {
    let world = World::new().await;
    let mut message = world.message("alice", Some("m-1"), "hi");
    message.channel_id = ChannelId::new();
    assert_eq!(world.receive(&[message]).await, [Received::NoChannel]);
}

#[tokio::test]
async fn a_held_conversation_queues_no_turn() {
    let world = World::new().await;
    let (message, stored) = world.receive_one("alice", "hi").await;
    world
        .commit(world.ended(&message, stored.conversation_id, 1, 1))
        .await;
    world
        .sql("UPDATE conversations SET held_by = gen_random_uuid()")
        .await;
    assert_eq!(world.receive_one("alice", "anyone?").await.1.turn, None);
    world.sql("UPDATE conversations SET held_by = NULL").await;
    assert_eq!(
        world
            .receive_one("alice", "back")
            .await
            .1
            .turn
            .unwrap()
            .position,
        2
    );
}

#[tokio::test]
async fn the_turns_of_a_dead_host_are_taken_over_and_its_late_commit_changes_nothing() {
    let world = World::new().await;
    let (message, stored) = world.receive_one("alice", "hi").await;
    world.alive(world.host, -1).await;
    let other = HostId::new();
    world.alive(other, 60).await;

    let taken = claim(world.store(), other, 10, &[]).await.unwrap();
    assert_eq!(taken, [(world.organization, stored.conversation_id)]);
    let turn = load(world.store(), other, &taken).await.unwrap().remove(0);
    assert_eq!((turn.fence, turn.turn_id), (2, message.turn_id.uuid()));

    assert_eq!(
        world
            .commit(world.ended(&message, stored.conversation_id, 1, 1))
            .await,
        Commit::Lost
    );
    assert!(
        replies(world.store(), world.organization, message.turn_id)
            .await
            .unwrap()
            .is_empty()
    );
    let ended = world.ended(&message, stored.conversation_id, 1, 2);
    assert_eq!(
        commit(world.store(), other, &[ended]).await.unwrap(),
        [Commit::Done { more: false }]
    );
}

#[tokio::test]
async fn a_turn_that_is_given_back_waits_and_blocks_its_conversation_only() {
    let world = World::new().await;
    let (_, stored) = world.receive_one("alice", "hi").await;
    let key = (world.organization, stored.conversation_id);
    assert!(
        put_back(world.store(), world.host, key, 1, None, false)
            .await
            .unwrap()
    );
    assert!(
        !put_back(world.store(), world.host, key, 1, None, false)
            .await
            .unwrap()
    );
    assert_eq!(claim(world.store(), world.host, 10, &[]).await.unwrap(), []);

    assert_eq!(
        wake_agent(world.store(), world.organization, world.agent)
            .await
            .unwrap(),
        1
    );
    assert_eq!(
        claim(world.store(), world.host, 10, &[world.agent])
            .await
            .unwrap(),
        []
    );
    assert_eq!(
        claim(world.store(), world.host, 10, &[]).await.unwrap(),
        [key]
    );
}

#[tokio::test]
async fn the_agents_own_state_is_never_overwritten_by_who_has_not_seen_it() {
    let world = World::new().await;
    let owner = Owner {
        organization_id: world.organization,
        agent_id: world.agent,
        conversation_id: None,
    };
    let seen = state::get(world.store(), owner, "n").await.unwrap();
    assert_eq!((seen.version, seen.value), (0, None));
    let mut turns = Vec::new();
    for chat in ["alice", "bob"] {
        let (message, stored) = world.receive_one(chat, "count").await;
        let mut ended = world.ended(&message, stored.conversation_id, 1, 1);
        ended.agent_state = Some(AgentState {
            version: 0,
            written: true,
        });
        ended.state = vec![
            StateChange {
                conversation_id: None,
                key: "n".into(),
                value: Some(chat.into()),
            },
            StateChange {
                conversation_id: Some(stored.conversation_id),
                key: "n".into(),
                value: Some(vec![0]),
            },
        ];
        turns.push(ended);
    }
    assert_eq!(
        world.commit(turns.remove(0)).await,
        Commit::Done { more: false }
    );
    let loser = turns.remove(0);
    assert_eq!(world.commit(loser.clone()).await, Commit::Conflict);
    let now = state::get(world.store(), owner, "n").await.unwrap();
    assert_eq!(
        (now.version, now.value.as_deref()),
        (1, Some(b"alice".as_slice()))
    );

    let retried = EndedTurn {
        agent_state: Some(AgentState {
            version: 1,
            written: true,
        }),
        ..loser
    };
    assert_eq!(world.commit(retried).await, Commit::Done { more: false });
    let (version, keys) = state::keys(world.store(), owner, "", None, 10)
        .await
        .unwrap();
    assert_eq!((version, keys), (2, vec!["n".to_owned()]));
}

#[tokio::test]
async fn a_timer_fires_once_and_in_its_conversation() {
    let world = World::new().await;
    let (message, stored) = world.receive_one("alice", "remind me").await;
    let mut ended = world.ended(&message, stored.conversation_id, 1, 1);
    ended.schedules = vec![
        ScheduleChange::After {
            name: "b".into(),
            millis: 0,
            payload: b"tea".to_vec(),
        },
        ScheduleChange::At {
            name: "a".into(),
            due_at: Utc::now() - chrono::TimeDelta::hours(1),
            payload: vec![],
        },
        ScheduleChange::After {
            name: "later".into(),
            millis: 3_600_000,
            payload: vec![],
        },
        ScheduleChange::Cancel {
            name: "never set".into(),
        },
    ];
    assert_eq!(world.commit(ended).await, Commit::Done { more: false });
    assert_eq!(
        schedules::next(world.store()).await.unwrap(),
        Some(Duration::ZERO)
    );

    let fired =
        futures_util::future::join_all((0..4).map(|_| schedules::fire(world.store(), 10))).await;
    assert_eq!(fired.into_iter().map(Result::unwrap).sum::<u64>(), 2);
    assert!(schedules::next(world.store()).await.unwrap() > Some(Duration::from_secs(3_000)));
    let left = schedules::list(
        world.store(),
        world.organization,
        stored.conversation_id,
        world.agent,
    )
    .await
    .unwrap();
    assert_eq!(
        left.iter()
            .map(|timer| timer.name.as_str())
            .collect::<Vec<_>>(),
        ["later"]
    );

    let taken = claim(world.store(), world.host, 10, &[]).await.unwrap();
    let turn = load(world.store(), world.host, &taken)
        .await
        .unwrap()
        .remove(0);
    assert_eq!((turn.position, turn.message_id), (2, None));
    assert_eq!(turn.event.unwrap()["timer"]["name"], "a");
}

#[tokio::test]
async fn deliveries_of_a_conversation_go_one_after_the_other() {
    let world = World::new().await;
    for (position, text) in [(1, "one"), (2, "two")] {
        let (message, stored) = world.receive_one("alice", text).await;
        world
            .commit(world.ended(&message, stored.conversation_id, position, position))
            .await;
    }
    let (message, stored) = world.receive_one("bob", "other").await;
    world
        .commit(world.ended(&message, stored.conversation_id, 1, 1))
        .await;

    let taken = deliveries::take(world.store(), world.host, 10, &[])
        .await
        .unwrap();
    let texts: Vec<_> = taken
        .iter()
        .map(|d| (d.text.as_str(), d.platform_user_id.as_deref().unwrap()))
        .collect();
    assert_eq!(texts, [("re: one", "alice"), ("re: other", "bob")]);
    assert!(
        deliveries::take(world.store(), world.host, 10, &[])
            .await
            .unwrap()
            .is_empty()
    );

    let outcome = |delivery: &deliveries::TakenDelivery, outcome| Attempt {
        organization_id: world.organization,
        id: delivery.id.into(),
        fence: delivery.fence,
        outcome,
        platform_status: Some(200),
        error: None,
    };
    let delivered = outcome(
        &taken[0],
        Outcome::Delivered {
            platform_message_id: None,
        },
    );
    let later = outcome(
        &taken[1],
        Outcome::Retry {
            at: Utc::now() + chrono::TimeDelta::hours(1),
        },
    );
    deliveries::finish(world.store(), world.host, &[delivered, later])
        .await
        .unwrap();
    assert!(
        deliveries::take(world.store(), world.host, 10, &[world.channel])
            .await
            .unwrap()
            .is_empty()
    );
    let next = deliveries::take(world.store(), world.host, 10, &[])
        .await
        .unwrap();
    assert_eq!(
        next.iter().map(|d| d.text.as_str()).collect::<Vec<_>>(),
        ["re: two"]
    );

    let dead = outcome(&next[0], Outcome::Dead);
    deliveries::finish(world.store(), world.host, &[dead])
        .await
        .unwrap();
    assert!(
        deliveries::retry(world.store(), world.organization, next[0].id.into())
            .await
            .unwrap()
    );
    assert!(
        !deliveries::retry(world.store(), world.organization, taken[0].id.into())
            .await
            .unwrap()
    );
    assert!(
        deliveries::discard(world.store(), world.organization, taken[1].id.into())
            .await
            .unwrap()
    );
    let list = deliveries::list(
        world.store(),
        world.organization,
        world.channel,
        None,
        None,
        10,
    )
    .await
    .unwrap();
    let statuses: Vec<_> = list.iter().map(|d| d.status.as_str()).collect();
    assert_eq!(statuses, ["discarded", "pending", "delivered"]);
}

#[tokio::test]
async fn a_reply_whose_caller_left_becomes_a_delivery_once() {
    let world = World::new().await;
    let (message, stored) = world.receive_one("alice", "hi").await;
    let mut ended = world.ended(&message, stored.conversation_id, 1, 1);
    ended.speech[0].delivery_id = None;
    world.commit(ended).await;
    assert!(
        deliveries::take(world.store(), world.host, 10, &[])
            .await
            .unwrap()
            .is_empty()
    );
    let turn = message.turn_id;
    assert_eq!(
        deliveries::create_for_turn(world.store(), world.organization, turn)
            .await
            .unwrap(),
        1
    );
    assert_eq!(
        deliveries::create_for_turn(world.store(), world.organization, turn)
            .await
            .unwrap(),
        0
    );
}

#[tokio::test]
async fn batches_that_cross_do_not_deadlock() {
    let world = World::new().await;
    let chats: Vec<String> = (0..20).map(|number| format!("chat-{number}")).collect();
    let rounds = (0..12).map(|round| {
        let (world, chats) = (&world, &chats);
        async move {
            let mut batch: Vec<Receive> = chats
                .iter()
                .map(|chat| world.message(chat, None, "x"))
                .collect();
            if round % 2 == 0 {
                batch.reverse();
            }
            world.receive(&batch).await.len()
        }
    });
    let stored = futures_util::future::join_all(rounds).await;
    assert_eq!(stored.iter().sum::<usize>(), 240);
    let past = past(
        world.store(),
        world.organization,
        ConversationId::new(),
        None,
        10,
    )
    .await
    .unwrap();
    assert!(past.is_empty());
}
