//! The audit log: begun, ended, read page by page.

use serde_json::json;
use store::audit::{self, NewAuditRow, Outcome, Wanted};
use store::ids::{AuditId, ProjectId, UserId};
use store::page::Page;

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
    let list = async |wanted: Wanted, page| {
        let rows = audit::list(store, owner, &wanted, page).await.unwrap();
        let actions: Vec<_> = rows.iter().map(|row| row.action.clone()).collect();
        (actions, rows.last().map(|row| row.id))
    };
    let (first, last) = list(Wanted::default(), Page::first(3)).await;
    assert_eq!(first, ["c", "a", "b"]);
    let (second, _) = list(Wanted::default(), Page::after(last.unwrap(), 3)).await;
    assert_eq!(second, ["a"]);
    let of_project = Wanted {
        project_id: Some(home.project),
        ..Wanted::default()
    };
    assert_eq!(list(of_project, Page::first(9)).await.0, ["a", "b"]);
    let of_action = Wanted {
        action: Some("a".into()),
        ..Wanted::default()
    };
    assert_eq!(list(of_action, Page::first(9)).await.0, ["a", "a"]);
    let of_someone = Wanted {
        user_id: Some(UserId::new()),
        ..Wanted::default()
    };
    assert!(list(of_someone, Page::first(9)).await.0.is_empty());
}
