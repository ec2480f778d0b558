//! Who holds a turn, and whose commit counts.

use super::*;

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
        put_back(world.store(), world.host, key, 1, None, false, None)
            .await
            .unwrap()
    );
    assert!(
        !put_back(world.store(), world.host, key, 1, None, false, None)
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
