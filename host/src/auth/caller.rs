//! A caller is who a request turned out to come from.

use store::ids::{OrganizationId, ProjectId, UserId};
use store::members;

use super::rights::{self, Operation, Role};
use crate::context::Context;
use crate::error::{Error, Result};

/// Someone who proved who they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Their organization: nothing outside it exists for them.
    pub organization_id: OrganizationId,
    /// The user.
    pub user_id: UserId,
    /// How they proved it.
    pub way: Way,
}

/// How a caller proved who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// A personal token, `clt_…`.
    PersonalToken,
    /// A browser's session.
    Session,
}

impl Caller {
    /// Makes sure that the caller may do this in a project. Whoever has no role in a project is not told that it exists.
    pub async fn require(
        &self,
        cx: &Context,
        project: ProjectId,
        operation: Operation,
    ) -> Result<Role> {
        let role = members::role(&cx.store, self.organization_id, project, self.user_id)
            .await?
            .ok_or_else(|| Error::not_found("Project", project))?;
        if !rights::may(role, operation) {
            return Err(Error::Forbidden {
                what: operation.as_sentence().to_owned(),
            });
        }
        Ok(role)
    }
}
