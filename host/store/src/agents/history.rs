//! The history of an agent: which module it pointed at since when, and so what it can be rolled back to.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;

use crate::digests::ModuleDigest;
use crate::error::StoreError;
use crate::ids::{AgentId, OrganizationId};
use crate::listing::{Listing, listing, read};
use crate::page::{Listed, Page, Stretch, Time};
use crate::pool::Store;
use crate::schema::agent_modules;

/// One row.
#[derive(Clone, Debug, Queryable, Selectable, QueryableByName)]
#[diesel(table_name = agent_modules, check_for_backend(diesel::pg::Pg))]
pub struct PointedAt {
    /// The agent.
    pub agent_id: AgentId,
    /// Grows from one to the next; the key of a page.
    pub sequence: i64,
    /// The module.
    pub module_digest: ModuleDigest,
    /// Since when.
    pub created_at: Time,
}

/// What an agent pointed at, the latest first: the first is what it points at now.
pub async fn history(
    store: &Store,
    owner: OrganizationId,
    agent: AgentId,
    page: Page<i64>,
) -> Result<Vec<PointedAt>, StoreError> {
    let query = agent_modules::table
        .filter(agent_modules::organization_id.eq(owner))
        .filter(agent_modules::agent_id.eq(agent))
        .filter(agent_modules::sequence.lt(page.after.unwrap_or(i64::MAX)))
        .order(agent_modules::sequence.desc())
        .limit(page.limit.into())
        .select(PointedAt::as_select());
    Ok(query.load(&mut store.connection().await?).await?)
}

const OF_AGENTS: Listing = listing!(Down, "agent_modules", "agent_id", "sequence");

/// What each agent pointed at, the latest first.
pub async fn history_of(
    store: &Store,
    owner: OrganizationId,
    agents: &[AgentId],
    stretch: &Stretch<i64>,
) -> Result<HashMap<AgentId, Listed<PointedAt>>, StoreError> {
    read!(store, OF_AGENTS, owner, agents, stretch, BigInt; |row: &PointedAt| row.agent_id, |row| row.sequence)
}

/// The module that an agent pointed at last before `current`, or the one named if it ever did: what it is rolled back to.
pub async fn pointed_before(
    store: &Store,
    owner: OrganizationId,
    agent: AgentId,
    current: ModuleDigest,
    wanted: Option<ModuleDigest>,
) -> Result<Option<ModuleDigest>, StoreError> {
    let mut query = agent_modules::table
        .filter(agent_modules::organization_id.eq(owner))
        .filter(agent_modules::agent_id.eq(agent))
        .filter(agent_modules::module_digest.ne(current))
        .order(agent_modules::sequence.desc())
        .select(agent_modules::module_digest)
        .into_boxed();
    if let Some(wanted) = wanted {
        query = query.filter(agent_modules::module_digest.eq(wanted));
    }
    let mut connection = store.connection().await?;
    Ok(query.first(&mut connection).await.optional()?)
}
