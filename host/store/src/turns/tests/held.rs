//! People in the agent's place.

use super::*;
use crate::conversations::{self, Holder, hand_back, hold};
use crate::ids::UserId;
use crate::messages::{self, Direction, Saying};
use crate::page::Page;

impl World {
    async fn hold(
        &self,
        id: ConversationId,
        now: Option<Holder>,
        by: Holder,
    ) -> Option<Vec<AgentId>> {
        hold(self.store(), self.organization, id, now, by)
            .await
            .unwrap()
    }

    fn saying(&self, id: ConversationId, user: UserId, text: &str) -> Saying {
        Saying {
            organization_id: self.organization,
            conversation_id: id,
            id: MessageId::new(),
            user_id: Some(user),
            text: text.into(),
            content: None,
            delivery_id: Some(DeliveryId::new()),
        }
    }
}

#[tokio::test]
async fn from_the_moment_that_it_is_held_no_agent_answers() {
    let world = World::new().await;
    let (running, stored) = world.receive_one("alice", "one").await;
    let (waiting, _) = world.receive_one("alice", "two").await;
    let id = stored.conversation_id;
    let ada = Holder::User(UserId::new());

    assert_eq!(world.hold(id, None, ada).await, Some(vec![world.agent]));

    let ended = world.ended(&running, id, 1, 1);
    assert_eq!(world.commit(ended).await, Commit::Lost);
    for turn in [&running, &waiting] {
        let status = status(world.store(), world.organization, turn.turn_id)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (status.status.as_str(), status.error_code.as_deref()),
            ("skipped", Some("held"))
        );
    }
    let (_, while_held) = world.receive_one("alice", "three").await;
    assert_eq!(while_held.turn, None);
    assert_eq!(claim(world.store(), world.host, 10, &[]).await.unwrap(), []);

    assert!(
        hand_back(world.store(), world.organization, id, ada)
            .await
            .unwrap()
    );
    assert_eq!(claim(world.store(), world.host, 10, &[]).await.unwrap(), []);
    let (next, stored) = world.receive_one("alice", "four").await;
    let turn = stored.turn.unwrap();
    assert_eq!((turn.position, turn.claimed), (3, Some(3)));
    let ended = world.ended(&next, id, 3, 3);
    assert_eq!(world.commit(ended).await, Commit::Done { more: false });
}

#[tokio::test]
async fn of_two_who_take_over_at_once_one_does() {
    let world = World::new().await;
    let (_, stored) = world.receive_one("alice", "hi").await;
    let id = stored.conversation_id;
    let (ada, bob) = (Holder::User(UserId::new()), Holder::User(UserId::new()));
    let (one, other) = tokio::join!(world.hold(id, None, ada), world.hold(id, None, bob));
    assert_eq!(
        [one.is_some(), other.is_some()]
            .iter()
            .filter(|won| **won)
            .count(),
        1
    );
    let (winner, loser) = if one.is_some() {
        (ada, bob)
    } else {
        (bob, ada)
    };
    let held = conversations::find(world.store(), world.organization, id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(held.holder(), Some(winner));
    assert!(
        !hand_back(world.store(), world.organization, id, loser)
            .await
            .unwrap()
    );
    assert_eq!(world.hold(id, Some(winner), loser).await, Some(vec![]));
}

#[tokio::test]
async fn what_a_person_says_goes_out_after_what_was_said_before() {
    let world = World::new().await;
    let (message, stored) = world.receive_one("alice", "hi").await;
    let id = stored.conversation_id;
    world.commit(world.ended(&message, id, 1, 1)).await;
    let user = UserId::new();
    let said = messages::say(world.store(), world.saying(id, user, "a person here"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (said.direction, said.user_id),
        (Direction::Outbound, Some(user))
    );

    let log = messages::list(world.store(), world.organization, id, Page::first(10))
        .await
        .unwrap();
    let texts: Vec<_> = log.iter().map(|entry| entry.text.as_str()).collect();
    assert_eq!(texts, ["hi", "re: hi", "a person here"]);
    let mut sent = Vec::new();
    for _ in 0..2 {
        let taken = deliveries::take(world.store(), world.host, 10, &[])
            .await
            .unwrap();
        assert_eq!(taken.len(), 1, "one at a time");
        let delivery = &taken[0];
        sent.push(delivery.text.clone());
        let attempt = Attempt {
            organization_id: world.organization,
            id: delivery.id.into(),
            fence: delivery.fence,
            outcome: Outcome::Delivered {
                platform_message_id: None,
            },
            platform_status: None,
            error: None,
            parts_sent: 0,
            replaced: None,
        };
        deliveries::finish(world.store(), world.host, &[attempt])
            .await
            .unwrap();
    }
    assert_eq!(sent, ["re: hi", "a person here"]);
    let nowhere = world.saying(ConversationId::new(), user, "hello?");
    assert!(
        messages::say(world.store(), nowhere)
            .await
            .unwrap()
            .is_none()
    );
}
