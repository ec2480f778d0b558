//! The audit log: who changed what, when and from where. A change's row is written before the change, and what came of it
//! after: a change that no one can be asked about does not happen.

use std::collections::HashMap;
use std::future::Future;

use serde_json::{Value, json};
use store::audit::{self, AuditRow, NewAuditRow, Outcome, Wanted};
use store::ids::{AuditId, OrganizationId, ProjectId, TokenId, UserId};
use store::page::{Listed, Stretch};
use store::text::{storable, storable_json};

use crate::auth::{Caller, Client, Operation, Reach, Way, Who};
use crate::context::Context;
use crate::error::{Error, Result, chain};

/// Bytes of detail that are kept of a change.
const DETAIL: usize = 8 << 10;
/// Characters that are kept of a subject's name.
const SUBJECT: usize = 200;

/// A change, for the log.
#[derive(Clone, Debug)]
pub struct Change {
    /// What is done, as the control plane names it: `deleteChannel`.
    pub action: &'static str,
    /// Where; none for what belongs to the whole organization.
    pub project: Option<ProjectId>,
    /// To what: a kind and an id, or a name where there is no id yet.
    pub subject: (&'static str, String),
    /// What else there is to say, never a secret.
    pub detail: Value,
}

impl Change {
    /// A change in a project, of which there is nothing more to say.
    pub fn of(
        action: &'static str,
        project: ProjectId,
        kind: &'static str,
        id: impl ToString,
    ) -> Self {
        Self {
            action,
            project: Some(project),
            subject: (kind, id.to_string()),
            detail: json!({}),
        }
    }

    /// A change of what belongs to the whole organization.
    pub fn at_large(action: &'static str, kind: &'static str, id: impl ToString) -> Self {
        Self {
            action,
            project: None,
            subject: (kind, id.to_string()),
            detail: json!({}),
        }
    }

    /// With something more to say.
    pub fn with(mut self, detail: Value) -> Self {
        self.detail = detail;
        self
    }
}

/// Makes a change, with its row before and its outcome after it. The caller has been authorised already.
pub async fn change<T>(
    cx: &Context,
    caller: &Caller,
    change: Change,
    work: impl Future<Output = Result<T>>,
) -> Result<T> {
    let id = AuditId::new();
    let action = change.action;
    audit::begin(&cx.store, row(caller.into(), id, change)).await?;
    // A change is as large as its service function, and is moved no more.
    let result = Box::pin(work).await;
    let (outcome, code) = match &result {
        Ok(_) => (Outcome::Done, None),
        Err(error) => (Outcome::Failed, Some(error.code())),
    };
    let ended = audit::end(&cx.store, caller.organization_id, id, outcome, code).await;
    if let Err(error) = ended {
        // The change is what it is; its row stays at `started`, which says as much.
        tracing::warn!(%id, action, cause = chain(&error), "the outcome of a change was not written");
    }
    result
}

/// Notes what was refused to someone who did not prove who they are. It stays refused where the row cannot be written.
pub(super) async fn refused(
    cx: &Context,
    organization_id: OrganizationId,
    client: Client,
    change: Change,
) {
    let action = change.action;
    let by = By {
        organization_id,
        user_id: None,
        token_id: None,
        way: Way::SignIn,
        client,
    };
    let code = Error::Unauthenticated.code();
    let written = audit::refused(&cx.store, row(by, AuditId::new(), change), code).await;
    if let Err(error) = written {
        tracing::warn!(
            action,
            cause = chain(&error),
            "what was refused was not written down"
        );
    }
}

/// Whom a row names.
struct By {
    organization_id: OrganizationId,
    user_id: Option<UserId>,
    token_id: Option<TokenId>,
    way: Way,
    client: Client,
}

impl From<&Caller> for By {
    fn from(caller: &Caller) -> Self {
        Self {
            organization_id: caller.organization_id,
            user_id: match caller.who {
                Who::User(user) => Some(user),
                _ => None,
            },
            token_id: caller.token,
            way: caller.way,
            client: caller.client,
        }
    }
}

fn row(by: By, id: AuditId, change: Change) -> NewAuditRow {
    let (subject_kind, subject_id) = change.subject;
    let detail = if change.detail.to_string().len() > DETAIL {
        json!({ "truncated": true })
    } else {
        storable_json(change.detail)
    };
    NewAuditRow {
        organization_id: by.organization_id,
        id,
        project_id: change.project,
        user_id: by.user_id,
        token_id: by.token_id,
        way: by.way.as_str(),
        entrance: by.client.entrance.as_str(),
        action: change.action,
        subject_kind,
        subject_id: storable(subject_id.chars().take(SUBJECT).collect()),
        detail,
        address: by.client.address.map(|address| address.to_string()),
    }
}

/// A stretch of what was changed, the newest first: of one project, for those who manage it, or of the whole organization,
/// for its owners.
pub async fn stretch(
    cx: &Context,
    caller: &Caller,
    wanted: Wanted,
    stretch: &Stretch<AuditId>,
) -> Result<Listed<AuditRow>> {
    authorise(cx, caller, wanted.project_id).await?;
    Ok(audit::list(&cx.store, caller.organization_id, &wanted, stretch).await?)
}

/// The rows that the caller may read among these.
pub async fn find_many(
    cx: &Context,
    reach: &Reach,
    ids: &[AuditId],
) -> Result<HashMap<AuditId, AuditRow>> {
    let found = audit::find_many(&cx.store, reach.organization_id(), ids).await?;
    let reads_all = reach.may_at_large(Operation::ReadOrganizationAudit);
    let reads = |project: ProjectId| reach.may(project, Operation::ReadAudit);
    let seen = |row: &AuditRow| reads_all || row.project_id.is_some_and(reads);
    Ok(found
        .into_iter()
        .filter(seen)
        .map(|row| (row.id, row))
        .collect())
}

/// An organization's owner reads all of it.
async fn authorise(cx: &Context, caller: &Caller, project: Option<ProjectId>) -> Result<()> {
    let all = caller
        .require_organization(cx, Operation::ReadOrganizationAudit)
        .await;
    match (all, project) {
        (Err(Error::Forbidden { .. }), Some(project)) => {
            caller.require(cx, project, Operation::ReadAudit).await?;
            Ok(())
        }
        (all, _) => all,
    }
}
