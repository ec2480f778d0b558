//! Trials: a module that is tried in a share of an agent's conversations.

use std::collections::HashMap;

use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Binary, Integer, SmallInt, Timestamptz, Uuid};
use diesel_async::RunQueryDsl;

use super::Agent;
use crate::digests::ModuleDigest;
use crate::error::StoreError;
use crate::hot;
use crate::ids::{AgentId, OrganizationId};
use crate::page::Time;
use crate::pool::Store;

const BEGIN: &str = "
    UPDATE agents SET trial_digest = $3, trial_share = $4,
        trial_since = CASE WHEN trial_digest = $3 THEN trial_since ELSE now() END,
        version = version + 1, updated_at = now()
    WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL AND module_digest <> $3
        AND (trial_digest IS NULL OR trial_digest = $3 AND trial_share <= $4)
    RETURNING *";

/// Has a module tried in so many of a hundred conversations. `NotFound` also where the agent points at that module, or at none,
/// tries another one, or tries this one in more.
pub async fn begin_trial(
    store: &Store,
    owner: OrganizationId,
    id: AgentId,
    module: ModuleDigest,
    share: i16,
) -> Result<Agent, StoreError> {
    let statement = hot::statement(BEGIN)
        .bind::<Uuid, _>(owner)
        .bind::<Uuid, _>(id)
        .bind::<Binary, _>(module)
        .bind::<SmallInt, _>(share);
    Ok(statement.get_result(&mut store.connection().await?).await?)
}

const END: &str = "
    UPDATE agents SET trial_digest = NULL, trial_share = NULL, trial_since = NULL, version = version + 1, updated_at = now()
    WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL
    RETURNING *";

/// Has no module tried any more.
pub async fn end_trial(
    store: &Store,
    owner: OrganizationId,
    id: AgentId,
) -> Result<Agent, StoreError> {
    let statement = hot::statement(END)
        .bind::<Uuid, _>(owner)
        .bind::<Uuid, _>(id);
    Ok(statement.get_result(&mut store.connection().await?).await?)
}

/// What the turns did that one module ran for one agent.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct RanOn {
    /// The agent.
    #[diesel(sql_type = Uuid)]
    pub agent_id: AgentId,
    /// The module.
    #[diesel(sql_type = Binary)]
    pub module_digest: ModuleDigest,
    /// Turns that have ended.
    #[diesel(sql_type = BigInt)]
    pub turns: i64,
    /// Those among them that failed.
    #[diesel(sql_type = BigInt)]
    pub failed: i64,
    /// When the last of them was queued.
    #[diesel(sql_type = Timestamptz)]
    pub last_at: Time,
}

/// What the turns of each agent did that were queued in the last so many days, by module, the one that ran last first.
pub async fn ran_on(
    store: &Store,
    owner: OrganizationId,
    agents: &[AgentId],
    days: i32,
) -> Result<HashMap<AgentId, Vec<RanOn>>, StoreError> {
    let statement = hot::statement(
        "SELECT agent_id, module_digest, count(*) AS turns, count(*) FILTER (WHERE status = 'failed') AS failed,
             max(queued_at) AS last_at
         FROM turns
         WHERE organization_id = $1 AND agent_id = ANY ($2) AND queued_at >= now() - make_interval(days => $3)
             AND status IN ('done', 'failed') AND module_digest IS NOT NULL
         GROUP BY agent_id, module_digest
         ORDER BY last_at DESC, module_digest",
    );
    let rows: Vec<RanOn> = statement
        .bind::<Uuid, _>(owner)
        .bind::<Array<Uuid>, _>(agents)
        .bind::<Integer, _>(days)
        .load(&mut store.connection().await?)
        .await?;
    let mut found: HashMap<AgentId, Vec<RanOn>> = HashMap::new();
    for row in rows {
        found.entry(row.agent_id).or_default().push(row);
    }
    Ok(found)
}
