//! Messages in the threads of a session, and what changes with them.

use diesel_async::RunQueryDsl;

use super::*;
use crate::ids::{ChatId, ProjectId};
use crate::inbox::Route;
use crate::sessions::{self, Asked, Change, Changed, NewChat};

/// The session `s` of the world's channel, which is the organization's external one.
async fn find(world: &World, event: Option<&str>) -> Option<sessions::Session> {
    let users = "SELECT id FROM users";
    let user: Vec<Id> = crate::hot::statement(users)
        .load(&mut world.store().connection().await.unwrap())
        .await
        .unwrap();
    let asked = Asked {
        organization_id: world.organization,
        user_id: user[0].id.into(),
        session: "s",
        platform_event_id: event,
    };
    sessions::find(world.store(), asked).await.unwrap()
}

#[derive(diesel::QueryableByName)]
struct Id {
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    id: uuid::Uuid,
}

/// The world's one project, of which its user is the owner.
async fn external() -> (World, ProjectId) {
    let world = World::new().await;
    world
        .sql(
            "INSERT INTO members (organization_id, project_id, user_id, role)
                 SELECT organization_id, id, (SELECT id FROM users), 'owner' FROM projects;
             UPDATE channels SET kind = 'external', primary_agent_id = NULL",
        )
        .await;
    let projects: Vec<Id> = crate::hot::statement("SELECT id FROM projects")
        .load(&mut world.store().connection().await.unwrap())
        .await
        .unwrap();
    let project = projects[0].id.into();
    (world, project)
}

fn change(seen: Option<i64>, project: ProjectId) -> Change {
    let chat = NewChat {
        id: ChatId::new(),
        project_id: project,
        title: "hello".to_owned(),
    };
    Change {
        seen,
        project_id: Some(project),
        chat_id: Some(chat.id),
        current_path: "src".to_owned(),
        new_chat: Some(chat),
        new_project: None,
    }
}

fn said(world: &World, event: Option<&str>, chat: Option<ChatId>) -> Receive {
    let mut message = world.message("s", event, "hello");
    message.chat_id = chat;
    message.route = Route {
        agent_id: Some(world.agent),
        is_decided: true,
        ..Route::default()
    };
    message
}

#[tokio::test]
async fn a_message_and_what_it_changes_are_stored_together_or_not_at_all() {
    let (world, project) = external().await;
    let before = find(&world, None).await.unwrap();
    assert_eq!((before.version, before.conversation_id), (None, None));

    let first = change(None, project);
    let message = said(&world, Some("s/m-1"), first.chat_id);
    let stored = sessions::receive(world.store(), None, &message, &first)
        .await
        .unwrap();
    assert!(
        matches!(stored, Changed::Received(Received::Stored(_))),
        "{stored:?}"
    );
    let session = find(&world, Some("s/m-1")).await.unwrap();
    assert_eq!(session.known_message_id, Some(message.message_id));
    assert_eq!(session.version, Some(1));
    assert_eq!(session.project.project_id, Some(project));
    assert_eq!(session.project.agent_id, Some(world.agent));
    assert_eq!(session.chat_id, first.chat_id);
    assert_eq!(session.current_path.as_deref(), Some("src"));

    // Who saw another state changes nothing, and neither does a message that was stored before.
    for (late, event) in [
        (change(None, project), "s/m-2"),
        (change(Some(7), project), "s/m-3"),
    ] {
        let message = said(&world, Some(event), late.chat_id);
        let moved = sessions::receive(world.store(), None, &message, &late)
            .await
            .unwrap();
        assert!(matches!(moved, Changed::Moved), "{moved:?}");
        assert!(
            find(&world, Some(event))
                .await
                .unwrap()
                .known_message_id
                .is_none()
        );
    }
    let again = said(&world, Some("s/m-1"), None);
    let again = sessions::receive(world.store(), None, &again, &change(Some(1), project))
        .await
        .unwrap();
    assert!(
        matches!(again, Changed::Received(Received::Duplicate)),
        "{again:?}"
    );
    assert_eq!(find(&world, None).await.unwrap().version, Some(1));
}

#[tokio::test]
async fn of_those_who_begin_a_session_at_once_one_does() {
    let (world, project) = external().await;
    let tries = (0..12).map(async |_| {
        let change = change(None, project);
        let message = said(&world, None, change.chat_id);
        sessions::receive(world.store(), None, &message, &change)
            .await
            .unwrap()
    });
    let tried = futures_util::future::join_all(tries).await;
    let begun = tried
        .iter()
        .filter(|tried| matches!(tried, Changed::Received(Received::Stored(_))));
    assert_eq!(begun.count(), 1);
}

#[tokio::test]
async fn history_is_a_threads_own() {
    let (world, _) = external().await;
    let chats = [ChatId::new(), ChatId::new()];
    let mut conversation = None;
    for (place, chat) in [chats[0], chats[1], chats[0]].into_iter().enumerate() {
        let position = i64::try_from(place).unwrap() + 1;
        let message = said(&world, None, Some(chat));
        let received = world
            .receive(std::slice::from_ref(&message))
            .await
            .remove(0);
        let Received::Stored(stored) = received else {
            panic!("{received:?}")
        };
        let fence = stored.turn.unwrap().claimed.unwrap();
        let mut ended = world.ended(&message, stored.conversation_id, position, fence);
        ended.speech[0].chat_id = Some(chat.uuid());
        world.commit(ended).await;
        conversation = Some(stored.conversation_id);
    }
    let conversation = conversation.unwrap();
    let past = async |chat: Option<ChatId>| {
        let thread = (conversation, chat.map(|chat| chat.uuid()));
        past(world.store(), world.organization, thread, None, 10)
            .await
            .unwrap()
            .len()
    };
    assert_eq!(past(None).await, 6);
    assert_eq!(past(Some(chats[0])).await, 4);
    assert_eq!(past(Some(chats[1])).await, 2);
}

#[tokio::test]
async fn a_timer_fires_in_the_thread_in_which_it_was_set() {
    let (world, _) = external().await;
    let chat = ChatId::new();
    let message = said(&world, None, Some(chat));
    let received = world
        .receive(std::slice::from_ref(&message))
        .await
        .remove(0);
    let Received::Stored(stored) = received else {
        panic!("{received:?}")
    };
    let mut ended = world.ended(&message, stored.conversation_id, 1, 1);
    ended.chat_id = Some(chat.uuid());
    ended.schedules = vec![ScheduleChange::After {
        name: "tea".to_owned(),
        millis: 0,
        payload: vec![],
    }];
    world.commit(ended).await;
    assert_eq!(schedules::fire(world.store(), 10, &[]).await.unwrap(), 1);
    let taken = claim(world.store(), world.host, 10, &[]).await.unwrap();
    let turns = load(world.store(), world.host, &taken).await.unwrap();
    assert_eq!(
        (turns[0].message_id, turns[0].chat_id),
        (None, Some(chat.uuid()))
    );
}

#[tokio::test]
async fn history_leaves_out_what_no_one_could_hold() {
    let (world, _) = external().await;
    let file = |bytes: usize| {
        // Nothing that the database could make smaller.
        let mut number = 1_u64;
        let letters = (0..bytes).map(|_| {
            number = number
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            char::from(b'a' + u8::try_from(number >> 59).unwrap() % 26)
        });
        serde_json::json!({ "attachments": [{
            "name": "a.txt", "content_type": "text/plain", "size": bytes,
            "source": { "Inline": letters.collect::<String>() }, "metadata": [["kind", "file"]]
        }] })
    };
    let mut small = said(&world, None, None);
    small.content = Some(file(1_000));
    world.receive(std::slice::from_ref(&small)).await;
    let mut large = said(&world, None, None);
    large.content = Some(file(1_000_000));
    let received = world.receive(std::slice::from_ref(&large)).await.remove(0);
    let Received::Stored(stored) = received else {
        panic!("{received:?}")
    };
    let thread = (stored.conversation_id, None);
    let past = past(world.store(), world.organization, thread, None, 10)
        .await
        .unwrap();
    assert_eq!(past[1].content, small.content);
    let file = &past[0].content.as_ref().unwrap()["attachments"][0];
    assert_eq!(
        (&file["name"], &file["size"]),
        (&"a.txt".into(), &1_000_000.into())
    );
    assert_eq!(file["source"], serde_json::json!({ "Inline": "" }));
    assert_eq!(file["metadata"][0], serde_json::json!(["kind", "file"]));
    assert_eq!(file["metadata"][1][0], "not_here");
}
