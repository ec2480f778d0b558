//! Providers of language models: a provider is where a project's agents ask. Its key is sealed, and never shown. Which one an
//! agent asks is in [`asked`].

pub mod asked;
mod change;
mod terms;

use std::collections::HashMap;

use chrono::{Days, NaiveDate, Utc};
use store::ids::{ProjectId, ProviderId};
use store::journal::{self, DayOfAgent};
use store::page::{Listed, Stretch};
use store::providers::{self as rows, Provider};

pub use self::change::{Changes, NewProviderInput, create, delete, update};
pub(super) use self::terms::checked_terms;
use super::placed::{self, Within};
use super::projects;
use crate::auth::{Caller, Operation, Reach};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::vault::Aad;

/// Days of usage that are shown at most.
const DAYS: u32 = 366;
/// Rows of usage that are shown at most.
const ROWS: i64 = 1_000;

/// Where a provider's key is sealed.
pub(super) fn key_place(provider: &ProviderId) -> Aad<'static> {
    Aad {
        table: "providers",
        row: provider.uuid(),
        field: "key",
    }
}

/// A provider.
pub async fn find(cx: &Context, caller: &Caller, id: ProviderId) -> Result<Provider> {
    find_for(cx, caller, id, Operation::ReadProject).await
}

/// A stretch of the providers of a project, by slug or id, or of the caller's default one, oldest first.
pub async fn stretch(
    cx: &Context,
    caller: &Caller,
    project: Option<&str>,
    stretch: &Stretch<ProviderId>,
) -> Result<Listed<Provider>> {
    let project = project_for(cx, caller, project, Operation::ReadProject).await?;
    let owner = caller.organization_id;
    let mut lists = rows::of_projects(&cx.store, owner, &[project], stretch).await?;
    Ok(lists.remove(&project).unwrap_or_default())
}

/// The providers that the caller may see among these.
pub async fn find_many(
    cx: &Context,
    reach: &Reach,
    ids: &[ProviderId],
) -> Result<HashMap<ProviderId, Provider>> {
    let found = rows::find_many(&cx.store, reach.organization_id(), ids).await?;
    let seen = |provider: &Provider| reach.may(provider.project_id, Operation::ReadProject);
    Ok(found
        .into_iter()
        .filter(seen)
        .map(|provider| (provider.id, provider))
        .collect())
}

/// A stretch of the providers of each project, oldest first.
pub async fn of_projects(
    cx: &Context,
    reach: &Reach,
    projects: &[Within<ProjectId>],
    stretch: &Stretch<ProviderId>,
) -> Result<HashMap<Within<ProjectId>, Listed<Provider>>> {
    let parents = placed::allowed(reach, projects, Operation::ReadProject);
    let ids = placed::ids(&parents);
    let read = rows::of_projects(&cx.store, reach.organization_id(), &ids, stretch).await?;
    Ok(placed::lists(parents, read, |provider, _| provider))
}

/// What the agents of a project have asked of models on each of the last days, today included, the newest day first.
pub async fn usage(
    cx: &Context,
    caller: &Caller,
    project: Option<&str>,
    days: u32,
) -> Result<Vec<DayOfAgent>> {
    let project = project_for(cx, caller, project, Operation::ReadProject).await?;
    if !(1..=DAYS).contains(&days) {
        let why = format!("`{days}` is not between 1 and {DAYS}");
        return Err(Error::invalid("days", why));
    }
    let since = today() - Days::new(u64::from(days - 1));
    Ok(journal::usage(&cx.store, caller.organization_id, project, since, ROWS).await?)
}

/// The day by which usage counts.
pub fn today() -> NaiveDate {
    Utc::now().date_naive()
}

async fn find_for(
    cx: &Context,
    caller: &Caller,
    id: ProviderId,
    operation: Operation,
) -> Result<Provider> {
    let found = rows::find(&cx.store, caller.organization_id, id).await?;
    let found = found.ok_or_else(|| Error::not_found("Provider", id))?;
    caller.require(cx, found.project_id, operation).await?;
    Ok(found)
}

async fn project_for(
    cx: &Context,
    caller: &Caller,
    project: Option<&str>,
    operation: Operation,
) -> Result<ProjectId> {
    match project {
        Some(name) => Ok(projects::find_for(cx, caller, name, operation).await?.id),
        None => projects::default_for(cx, caller, operation).await,
    }
}
