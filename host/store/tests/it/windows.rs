//! What waits for someone to speak goes out when they do, whichever of the two is written first.

use chrono::{DateTime, TimeDelta, Utc};
use store::answers::Answer;
use store::channels::Channel;
use store::deliveries::{self, Attempt, Outcome, TakenDelivery};
use store::ids::{ContactId, ConversationId, DeliveryId, HostId, MessageId, TurnId};
use store::inbox::{Receive, Route};
use store::reading::{self, Applied, Done, Reader, Step};
use store::windows::{self, Opens, Wait, Window};

use crate::given::Home;

const CHAT: &str = "ada@im.wechat";

async fn apply(home: &Home, channel: &Channel, step: Step) -> Done {
    let reader = Reader {
        organization_id: home.organization,
        channel_id: channel.id,
        lease: None,
    };
    match reading::apply(home.store(), None, &reader, &[step])
        .await
        .unwrap()
    {
        Applied::Done(mut done) => done.remove(0),
        other => panic!("{other:?}"),
    }
}

/// Something that the host says: a message with its delivery.
async fn say(home: &Home, channel: &Channel) {
    let heard = Receive {
        organization_id: home.organization,
        channel_id: channel.id,
        platform_event_id: None,
        message_id: MessageId::new(),
        turn_id: TurnId::new(),
        platform_user_id: CHAT.to_owned(),
        display_name: None,
        contact_id: ContactId::new(),
        platform_chat_id: CHAT.to_owned(),
        conversation_id: ConversationId::new(),
        is_group: false,
        title: None,
        text: "/help".to_owned(),
        content: None,
        chat_id: None,
        route: Route::default(),
        account: None,
        is_usual: false,
    };
    let answer = Answer {
        heard,
        keeps: true,
        change: None,
        text: "An answer.".to_owned(),
        message_id: MessageId::new(),
        delivery_id: DeliveryId::new(),
        pairing: None,
    };
    apply(home, channel, Step::Answer(answer)).await;
}

async fn open(home: &Home, channel: &Channel, at: DateTime<Utc>) -> bool {
    let opens = Opens {
        platform_chat_id: CHAT.to_owned(),
        token: vec![1, 2, 3],
        at,
    };
    match apply(home, channel, Step::Opens(opens)).await {
        Done::Opened(woken) => woken,
        other => panic!("{other:?}"),
    }
}

async fn window(home: &Home, channel: &Channel) -> Window {
    let found = windows::find(home.store(), home.organization, channel.id, CHAT).await;
    found.unwrap().unwrap()
}

async fn take(home: &Home, host: HostId) -> Vec<TakenDelivery> {
    deliveries::take(home.store(), host, 10, &[]).await.unwrap()
}

async fn hold(home: &Home, host: HostId, taken: &TakenDelivery, opening: Option<i64>) {
    let wait = Wait {
        channel_id: taken.channel_id.into(),
        platform_chat_id: CHAT.to_owned(),
        opening,
    };
    let attempt = Attempt {
        organization_id: taken.organization_id.into(),
        id: taken.id.into(),
        fence: taken.fence,
        outcome: Outcome::Waits(wait),
        platform_status: None,
        error: Some("not now".to_owned()),
        parts_sent: 2,
        replaced: None,
    };
    deliveries::finish(home.store(), host, &[attempt])
        .await
        .unwrap();
}

#[tokio::test]
async fn a_delivery_waits_until_someone_speaks() {
    let home = Home::new().await;
    let channel = home.channel("wechat", None).await;
    let host = HostId::new();
    say(&home, &channel).await;
    // Nobody has spoken yet.
    let taken = take(&home, host).await;
    hold(&home, host, &taken[0], None).await;
    assert!(take(&home, host).await.is_empty());
    let closed = window(&home, &channel).await;
    assert!(closed.token.is_none() && closed.is_closed);

    let now = Utc::now();
    assert!(open(&home, &channel, now).await);
    let again = take(&home, host).await;
    assert_eq!(
        (again.len(), again[0].attempts, again[0].parts_sent),
        (1, 1, 2)
    );
    let opened = window(&home, &channel).await;
    assert!(opened.token.is_some() && !opened.is_closed);

    hold(&home, host, &again[0], Some(opened.opening)).await;
    assert!(window(&home, &channel).await.is_closed);
    // What was brought before opens nothing.
    assert!(!open(&home, &channel, now).await);
    assert!(take(&home, host).await.is_empty());
    assert!(open(&home, &channel, now + TimeDelta::milliseconds(1)).await);
    assert_eq!(take(&home, host).await.len(), 1);
}

#[tokio::test]
async fn who_speaks_while_a_delivery_is_tried_is_not_missed() {
    let home = Home::new().await;
    let channel = home.channel("wechat", None).await;
    let host = HostId::new();
    say(&home, &channel).await;
    open(&home, &channel, Utc::now()).await;
    let before = window(&home, &channel).await.opening;
    let taken = take(&home, host).await;
    assert!(!open(&home, &channel, Utc::now() + TimeDelta::seconds(1)).await);
    hold(&home, host, &taken[0], Some(before)).await;
    let now = window(&home, &channel).await;
    assert!(!now.is_closed && now.opening > before);
    assert_eq!(take(&home, host).await.len(), 1);
}

#[tokio::test]
async fn what_went_out_counts_for_its_own_opening() {
    let home = Home::new().await;
    let channel = home.channel("wechat", None).await;
    open(&home, &channel, Utc::now()).await;
    let first = window(&home, &channel).await.opening;
    let spent = async |opening| {
        let (owner, id) = (home.organization, channel.id);
        windows::spent(home.store(), owner, id, CHAT, opening, 3)
            .await
            .unwrap();
    };
    spent(first).await;
    assert_eq!(window(&home, &channel).await.sent, 3);
    open(&home, &channel, Utc::now() + TimeDelta::seconds(1)).await;
    spent(first).await;
    assert_eq!(window(&home, &channel).await.sent, 0);
}
