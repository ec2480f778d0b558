//! Tokens: found by hash, expired, taken once, rotated.

use chrono::{DateTime, TimeDelta, Utc};
use store::error::StoreError;
use store::ids::{ChannelId, OrganizationId, TokenId};
use store::page::Stretch;
use store::tokens::{self, NewToken, Rotated, Token, TokenHash, TokenKind};
use uuid::Uuid;

use crate::given::Home;

fn token(home: &Home, seed: u8, kind: TokenKind, expires_at: Option<DateTime<Utc>>) -> NewToken {
    NewToken {
        hash: TokenHash::from([seed; 32]),
        kind,
        organization_id: home.organization,
        subject_id: home.owner.uuid(),
        prefix: format!("clt_{seed}"),
        expires_at,
        id: TokenId::new(),
        name: format!("token {seed}"),
        role: None,
        created_by: Some(home.owner),
    }
}

async fn living(home: &Home, subject: Uuid, kind: TokenKind) -> Vec<Token> {
    let listed = tokens::list(home.store(), subject, kind, &Stretch::first(9)).await;
    listed.unwrap().rows
}

#[tokio::test]
async fn a_token_is_found_by_its_hash_until_it_expires() {
    let home = Home::new().await;
    let soon = Utc::now() + TimeDelta::hours(1);
    let past = Utc::now() - TimeDelta::seconds(1);
    for (seed, end) in [(1, None), (2, Some(soon)), (3, Some(past))] {
        tokens::create(home.store(), token(&home, seed, TokenKind::Personal, end))
            .await
            .unwrap();
    }
    let found = async |seed: u8| {
        tokens::find(home.store(), TokenHash::from([seed; 32]))
            .await
            .unwrap()
    };

    let first = found(1).await.unwrap();
    assert_eq!(
        (first.kind, first.subject_id),
        (TokenKind::Personal, home.owner.uuid())
    );
    assert!(first.used_at.is_none());
    assert!(found(1).await.unwrap().used_at.is_some());
    assert!(found(2).await.is_some());
    assert!(found(3).await.is_none());
    assert!(found(4).await.is_none());

    // What is over is in no list of the living, removed or not.
    let of_owner = async || living(&home, home.owner.uuid(), TokenKind::Personal).await;
    assert_eq!(of_owner().await.len(), 2);
    assert_eq!(tokens::delete_expired(home.store(), 9).await.unwrap(), 0);
    assert_eq!(of_owner().await.len(), 2);
    let elsewhere = tokens::revoke(home.store(), OrganizationId::new(), first.id).await;
    assert!(matches!(elsewhere, Err(StoreError::NotFound)));
    tokens::revoke(home.store(), home.organization, first.id)
        .await
        .unwrap();
    assert!(found(1).await.is_none());
    let gone = tokens::revoke(home.store(), home.organization, first.id).await;
    assert!(matches!(gone, Err(StoreError::NotFound)));
    let kept = tokens::find_by_id(home.store(), home.organization, first.id).await;
    assert!(kept.unwrap().unwrap().revoked_at.is_some());
}

#[tokio::test]
async fn what_has_expired_is_removed_sessions_at_once_and_keys_a_month_later() {
    let home = Home::new().await;
    let (now, day) = (Utc::now(), TimeDelta::days(1));
    // The living session first: making one removes those of the same person that are over.
    for (seed, kind, end) in [
        (1, TokenKind::Session, now + day),
        (2, TokenKind::Session, now - day),
        (3, TokenKind::SignIn, now - day),
        (4, TokenKind::Personal, now - day),
        (5, TokenKind::Personal, now - day * 31),
    ] {
        let new = token(&home, seed, kind, Some(end));
        tokens::create(home.store(), new).await.unwrap();
    }
    let remove = async || tokens::delete_expired(home.store(), 2).await.unwrap();
    assert_eq!([remove().await, remove().await, remove().await], [2, 1, 0]);
}

#[tokio::test]
async fn a_sign_in_link_is_good_for_one_use() {
    let home = Home::new().await;
    let past = Utc::now() - TimeDelta::seconds(1);
    tokens::create(home.store(), token(&home, 1, TokenKind::SignIn, None))
        .await
        .unwrap();
    tokens::create(home.store(), token(&home, 2, TokenKind::SignIn, Some(past)))
        .await
        .unwrap();
    let take = |seed: u8, kind| tokens::take(home.store(), TokenHash::from([seed; 32]), kind);

    assert!(take(1, TokenKind::Session).await.unwrap().is_none());
    let (a, b) = tokio::join!(take(1, TokenKind::SignIn), take(1, TokenKind::SignIn));
    assert_eq!(a.unwrap().is_some() as u8 + b.unwrap().is_some() as u8, 1);
    assert!(take(2, TokenKind::SignIn).await.unwrap().is_none());
}

#[tokio::test]
async fn a_key_that_is_rotated_ends_the_one_before() {
    let home = Home::new().await;
    let channel = ChannelId::new();
    let key = |seed| NewToken {
        subject_id: channel.uuid(),
        ..token(&home, seed, TokenKind::Channel, None)
    };
    tokens::create(home.store(), token(&home, 9, TokenKind::Personal, None))
        .await
        .unwrap();
    tokens::replace(home.store(), key(1), 0).await.unwrap();

    tokens::replace(home.store(), key(2), 0).await.unwrap();

    let keys = living(&home, channel.uuid(), TokenKind::Channel).await;
    assert_eq!(
        keys.iter().map(|key| key.hash).collect::<Vec<_>>(),
        [TokenHash::from([2; 32])]
    );
    assert!(
        tokens::find(home.store(), TokenHash::from([1; 32]))
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        tokens::find(home.store(), TokenHash::from([9; 32]))
            .await
            .unwrap()
            .is_some()
    );
}

#[tokio::test]
async fn finding_a_token_again_takes_one_statement() {
    let home = Home::new().await;
    tokens::create(home.store(), token(&home, 1, TokenKind::Personal, None))
        .await
        .unwrap();
    // The first time notes that it was used; that it was so lately is not noted again.
    for statements in [2, 1] {
        let before = home.store().statements().executed();
        tokens::find(home.store(), TokenHash::from([1; 32]))
            .await
            .unwrap();
        assert_eq!(home.store().statements().executed() - before, statements);
    }
}

#[tokio::test]
async fn of_two_replacements_at_once_one_key_is_left() {
    let home = Home::new().await;
    let channel = ChannelId::new();
    let key = |seed| NewToken {
        subject_id: channel.uuid(),
        ..token(&home, seed, TokenKind::Channel, None)
    };
    for round in 0..8_u8 {
        let (a, b) = tokio::join!(
            tokens::replace(home.store(), key(2 * round), 0),
            tokens::replace(home.store(), key(2 * round + 1), 0)
        );
        a.unwrap();
        b.unwrap();
        let left = living(&home, channel.uuid(), TokenKind::Channel).await;
        assert_eq!(left.len(), 1, "{left:?}");
    }
}

#[tokio::test]
async fn of_two_rotations_of_one_key_one_is_told_that_it_came_late() {
    let home = Home::new().await;
    let old = tokens::create(home.store(), token(&home, 1, TokenKind::Personal, None))
        .await
        .unwrap();
    let rotate = |seed: u8| {
        let new = Rotated {
            hash: TokenHash::from([seed; 32]),
            prefix: format!("clt_{seed}"),
            id: TokenId::new(),
            expires_at: None,
        };
        tokens::rotate(home.store(), home.organization, old.id, new)
    };
    let (a, b) = tokio::join!(rotate(2), rotate(3));
    let (new, late) = match (a, b) {
        (Ok(new), Err(late)) | (Err(late), Ok(new)) => (new, late),
        both => panic!("{both:?}"),
    };
    assert!(matches!(late, StoreError::NotFound), "{late:?}");
    assert_eq!(
        (new.name.as_str(), new.subject_id),
        ("token 1", old.subject_id)
    );
    let left = living(&home, home.owner.uuid(), TokenKind::Personal).await;
    assert_eq!(
        left.iter().map(|token| token.id).collect::<Vec<_>>(),
        [new.id]
    );
}

#[tokio::test]
async fn all_sessions_end_but_the_one_in_use() {
    let home = Home::new().await;
    let past = Utc::now() - TimeDelta::seconds(1);
    tokens::create(
        home.store(),
        token(&home, 9, TokenKind::Session, Some(past)),
    )
    .await
    .unwrap();
    let mut sessions = Vec::new();
    for seed in 1..=3 {
        let session = token(&home, seed, TokenKind::Session, None);
        sessions.push(tokens::create(home.store(), session).await.unwrap().id);
    }
    let (user, kept) = (home.owner.uuid(), sessions[1]);
    let ended = tokens::revoke_all(home.store(), user, TokenKind::Session, Some(kept)).await;
    // The expired one went when the next was made.
    assert_eq!(ended.unwrap(), 2);
    let left = living(&home, user, TokenKind::Session).await;
    assert_eq!(
        left.iter().map(|token| token.id).collect::<Vec<_>>(),
        [kept]
    );
}
