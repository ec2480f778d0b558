//! Talking: what comes of a message, and what the caller's rights let come of it.

use std::time::Instant;

use host::auth::{Caller, Role, Who};
use host::service::navigation::{Talk, talk};
use store::ids::ProjectId;

use super::given::Home;

/// What comes of a message about projects.
async fn said(home: &Home, caller: &Caller, active: Option<ProjectId>, text: &str) -> Talk {
    let talk = talk(&home.cx, caller, active, text).await.unwrap();
    talk.unwrap_or_else(|| panic!("{text:?} is about projects"))
}

#[tokio::test]
async fn the_way_from_project_to_project() {
    let home = Home::new().await;
    let owner = home.owner();
    let backend = home.project("Backend").await;

    let listed = said(&home, &owner, None, "what projects are available?").await;
    assert_eq!(
        listed.reply,
        "There are 2 projects:\n• Home (home)\n• Backend (backend)\nSay “switch to the … project” to go on in another one."
    );
    assert_eq!((&listed.switched, &listed.created), (&None, &None));
    assert_eq!(listed.goes_on_in(), None);

    let switched = said(&home, &owner, None, "switch to the backend project").await;
    assert_eq!(switched.reply, "Switched to the project Backend (backend).");
    let to = switched.switched.as_ref().unwrap();
    assert_eq!(
        (to.id, to.slug.as_str(), to.name.as_str()),
        (backend, "backend", "Backend")
    );
    assert_eq!(switched.goes_on_in(), Some(to));
    assert_eq!(switched.created, None);

    let current = said(&home, &owner, Some(backend), "which project am I in?").await;
    assert_eq!(current.reply, "You are in the project Backend (backend).");
    let listed = said(&home, &owner, Some(backend), "какие проекты есть?").await;
    assert!(
        listed.reply.contains("• Backend (backend) (текущий)"),
        "{}",
        listed.reply
    );

    let made = said(
        &home,
        &owner,
        Some(backend),
        "create a new project named crm-support",
    )
    .await;
    assert_eq!(
        made.reply,
        "Created the project crm-support and switched to it."
    );
    let new = made.created.as_ref().unwrap();
    assert_eq!(
        (new.slug.as_str(), new.name.as_str()),
        ("crm-support", "crm-support")
    );
    assert_eq!(made.goes_on_in(), Some(new));
    assert_eq!(made.switched, None);
    // It is for whoever asked to make it.
    assert_eq!(home.slugs().await, ["home", "backend"]);
}

#[tokio::test]
async fn what_is_for_an_agent_costs_no_statement() {
    let home = Home::new().await;
    home.lose_the_database();
    for text in [
        "hello",
        "hello, how do I switch a light?",
        "create a project plan for my garden",
        "list the projects my boss mentioned yesterday and explain",
        &"word ".repeat(5_000),
        "\0\u{ffff}",
    ] {
        let talk = talk(&home.cx, &home.owner(), None, text).await.unwrap();
        assert_eq!(talk, None, "{text:?}");
    }
    let lost = talk(&home.cx, &home.owner(), None, "list projects").await;
    assert_eq!(lost.unwrap_err().code(), "unavailable");
}

#[tokio::test]
async fn a_caller_sees_their_own_projects_alone() {
    let home = Home::new().await;
    let secret = home.project("Secret").await;
    let stranger = home.person("grace").await;

    let listed = said(&home, &stranger, None, "list projects").await;
    assert!(
        listed.reply.starts_with("You have no projects yet."),
        "{}",
        listed.reply
    );
    for text in [
        "switch to the secret project".to_owned(),
        format!("switch to project {secret}"),
    ] {
        let refused = said(&home, &stranger, None, &text).await;
        assert!(
            refused.reply.starts_with("There is no project"),
            "{}",
            refused.reply
        );
        assert_eq!(refused.switched, None);
    }
    assert_eq!(
        talk(&home.cx, &stranger, None, "switch to secret")
            .await
            .unwrap(),
        None
    );
    // Not even where a session was left in it.
    let current = said(&home, &stranger, Some(secret), "which project am I in?").await;
    assert!(
        current.reply.starts_with("No project is chosen yet."),
        "{}",
        current.reply
    );

    let key = home.caller(Who::ProjectKey {
        project: secret,
        role: Role::Viewer,
        made_by: store::ids::UserId::nil(),
    });
    let listed = said(&home, &key, None, "list projects").await;
    assert_eq!(listed.reply, "There is one project:\n• Secret (secret)");
    let program = home.caller(outside());
    let listed = said(&home, &program, None, "list projects").await;
    assert!(
        listed.reply.starts_with("You have no projects yet."),
        "{}",
        listed.reply
    );
}

#[tokio::test]
async fn who_may_not_make_projects_makes_none() {
    let home = Home::new().await;
    let project = home.project("Garden").await;
    let member = home.person("grace").await;
    let key = home.caller(Who::ProjectKey {
        project,
        role: Role::Admin,
        made_by: store::ids::UserId::nil(),
    });
    for caller in [member, key, home.caller(outside())] {
        let refused = said(&home, &caller, None, "create a project named crm").await;
        assert!(refused.reply.contains("Ask an owner"), "{}", refused.reply);
        assert_eq!(refused.goes_on_in(), None);
    }
}

#[tokio::test]
async fn a_name_is_taken_once_and_a_slug_is_numbered() {
    let home = Home::new().await;
    let owner = home.owner();
    let backend = home.project("Backend").await;

    let taken = said(&home, &owner, None, "create a project named BACKEND").await;
    assert!(
        taken
            .reply
            .starts_with("There is a project “BACKEND” already."),
        "{}",
        taken.reply
    );
    assert_eq!(taken.created, None);
    let made = said(&home, &owner, None, "create a project named “Backend!”").await;
    assert_eq!(made.created.unwrap().slug, "backend-2");
    let made = said(&home, &owner, None, "创建一个名为“花园”的项目").await;
    assert_eq!(made.reply, "已创建项目 花园 (project)，并切换到该项目。");

    home.delete(backend).await;
    let gone = said(&home, &owner, None, "switch to the backend project").await;
    assert!(
        gone.reply.starts_with("There is no project “backend”."),
        "{}",
        gone.reply
    );
    let made = said(&home, &owner, None, "create a project named Backend").await;
    assert_eq!(made.created.unwrap().slug, "backend");

    let long = format!("create a project named \"{}\"", "x".repeat(101));
    let refused = said(&home, &owner, None, &long).await;
    assert!(
        refused.reply.contains("more than 100 characters"),
        "{}",
        refused.reply
    );
    assert_eq!(refused.created, None);
}

#[tokio::test]
async fn many_at_once_do_not_get_in_each_others_way() {
    let home = Home::new().await;
    home.project("Backend").await;
    let owner = home.owner();
    let begun = Instant::now();
    let talks = (0..64).map(|number| {
        let (home, owner) = (&home, &owner);
        async move {
            let text = match number % 2 {
                0 => "switch to the backend project",
                _ => "hello there",
            };
            let talk = talk(&home.cx, owner, None, text).await.unwrap();
            assert_eq!(talk.is_some(), number % 2 == 0);
        }
    });
    futures_util::future::join_all(talks).await;
    println!("64 messages were read in {:?}", begun.elapsed());
}

/// A program outside, before it speaks for anyone.
fn outside() -> Who {
    Who::External {
        made_by: store::ids::UserId::nil(),
    }
}
