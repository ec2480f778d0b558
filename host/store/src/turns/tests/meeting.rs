//! Statements that meet at one conversation: whoever waits for its row goes on from what the other left there.

use diesel::QueryableByName;
use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;

use super::*;
use crate::hot;

#[derive(QueryableByName)]
struct Waiting {
    #[diesel(sql_type = BigInt)]
    waiting: i64,
}

impl World {
    /// Until a statement waits for another's lock.
    async fn waits(&self) {
        let text = "SELECT count(*) AS waiting FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event_type = 'Lock'";
        for _ in 0..1_000 {
            let mut connection = self.store().connection().await.unwrap();
            let found: Waiting = hot::statement(text)
                .get_result(&mut connection)
                .await
                .unwrap();
            if found.waiting > 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("no statement waits");
    }

    /// Ends turns while a message is on its way into the conversation of the first.
    async fn commit_while_one_arrives(
        &self,
        turns: &[EndedTurn],
        arriving: &Receive,
    ) -> Vec<Commit> {
        let mut other = self.store().dedicated().await.unwrap();
        other.batch_execute("BEGIN").await.unwrap();
        let batch = std::slice::from_ref(arriving);
        let host = Some(self.host);
        inbox::receive_on(&mut other, host, inbox::Durability::Now, batch)
            .await
            .unwrap();
        let arrives = async {
            self.waits().await;
            other.batch_execute("COMMIT").await.unwrap();
        };
        let (ended, ()) = tokio::join!(commit(self.store(), self.host, turns), arrives);
        ended.unwrap()
    }
}

#[tokio::test]
async fn a_turn_ends_while_the_next_message_arrives() {
    let world = World::new().await;
    let (message, stored) = world.receive_one("alice", "one").await;
    let mut turn = world.ended(&message, stored.conversation_id, 1, 1);
    // What is answered by the request itself, what goes out, and what changes more than that are statements of their own.
    let kinds = [
        "answered",
        "delivered",
        "whole",
        "answered, recorded",
        "delivered, recorded",
        "whole, recorded",
    ];
    for (position, kind) in (1..).zip(kinds) {
        turn.position = position;
        turn.speech[0].message_id = MessageId::new();
        turn.speech[0].delivery_id = (!kind.starts_with("answered")).then(DeliveryId::new);
        turn.state = Vec::new();
        if kind.starts_with("whole") {
            turn.state = vec![StateChange {
                conversation_id: None,
                key: "k".to_owned(),
                value: Some(vec![1]),
            }];
        }
        turn.recording = kind.ends_with("recorded").then(|| vec![1]);
        let arriving = world.message("alice", None, kind);
        let ended = world
            .commit_while_one_arrives(std::slice::from_ref(&turn), &arriving)
            .await;
        assert_eq!(ended, [Commit::Done { more: true }], "{kind}");
        let kept = world.past(turn.turn_id).await.unwrap().recording;
        assert_eq!(kept, turn.recording, "{kind}");
        turn.turn_id = arriving.turn_id;
    }
}

/// Whichever place the conversation has in the batch: a plan may look at the first of its rows alone.
#[tokio::test]
async fn a_batch_ends_while_the_next_message_arrives_in_any_of_its_conversations() {
    for is_delivered in [false, true] {
        let world = World::new().await;
        let people = ["alice", "bob", "carol", "dave", "erin"];
        let mut batch = Vec::new();
        for person in people {
            let (message, stored) = world.receive_one(person, "one").await;
            batch.push(world.ended(&message, stored.conversation_id, 1, 1));
        }
        for (place, person) in people.into_iter().enumerate() {
            for turn in &mut batch {
                turn.speech[0].message_id = MessageId::new();
                turn.speech[0].delivery_id = is_delivered.then(DeliveryId::new);
            }
            let arriving = world.message(person, None, "next");
            let ended = world.commit_while_one_arrives(&batch, &arriving).await;
            let expected: Vec<Commit> = (0..people.len())
                .map(|at| Commit::Done { more: at == place })
                .collect();
            assert_eq!(ended, expected, "{person}, delivered: {is_delivered}");
            // Everyone speaks again; the one whose message arrived has done so.
            for (at, turn) in batch.iter_mut().enumerate() {
                turn.position += 1;
                turn.turn_id = arriving.turn_id;
                if at != place {
                    turn.turn_id = world.receive_one(people[at], "again").await.0.turn_id;
                    turn.fence += 1;
                }
            }
        }
    }
}
