//! Changes of an agent: each is one statement that also moves its version.

use diesel::dsl::now;
use diesel::prelude::*;
use diesel::sql_types::{Binary, Uuid};
use diesel_async::RunQueryDsl;
use serde_json::Value;

use super::{Agent, AgentStatus, present};
use crate::digests::ModuleDigest;
use crate::error::StoreError;
use crate::hot;
use crate::ids::{AgentId, OrganizationId};
use crate::pool::Store;
use crate::schema::agents;

/// What to change; what is none stays.
#[derive(Clone, Debug, Default, AsChangeset)]
#[diesel(table_name = agents)]
pub struct AgentChanges {
    /// Another name.
    pub name: Option<String>,
    /// Another configuration, whole.
    pub configuration: Option<Value>,
    /// Other limits, whole.
    pub limits: Option<Value>,
}

/// Changes an agent. A name that is taken is a conflict of `agents_name_key`.
pub async fn update(
    store: &Store,
    owner: OrganizationId,
    id: AgentId,
    changes: AgentChanges,
) -> Result<Agent, StoreError> {
    let moved = (
        agents::version.eq(agents::version + 1),
        agents::updated_at.eq(now),
    );
    let update = diesel::update(present(owner).filter(agents::id.eq(id))).set((changes, moved));
    Ok(update
        .returning(Agent::as_returning())
        .get_result(&mut store.connection().await?)
        .await?)
}

/// Sets whether an agent answers, and why.
pub async fn set_status(
    store: &Store,
    owner: OrganizationId,
    id: AgentId,
    status: AgentStatus,
    reason: Option<&str>,
) -> Result<Agent, StoreError> {
    let started = (status == AgentStatus::Running).then(|| agents::started_at.eq(now));
    let update = diesel::update(present(owner).filter(agents::id.eq(id))).set((
        agents::status.eq(status),
        agents::status_reason.eq(reason),
        started,
        agents::version.eq(agents::version + 1),
        agents::updated_at.eq(now),
    ));
    Ok(update
        .returning(Agent::as_returning())
        .get_result(&mut store.connection().await?)
        .await?)
}

/// The agent and the line of its history, or neither.
const POINT_AT: &str = "
    WITH pointed AS (
        UPDATE agents SET module_digest = $3, trial_digest = NULL, trial_share = NULL, trial_since = NULL,
            version = version + 1, updated_at = now()
        WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL
        RETURNING *
    ), noted AS (
        INSERT INTO agent_modules (organization_id, agent_id, module_digest)
        SELECT organization_id, id, module_digest FROM pointed
    )
    SELECT * FROM pointed";

/// Points an agent at a module of its organization, and notes it in its history. No module is tried any more.
pub async fn point_at(
    store: &Store,
    owner: OrganizationId,
    id: AgentId,
    module: ModuleDigest,
) -> Result<Agent, StoreError> {
    let statement = hot::statement(POINT_AT)
        .bind::<Uuid, _>(owner)
        .bind::<Uuid, _>(id)
        .bind::<Binary, _>(module);
    Ok(statement.get_result(&mut store.connection().await?).await?)
}

/// No channel keeps it as its primary agent, no group has it any more, and its secrets are forgotten. Rows that grew with its traffic stay, and name an
/// agent that is gone.
const DELETE: &str = "
    WITH gone AS (
        UPDATE agents SET status = 'stopped', status_reason = NULL, version = version + 1, updated_at = now(),
            deleted_at = now()
        WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL
        RETURNING organization_id, id
    ), unbound AS (
        UPDATE channels SET primary_agent_id = NULL, version = version + 1, updated_at = now()
        FROM gone
        WHERE channels.organization_id = gone.organization_id AND channels.primary_agent_id = gone.id
    ), unshared AS (
        DELETE FROM shares USING gone
        WHERE shares.organization_id = gone.organization_id AND shares.agent_id = gone.id
    ), forgotten AS (
        DELETE FROM secrets USING gone
        WHERE secrets.organization_id = gone.organization_id AND secrets.agent_id = gone.id
    )
    SELECT FROM gone";

/// Marks an agent deleted, and takes it off the channels that it answers on. Its name is free again.
pub async fn delete(store: &Store, owner: OrganizationId, id: AgentId) -> Result<(), StoreError> {
    let statement = hot::statement(DELETE)
        .bind::<Uuid, _>(owner)
        .bind::<Uuid, _>(id);
    match statement.execute(&mut store.connection().await?).await? {
        0 => Err(StoreError::NotFound),
        _ => Ok(()),
    }
}
