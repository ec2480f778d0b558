//! There is always an owner, however many go at once.

use store::StoreError;
use store::members::{self, LAST_OWNER, Role};
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
