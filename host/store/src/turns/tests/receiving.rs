//! Storing messages and queueing their turns.

use super::*;
use crate::reading::{self, Applied, Done, Reader, Step};

#[tokio::test]
async fn a_message_to_an_idle_conversation_is_claimed_with_its_storing() {
    let world = World::new().await;
    let (message, stored) = world.receive_one("alice", "hi").await;

    let turn = stored.turn.unwrap();
    assert_eq!(
        (turn.position, turn.claimed, turn.agent_id),
        (1, Some(1), Some(world.agent))
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
        (ConversationId::new(), None),
        None,
        10,
    )
    .await
    .unwrap();
    assert!(past.is_empty());
}

#[tokio::test]
async fn what_is_read_of_a_platform_takes_its_idle_conversations_for_whoever_has_room() {
    let world = World::new().await;
    let reader = Reader {
        organization_id: world.organization,
        channel_id: world.channel,
        lease: None,
    };
    let read = async |host, chat: &str| {
        let steps = [Step::Receive(world.message(chat, None, "hi"))];
        let applied = reading::apply(world.store(), host, &reader, &steps).await;
        let Applied::Done(mut done) = applied.unwrap() else {
            panic!("nothing is in its way")
        };
        let Some(Done::Received(Received::Stored(stored))) = done.pop() else {
            panic!("{done:?}")
        };
        stored.turn.unwrap().claimed
    };
    let host = Some(world.host);
    assert_eq!(read(host, "alice").await, Some(1));
    // The first one's turn is not over: its end finds this one.
    assert_eq!(read(host, "alice").await, None);
    assert_eq!(read(None, "bob").await, None);
    let held = crate::turns::holds(world.store(), world.host)
        .await
        .unwrap();
    assert_eq!(held.len(), 1);
    // Nobody took what nobody had room for, so that anyone finds it.
    let other = HostId::new();
    world.alive(other, 60).await;
    let found = crate::turns::claim(world.store(), other, 9, &[]).await;
    assert_eq!(found.unwrap().len(), 1);
}
