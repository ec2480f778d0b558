//! Codes work once, wrong ones are counted, and who is not let in is not heard.

use chrono::{TimeDelta, Utc};
use store::StoreError;
use store::access::{self, AccessCode, Attempts, NewAccessCode, Redeemed};
use store::channels::{self, Access, Channel, ChannelChanges};
use store::ids::AccessCodeId;
use store::page::{Page, Stretch};
use store::tokens::TokenHash;

use crate::given::Home;

const LIMITS: Attempts = Attempts {
    by_contact: 3,
    by_channel: 5,
    seconds: 900.0,
};

async fn code(home: &Home, channel: &Channel, seed: u8, minutes: i64) -> TokenHash {
    let hash = TokenHash::from([seed; 32]);
    let new = NewAccessCode {
        organization_id: home.organization,
        channel_id: channel.id,
        id: AccessCodeId::new(),
        hash,
        created_by: home.owner,
        created_at: Utc::now(),
        expires_at: Utc::now() + TimeDelta::minutes(minutes),
    };
    access::create_code(home.store(), new).await.unwrap();
    hash
}

async fn redeem(home: &Home, channel: &Channel, code: TokenHash, person: &str) -> Redeemed {
    let owner = home.organization;
    access::redeem(home.store(), owner, channel.id, code, person, LIMITS)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_code_works_once_however_many_try_it_at_once() {
    let home = Home::new().await;
    let channel = home.channel("telegram", None).await;
    let code = code(&home, &channel, 1, 30).await;
    let people: Vec<String> = (0..4).map(|number| number.to_string()).collect();
    let tries = people
        .iter()
        .map(|person| redeem(&home, &channel, code, person));
    let outcomes = futures_util::future::join_all(tries).await;
    let granted = outcomes
        .iter()
        .filter(|outcome| **outcome == Redeemed::Granted);
    assert_eq!(granted.count(), 1, "{outcomes:?}");
    let allowed = access::allowed(home.store(), home.organization, channel.id, Page::first(9))
        .await
        .unwrap();
    assert_eq!(allowed.len(), 1);
}

#[tokio::test]
async fn wrong_codes_are_counted_by_contact_and_by_channel() {
    let home = Home::new().await;
    let channel = home.channel("telegram", None).await;
    let good = code(&home, &channel, 1, 30).await;
    let past = code(&home, &channel, 2, -1).await;
    let wrong = TokenHash::from([9; 32]);
    for _ in 0..2 {
        assert_eq!(redeem(&home, &channel, wrong, "42").await, Redeemed::Wrong);
    }
    assert_eq!(redeem(&home, &channel, past, "42").await, Redeemed::Wrong);
    assert_eq!(redeem(&home, &channel, good, "42").await, Redeemed::Limited);
    // Two more of someone else, and the channel has had enough.
    assert_eq!(redeem(&home, &channel, wrong, "43").await, Redeemed::Wrong);
    assert_eq!(redeem(&home, &channel, wrong, "43").await, Redeemed::Wrong);
    assert_eq!(redeem(&home, &channel, good, "44").await, Redeemed::Limited);
    assert_eq!(
        access::count_codes(home.store(), home.organization, channel.id)
            .await
            .unwrap(),
        1
    );
}

#[tokio::test]
async fn wrong_codes_are_counted_however_many_come_at_once() {
    let home = Home::new().await;
    let channel = home.channel("telegram", None).await;
    let wrong = TokenHash::from([9; 32]);
    let tries = (0..12).map(|_| redeem(&home, &channel, wrong, "42"));
    let outcomes = futures_util::future::join_all(tries).await;
    let looked_at = outcomes
        .iter()
        .filter(|outcome| **outcome == Redeemed::Wrong);
    assert_eq!(looked_at.count(), 3, "{outcomes:?}");
}

#[tokio::test]
async fn a_stranger_is_told_once_in_a_while() {
    let home = Home::new().await;
    let channel = home.channel("telegram", None).await;
    let told = async |seconds| {
        access::may_be_told(home.store(), home.organization, channel.id, "42", seconds)
            .await
            .unwrap()
    };
    assert!(told(3_600.0).await);
    assert!(!told(3_600.0).await);
    assert!(told(0.0).await);
}

#[tokio::test]
async fn an_owner_lets_people_in_and_out() {
    let home = Home::new().await;
    let channel = home.channel("telegram", None).await;
    let closed = ChannelChanges {
        access: Some(Access::AllowList),
        ..ChannelChanges::default()
    };
    channels::update(home.store(), home.organization, channel.id, closed)
        .await
        .unwrap();
    let (owner, id) = (home.organization, channel.id);
    let only = async |people: &[&str]| {
        let people: Vec<String> = people.iter().map(|&person| person.to_owned()).collect();
        access::allow_only(home.store(), owner, id, &people)
            .await
            .unwrap();
        access::allowed(home.store(), owner, id, Page::first(9))
            .await
            .unwrap()
    };
    assert_eq!(only(&["1", "2"]).await, ["1", "2"]);
    assert_eq!(only(&["2", "3"]).await, ["2", "3"]);
    assert!(
        !access::is_allowed(home.store(), owner, id, "1")
            .await
            .unwrap()
    );
    assert!(
        access::is_allowed(home.store(), owner, id, "3")
            .await
            .unwrap()
    );
    assert!(
        !access::is_allowed(home.store(), owner, id, "4")
            .await
            .unwrap()
    );
}

#[tokio::test]
async fn codes_are_listed_and_taken_back_until_someone_uses_them() {
    let home = Home::new().await;
    let channel = home.channel("telegram", None).await;
    let (store, owner) = (home.store(), home.organization);
    let (used, kept) = (
        code(&home, &channel, 1, 30).await,
        code(&home, &channel, 2, -1).await,
    );
    assert_eq!(redeem(&home, &channel, used, "42").await, Redeemed::Granted);
    assert_eq!(redeem(&home, &channel, kept, "42").await, Redeemed::Wrong);
    let listed = async || {
        let stretch = Stretch {
            after: None,
            before: None,
            limit: 9,
            from_end: false,
        };
        let mut lists = access::codes_of_channels(store, owner, &[channel.id], &stretch)
            .await
            .unwrap();
        lists.remove(&channel.id).unwrap_or_default().rows
    };
    // The newest first.
    let codes = listed().await;
    let people: Vec<_> = codes.iter().map(|code| code.used_by.as_deref()).collect();
    assert_eq!(people, [None, Some("42")]);
    let revoke = async |code: &AccessCode| access::revoke_code(store, owner, code.id).await;
    assert!(matches!(revoke(&codes[1]).await, Err(StoreError::NotFound)));
    assert_eq!(revoke(&codes[0]).await.unwrap().id, codes[0].id);
    assert!(matches!(revoke(&codes[0]).await, Err(StoreError::NotFound)));
    assert_eq!(listed().await.len(), 1);
}
