//! The trace of a turn, as its owner sees it: what started it, how long it waited and ran, how it ended.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Timestamptz, Uuid};
use diesel_async::RunQueryDsl;

use crate::ids::{AgentId, ConversationId, MessageId, OrganizationId, TurnId};
use crate::listing::{Listing, listing, read};
use crate::modules::ModuleDigest;
use crate::page::{Listed, Order, Page, Stretch, Time, far};
use crate::schema::turns;
use crate::{Store, StoreError, hot};

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

/// Those with these ids, in any order.
pub async fn find_many(
    store: &Store,
    owner: OrganizationId,
    ids: &[TurnId],
) -> Result<Vec<TurnTrace>, StoreError> {
    let query = turns::table
        .filter(turns::organization_id.eq(owner))
        .filter(turns::id.eq_any(ids))
        .select(TurnTrace::as_select());
    Ok(query.load(&mut store.connection().await?).await?)
}

const OF_CONVERSATIONS: Listing = listing!(Down, "turns", "conversation_id", "position");

/// Those of each conversation, the newest first.
pub async fn of_conversations(
    store: &Store,
    owner: OrganizationId,
    conversations: &[ConversationId],
    stretch: &Stretch<i64>,
) -> Result<HashMap<ConversationId, Listed<TurnTrace>>, StoreError> {
    let place = |row: &TurnTrace| row.position;
    read!(store, OF_CONVERSATIONS, owner, conversations, stretch, BigInt; |row: &TurnTrace| row.conversation_id, place)
}

/// Where a turn stands among those of an agent: by when it was queued, and of the same moment by its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Moment {
    /// When.
    pub queued_at: Time,
    /// Which.
    pub id: TurnId,
}

impl Moment {
    /// Where a turn stands.
    pub fn of(turn: &TurnTrace) -> Self {
        Moment {
            queued_at: turn.queued_at,
            id: turn.id,
        }
    }
}

/// As [`listing`], by a key of two columns.
macro_rules! of_agents {
    ($direction:literal) => {
        concat!(
            "SELECT listed.* FROM unnest($2) AS given (parent) CROSS JOIN LATERAL (
                SELECT t.* FROM turns t
                WHERE t.organization_id = $1 AND t.agent_id = given.parent
                    AND (t.queued_at, t.id) > ($3, $4) AND (t.queued_at, t.id) < ($5, $6)
                ORDER BY t.queued_at ",
            $direction,
            ", t.id ",
            $direction,
            " LIMIT $7) AS listed"
        )
    };
}

const OF_AGENTS: Listing = Listing {
    up: of_agents!("ASC"),
    down: of_agents!("DESC"),
    order: Order::Down,
};

/// Those of each agent, the newest first.
pub async fn of_agents(
    store: &Store,
    owner: OrganizationId,
    agents: &[AgentId],
    stretch: &Stretch<Moment>,
) -> Result<HashMap<AgentId, Listed<TurnTrace>>, StoreError> {
    let first = Moment {
        queued_at: DateTime::UNIX_EPOCH,
        id: TurnId::nil(),
    };
    let last = Moment {
        queued_at: far(),
        id: TurnId::nil(),
    };
    let (low, high) = (
        stretch.before.unwrap_or(first),
        stretch.after.unwrap_or(last),
    );
    let statement = hot::statement(OF_AGENTS.text(stretch))
        .bind::<Uuid, _>(owner)
        .bind::<Array<Uuid>, _>(agents)
        .bind::<Timestamptz, _>(low.queued_at)
        .bind::<Uuid, _>(low.id)
        .bind::<Timestamptz, _>(high.queued_at)
        .bind::<Uuid, _>(high.id)
        .bind::<BigInt, _>(i64::from(stretch.limit) + 1);
    let rows = statement.load(&mut store.connection().await?).await?;
    let agent = |row: &TurnTrace| row.agent_id.unwrap_or(AgentId::nil());
    Ok(OF_AGENTS.by_parent(rows, stretch, agent, Moment::of))
}
