//! A secret of an agent: what its owner has stored, sealed, to be put into the agent's requests to some hosts.

use diesel::QueryableByName;
use diesel::prelude::*;
use diesel::sql_types::{Array, Binary, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;

use crate::error::StoreError;
use crate::hot;
use crate::ids::{AgentId, OrganizationId, SecretId};
use crate::page::Time;
use crate::pool::Store;
use crate::schema::secrets;

/// One row.
#[derive(Clone, Debug, Queryable, Selectable, QueryableByName)]
#[diesel(table_name = secrets, check_for_backend(diesel::pg::Pg))]
pub struct AgentSecret {
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// The agent that it is for.
    pub agent_id: AgentId,
    /// What its owner calls it: unique among the agent's.
    pub name: String,
    /// What the value is sealed for.
    pub id: SecretId,
    /// The value, sealed.
    pub value: Vec<u8>,
    /// The hosts that it is for.
    pub hosts: Vec<String>,
    /// Since when there is one of this name.
    pub created_at: Time,
    /// When this value was stored.
    pub updated_at: Time,
}

/// A row as it is to be.
#[derive(Clone, Debug)]
pub struct Written {
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// The agent.
    pub agent_id: AgentId,
    /// Its name.
    pub name: String,
    /// What the value is sealed for.
    pub id: SecretId,
    /// The value, sealed.
    pub value: Vec<u8>,
    /// The hosts.
    pub hosts: Vec<String>,
}

/// The agent is there until the secret is.
const WRITE: &str = "
    WITH agent AS MATERIALIZED (
        SELECT organization_id, id FROM agents
        WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL
        FOR SHARE
    )
    INSERT INTO secrets AS s (organization_id, agent_id, name, id, value, hosts)
    SELECT organization_id, id, $3, $4, $5, $6 FROM agent
    ON CONFLICT (organization_id, agent_id, name) DO UPDATE
    SET id = excluded.id, value = excluded.value, hosts = excluded.hosts, updated_at = now()
    RETURNING s.*";

/// Stores a secret, in the place of one of the same name. `NotFound` where the agent is gone.
pub async fn write(store: &Store, new: &Written) -> Result<AgentSecret, StoreError> {
    let statement = hot::statement(WRITE)
        .bind::<SqlUuid, _>(new.organization_id)
        .bind::<SqlUuid, _>(new.agent_id)
        .bind::<Text, _>(&new.name)
        .bind::<SqlUuid, _>(new.id)
        .bind::<Binary, _>(&new.value)
        .bind::<Array<Text>, _>(&new.hosts);
    Ok(statement.get_result(&mut store.connection().await?).await?)
}

/// Removes a secret, and returns it as it was.
pub async fn delete(
    store: &Store,
    owner: OrganizationId,
    agent: AgentId,
    name: &str,
) -> Result<AgentSecret, StoreError> {
    let row = secrets::table.find((owner, agent, name));
    Ok(diesel::delete(row)
        .returning(AgentSecret::as_returning())
        .get_result(&mut store.connection().await?)
        .await?)
}

/// The secrets of some agents, by agent and name.
pub async fn of_agents(
    store: &Store,
    owner: OrganizationId,
    agents: &[AgentId],
) -> Result<Vec<AgentSecret>, StoreError> {
    let query = secrets::table
        .filter(secrets::organization_id.eq(owner))
        .filter(secrets::agent_id.eq_any(agents))
        .order((secrets::agent_id, secrets::name))
        .select(AgentSecret::as_select());
    Ok(query.load(&mut store.connection().await?).await?)
}
