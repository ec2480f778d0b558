//! A code binds an account for its own channel alone, while it is the newest and its lease holds.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use serde_json::json;
use store::channels::{self, Channel, ChannelChanges, ChannelStatus};
use store::ids::{HostId, ScanId};
use store::scans::{self, Account, Asking, NewScan, Progress, ScanPhase};
use store::{StoreError, leases};

use crate::given::Home;

/// A WeChat channel without an account.
async fn unbound(home: &Home) -> Channel {
    let channel = home.channel("wechat", None).await;
    let changes = ChannelChanges {
        status: Some(ChannelStatus::Disabled),
        credential: Some(None),
        configuration: Some(json!({})),
        ..ChannelChanges::default()
    };
    channels::update(home.store(), home.organization, channel.id, changes)
        .await
        .unwrap()
}

async fn begin(home: &Home, channel: &Channel) -> Option<ScanId> {
    let id = ScanId::new();
    let new = NewScan {
        organization_id: home.organization,
        channel_id: channel.id,
        id,
        phase: ScanPhase::AwaitingScan,
        payload: "https://login.example".to_owned(),
        handle: Some(vec![1]),
        expires_at: Utc::now() + TimeDelta::minutes(5),
    };
    let begun = scans::begin(home.store(), new).await.unwrap();
    begun.map(|project| {
        assert_eq!(project, home.project);
        id
    })
}

async fn status(home: &Home, channel: &Channel) -> ChannelStatus {
    let found = channels::find(home.store(), home.organization, channel.id).await;
    found.unwrap().unwrap().status
}

fn account() -> Account {
    Account {
        name: "b@im.bot".to_owned(),
        settings: Some((json!({ "bot_id": "b@im.bot" }), vec![9])),
    }
}

#[tokio::test]
async fn the_newest_code_alone_binds_and_once() {
    let home = Home::new().await;
    let channel = unbound(&home).await;
    let host = HostId::new();
    let fence = leases::acquire(home.store(), "scan/1", host, Duration::from_secs(60))
        .await
        .unwrap()
        .unwrap();
    let asking = |id, fence| Asking {
        organization_id: home.organization,
        channel_id: channel.id,
        id,
        lease: ("scan/1", host, fence),
    };
    let old = begin(&home, &channel).await.unwrap();
    assert_eq!(status(&home, &channel).await, ChannelStatus::AwaitingScan);
    let new = begin(&home, &channel).await.unwrap();
    let progress = || Progress {
        phase: ScanPhase::Scanning,
        handle: None,
        needs_digits: true,
        reason: None,
        expires_at: None,
    };
    let advance = async |id, fence| {
        scans::advance(home.store(), &asking(id, fence), progress())
            .await
            .unwrap()
    };
    assert!(!advance(old, fence).await && !advance(new, fence - 1).await);
    assert!(advance(new, fence).await);
    let (owner, id) = (home.organization, channel.id);
    assert!(
        scans::type_digits(home.store(), owner, id, "47")
            .await
            .unwrap()
    );
    let found = scans::find(home.store(), owner, id).await.unwrap().unwrap();
    assert_eq!(
        (found.phase, found.digits.as_deref()),
        (ScanPhase::Scanning, Some("47"))
    );
    assert!(advance(new, fence).await);
    let found = scans::find(home.store(), owner, id).await.unwrap().unwrap();
    assert_eq!((found.digits, found.handle), (None, Some(vec![1])));

    let bind = async |id, fence| {
        scans::bind(home.store(), &asking(id, fence), account())
            .await
            .unwrap()
    };
    assert!(bind(old, fence).await.is_none() && bind(new, fence - 1).await.is_none());
    assert_eq!(bind(new, fence).await, Some(home.project));
    assert!(bind(new, fence).await.is_none(), "it binds once");
    let bound = channels::find(home.store(), owner, id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (bound.status, bound.credential),
        (ChannelStatus::Active, Some(vec![9]))
    );
    let found = scans::find(home.store(), owner, id).await.unwrap().unwrap();
    assert_eq!((found.phase, found.handle), (ScanPhase::Bound, None));
    assert!(begin(&home, &channel).await.is_none(), "it is bound");
}

#[tokio::test]
async fn a_code_that_is_over_takes_its_channel_along_and_no_other_state() {
    let home = Home::new().await;
    let channel = unbound(&home).await;
    let host = HostId::new();
    let fence = leases::acquire(home.store(), "scan/1", host, Duration::from_secs(60))
        .await
        .unwrap()
        .unwrap();
    let id = begin(&home, &channel).await.unwrap();
    let asking = Asking {
        organization_id: home.organization,
        channel_id: channel.id,
        id,
        lease: ("scan/1", host, fence),
    };
    let end = async || scans::end(home.store(), &asking, "late").await.unwrap();
    assert_eq!(end().await, Some(home.project));
    assert_eq!(status(&home, &channel).await, ChannelStatus::Expired);
    assert!(end().await.is_none());

    // An account has one channel.
    let other = unbound(&home).await;
    let taken = ChannelChanges {
        configuration: Some(json!({ "bot_id": "b@im.bot" })),
        ..ChannelChanges::default()
    };
    channels::update(home.store(), home.organization, other.id, taken)
        .await
        .unwrap();
    let id = begin(&home, &channel).await.unwrap();
    let refused = scans::bind(home.store(), &Asking { id, ..asking }, account()).await;
    let Err(error @ StoreError::Conflict { .. }) = refused else {
        panic!("{refused:?}");
    };
    assert!(error.is_conflict_of("channels_bot_key"));
    let found = scans::find(home.store(), home.organization, channel.id).await;
    assert_eq!(found.unwrap().unwrap().phase, ScanPhase::AwaitingScan);

    channels::delete(home.store(), home.organization, channel.id)
        .await
        .unwrap();
    let gone = scans::find(home.store(), home.organization, channel.id).await;
    assert!(gone.unwrap().is_none());
}
