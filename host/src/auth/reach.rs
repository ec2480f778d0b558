//! A reach is what a caller may in each of their projects, read once: for a request that reads much, in many projects.

use std::collections::HashMap;

use store::ids::{OrganizationId, ProjectId};
use store::members;

use super::caller::{Caller, Who};
use super::rights::{self, Operation, Standing};
use crate::context::Context;
use crate::error::Result;

/// What a caller may in each of their projects.
#[derive(Clone, Debug)]
pub struct Reach {
    organization_id: OrganizationId,
    standings: HashMap<ProjectId, Standing>,
}

impl Caller {
    /// What this caller may in each of their projects, in one statement.
    pub async fn reach(&self, cx: &Context) -> Result<Reach> {
        let standings = match self.who {
            Who::User(user) => {
                let owner = self.organization_id;
                let memberships = members::list_of_user(&cx.store, owner, user).await?;
                let standing = |role| Standing::Member(role);
                let standings = memberships
                    .into_iter()
                    .map(|member| (member.project_id, standing(member.role)));
                standings.collect()
            }
            Who::ProjectKey { project, role, .. } => {
                HashMap::from([(project, Standing::Key(role))])
            }
            Who::Agent(_) => HashMap::from([(self.home(cx).await?, Standing::Agent)]),
            Who::Channel(_) => HashMap::from([(self.home(cx).await?, Standing::Channel)]),
            Who::External => HashMap::new(),
        };
        Ok(Reach {
            organization_id: self.organization_id,
            standings,
        })
    }
}

impl Reach {
    /// The caller's organization.
    pub fn organization_id(&self) -> OrganizationId {
        self.organization_id
    }

    /// Whether the caller may do this in a project.
    pub fn may(&self, project: ProjectId, operation: Operation) -> bool {
        let standing = self.standings.get(&project);
        standing.is_some_and(|standing| rights::may(*standing, operation))
    }

    /// The projects in which the caller may do this.
    pub fn projects(&self, operation: Operation) -> Vec<ProjectId> {
        let standings = self.standings.iter();
        standings
            .filter(|(_, standing)| rights::may(**standing, operation))
            .map(|(project, _)| *project)
            .collect()
    }
}
