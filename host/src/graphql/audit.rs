//! The audit log.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result};
use store::audit::{AuditRow, Outcome, Wanted};

use super::scalars::{Json, Time};
use super::{asked_by, failure, page, read_id};
use crate::service::audit;

/// What came of a change.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(name = "AuditOutcome", remote = "Outcome")]
pub(super) enum OutcomeShown {
    /// It was begun; if it stays so, whether it ended is not known.
    Started,
    /// It happened.
    Done,
    /// It did not happen.
    Failed,
}

/// Who changed what, when and from where.
pub(super) struct AuditNode(AuditRow);

/// Who changed what, when and from where.
#[Object(name = "AuditEntry")]
impl AuditNode {
    /// Its id.
    async fn id(&self) -> ID {
        self.0.id.public().into()
    }

    /// When.
    async fn at(&self) -> Time {
        Time(self.0.at)
    }

    /// The id of the project; none for what belongs to the whole organization.
    async fn project_id(&self) -> Option<ID> {
        self.0.project_id.map(|id| id.public().into())
    }

    /// The id of the person, where it was one.
    async fn user_id(&self) -> Option<ID> {
        self.0.user_id.map(|id| id.public().into())
    }

    /// The id of the key or session that proved who it was.
    async fn token_id(&self) -> Option<ID> {
        self.0.token_id.map(|id| id.public().into())
    }

    /// How they proved it: `cookie`, `session`, `personal_token`, `project_key` and so on.
    async fn way(&self) -> &str {
        &self.0.way
    }

    /// Through which way in: `graphql`, `rest` or `page`.
    async fn entrance(&self) -> &str {
        &self.0.entrance
    }

    /// What was done: `createProject`.
    async fn action(&self) -> &str {
        &self.0.action
    }

    /// To what: `project`.
    async fn subject_kind(&self) -> &str {
        &self.0.subject_kind
    }

    /// To which: its id, or its name where there was no id yet.
    async fn subject_id(&self) -> &str {
        &self.0.subject_id
    }

    /// What else there is to say.
    async fn detail(&self) -> Json {
        Json(self.0.detail.clone())
    }

    /// What came of it.
    async fn outcome(&self) -> OutcomeShown {
        self.0.outcome.into()
    }

    /// The code of the error that it failed with.
    async fn error_code(&self) -> Option<&str> {
        self.0.error_code.as_deref()
    }

    /// The address that it came from.
    async fn address(&self) -> Option<&str> {
        self.0.address.as_deref()
    }
}

/// Which changes; what is left out does not count.
#[derive(InputObject, Default)]
struct AuditFilter {
    /// Those in one project. Owners of the organization read all; who manages a project names it.
    project_id: Option<ID>,
    /// Those of one person.
    user_id: Option<ID>,
    /// Those of one action.
    action: Option<String>,
}

#[derive(Default)]
pub(super) struct AuditQuery;

#[Object]
impl AuditQuery {
    /// What was changed, the newest first.
    async fn audit_log(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which changes.")] filter: Option<AuditFilter>,
        #[graphql(desc = "At most so many.", default = 50)] first: u32,
        #[graphql(desc = "Those before this entry.")] after: Option<ID>,
    ) -> Result<Vec<AuditNode>> {
        let (cx, caller) = asked_by(context)?;
        let filter = filter.unwrap_or_default();
        let project = filter.project_id.map(|id| read_id("projectId", &id));
        let user = filter.user_id.map(|id| read_id("userId", &id));
        let wanted = Wanted {
            project_id: project.transpose()?,
            user_id: user.transpose()?,
            action: filter.action,
        };
        let list = audit::list(cx, caller, wanted, page(first, after.as_ref())?).await;
        Ok(list
            .map_err(failure::told)?
            .into_iter()
            .map(AuditNode)
            .collect())
    }
}
