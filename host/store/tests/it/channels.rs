//! Channels and their contacts.

use serde_json::json;
use store::channels::{self, Access, ChannelChanges, ChannelStatus};
use store::contacts::{self, NewContact};
use store::error::StoreError;
use store::ids::{ChannelId, ContactId, OrganizationId, TokenId};
use store::page::Page;
use store::tokens::{self, NewToken, TokenHash, TokenKind};

use crate::given::Home;

#[tokio::test]
async fn a_channel_is_found_within_its_organization_and_by_id_alone() {
    let home = Home::new().await;
    let made = home.channel("webhook", None).await;
    assert_eq!(
        (made.access, made.status, made.version),
        (Access::Open, ChannelStatus::Active, 1)
    );

    let anywhere = channels::find_anywhere(home.store(), made.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (anywhere.id, anywhere.credential.as_deref()),
        (made.id, Some(&b"sealed"[..]))
    );
    assert!(
        channels::find(home.store(), home.organization, made.id)
            .await
            .unwrap()
            .is_some()
    );
    assert!(
        channels::find(home.store(), OrganizationId::new(), made.id)
            .await
            .unwrap()
            .is_none()
    );
    let nobody = home.new_channel("web", Some(store::ids::AgentId::new()));
    let refused = channels::create(home.store(), nobody).await.unwrap_err();
    assert!(
        matches!(&refused, StoreError::Refused { column: Some(column), .. } if column == "primary_agent_id"),
        "{refused:?}"
    );
}

#[tokio::test]
async fn channels_are_listed_by_project_and_by_who_made_them() {
    let home = Home::new().await;
    let mut made = Vec::new();
    for kind in ["web", "webhook", "web"] {
        made.push(home.channel(kind, None).await.id);
    }
    let (store, owner) = (home.store(), home.organization);
    let ids = |listed: Vec<channels::Channel>| {
        listed
            .into_iter()
            .map(|channel| channel.id)
            .collect::<Vec<_>>()
    };

    let first = channels::list(store, owner, home.project, Page::first(2))
        .await
        .unwrap();
    assert_eq!(ids(first), made[..2]);
    let second = channels::list(store, owner, home.project, Page::after(made[1], 2))
        .await
        .unwrap();
    assert_eq!(ids(second), made[2..]);
    let all = channels::list_by_owner(store, owner, home.owner, None, Page::first(9))
        .await
        .unwrap();
    assert_eq!(ids(all), made);
    let web = channels::list_by_owner(store, owner, home.owner, Some("web"), Page::first(9))
        .await
        .unwrap();
    assert_eq!(ids(web), [made[0], made[2]]);
}

#[tokio::test]
async fn a_change_touches_what_it_names() {
    let home = Home::new().await;
    let agent = home.agent("echo").await.id;
    let id = home.channel("web", Some(agent)).await.id;
    let changes = ChannelChanges {
        status: Some(ChannelStatus::Error),
        status_reason: Some(Some("410".into())),
        configuration: Some(json!({"b": 2})),
        ..ChannelChanges::default()
    };

    let changed = channels::update(home.store(), home.organization, id, changes)
        .await
        .unwrap();

    assert_eq!(
        (changed.status, changed.status_reason.as_deref()),
        (ChannelStatus::Error, Some("410"))
    );
    assert_eq!(
        (changed.configuration, changed.version),
        (json!({"b": 2}), 2)
    );
    assert_eq!(
        (changed.primary_agent_id, changed.credential.is_some()),
        (Some(agent), true)
    );
    let cleared = ChannelChanges {
        primary_agent_id: Some(None),
        ..ChannelChanges::default()
    };
    let cleared = channels::update(home.store(), home.organization, id, cleared)
        .await
        .unwrap();
    assert_eq!(cleared.primary_agent_id, None);
    let nothing = channels::update(
        home.store(),
        home.organization,
        ChannelId::new(),
        ChannelChanges::default(),
    )
    .await;
    assert!(matches!(nothing, Err(StoreError::NotFound)));
}

#[tokio::test]
async fn a_deleted_channel_forgets_its_secrets() {
    let home = Home::new().await;
    let id = home.channel("webhook", None).await.id;
    let key = NewToken {
        hash: TokenHash::from([1; 32]),
        kind: TokenKind::Channel,
        organization_id: home.organization,
        subject_id: id.uuid(),
        prefix: "chk_abc".into(),
        expires_at: None,
        id: TokenId::new(),
        name: String::new(),
        role: None,
        created_by: None,
    };
    tokens::create(home.store(), key).await.unwrap();

    channels::delete(home.store(), home.organization, id)
        .await
        .unwrap();

    assert!(
        channels::find_anywhere(home.store(), id)
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        tokens::find(home.store(), TokenHash::from([1; 32]))
            .await
            .unwrap()
            .is_none()
    );
    let again = channels::delete(home.store(), home.organization, id).await;
    assert!(matches!(again, Err(StoreError::NotFound)));
}

#[tokio::test]
async fn a_contact_is_one_person_of_a_channel() {
    let home = Home::new().await;
    let channel = home.channel("web", None).await.id;
    let new = |name: &str| NewContact {
        organization_id: home.organization,
        channel_id: channel,
        platform_user_id: name.into(),
        id: ContactId::new(),
        display_name: Some(name.to_uppercase()),
    };
    let (store, owner) = (home.store(), home.organization);
    let ben = contacts::create(store, new("ben")).await.unwrap();
    let ann = contacts::create(store, new("ann")).await.unwrap();
    let twice = contacts::create(store, new("ann")).await.unwrap_err();
    assert!(twice.is_conflict_of("contacts_pkey"), "{twice:?}");

    let names = async |page| {
        let listed = contacts::list(store, owner, channel, page).await.unwrap();
        listed
            .into_iter()
            .map(|contact| contact.platform_user_id)
            .collect::<Vec<_>>()
    };
    assert_eq!(names(Page::first(9)).await, ["ann", "ben"]);
    assert_eq!(names(Page::after("ann".to_owned(), 9)).await, ["ben"]);
    let found = contacts::find_on_channel(store, owner, channel, "ben")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.id, ben.id);
    assert_eq!(
        contacts::find_many(store, owner, &[ann.id, ben.id, ContactId::new()])
            .await
            .unwrap()
            .len(),
        2
    );
    let linked = contacts::link(store, owner, ann.id, Some(home.owner))
        .await
        .unwrap();
    assert_eq!(linked.user_id, Some(home.owner));
    assert_eq!(
        contacts::find(store, owner, ann.id)
            .await
            .unwrap()
            .unwrap()
            .user_id,
        Some(home.owner)
    );
}
