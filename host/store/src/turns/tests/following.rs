//! What follows a turn: timers and deliveries.

use super::*;
use crate::shown;

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
    let next = schedules::next(world.store()).await.unwrap().unwrap();
    assert_eq!((next.after, next.repeats), (Duration::ZERO, false));

    let fired =
        futures_util::future::join_all((0..4).map(|_| schedules::fire(world.store(), 10, &[])))
            .await;
    assert_eq!(fired.into_iter().map(Result::unwrap).sum::<u64>(), 2);
    let next = schedules::next(world.store()).await.unwrap().unwrap();
    assert!(next.after > Duration::from_secs(3_000));
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
async fn the_place_of_a_draft_is_taken_once() {
    let world = World::new().await;
    let (message, stored) = world.receive_one("alice", "one").await;
    let ended = world.ended(&message, stored.conversation_id, 1, 1);
    let turn = ended.turn_id;
    world.commit(ended).await;
    shown::keep(world.store(), world.organization, turn, "77")
        .await
        .unwrap();
    let taken = deliveries::take(world.store(), world.host, 10, &[])
        .await
        .unwrap();
    assert_eq!(taken[0].shown_in.as_deref(), Some("77"));
    let delivered = Attempt {
        organization_id: world.organization,
        id: taken[0].id.into(),
        fence: taken[0].fence,
        outcome: Outcome::Delivered {
            platform_message_id: Some("77".to_owned()),
        },
        platform_status: Some(200),
        error: None,
        parts_sent: 0,
        replaced: Some(turn),
    };
    deliveries::finish(world.store(), world.host, &[delivered])
        .await
        .unwrap();
    let left = shown::find(world.store(), world.organization, turn).await;
    assert_eq!(left.unwrap(), None);
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
        parts_sent: 0,
        replaced: None,
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
