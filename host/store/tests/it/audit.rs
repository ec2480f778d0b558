//! The audit log: begun, ended, read page by page.

use chrono::{TimeDelta, Utc};
use serde_json::json;
use store::audit::{self, NewAuditRow, Outcome, Wanted};
use store::ids::{AuditId, ProjectId, UserId};
use store::page::Stretch;

use crate::given::Home;

fn row(home: &Home, action: &'static str, project: Option<ProjectId>) -> NewAuditRow {
    NewAuditRow {
        organization_id: home.organization,
        id: AuditId::new(),
        project_id: project,
        user_id: Some(home.owner),
        token_id: None,
        way: "session",
        entrance: "graphql",
        action,
        subject_kind: "project",
        subject_id: "x".into(),
        detail: json!({}),
        address: Some("192.0.2.1".into()),
    }
}

#[tokio::test]
async fn a_row_is_begun_and_ended() {
    let home = Home::new().await;
    let (store, owner) = (home.store(), home.organization);
    let new = row(&home, "deleteProject", None);
    let id = new.id;
    audit::begin(store, new).await.unwrap();
    let read = async || audit::find(store, owner, id).await.unwrap().unwrap();
    assert_eq!(read().await.outcome, Outcome::Started);

    audit::end(store, owner, id, Outcome::Failed, Some("conflict"))
        .await
        .unwrap();
    let read = read().await;
    assert_eq!(
        (read.outcome, read.error_code.as_deref()),
        (Outcome::Failed, Some("conflict"))
    );
}

#[tokio::test]
async fn rows_are_read_newest_first_and_by_what_is_wanted() {
    let home = Home::new().await;
    let (store, owner) = (home.store(), home.organization);
    for (action, project) in [
        ("a", None),
        ("b", Some(home.project)),
        ("a", Some(home.project)),
        ("c", Some(ProjectId::new())),
    ] {
        audit::begin(store, row(&home, action, project))
            .await
            .unwrap();
    }
    let list = async |wanted: Wanted, stretch| {
        let listed = audit::list(store, owner, &wanted, &stretch).await.unwrap();
        let actions: Vec<_> = listed.rows.iter().map(|row| row.action.clone()).collect();
        let ends = (listed.rows[0].id, listed.rows[listed.rows.len() - 1].id);
        (actions, ends, listed.has_previous, listed.has_next)
    };
    let (first, (_, last), has_previous, has_next) =
        list(Wanted::default(), Stretch::first(3)).await;
    assert_eq!(
        (first, has_previous, has_next),
        (texts(&["c", "a", "b"]), false, true)
    );
    let next = Stretch {
        after: Some(last),
        ..Stretch::first(3)
    };
    let (second, (fourth, _), has_previous, has_next) = list(Wanted::default(), next).await;
    assert_eq!(
        (second, has_previous, has_next),
        (texts(&["a"]), true, false)
    );
    let back = Stretch {
        before: Some(fourth),
        from_end: true,
        ..Stretch::first(2)
    };
    let (before, _, has_previous, has_next) = list(Wanted::default(), back).await;
    assert_eq!(
        (before, has_previous, has_next),
        (texts(&["a", "b"]), true, true)
    );
    let of_project = Wanted {
        project_id: Some(home.project),
        ..Wanted::default()
    };
    assert_eq!(list(of_project, Stretch::first(9)).await.0, ["a", "b"]);
    let of_action = Wanted {
        action: Some("a".into()),
        user_id: Some(home.owner),
        ..Wanted::default()
    };
    assert_eq!(list(of_action, Stretch::first(9)).await.0, ["a", "a"]);
    let of_someone = Wanted {
        user_id: Some(UserId::new()),
        ..Wanted::default()
    };
    let none = audit::list(store, owner, &of_someone, &Stretch::first(9)).await;
    assert!(none.unwrap().rows.is_empty());
}

#[tokio::test]
async fn what_was_refused_is_a_row_and_old_rows_are_removed() {
    let home = Home::new().await;
    let (store, owner) = (home.store(), home.organization);
    for _ in 0..3 {
        audit::refused(store, row(&home, "signIn", None), "unauthenticated")
            .await
            .unwrap();
    }
    let read = async || {
        let listed = audit::list(store, owner, &Wanted::default(), &Stretch::first(9)).await;
        listed.unwrap().rows
    };
    let rows = read().await;
    assert_eq!(rows[0].outcome, Outcome::Refused);
    assert_eq!(rows[0].error_code.as_deref(), Some("unauthenticated"));

    let remove = async |time| audit::delete_before(store, time, 2).await.unwrap();
    assert_eq!(remove(rows[2].at).await, 0);
    let soon = Utc::now() + TimeDelta::minutes(1);
    assert_eq!([remove(soon).await, remove(soon).await], [2, 1]);
    assert!(read().await.is_empty());
}

fn texts(actions: &[&str]) -> Vec<String> {
    actions.iter().map(|action| (*action).to_owned()).collect()
}
