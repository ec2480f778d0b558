//! There is always an owner, however many go at once.

use std::collections::HashMap;

use store::StoreError;
use store::ids::{ProjectId, TokenId};
use store::members::{self, LAST_OWNER, Role};
use store::projects::{self, NewProject};
use store::tokens::{self, NewToken, TokenHash, TokenKind};
use store::users::{self, OrganizationRole};

use crate::given::Home;

fn is_refused<T: std::fmt::Debug>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(error) if error.is_refusal_of(LAST_OWNER))
}

#[tokio::test]
async fn the_last_owner_of_a_project_stays() {
    let home = Home::new().await;
    let (store, owner, project) = (home.store(), home.organization, home.project);
    let down = members::set_role(store, owner, project, home.owner, Role::Admin).await;
    assert!(is_refused(&down), "{down:?}");
    let out = members::delete(store, owner, project, home.owner).await;
    assert!(is_refused(&out), "{out:?}");

    home.member("grace@example.org", Role::Owner).await;
    members::delete(store, owner, project, home.owner)
        .await
        .unwrap();
}

#[tokio::test]
async fn of_two_owners_who_take_each_other_out_one_stays() {
    for round in 0..8 {
        let home = Home::new().await;
        let grace = home.member("grace@example.org", Role::Owner).await;
        let (store, owner, project) = (home.store(), home.organization, home.project);
        let out = members::delete(store, owner, project, grace);
        let (a, b) = if round % 2 == 0 {
            let down = members::set_role(store, owner, project, home.owner, Role::Viewer);
            tokio::join!(out, down)
        } else {
            tokio::join!(out, members::delete(store, owner, project, home.owner))
        };
        assert_ne!(is_refused(&a), is_refused(&b), "{a:?} {b:?}");
        let left = members::list(store, owner, project).await.unwrap();
        let owners = left.iter().filter(|member| member.role == Role::Owner);
        assert_eq!(owners.count(), 1);
    }
}

#[tokio::test]
async fn of_two_owners_of_an_organization_who_step_down_one_stays() {
    let home = Home::new().await;
    let grace = home.user("grace@example.org").await.id;
    let (store, owner) = (home.store(), home.organization);
    let set = |user, role| users::set_organization_role(store, owner, user, role);
    let alone = set(home.owner, OrganizationRole::Member).await;
    assert!(is_refused(&alone), "{alone:?}");
    for _ in 0..8 {
        set(grace, OrganizationRole::Owner).await.unwrap();
        set(home.owner, OrganizationRole::Owner).await.unwrap();
        let (a, b) = tokio::join!(
            set(grace, OrganizationRole::Member),
            set(home.owner, OrganizationRole::Member)
        );
        assert_ne!(is_refused(&a), is_refused(&b), "{a:?} {b:?}");
    }
}

#[tokio::test]
async fn whoever_is_removed_leaves_nothing_without_an_owner_and_nothing_that_opens() {
    let home = Home::new().await;
    let (store, owner) = (home.store(), home.organization);
    let grace = home.member("grace@example.org", Role::Member).await;
    let own = NewProject {
        organization_id: owner,
        id: ProjectId::new(),
        slug: "own".into(),
        name: "Own".into(),
    };
    let own = projects::found(store, own, grace, false).await.unwrap().id;
    let token = NewToken {
        hash: TokenHash::from([1; 32]),
        kind: TokenKind::Personal,
        organization_id: owner,
        subject_id: grace.uuid(),
        prefix: "clt_1".into(),
        expires_at: None,
        id: TokenId::new(),
        name: "laptop".into(),
        role: None,
        created_by: Some(grace),
    };
    tokens::create(store, token).await.unwrap();

    let removed = users::remove(store, owner, grace, home.owner)
        .await
        .unwrap();

    assert!(removed.removed_at.is_some());
    assert!(users::find(store, grace).await.unwrap().is_none());
    let roles = async |user| {
        let standings = members::standings(store, owner, user).await.unwrap();
        standings.map(|standings| standings.of_projects)
    };
    assert_eq!(roles(grace).await, None);
    let of_heir = HashMap::from([(home.project, Role::Owner), (own, Role::Owner)]);
    assert_eq!(roles(home.owner).await, Some(of_heir));
    let token = tokens::find(store, TokenHash::from([1; 32])).await.unwrap();
    assert!(token.is_none());
    // Known by name all the same, and the address is free.
    let known = users::find_all(store, owner, &[grace]).await.unwrap();
    assert_eq!(known[0].email.as_deref(), Some("grace@example.org"));
    assert_ne!(home.user("GRACE@example.org").await.id, grace);

    let again = users::remove(store, owner, grace, home.owner).await;
    assert!(matches!(again, Err(StoreError::NotFound)), "{again:?}");
}

#[tokio::test]
async fn of_two_owners_who_remove_each_other_one_stays() {
    for _ in 0..8 {
        let home = Home::new().await;
        let (store, owner) = (home.store(), home.organization);
        let grace = home.user("grace@example.org").await.id;
        let alone = users::remove(store, owner, home.owner, grace).await;
        assert!(is_refused(&alone), "{alone:?}");
        users::set_organization_role(store, owner, grace, OrganizationRole::Owner)
            .await
            .unwrap();
        let (a, b) = tokio::join!(
            users::remove(store, owner, grace, home.owner),
            users::remove(store, owner, home.owner, grace)
        );
        assert_ne!(is_refused(&a), is_refused(&b), "{a:?} {b:?}");
    }
}
