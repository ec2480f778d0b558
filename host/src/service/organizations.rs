//! Organizations: an organization owns projects, people and credentials, and nothing outside it exists for its people.

use serde_json::json;
use store::organizations::{self, Organization};

use super::audit::{self, Change};
use super::names;
use crate::auth::{Caller, Operation};
use crate::context::Context;
use crate::error::{Error, Result};

/// The caller's organization.
pub async fn find(cx: &Context, caller: &Caller) -> Result<Organization> {
    caller
        .require_organization(cx, Operation::ReadOrganization)
        .await?;
    organizations::find(&cx.store, caller.organization_id)
        .await?
        .ok_or_else(|| Error::not_found("Organization", caller.organization_id))
}

/// Gives the caller's organization another name.
pub async fn rename(cx: &Context, caller: &Caller, name: &str) -> Result<Organization> {
    caller
        .require_organization(cx, Operation::ManageOrganization)
        .await?;
    let name = names::name("name", name)?;
    let id = caller.organization_id;
    let change =
        Change::at_large("updateOrganization", "organization", id).with(json!({ "name": name }));
    audit::change(cx, caller, change, async {
        Ok(organizations::rename(&cx.store, id, &name).await?)
    })
    .await
}
