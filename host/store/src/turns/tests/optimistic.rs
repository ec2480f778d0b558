//! Messages that are stored with the turns that they came to, by how their chats were found before.

use super::*;
use crate::ids::{ProjectId, UserId};
use crate::inbox::NewAccount;

impl World {
    /// Someone who has spoken once, and was answered.
    async fn acquainted(&self, chat: &str) -> StoredMessage {
        let account = NewAccount {
            user_id: UserId::new(),
            name: "Alice".to_owned(),
            project_id: ProjectId::new(),
            is_welcomed: false,
        };
        let message = Receive {
            account: Some(account),
            ..self.message(chat, None, "hi")
        };
        let received = self.receive(std::slice::from_ref(&message)).await.remove(0);
        let Received::Stored(stored) = received else {
            panic!("{received:?}")
        };
        let turn = stored.turn.as_ref().unwrap();
        let fence = turn.claimed.unwrap();
        let ended = self.ended(&message, stored.conversation_id, turn.position, fence);
        assert_eq!(self.commit(ended).await, Commit::Done { more: false });
        stored
    }

    fn whole(&self, chat: &str, last: &StoredMessage, position: i64) -> Whole {
        let receive = Receive {
            is_usual: true,
            ..self.message(chat, None, "hello")
        };
        let mut ended = self.ended(&receive, last.conversation_id, position, 0);
        for said in &mut ended.speech {
            said.delivery_id = None;
        }
        Whole {
            contact_id: last.contact_id,
            display_name: last.display_name.clone(),
            user_id: last.user_id.unwrap(),
            agent_id: self.agent,
            agent_version: 1,
            waited_micros: 2_000_000,
            receive,
            ended,
        }
    }

    async fn whole_stored(&self, batch: &[Whole]) -> Vec<bool> {
        commit_whole(self.store(), batch).await.unwrap()
    }

    /// How many messages and turns there are.
    async fn rows(&self) -> (i64, i64) {
        #[derive(diesel::QueryableByName)]
        struct Count {
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            messages: i64,
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            turns: i64,
        }
        let count = crate::hot::statement(
            "SELECT (SELECT count(*) FROM messages) AS messages, (SELECT count(*) FROM turns) AS turns",
        );
        let mut connection = self.store().connection().await.unwrap();
        let count: Count = diesel_async::RunQueryDsl::get_result(count, &mut connection)
            .await
            .unwrap();
        (count.messages, count.turns)
    }
}

#[tokio::test]
async fn message_turn_and_answer_are_one_statement() {
    let world = World::new().await;
    let (alice, bob) = (
        world.acquainted("alice").await,
        world.acquainted("bob").await,
    );
    let mut batch = [world.whole("alice", &alice, 2), world.whole("bob", &bob, 2)];
    let mut second = batch[0].ended.speech[0].clone();
    (second.text, second.message_id) = ("and more".to_owned(), MessageId::new());
    batch[0].ended.speech.push(second);
    batch[1].ended.recording = Some(vec![7]);
    let before = world.store().statements().executed();
    assert_eq!(world.whole_stored(&batch).await, [true, true]);
    assert_eq!(world.store().statements().executed() - before, 1);

    for (whole, texts) in [
        (&batch[0], ["re: hello", "and more"].as_slice()),
        (&batch[1], &["re: hello"]),
    ] {
        let past = world.past(whole.ended.turn_id).await.unwrap();
        assert_eq!((past.status.as_str(), past.host_calls), ("done", Some(2)));
        assert_eq!(past.texts, texts);
        assert_eq!(past.turn.text.as_deref(), Some("hello"));
        assert_eq!(past.recording, whole.ended.recording);
        let trace = trace(world.store(), world.organization, whole.ended.turn_id);
        let trace = trace.await.unwrap().unwrap();
        let waited = trace.finished_at.unwrap() - trace.queued_at;
        assert!(
            (1_900..20_000).contains(&waited.num_milliseconds()),
            "{waited}"
        );
    }

    // What comes next is the third, and taken: nothing waits before it.
    let (_, stored) = world.receive_one("alice", "again").await;
    let turn = stored.turn.unwrap();
    assert_eq!(stored.conversation_id, alice.conversation_id);
    assert!(turn.position == 3 && turn.claimed.is_some(), "{turn:?}");
}

#[tokio::test]
async fn nothing_is_stored_where_something_is_not_as_expected() {
    let mut stored = Vec::new();
    for change in [
        "UPDATE channels SET status = 'disabled'",
        "UPDATE channels SET deleted_at = now()",
        "UPDATE channels SET access = 'paired'",
        "INSERT INTO workflows (organization_id, id, project_id, name, rules)
             SELECT organization_id, gen_random_uuid(), project_id, 'any', '[]' FROM channels;
         UPDATE channels SET workflow_id = (SELECT id FROM workflows)",
        "UPDATE channels SET primary_agent_id = NULL",
        "UPDATE contacts SET signed_out_at = now()",
        "UPDATE contacts SET is_yolo = true",
        "UPDATE contacts SET display_name = 'Alicia'",
        "UPDATE contacts SET display_name = NULL",
        "UPDATE contacts SET id = gen_random_uuid()",
        "UPDATE contacts SET user_id = gen_random_uuid()",
        "UPDATE users SET removed_at = now()",
        "UPDATE agents SET version = version + 1",
        "UPDATE agents SET status = 'stopped'",
        "UPDATE agents SET deleted_at = now()",
        "UPDATE conversations SET held_by = id, held_kind = 'user', held_since = now()",
        "UPDATE conversations SET agent_id = gen_random_uuid()",
        "UPDATE conversations SET ended_at = now()",
        "UPDATE conversations SET title = 'Alice'",
        "UPDATE conversations SET enqueued = enqueued + 1",
        "UPDATE conversations SET enqueued = enqueued + 1, completed = completed + 1",
    ] {
        let world = World::new().await;
        let alice = world.acquainted("alice").await;
        let whole = world.whole("alice", &alice, 2);
        let before = world.rows().await;
        world.sql(change).await;
        let is_stored = world.whole_stored(std::slice::from_ref(&whole)).await;
        if is_stored != [false] || world.rows().await != before {
            stored.push(change);
        }
    }
    assert_eq!(stored, [""; 0]);
    // Nor where it is for someone, or somewhere, else.
    let world = World::new().await;
    let (alice, bob) = (
        world.acquainted("alice").await,
        world.acquainted("bob").await,
    );
    let mut batch = vec![world.whole("alice", &alice, 2); 4];
    batch[0].receive.platform_user_id = "bob".to_owned();
    batch[1].receive.platform_chat_id = "bob".to_owned();
    batch[2].ended.conversation_id = bob.conversation_id;
    batch[3].receive.channel_id = ChannelId::new();
    let before = world.rows().await;
    for whole in &batch {
        assert_eq!(
            world.whole_stored(std::slice::from_ref(whole)).await,
            [false]
        );
    }
    assert_eq!(world.rows().await, before);
}

#[tokio::test]
async fn of_a_batch_those_are_stored_that_can_be() {
    let world = World::new().await;
    let (alice, bob) = (
        world.acquainted("alice").await,
        world.acquainted("bob").await,
    );
    let batch = [world.whole("alice", &alice, 3), world.whole("bob", &bob, 2)];
    assert_eq!(world.whole_stored(&batch).await, [false, true]);
    assert_eq!(
        world.whole_stored(&batch).await,
        [false, false],
        "and none twice"
    );
    assert!(world.past(batch[0].ended.turn_id).await.is_none());
}

#[tokio::test]
async fn of_two_for_one_place_one_is_stored() {
    let world = World::new().await;
    let alice = world.acquainted("alice").await;
    let first = [world.whole("alice", &alice, 2)];
    let second = [world.whole("alice", &alice, 2)];
    // Both wait for the conversation's row, which is let go without a change.
    let mut holder = world.store().connection().await.unwrap();
    holder
        .batch_execute("BEGIN; SELECT FROM conversations FOR UPDATE")
        .await
        .unwrap();
    let letting = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        holder.batch_execute("COMMIT").await.unwrap();
    };
    let (one, other, ()) = tokio::join!(
        world.whole_stored(&first),
        world.whole_stored(&second),
        letting
    );
    assert_eq!(
        [one, other]
            .concat()
            .iter()
            .filter(|stored| **stored)
            .count(),
        1
    );
    assert_eq!(world.rows().await, (4, 2));
}

#[tokio::test]
async fn an_event_is_one_message_and_no_command() {
    let world = World::new().await;
    let alice = world.acquainted("alice").await;
    let named = |position, event: &str| {
        let mut whole = world.whole("alice", &alice, position);
        whole.receive.platform_event_id = Some(event.to_owned());
        [whole]
    };
    let first = named(2, "m-1");
    assert_eq!(world.whole_stored(&first).await, [true]);
    assert_eq!(world.whole_stored(&named(3, "m-1")).await, [false]);
    let known = inbox::first(world.store(), world.organization, world.channel, "m-1");
    let known = known.await.unwrap().unwrap();
    assert_eq!(known.turn_id, Some(first[0].ended.turn_id.uuid()));

    // Of one that was not stored there is no event: it is the first when it comes again.
    assert_eq!(world.whole_stored(&named(7, "m-2")).await, [false]);
    assert_eq!(world.whole_stored(&named(3, "m-2")).await, [true]);
    world
        .sql(
            "INSERT INTO commands (organization_id, channel_id, platform_event_id, host_id)
             SELECT organization_id, id, 'm-3', id FROM channels",
        )
        .await;
    assert_eq!(world.whole_stored(&named(4, "m-3")).await, [false]);
    // With others, of which one has no name.
    let bob = world.acquainted("bob").await;
    let [named] = named(4, "m-4");
    let batch = [world.whole("bob", &bob, 2), named];
    assert_eq!(world.whole_stored(&batch).await, [true, true]);
}
