//! The organization.

use async_graphql::{Context, ID, Object, Result};
use store::organizations::Organization;

use super::resolve::library;
use super::scalars::Time;
use super::{asked_by, failure};
use crate::service::organizations;

/// The owner of projects, people and credentials: nothing outside it exists for its people.
pub(super) struct OrganizationNode(Organization);

/// The owner of projects, people and credentials: nothing outside it exists for its people.
#[Object(name = "Organization", crate = "library")]
impl OrganizationNode {
    /// Its id.
    async fn id(&self) -> ID {
        self.0.id.public().into()
    }

    /// What people call it.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// When it was founded.
    async fn created_at(&self) -> Time {
        Time(self.0.created_at)
    }
}

#[derive(Default)]
pub(super) struct OrganizationsQuery;

#[Object]
impl OrganizationsQuery {
    /// The caller's organization.
    async fn organization(&self, context: &Context<'_>) -> Result<OrganizationNode> {
        let (cx, caller) = asked_by(context)?;
        let found = organizations::find(cx, caller).await;
        found.map(OrganizationNode).map_err(failure::told)
    }
}

#[derive(Default)]
pub(super) struct OrganizationsMutation;

#[Object]
impl OrganizationsMutation {
    /// Gives the caller's organization another name.
    async fn update_organization(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The new name.")] name: String,
    ) -> Result<OrganizationNode> {
        let (cx, caller) = asked_by(context)?;
        let renamed = organizations::rename(cx, caller, &name).await;
        renamed.map(OrganizationNode).map_err(failure::told)
    }
}
