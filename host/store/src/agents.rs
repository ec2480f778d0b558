//! An agent is a named, running or stopped instance of a module, with a configuration, limits and grants of its own.
//! Its version grows with every change of these: what hosts keep of an agent, they keep by its version.

mod change;
mod grants;
mod history;
mod own;
mod trial;

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::{Array, Jsonb, Text, Uuid};
use diesel_async::RunQueryDsl;
use serde_json::Value;

pub use crate::digests::ModuleDigest;
use crate::error::StoreError;
use crate::functions::lower;
use crate::hot;
use crate::ids::{AgentId, OrganizationId, ProjectId, UserId};
use crate::listing::{Listing, listing, read};
use crate::page::{Listed, Page, Stretch, Time};
use crate::pool::Store;
use crate::schema::agents;
use crate::words::words;
pub use change::{AgentChanges, delete, point_at, set_status, update};
pub use grants::{Grant, grant, grants, grants_of, revoke};
pub use history::{PointedAt, history, history_of, pointed_before};
pub use own::{NewOwnAgent, create_own, list_own};
pub use trial::{RanOn, begin_trial, end_trial, ran_on};

words! {
    /// Whether an agent answers.
    pub enum AgentStatus {
        /// It does not, because its owner said so or it is new.
        Stopped = "stopped",
        /// It will, once its module is compiled.
        Starting = "starting",
        /// It does.
        Running = "running",
        /// It does not, for the reason given.
        Failed = "failed",
    }
}

/// One row.
#[derive(Clone, Debug, Queryable, Selectable, QueryableByName)]
#[diesel(table_name = agents, check_for_backend(diesel::pg::Pg))]
pub struct Agent {
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// Its id.
    pub id: AgentId,
    /// Where it lives.
    pub project_id: ProjectId,
    /// Its name, unique whatever its case: in the project, or, where someone made it for themselves, among theirs.
    pub name: String,
    /// Whose it is, where someone made it for themselves.
    pub owner_id: Option<UserId>,
    /// The module that it points at.
    pub module_digest: Option<ModuleDigest>,
    /// The module that is tried in a share of its conversations, where one is.
    pub trial_digest: Option<ModuleDigest>,
    /// In so many of a hundred.
    pub trial_share: Option<i16>,
    /// Since when.
    pub trial_since: Option<Time>,
    /// What the module gets with every event.
    pub configuration: Value,
    /// Limits lower than the host's.
    pub limits: Value,
    /// Whether it answers.
    pub status: AgentStatus,
    /// Why it is in that status, where there is something to say.
    pub status_reason: Option<String>,
    /// Grows with every change of the above and of the grants.
    pub version: i64,
    /// Grows with every commit that changed the agent's own state.
    pub state_version: i64,
    /// Since when.
    pub created_at: Time,
    /// When it was last changed.
    pub updated_at: Time,
}

/// An agent to make, stopped and without a module.
#[derive(Clone, Debug)]
pub struct NewAgent {
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// Its id.
    pub id: AgentId,
    /// Where it lives.
    pub project_id: ProjectId,
    /// Its name.
    pub name: String,
    /// What the module gets with every event: an object.
    pub configuration: Value,
    /// Limits lower than the host's: an object.
    pub limits: Value,
    /// The capabilities that it is granted from the start, without terms.
    pub capabilities: Vec<String>,
}

/// With its grants, in one statement.
const CREATE: &str = "
    WITH made AS (
        INSERT INTO agents (organization_id, id, project_id, name, configuration, limits)
        VALUES ($1, $2, $3, $4, $5, $6)
        RETURNING *
    ), granted AS (
        INSERT INTO grants (organization_id, agent_id, capability)
        SELECT made.organization_id, made.id, capability FROM made, unnest($7) AS capability
    )
    SELECT * FROM made";

/// Makes an agent. A name that is taken is a conflict of `agents_name_key`.
pub async fn create(store: &Store, new: NewAgent) -> Result<Agent, StoreError> {
    let statement = hot::statement(CREATE)
        .bind::<Uuid, _>(new.organization_id)
        .bind::<Uuid, _>(new.id)
        .bind::<Uuid, _>(new.project_id)
        .bind::<Text, _>(new.name)
        .bind::<Jsonb, _>(new.configuration)
        .bind::<Jsonb, _>(new.limits)
        .bind::<Array<Text>, _>(new.capabilities);
    Ok(statement.get_result(&mut store.connection().await?).await?)
}

/// The modules of agents that are running, of all organizations: those first whose agents were changed last.
pub async fn modules_of_running(
    store: &Store,
    limit: u32,
) -> Result<Vec<ModuleDigest>, StoreError> {
    let digests = agents::table
        .filter(agents::status.eq(AgentStatus::Running))
        .filter(agents::deleted_at.is_null())
        .filter(agents::module_digest.is_not_null())
        .group_by(agents::module_digest)
        .order(diesel::dsl::max(agents::updated_at).desc())
        .select(agents::module_digest.assume_not_null())
        .limit(limit.into());
    Ok(digests.load(&mut store.connection().await?).await?)
}

/// Those of an organization that are not deleted.
#[diesel::dsl::auto_type(no_type_alias)]
fn present(organization_id: OrganizationId) -> _ {
    agents::table
        .filter(agents::organization_id.eq(organization_id))
        .filter(agents::deleted_at.is_null())
}

/// The one with this id.
pub async fn find(
    store: &Store,
    owner: OrganizationId,
    id: AgentId,
) -> Result<Option<Agent>, StoreError> {
    let query = present(owner)
        .filter(agents::id.eq(id))
        .select(Agent::as_select());
    Ok(query
        .get_result(&mut store.connection().await?)
        .await
        .optional()?)
}

/// The one of the project itself with this name, whatever its case.
pub async fn find_by_name(
    store: &Store,
    owner: OrganizationId,
    project: ProjectId,
    name: &str,
) -> Result<Option<Agent>, StoreError> {
    let query = present(owner)
        .filter(agents::project_id.eq(project))
        .filter(agents::owner_id.is_null())
        .filter(lower(agents::name).eq(lower(name)))
        .select(Agent::as_select());
    Ok(query
        .get_result(&mut store.connection().await?)
        .await
        .optional()?)
}

/// Those of a project, oldest first.
pub async fn list(
    store: &Store,
    owner: OrganizationId,
    project: ProjectId,
    page: Page<AgentId>,
) -> Result<Vec<Agent>, StoreError> {
    let query = present(owner)
        .filter(agents::project_id.eq(project))
        .filter(agents::id.gt(page.after.unwrap_or(AgentId::nil())))
        .order(agents::id)
        .limit(page.limit.into())
        .select(Agent::as_select());
    Ok(query.load(&mut store.connection().await?).await?)
}

/// Those with these ids, in any order.
pub async fn find_many(
    store: &Store,
    owner: OrganizationId,
    ids: &[AgentId],
) -> Result<Vec<Agent>, StoreError> {
    let query = present(owner)
        .filter(agents::id.eq_any(ids))
        .select(Agent::as_select());
    Ok(query.load(&mut store.connection().await?).await?)
}

const OF_PROJECTS: Listing = listing!(
    Up,
    "agents",
    "project_id",
    "id",
    " AND t.deleted_at IS NULL"
);

/// Those of each project, oldest first.
pub async fn of_projects(
    store: &Store,
    owner: OrganizationId,
    projects: &[ProjectId],
    stretch: &Stretch<AgentId>,
) -> Result<HashMap<ProjectId, Listed<Agent>>, StoreError> {
    read!(store, OF_PROJECTS, owner, projects, stretch, Uuid; |row: &Agent| row.project_id, |row| row.id)
}
