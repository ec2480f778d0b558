//! Invites: accepted once, by whom they are for.

use chrono::{TimeDelta, Utc};
use store::ids::{InviteId, ProjectId, UserId};
use store::invites::{self, Invite, NewInvite, Newcomer};
use store::members::{self, Role};
use store::page::Stretch;
use store::projects;
use store::tokens::TokenHash;

use crate::given::Home;

async fn invite(home: &Home, seed: u8, email: &str, hours: i64) -> Invite {
    let new = NewInvite {
        organization_id: home.organization,
        id: InviteId::new(),
        project_id: home.project,
        email: email.into(),
        role: Role::Member,
        hash: TokenHash::from([seed; 32]),
        invited_by: Some(home.owner),
        expires_at: Utc::now() + TimeDelta::hours(hours),
    };
    invites::create(home.store(), new).await.unwrap()
}

fn newcomer(name: &str) -> Newcomer {
    Newcomer {
        id: UserId::new(),
        name: name.into(),
        password_hash: "$argon2id$…".into(),
        project_id: ProjectId::new(),
        project_name: name.into(),
        project_slug: "default".into(),
    }
}

fn hash(seed: u8) -> TokenHash {
    TokenHash::from([seed; 32])
}

#[tokio::test]
async fn an_invite_makes_an_account_with_a_project_and_a_role() {
    let home = Home::new().await;
    let offered = invite(&home, 1, "grace@example.org", 1).await;

    let accepted = invites::accept_new(home.store(), hash(1), newcomer("Grace")).await;

    let (accepted, grace) = accepted.unwrap().unwrap();
    assert_eq!(
        (accepted.id, grace.email.as_deref()),
        (offered.id, Some("grace@example.org"))
    );
    let (store, owner) = (home.store(), home.organization);
    let role = async |project| {
        members::role(store, owner, project, grace.id)
            .await
            .unwrap()
    };
    assert_eq!(role(home.project).await, Some(Role::Member));
    assert_eq!(role(grace.default_project_id).await, Some(Role::Owner));
    let own = projects::find(store, owner, grace.default_project_id).await;
    // The slug was taken.
    assert_eq!(own.unwrap().unwrap().slug, "default-2");

    let listed = invites::of_projects(store, owner, &[home.project], &Stretch::first(9)).await;
    let listed = listed.unwrap().remove(&home.project).unwrap();
    assert_eq!(listed.rows[0].accepted_by, Some(grace.id));
    assert!(invites::find_open(store, hash(1)).await.unwrap().is_none());
}

#[tokio::test]
async fn of_two_who_accept_at_once_one_does() {
    let home = Home::new().await;
    for seed in 0..8_u8 {
        let email = format!("{seed}@example.org");
        invite(&home, seed, &email, 1).await;
        let (a, b) = tokio::join!(
            invites::accept_new(home.store(), hash(seed), newcomer("A")),
            invites::accept_new(home.store(), hash(seed), newcomer("B")),
        );
        let accepted = [a, b].map(|accepted| accepted.unwrap().is_some());
        assert_eq!(accepted.iter().filter(|accepted| **accepted).count(), 1);
    }
}

#[tokio::test]
async fn an_invite_that_is_over_is_no_one_s() {
    let home = Home::new().await;
    let grace = home.user("grace@example.org").await;
    invite(&home, 1, "grace@example.org", -1).await;
    let withdrawn = invite(&home, 2, "grace@example.org", 1).await;
    invites::revoke(home.store(), home.organization, withdrawn.id)
        .await
        .unwrap();
    for seed in 1..=3 {
        let accepted = invites::accept_as(home.store(), hash(seed), grace.id).await;
        assert!(accepted.unwrap().is_none(), "{seed}");
    }
    let again = invites::revoke(home.store(), home.organization, withdrawn.id).await;
    assert!(again.is_err());
}

#[tokio::test]
async fn an_address_with_an_account_accepts_with_it_and_keeps_its_role() {
    let home = Home::new().await;
    invite(&home, 1, "ADA@example.org", 1).await;
    let refused = invites::accept_new(home.store(), hash(1), newcomer("Eve")).await;
    let error = refused.unwrap_err();
    assert!(error.is_conflict_of("users_email_key"), "{error:?}");

    let (_, member) = invites::accept_as(home.store(), hash(1), home.owner)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(member.role, Role::Owner);
}
