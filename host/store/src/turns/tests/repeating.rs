//! Timers that repeat: each slot fires once, whoever looks, and takes the timer to the next one.

use chrono::{DateTime, SubsecRound, TimeDelta};

use super::*;
use crate::schedules::Slot;

/// A world in whose conversation a timer repeats, with its first slot some minutes ago.
async fn repeating(minutes_ago: i64) -> (World, ConversationId, DateTime<Utc>) {
    let world = World::new().await;
    let (message, stored) = world.receive_one("alice", "every morning").await;
    let due_at = Utc::now().trunc_subsecs(0) - TimeDelta::minutes(minutes_ago);
    let mut ended = world.ended(&message, stored.conversation_id, 1, 1);
    ended.schedules = vec![repeat("* * * * *", due_at)];
    assert_eq!(world.commit(ended).await, Commit::Done { more: false });
    (world, stored.conversation_id, due_at)
}

fn repeat(cron: &str, due_at: DateTime<Utc>) -> ScheduleChange {
    ScheduleChange::Repeat {
        name: "news".to_owned(),
        cron: cron.to_owned(),
        time_zone: "UTC".to_owned(),
        due_at,
        payload: b"all".to_vec(),
    }
}

async fn slots(world: &World) -> Vec<Slot> {
    schedules::slots(world.store(), 10).await.unwrap()
}

async fn left(world: &World, conversation: ConversationId) -> Vec<schedules::Schedule> {
    let (owner, agent) = (world.organization, world.agent);
    let left = schedules::list(world.store(), owner, conversation, agent).await;
    left.unwrap()
}

#[tokio::test]
async fn a_slot_fires_once_however_many_saw_it() {
    let (world, conversation, first) = repeating(10).await;
    let next = schedules::next(world.store()).await.unwrap().unwrap();
    assert_eq!((next.after, next.repeats), (Duration::ZERO, true));
    // Four hosts have seen the same slot, and fire it at once.
    let seen = slots(&world).await;
    assert_eq!(seen.len(), 1);
    assert!(seen[0].is_wanted && !seen[0].is_over);
    let second = first + TimeDelta::minutes(1);
    let moves: Vec<_> = seen.into_iter().map(|slot| (slot, Some(second))).collect();
    let fire = || schedules::fire(world.store(), 10, &moves);
    let fired = futures_util::future::join_all((0..4).map(|_| fire())).await;
    assert_eq!(fired.into_iter().map(Result::unwrap).sum::<u64>(), 1);
    // One that comes late has nothing left to fire.
    assert_eq!(fire().await.unwrap(), 0);
    assert_eq!(left(&world, conversation).await[0].due_at, second);

    let taken = claim(world.store(), world.host, 10, &[]).await.unwrap();
    let turns = load(world.store(), world.host, &taken).await.unwrap();
    let timer = &turns[0].event.as_ref().unwrap()["timer"];
    assert_eq!(timer["name"], "news");
    assert_eq!(timer["due_at"], first.timestamp_millis());
}

#[tokio::test]
async fn one_without_a_next_slot_is_gone_with_its_last() {
    let (world, conversation, _) = repeating(1).await;
    let moves: Vec<_> = slots(&world)
        .await
        .into_iter()
        .map(|slot| (slot, None))
        .collect();
    assert_eq!(schedules::fire(world.store(), 10, &moves).await.unwrap(), 1);
    assert!(left(&world, conversation).await.is_empty());
}

#[tokio::test]
async fn a_slot_of_an_agent_that_is_stopped_or_gone_passes() {
    let (world, conversation, first) = repeating(1).await;
    world.sql("UPDATE agents SET status = 'stopped'").await;
    let seen = slots(&world).await;
    assert!(!seen[0].is_wanted && !seen[0].is_over);
    let next = first + TimeDelta::minutes(1);
    let moves: Vec<_> = seen.into_iter().map(|slot| (slot, Some(next))).collect();
    assert_eq!(schedules::fire(world.store(), 10, &moves).await.unwrap(), 0);
    assert_eq!(left(&world, conversation).await[0].due_at, next);

    for gone in [
        "UPDATE conversations SET ended_at = now()",
        "UPDATE channels SET deleted_at = now()",
        "UPDATE agents SET deleted_at = now()",
    ] {
        let back = "UPDATE conversations SET ended_at = NULL; UPDATE channels SET deleted_at = NULL; \
                    UPDATE agents SET deleted_at = NULL, status = 'running'";
        world.sql(back).await;
        world.sql(gone).await;
        assert!(slots(&world).await[0].is_over, "{gone}");
    }
}

#[tokio::test]
async fn the_same_recurrence_set_anew_stays_at_its_slot() {
    let (world, conversation, first) = repeating(1).await;
    let later = first + TimeDelta::hours(1);
    for (position, change, expected) in [
        (2, repeat("* * * * *", later), first),
        (3, repeat("0 * * * *", later), later),
    ] {
        let (message, _) = world.receive_one("alice", "again").await;
        let mut ended = world.ended(&message, conversation, position, position);
        ended.schedules = vec![change];
        assert_eq!(world.commit(ended).await, Commit::Done { more: false });
        assert_eq!(left(&world, conversation).await[0].due_at, expected);
    }
    // A time in its place is a timer that comes once.
    let (message, _) = world.receive_one("alice", "once").await;
    let mut ended = world.ended(&message, conversation, 4, 4);
    ended.schedules = vec![ScheduleChange::At {
        name: "news".to_owned(),
        due_at: first,
        payload: vec![],
    }];
    world.commit(ended).await;
    assert!(slots(&world).await.is_empty());
    assert_eq!(schedules::fire(world.store(), 10, &[]).await.unwrap(), 1);
    assert!(left(&world, conversation).await.is_empty());
}
