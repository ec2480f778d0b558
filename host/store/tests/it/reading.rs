//! What was read of a platform is stored together with how far reading has come, or not at all.

use std::time::Duration;

use store::answers::Answer;
use store::channels::{Access, Channel, ChannelChanges, ChannelStatus};
use store::ids::{
    ChannelId, ChatId, ContactId, ConversationId, DeliveryId, HostId, MessageId, TurnId,
};
use store::inbox::{Receive, Received, Route};
use store::reading::{self, Applied, Aside, Done, Reader, Step};
use store::sessions::{Asked, Change, NewChat, OnChannel, find_on_channel};
use store::{channels, conversations, leases};

use crate::given::Home;

fn heard(home: &Home, channel: &Channel, event: &str, chat: &str, text: &str) -> Receive {
    Receive {
        organization_id: home.organization,
        channel_id: channel.id,
        platform_event_id: Some(event.to_owned()),
        message_id: MessageId::new(),
        turn_id: TurnId::new(),
        platform_user_id: "42".to_owned(),
        display_name: Some("Ada".to_owned()),
        contact_id: ContactId::new(),
        platform_chat_id: chat.to_owned(),
        conversation_id: ConversationId::new(),
        is_group: false,
        title: None,
        text: text.to_owned(),
        content: None,
        chat_id: None,
        route: Route::default(),
        account: None,
        is_usual: false,
    }
}

fn answer(heard: Receive, change: Option<Change>) -> Step {
    Step::Answer(Answer {
        heard,
        keeps: true,
        change,
        text: "An answer.".to_owned(),
        message_id: MessageId::new(),
        delivery_id: DeliveryId::new(),
        pairing: None,
    })
}

fn called(home: &Home, channel: &Channel) -> Reader<'static> {
    Reader {
        organization_id: home.organization,
        channel_id: channel.id,
        lease: None,
    }
}

async fn apply(home: &Home, channel: &Channel, steps: &[Step]) -> Vec<Done> {
    match reading::apply(home.store(), None, &called(home, channel), steps)
        .await
        .unwrap()
    {
        Applied::Done(done) => done,
        other => panic!("{other:?}"),
    }
}

async fn chat(home: &Home, channel: ChannelId, chat: &str) -> Option<ConversationId> {
    let found = conversations::find_by_chat(home.store(), home.organization, channel, chat);
    found.await.unwrap().map(|conversation| conversation.id)
}

#[tokio::test]
async fn messages_and_cursor_are_one() {
    let home = Home::new().await;
    let agent = home.agent("echo").await;
    let channel = home.channel("telegram", Some(agent.id)).await;
    let host = HostId::new();
    let name = format!("channel/{}", channel.id);
    let fence = leases::acquire(home.store(), &name, host, Duration::from_secs(60))
        .await
        .unwrap()
        .unwrap();
    let reader = |fence| Reader {
        lease: Some((name.as_str(), host, fence)),
        ..called(&home, &channel)
    };
    let steps = [
        Step::Receive(heard(&home, &channel, "1", "a", "one")),
        Step::Receive(heard(&home, &channel, "2", "b", "two")),
        Step::Aside(Aside {
            platform_event_id: None,
            why: "odd".to_owned(),
            raw: "?".to_owned(),
        }),
        Step::Cursor("3".to_owned()),
    ];
    // One that has been replaced writes nothing.
    let lost = reading::apply(home.store(), None, &reader(fence - 1), &steps)
        .await
        .unwrap();
    assert_eq!(lost, Applied::Lost);
    let cursor = async || {
        reading::cursor(home.store(), home.organization, channel.id)
            .await
            .unwrap()
    };
    assert!(cursor().await.is_none() && chat(&home, channel.id, "a").await.is_none());

    let Applied::Done(done) = reading::apply(home.store(), None, &reader(fence), &steps)
        .await
        .unwrap()
    else {
        panic!("it holds the lease");
    };
    assert!(
        matches!(
            &done[2..],
            [
                Done::Received(Received::Stored(_)),
                Done::Received(Received::Stored(_))
            ]
        ),
        "{done:?}"
    );
    assert_eq!(cursor().await.unwrap().0, "3");
    let asides = reading::asides(home.store(), home.organization, channel.id, 9)
        .await
        .unwrap();
    assert_eq!((asides.len(), asides[0].why.as_str()), (1, "odd"));
}

/// The session of the chat `a`.
async fn session(home: &Home, channel: &Channel) -> OnChannel {
    let asked = Asked {
        organization_id: home.organization,
        user_id: channel.created_by,
        session: "a",
        platform_event_id: None,
    };
    let found = find_on_channel(home.store(), channel.id, asked).await;
    found.unwrap().unwrap()
}

fn change(home: &Home, seen: Option<i64>, chat: Option<ChatId>) -> Change {
    Change {
        seen,
        project_id: Some(home.project),
        chat_id: chat,
        current_path: String::new(),
        new_chat: chat.map(|id| NewChat {
            id,
            project_id: home.project,
            title: "hi".to_owned(),
        }),
        new_project: None,
    }
}

#[tokio::test]
async fn an_answer_is_given_once_and_may_begin_a_thread_anew() {
    let home = Home::new().await;
    let channel = home.channel("telegram", None).await;
    let first = answer(heard(&home, &channel, "1", "a", "/help"), None);
    let [Done::Answered(Some(conversation))] =
        apply(&home, &channel, std::slice::from_ref(&first)).await[..]
    else {
        panic!("it is new");
    };
    assert_eq!(
        apply(&home, &channel, &[first]).await,
        [Done::Answered(None)]
    );
    let chat = ChatId::new();
    let mut hi = heard(&home, &channel, "2", "a", "hi");
    hi.chat_id = Some(chat);
    let hi = Step::Enter(hi, change(&home, None, Some(chat)));
    apply(&home, &channel, &[hi]).await;
    let before = session(&home, &channel).await.session;
    assert_eq!(before.conversation_id, Some(conversation));
    assert_eq!((before.version, before.chat_id), (Some(1), Some(chat)));

    let anew = change(&home, Some(1), None);
    let anew = answer(heard(&home, &channel, "3", "a", "/new"), Some(anew));
    apply(&home, &channel, std::slice::from_ref(&anew)).await;
    let after = session(&home, &channel).await.session;
    assert_eq!(after.conversation_id, Some(conversation));
    assert_eq!((after.version, after.chat_id), (Some(2), None));
    assert_eq!(after.project.project_id, Some(home.project));
    // Repeated, it changes nothing.
    assert_eq!(
        apply(&home, &channel, &[anew]).await,
        [Done::Answered(None)]
    );
    assert_eq!(session(&home, &channel).await.session.version, Some(2));
}

#[tokio::test]
async fn a_session_that_moved_on_keeps_all_that_was_read_waiting() {
    let home = Home::new().await;
    let channel = home.channel("telegram", None).await;
    let enter = |event: &str, seen| {
        let chat = ChatId::new();
        let mut heard = heard(&home, &channel, event, "a", "hi");
        heard.chat_id = Some(chat);
        Step::Enter(heard, change(&home, seen, Some(chat)))
    };
    apply(&home, &channel, &[enter("1", None)]).await;
    // Seen before someone else changed it: neither it nor what was read with it is stored.
    for seen in [None, Some(7)] {
        let steps = [
            Step::Receive(heard(&home, &channel, "2", "b", "hi")),
            enter("3", seen),
            Step::Cursor("4".to_owned()),
        ];
        let applied = reading::apply(home.store(), None, &called(&home, &channel), &steps).await;
        assert_eq!(applied.unwrap(), Applied::Moved);
        assert_eq!(chat(&home, channel.id, "b").await, None);
        let cursor = reading::cursor(home.store(), home.organization, channel.id).await;
        assert!(cursor.unwrap().is_none());
    }
    let steps = [enter("3", Some(1)), Step::Cursor("4".to_owned())];
    let done = apply(&home, &channel, &steps).await;
    assert!(
        matches!(done[1], Done::Received(Received::Stored(_))),
        "{done:?}"
    );
}

#[tokio::test]
async fn a_chat_that_moved_goes_on_under_its_new_name() {
    let home = Home::new().await;
    let channel = home.channel("telegram", None).await;
    apply(
        &home,
        &channel,
        &[Step::Receive(heard(&home, &channel, "1", "-5", "hi"))],
    )
    .await;
    let before = chat(&home, channel.id, "-5").await;
    let moved = Step::Moved {
        from: "-5".to_owned(),
        to: "-1005".to_owned(),
    };
    apply(&home, &channel, std::slice::from_ref(&moved)).await;
    assert_eq!(chat(&home, channel.id, "-1005").await, before);

    // Where the new name is in use already, the messages there are the chat.
    apply(
        &home,
        &channel,
        &[Step::Receive(heard(&home, &channel, "2", "-5", "late"))],
    )
    .await;
    apply(&home, &channel, &[moved]).await;
    assert_eq!(chat(&home, channel.id, "-5").await, None);
    assert_eq!(chat(&home, channel.id, "-1005").await, before);
}

#[tokio::test]
async fn a_channel_that_is_switched_off_takes_no_step() {
    let home = Home::new().await;
    let channel = home.channel("telegram", None).await;
    let off = ChannelChanges {
        status: Some(ChannelStatus::Disabled),
        ..ChannelChanges::default()
    };
    channels::update(home.store(), home.organization, channel.id, off)
        .await
        .unwrap();
    let steps = [answer(heard(&home, &channel, "1", "a", "/help"), None)];
    let applied = reading::apply(home.store(), None, &called(&home, &channel), &steps).await;
    assert_eq!(applied.unwrap(), Applied::Lost);
    assert_eq!(chat(&home, channel.id, "a").await, None);
}

#[tokio::test]
async fn the_newest_of_what_is_set_aside_is_kept() {
    let home = Home::new().await;
    let channel = home.channel("telegram", None).await;
    let aside = |number: usize| {
        Step::Aside(Aside {
            platform_event_id: Some(number.to_string()),
            why: "odd".to_owned(),
            raw: String::new(),
        })
    };
    let steps: Vec<Step> = (0..1_010).map(aside).collect();
    apply(&home, &channel, &steps).await;
    let kept = reading::asides(home.store(), home.organization, channel.id, 2_000)
        .await
        .unwrap();
    assert_eq!(kept.len(), 1_000);
    assert_eq!(kept[0].platform_event_id.as_deref(), Some("1009"));
}

#[tokio::test]
async fn who_is_not_let_in_leaves_no_trace() {
    let home = Home::new().await;
    let channel = home.channel("telegram", None).await;
    let closed = ChannelChanges {
        access: Some(Access::AllowList),
        ..ChannelChanges::default()
    };
    channels::update(home.store(), home.organization, channel.id, closed)
        .await
        .unwrap();
    let step = Step::Receive(heard(&home, &channel, "1", "a", "hi"));
    assert_eq!(
        apply(&home, &channel, std::slice::from_ref(&step)).await,
        [Done::Received(Received::Barred)]
    );
    assert_eq!(chat(&home, channel.id, "a").await, None);
    store::access::allow_only(
        home.store(),
        home.organization,
        channel.id,
        &["42".to_owned()],
    )
    .await
    .unwrap();
    let done = apply(&home, &channel, &[step]).await;
    assert!(
        matches!(done[..], [Done::Received(Received::Stored(_))]),
        "{done:?}"
    );
}

#[tokio::test]
async fn a_channel_out_of_order_stays_off_where_its_owner_wants_it_off() {
    let home = Home::new().await;
    let channel = home.channel("telegram", None).await;
    let (store, owner, id) = (home.store(), home.organization, channel.id);
    let broken = async |why: &str| {
        channels::out_of_order(store, owner, id, ChannelStatus::Error, why)
            .await
            .unwrap()
    };
    assert_eq!(broken("gone").await, Some(home.project));
    assert_eq!(broken("gone").await, None);
    assert_eq!(
        channels::recover(store, owner, id).await.unwrap(),
        Some(home.project)
    );
    assert_eq!(channels::recover(store, owner, id).await.unwrap(), None);
    let off = ChannelChanges {
        status: Some(ChannelStatus::Disabled),
        ..ChannelChanges::default()
    };
    channels::update(store, owner, id, off).await.unwrap();
    assert_eq!(broken("gone").await, None);
}
