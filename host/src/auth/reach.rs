//! A reach is what a caller may in their organization and in each of their projects, read once: for a request that reads much, in many projects.

use std::collections::HashMap;

use store::ids::{OrganizationId, ProjectId, UserId};

use super::caller::{Caller, Who};
use super::rights::{self, Operation, Standing};
use crate::context::Context;
use crate::error::{Error, Result};

/// What a caller may in their organization and in each of their projects.
#[derive(Clone, Debug)]
pub struct Reach {
    organization_id: OrganizationId,
    who: Who,
    at_large: Standing,
    standings: HashMap<ProjectId, Standing>,
}

impl Caller {
    /// What this caller may in their organization and in each of their projects, in one statement.
    pub async fn reach(&self, cx: &Context) -> Result<Reach> {
        let (at_large, standings) = match self.who {
            Who::User(user) => {
                let found = cx
                    .reads
                    .standings(&cx.store, self.organization_id, user)
                    .await?;
                let found = found.ok_or(Error::Unauthenticated)?;
                let of_projects = found.of_projects.into_iter();
                let standings = of_projects.map(|(id, role)| (id, Standing::Member(role)));
                (Standing::Person(found.of_organization), standings.collect())
            }
            Who::ProjectKey { project, role, .. } => {
                let standing = Standing::Key(role);
                (standing, HashMap::from([(project, standing)]))
            }
            Who::Agent(_) => (
                Standing::Agent,
                HashMap::from([(self.home(cx).await?, Standing::Agent)]),
            ),
            Who::Channel(_) => (
                Standing::Channel,
                HashMap::from([(self.home(cx).await?, Standing::Channel)]),
            ),
            Who::External { .. } => (Standing::External, HashMap::new()),
        };
        Ok(Reach {
            organization_id: self.organization_id,
            who: self.who,
            at_large,
            standings,
        })
    }
}

impl Reach {
    /// The caller's organization.
    pub fn organization_id(&self) -> OrganizationId {
        self.organization_id
    }

    /// Whether the caller is this person.
    pub fn is_person(&self, user: UserId) -> bool {
        self.who == Who::User(user)
    }

    /// Whether the caller may do this to their organization as a whole.
    pub fn may_at_large(&self, operation: Operation) -> bool {
        rights::may(self.at_large, operation)
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
