//! A grant is a capability that an owner allowed an agent, on terms.

use diesel::prelude::*;
use diesel::sql_types::{Jsonb, Text, Uuid};
use diesel_async::RunQueryDsl;
use serde_json::Value;

use crate::error::StoreError;
use crate::hot;
use crate::ids::{AgentId, OrganizationId};
use crate::page::Time;
use crate::pool::Store;
use crate::schema::grants;

/// One row.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct Grant {
    /// To whom.
    pub agent_id: AgentId,
    /// The capability's name.
    pub capability: String,
    /// What it is bound to, such as the hosts of `http`.
    pub terms: Value,
    /// Since when.
    pub created_at: Time,
}

const GRANT: &str = "
    WITH changed AS (
        UPDATE agents SET version = version + 1, updated_at = now()
        WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL
        RETURNING organization_id, id
    )
    INSERT INTO grants (organization_id, agent_id, capability, terms)
    SELECT organization_id, id, $3, $4 FROM changed
    ON CONFLICT (organization_id, agent_id, capability) DO UPDATE SET terms = excluded.terms";

const REVOKE: &str = "
    WITH gone AS (
        DELETE FROM grants WHERE organization_id = $1 AND agent_id = $2 AND capability = $3
        RETURNING organization_id, agent_id
    )
    UPDATE agents SET version = version + 1, updated_at = now()
    FROM gone WHERE agents.organization_id = gone.organization_id AND agents.id = gone.agent_id";

/// Grants an agent a capability, or changes the terms of a grant.
pub async fn grant(
    store: &Store,
    owner: OrganizationId,
    agent: AgentId,
    capability: &str,
    terms: Value,
) -> Result<(), StoreError> {
    let statement = hot::statement(GRANT)
        .bind::<Uuid, _>(owner)
        .bind::<Uuid, _>(agent)
        .bind::<Text, _>(capability)
        .bind::<Jsonb, _>(terms);
    found(statement.execute(&mut store.connection().await?).await?)
}

/// Takes a grant back.
pub async fn revoke(
    store: &Store,
    owner: OrganizationId,
    agent: AgentId,
    capability: &str,
) -> Result<(), StoreError> {
    let statement = hot::statement(REVOKE)
        .bind::<Uuid, _>(owner)
        .bind::<Uuid, _>(agent)
        .bind::<Text, _>(capability);
    found(statement.execute(&mut store.connection().await?).await?)
}

/// The grants of an agent, by capability.
pub async fn grants(
    store: &Store,
    owner: OrganizationId,
    agent: AgentId,
) -> Result<Vec<Grant>, StoreError> {
    let query = grants::table
        .filter(grants::organization_id.eq(owner))
        .filter(grants::agent_id.eq(agent))
        .order(grants::capability)
        .select(Grant::as_select());
    Ok(query.load(&mut store.connection().await?).await?)
}

/// The grants of each agent, by agent and capability.
pub async fn grants_of(
    store: &Store,
    owner: OrganizationId,
    agents: &[AgentId],
) -> Result<Vec<Grant>, StoreError> {
    let query = grants::table
        .filter(grants::organization_id.eq(owner))
        .filter(grants::agent_id.eq_any(agents))
        .order((grants::agent_id, grants::capability))
        .select(Grant::as_select());
    Ok(query.load(&mut store.connection().await?).await?)
}

fn found(rows: usize) -> Result<(), StoreError> {
    if rows == 0 {
        Err(StoreError::NotFound)
    } else {
        Ok(())
    }
}
