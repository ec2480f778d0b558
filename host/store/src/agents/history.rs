//! The history of an agent: which module it pointed at since when, and so what it can be rolled back to.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::digests::ModuleDigest;
use crate::error::StoreError;
use crate::ids::{AgentId, OrganizationId};
use crate::page::{Page, Time};
use crate::pool::Store;
use crate::schema::agent_modules;

/// One row.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = agent_modules, check_for_backend(diesel::pg::Pg))]
pub struct PointedAt {
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
