//! Organizations, users, projects and members.

use std::collections::HashMap;

use store::error::StoreError;
use store::ids::{OrganizationId, ProjectId, UserId};
use store::members::{NewMember, Role};
use store::page::Page;
use store::projects::{NewProject, ProjectChanges};
use store::testing::TestDatabase;
use store::users::{NewUser, OrganizationRole};
use store::{members, organizations, projects, users};

use crate::given::{Home, founding};

#[tokio::test]
async fn an_organization_is_founded_with_its_owner_and_a_project() {
    let database = TestDatabase::new().await;
    assert!(
        organizations::first(database.store())
            .await
            .unwrap()
            .is_none()
    );

    let founded = organizations::found(database.store(), founding("ada@example.org"))
        .await
        .unwrap();

    let first = organizations::first(database.store())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (first.id, first.name.as_str()),
        (founded.organization.id, "Home")
    );
    assert_eq!(founded.owner.default_project_id, founded.project.id);
    let role = members::role(
        database.store(),
        first.id,
        founded.project.id,
        founded.owner.id,
    )
    .await
    .unwrap();
    assert_eq!(role, Some(Role::Owner));
}

#[tokio::test]
async fn of_two_foundings_for_one_owner_the_second_leaves_nothing() {
    let home = Home::new().await;
    let second = founding("ADA@example.org");
    let id = second.organization.id;

    let refused = organizations::found(home.store(), second)
        .await
        .unwrap_err();

    assert!(refused.is_conflict_of("users_email_key"), "{refused:?}");
    assert!(
        organizations::find(home.store(), id)
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn a_user_is_found_by_their_address_whatever_its_case() {
    let home = Home::new().await;
    let found = users::find_by_email(home.store(), "Ada@Example.org")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.id, home.owner);
    assert!(
        users::find_by_email(home.store(), "eve@example.org")
            .await
            .unwrap()
            .is_none()
    );

    users::set_password(home.store(), home.owner, "$argon2id$…")
        .await
        .unwrap();
    let login = users::login(home.store(), "ada@example.org")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (login.id, login.password_hash.as_deref()),
        (home.owner, Some("$argon2id$…"))
    );
    let nobody = users::set_password(home.store(), UserId::new(), "x").await;
    assert!(matches!(nobody, Err(StoreError::NotFound)));
}

fn named(name: &str) -> ProjectChanges {
    ProjectChanges {
        name: Some(name.into()),
        ..ProjectChanges::default()
    }
}

fn project(home: &Home, slug: &str) -> NewProject {
    let name = slug.to_uppercase();
    NewProject {
        organization_id: home.organization,
        id: ProjectId::new(),
        slug: slug.into(),
        name,
    }
}

#[tokio::test]
async fn a_slug_is_taken_until_its_project_is_deleted() {
    let home = Home::new().await;
    let first = projects::create(home.store(), project(&home, "garden"))
        .await
        .unwrap();

    let taken = projects::create(home.store(), project(&home, "garden"))
        .await
        .unwrap_err();
    assert!(taken.is_conflict_of("projects_slug_key"), "{taken:?}");
    let malformed = projects::create(home.store(), project(&home, "No Slug"))
        .await
        .unwrap_err();
    assert!(
        matches!(&malformed, StoreError::Refused { column: Some(column), .. } if column == "slug"),
        "{malformed:?}"
    );
    // Longer than an index takes, and of what compression makes nothing shorter.
    let digits = (0..2_000_u64).map(|n| format!("{:x}", n.wrapping_mul(0x9E37_79B9_7F4A_7C15)));
    for name in ["a\0b".to_owned(), digits.collect::<String>()] {
        let mut new = founding("x").owner;
        new.organization_id = home.organization;
        new.default_project_id = first.id;
        new.email = Some(name);
        let refused = users::create(home.store(), new).await.unwrap_err();
        assert!(matches!(refused, StoreError::Refused { .. }), "{refused:?}");
    }

    projects::delete(home.store(), home.organization, first.id)
        .await
        .unwrap();
    assert!(
        projects::find(home.store(), home.organization, first.id)
            .await
            .unwrap()
            .is_none()
    );
    let second = projects::create(home.store(), project(&home, "garden"))
        .await
        .unwrap();
    let found = projects::find_by_slug(home.store(), home.organization, "garden")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.id, second.id);
    let renamed = projects::update(
        home.store(),
        home.organization,
        second.id,
        named("The garden"),
    )
    .await
    .unwrap();
    assert_eq!(renamed.name, "The garden");
}

#[tokio::test]
async fn projects_are_listed_page_by_page() {
    let home = Home::new().await;
    for slug in ["a", "b", "c"] {
        projects::create(home.store(), project(&home, slug))
            .await
            .unwrap();
    }
    let slugs = async |page| {
        let listed = projects::list(home.store(), home.organization, page)
            .await
            .unwrap();
        let last = listed.last().map(|project| project.id);
        (
            listed
                .into_iter()
                .map(|project| project.slug)
                .collect::<Vec<_>>(),
            last,
        )
    };
    let (first, last) = slugs(Page::first(3)).await;
    assert_eq!(first, ["default", "a", "b"]);
    let (second, _) = slugs(Page::after(last.unwrap(), 3)).await;
    assert_eq!(second, ["c"]);
}

#[tokio::test]
async fn a_member_has_one_role_in_a_project() {
    let home = Home::new().await;
    let grace = NewUser {
        id: UserId::new(),
        organization_id: home.organization,
        email: Some("grace@example.org".into()),
        name: "Grace".into(),
        password_hash: None,
        default_project_id: home.project,
        organization_role: OrganizationRole::Member,
    };
    let grace = users::create(home.store(), grace).await.unwrap().id;
    let new = |role| NewMember {
        organization_id: home.organization,
        project_id: home.project,
        user_id: grace,
        role,
    };

    members::create(home.store(), new(Role::Viewer))
        .await
        .unwrap();
    let again = members::create(home.store(), new(Role::Admin))
        .await
        .unwrap_err();
    assert!(again.is_conflict_of("members_pkey"), "{again:?}");

    members::set_role(
        home.store(),
        home.organization,
        home.project,
        grace,
        Role::Admin,
    )
    .await
    .unwrap();
    let listed = members::list(home.store(), home.organization, home.project)
        .await
        .unwrap();
    let roles: Vec<_> = listed
        .iter()
        .map(|member| (member.user_id, member.role))
        .collect();
    assert_eq!(roles, [(home.owner, Role::Owner), (grace, Role::Admin)]);
    let standings = async |owner| {
        let found = members::standings(home.store(), owner, grace).await;
        found
            .unwrap()
            .map(|found| (found.of_organization, found.of_projects))
    };
    let everywhere = (
        OrganizationRole::Member,
        HashMap::from([(home.project, Role::Admin)]),
    );
    assert_eq!(standings(home.organization).await, Some(everywhere));
    assert_eq!(standings(OrganizationId::new()).await, None);

    members::delete(home.store(), home.organization, home.project, grace)
        .await
        .unwrap();
    let role = members::role(home.store(), home.organization, home.project, grace)
        .await
        .unwrap();
    assert_eq!(role, None);
    let nowhere = (OrganizationRole::Member, HashMap::new());
    assert_eq!(standings(home.organization).await, Some(nowhere));
}

#[tokio::test]
async fn a_nul_is_the_callers_fault() {
    let home = Home::new().await;
    let named =
        projects::update(home.store(), home.organization, home.project, named("a\0b")).await;
    assert!(
        matches!(named, Err(StoreError::Refused { .. })),
        "{named:?}"
    );
    let mut agent = home.new_agent("echo");
    agent.configuration = serde_json::json!({"a": "\0"});
    let made = store::agents::create(home.store(), agent).await;
    assert!(matches!(made, Err(StoreError::Refused { .. })), "{made:?}");
}
