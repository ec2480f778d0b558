//! Agents that people made for themselves.

use diesel::prelude::*;
use diesel::sql_types::{Array, Binary, Jsonb, Text, Uuid};
use diesel_async::{AsyncConnection, RunQueryDsl};
use serde_json::json;

use super::{Agent, present};
use crate::digests::ModuleDigest;
use crate::error::StoreError;
use crate::hot;
use crate::ids::{AgentId, OrganizationId, ProjectId, UserId};
use crate::pool::Store;
use crate::schema::{agents, users};

/// An agent to make: it points at a module, and runs.
#[derive(Clone, Debug)]
pub struct NewOwnAgent {
    /// In which organization.
    pub organization_id: OrganizationId,
    /// Its id.
    pub id: AgentId,
    /// Where it lives.
    pub project_id: ProjectId,
    /// Whose it is.
    pub owner_id: UserId,
    /// Its name.
    pub name: String,
    /// The module that it points at.
    pub module: ModuleDigest,
    /// The capabilities that it is granted, without terms.
    pub capabilities: Vec<String>,
}

/// With its grants and its history, in one statement.
const CREATE: &str = "
    WITH made AS (
        INSERT INTO agents (
            organization_id, id, project_id, owner_id, name, module_digest, configuration, limits, status
        )
        VALUES ($1, $2, $3, $4, $5, $6, $8, $8, 'running')
        RETURNING *
    ), granted AS (
        INSERT INTO grants (organization_id, agent_id, capability)
        SELECT made.organization_id, made.id, capability FROM made, unnest($7) AS capability
    ), noted AS (
        INSERT INTO agent_modules (organization_id, agent_id, module_digest)
        SELECT organization_id, id, module_digest FROM made
    )
    SELECT * FROM made";

/// Makes an agent, where its owner has fewer than `most`; else nothing. A name that is taken is a conflict of
/// `agents_own_name_key`.
pub async fn create_own(
    store: &Store,
    new: NewOwnAgent,
    most: Option<i64>,
) -> Result<Option<Agent>, StoreError> {
    let mut connection = store.connection().await?;
    connection
        .transaction(async |connection| {
            if let Some(most) = most {
                // Of two that are made at once, one is counted by the other.
                users::table
                    .find(new.owner_id)
                    .select(users::id)
                    .for_no_key_update()
                    .get_result::<UserId>(connection)
                    .await?;
                let own = present(new.organization_id).filter(agents::owner_id.eq(new.owner_id));
                let count: i64 = own.count().get_result(connection).await?;
                if count >= most {
                    return Ok(None);
                }
            }
            let statement = hot::statement(CREATE)
                .bind::<Uuid, _>(new.organization_id)
                .bind::<Uuid, _>(new.id)
                .bind::<Uuid, _>(new.project_id)
                .bind::<Uuid, _>(new.owner_id)
                .bind::<Text, _>(&new.name)
                .bind::<Binary, _>(new.module)
                .bind::<Array<Text>, _>(&new.capabilities)
                .bind::<Jsonb, _>(json!({}));
            Ok(Some(statement.get_result(connection).await?))
        })
        .await
}

/// Those of a person, oldest first.
pub async fn list_own(
    store: &Store,
    organization: OrganizationId,
    owner: UserId,
    limit: u32,
) -> Result<Vec<Agent>, StoreError> {
    let query = present(organization)
        .filter(agents::owner_id.eq(owner))
        .order(agents::id)
        .limit(limit.into())
        .select(Agent::as_select());
    Ok(query.load(&mut store.connection().await?).await?)
}
