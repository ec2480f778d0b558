//! The audit log.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, Object, Result};
use store::audit::{AuditRow, Outcome, Wanted};

use super::connection::{self, Nodes, Paging};
use super::loaders;
use super::projects::{ProjectNode, UserNode};
use super::resolve::library;
use super::scalars::{Json, Time};
use super::{asked_by, failure, read_id};
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
    /// It did not happen, since whoever wanted it did not prove who they are.
    Refused,
}

/// Who changed what, when and from where.
pub(super) struct AuditNode(pub(super) Arc<AuditRow>);

/// Who changed what, when and from where.
#[Object(name = "AuditEntry", crate = "library")]
impl AuditNode {
    /// Names it everywhere: `aud_` and 32 hexadecimal digits.
    pub(super) async fn id(&self) -> ID {
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

    /// The project, where the caller may see it.
    async fn project(&self, context: &Context<'_>) -> Result<Option<ProjectNode>> {
        let project = loaders::maybe(context, self.0.project_id).await?;
        Ok(project.map(ProjectNode))
    }

    /// The id of the person, where it was one.
    async fn user_id(&self) -> Option<ID> {
        self.0.user_id.map(|id| id.public().into())
    }

    /// The person, where it was one.
    async fn user(&self, context: &Context<'_>) -> Result<Option<UserNode>> {
        let user = loaders::maybe(context, self.0.user_id).await?;
        Ok(user.map(UserNode))
    }

    /// The id of the key or session that proved who it was.
    async fn token_id(&self) -> Option<ID> {
        self.0.token_id.map(|id| id.public().into())
    }

    /// How they proved it: `cookie`, `session`, `personal_token`, `project_key` and so on.
    async fn way(&self) -> &str {
        &self.0.way
    }

    /// Through which way in: `graphql`, `rest`, `page` or `platform`.
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
    #[graphql(complexity = "connection::cost(first, last, child_complexity)")]
    async fn audit_log(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which changes.")] filter: Option<AuditFilter>,
        #[graphql(desc = "The first so many: 50 unless said, at most 200.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, at most 200.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Nodes<AuditNode>> {
        let (cx, caller) = asked_by(context)?;
        let filter = filter.unwrap_or_default();
        let project = filter.project_id.map(|id| read_id("projectId", &id));
        let user = filter.user_id.map(|id| read_id("userId", &id));
        let wanted = Wanted {
            project_id: project.transpose()?,
            user_id: user.transpose()?,
            action: filter.action,
        };
        let stretch = Paging {
            first,
            after,
            last,
            before,
        }
        .stretch()?;
        let listed = audit::stretch(cx, caller, wanted, &stretch).await;
        let listed = listed.map_err(failure::told)?.map(Arc::new);
        Ok(connection::nodes(listed, |row| row.id, AuditNode))
    }
}
