//! Conversations and their messages.

use store::conversations::{self, NewConversation};
use store::ids::{ConversationId, MessageId, OrganizationId, TurnId};
use store::messages::{self, Direction, NewMessage};
use store::page::Page;

use crate::given::Home;

fn conversation(home: &Home, channel: store::ids::ChannelId, chat: &str) -> NewConversation {
    NewConversation {
        organization_id: home.organization,
        id: ConversationId::new(),
        channel_id: channel,
        platform_chat_id: chat.into(),
        contact_id: None,
        is_group: true,
        title: Some("Garden".into()),
    }
}

#[tokio::test]
async fn a_chat_has_one_conversation() {
    let home = Home::new().await;
    let (channel, other) = (
        home.channel("web", None).await.id,
        home.channel("web", None).await.id,
    );
    let (store, owner) = (home.store(), home.organization);
    let first = conversations::create(store, conversation(&home, channel, "1"))
        .await
        .unwrap();
    let twice = conversations::create(store, conversation(&home, channel, "1"))
        .await
        .unwrap_err();
    assert!(twice.is_conflict_of("conversations_chat_key"), "{twice:?}");
    let second = conversations::create(store, conversation(&home, other, "1"))
        .await
        .unwrap();

    let found = conversations::find_by_chat(store, owner, channel, "1")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (found.id, found.is_group, found.enqueued),
        (first.id, true, 0)
    );
    let ids = async |channel, page| {
        let listed = conversations::list(store, owner, channel, page)
            .await
            .unwrap();
        listed
            .into_iter()
            .map(|conversation| conversation.id)
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(None, Page::first(9)).await, [second.id, first.id]);
    assert_eq!(ids(None, Page::after(second.id, 9)).await, [first.id]);
    assert_eq!(ids(Some(other), Page::first(9)).await, [second.id]);

    let agent = home.agent("echo").await.id;
    let set = conversations::set_agent(store, owner, first.id, Some(agent))
        .await
        .unwrap();
    assert_eq!(set.agent_id, Some(agent));
    assert!(
        conversations::find(store, OrganizationId::new(), first.id)
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn a_log_is_read_in_both_directions_and_by_turn() {
    let home = Home::new().await;
    let (store, owner, conversation) = (home.store(), home.organization, ConversationId::new());
    let turn = TurnId::new();
    let message = |direction, turn_id| NewMessage {
        organization_id: owner,
        conversation_id: conversation,
        id: MessageId::new(),
        direction,
        contact_id: None,
        agent_id: None,
        user_id: Some(home.owner),
        turn_id,
        text: "hello".into(),
        content: None,
    };
    let mut new = [
        message(Direction::Inbound, Some(turn)),
        message(Direction::Outbound, Some(turn)),
        message(Direction::Outbound, Some(turn)),
        message(Direction::Outbound, None),
    ];
    // Ids are made before the order is settled: the first message has the highest.
    let (first, last) = (new[0].id, new[3].id);
    (new[0].id, new[3].id) = (last, first);
    let ids = new.each_ref().map(|message| message.id);
    messages::create(store, &new).await.unwrap();
    let read = |listed: Vec<messages::Message>| {
        listed
            .into_iter()
            .map(|message| message.id)
            .collect::<Vec<_>>()
    };

    let onwards = messages::list(store, owner, conversation, Page::first(2))
        .await
        .unwrap();
    let place = onwards[1].sequence;
    assert_eq!(read(onwards), ids[..2]);
    let resumed = messages::list(store, owner, conversation, Page::after(place, 9))
        .await
        .unwrap();
    assert_eq!(read(resumed), ids[2..]);
    let latest = messages::list_back(store, owner, conversation, Page::first(2))
        .await
        .unwrap();
    assert_eq!(read(latest), [ids[3], ids[2]]);
    let earlier = messages::list_back(store, owner, conversation, Page::after(ids[2], 9))
        .await
        .unwrap();
    assert_eq!(read(earlier), [ids[1], ids[0]]);
    let said = messages::list_of_turn(store, owner, turn).await.unwrap();
    assert_eq!(read(said), [ids[1], ids[2]]);
    let one = messages::find(store, owner, conversation, ids[0])
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (one.direction, one.user_id),
        (Direction::Inbound, Some(home.owner))
    );
    let elsewhere = messages::list(store, owner, ConversationId::new(), Page::first(9))
        .await
        .unwrap();
    assert_eq!(elsewhere.len(), 0);
}
