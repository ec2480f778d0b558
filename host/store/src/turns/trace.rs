//! The trace of a turn, as its owner sees it: what started it, how long it waited and ran, how it ended.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::ids::{AgentId, ConversationId, MessageId, OrganizationId, TurnId};
use crate::modules::ModuleDigest;
use crate::page::{Page, Time};
use crate::schema::turns;
use crate::{Store, StoreError};

/// One row.
#[derive(Debug, Clone, Queryable, Selectable, QueryableByName)]
#[diesel(table_name = turns, check_for_backend(diesel::pg::Pg))]
pub struct TurnTrace {
    /// Its id.
    pub id: TurnId,
    /// The conversation.
    pub conversation_id: ConversationId,
    /// Its place in the conversation, from 1.
    pub position: i64,
    /// Who ran it, or is to.
    pub agent_id: Option<AgentId>,
    /// The message that started it; none where a timer did.
    pub message_id: Option<MessageId>,
    /// `queued` (also while it runs), `done`, `failed` or `skipped`.
    pub status: String,
    /// How often it was started.
    pub attempts: i16,
    /// The module that ran it.
    pub module_digest: Option<ModuleDigest>,
    /// When it was added: what a list is sorted by.
    pub queued_at: Time,
    /// When it was last started.
    pub started_at: Option<Time>,
    /// When it ended.
    pub finished_at: Option<Time>,
    /// Microseconds in the guest's own code.
    pub guest_micros: Option<i64>,
    /// Calls of the host.
    pub host_calls: Option<i32>,
    /// Bytes of memory at most.
    pub memory_peak: Option<i64>,
    /// A stable name of what went wrong.
    pub error_code: Option<String>,
    /// What went wrong.
    pub error: Option<String>,
}

/// The one with this id.
pub async fn trace(
    store: &Store,
    owner: OrganizationId,
    turn: TurnId,
) -> Result<Option<TurnTrace>, StoreError> {
    let query = turns::table
        .filter(turns::organization_id.eq(owner))
        .filter(turns::id.eq(turn))
        .select(TurnTrace::as_select());
    let mut connection = store.connection().await?;
    Ok(query.get_result(&mut connection).await.optional()?)
}

/// Those of an agent, the newest first; the key of a page is when a turn was queued.
pub async fn traces(
    store: &Store,
    owner: OrganizationId,
    agent: AgentId,
    page: Page<DateTime<Utc>>,
) -> Result<Vec<TurnTrace>, StoreError> {
    let mut query = turns::table
        .filter(turns::organization_id.eq(owner))
        .filter(turns::agent_id.eq(agent))
        .order(turns::queued_at.desc())
        .limit(page.limit.into())
        .select(TurnTrace::as_select())
        .into_boxed();
    if let Some(after) = page.after {
        query = query.filter(turns::queued_at.lt(after));
    }
    Ok(query.load(&mut store.connection().await?).await?)
}
