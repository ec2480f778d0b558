//! What turns have asked of tools: a part of their journals. A turn that is run again finds what it was answered, and nothing is
//! called twice. It is written under the turn's lease.

mod approvals;

use diesel::QueryableByName;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;

use crate::error::StoreError;
use crate::hot;
use crate::ids::{
    AgentId, ContactId, ConversationId, OrganizationId, ProjectId, ToolCallId, TurnId, UserId,
};
use crate::journal::Leased;
use crate::page::Time;
use crate::pool::Store;
use crate::schema::tool_calls;
use crate::words::words;

pub use self::approvals::{By, Open, Parked, asked_of_projects, decide, open, park, wake};

words! {
    /// Where a call stands.
    pub enum CallStatus {
        /// Someone is asked whether it may be made.
        Asked = "asked",
        /// Someone said yes, and the turn has not gone on yet.
        Approved = "approved",
        /// Someone said no, or nobody anything in time.
        Declined = "declined",
        /// The tool was called, and answered; or there is no answer of it.
        Answered = "answered",
    }
}

/// One row.
#[derive(Clone, Debug, Queryable, Selectable, QueryableByName)]
#[diesel(table_name = tool_calls, check_for_backend(diesel::pg::Pg))]
pub struct ToolCall {
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// The turn.
    pub turn_id: TurnId,
    /// The place of the call in its turn, from 0.
    pub call: i32,
    /// Its id.
    pub id: ToolCallId,
    /// The turn's conversation.
    pub conversation_id: ConversationId,
    /// The agent's project.
    pub project_id: ProjectId,
    /// The agent.
    pub agent_id: AgentId,
    /// The tool; none is the question which ones there are.
    pub name: Option<String>,
    /// JSON, as the agent wrote it.
    pub arguments: Option<String>,
    /// The digest of what was asked.
    pub request: Vec<u8>,
    /// Where it stands.
    pub status: CallStatus,
    /// JSON.
    pub answer: Option<Vec<u8>>,
    /// Until when a person may say whether it may be made.
    pub expires_at: Option<Time>,
    /// When they did.
    pub decided_at: Option<Time>,
    /// Who did, where that is a user.
    pub decided_by: Option<UserId>,
    /// Who did, where that is someone in the chat.
    pub decided_by_contact: Option<ContactId>,
    /// When it was asked for.
    pub created_at: Time,
}

/// What was asked for, at a place of a turn.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The place.
    pub call: i32,
    /// The call's id, where it is new.
    pub id: ToolCallId,
    /// The tool; none is the question which ones there are.
    pub name: Option<String>,
    /// JSON, as the agent wrote it.
    pub arguments: Option<String>,
    /// The digest of both.
    pub request: Vec<u8>,
}

/// All that was asked during a turn so far.
pub async fn of_turn(
    store: &Store,
    owner: OrganizationId,
    turn: TurnId,
) -> Result<Vec<ToolCall>, StoreError> {
    let query = tool_calls::table
        .filter(tool_calls::organization_id.eq(owner))
        .filter(tool_calls::turn_id.eq(turn))
        .order(tool_calls::call)
        .select(ToolCall::as_select());
    Ok(query.load(&mut store.connection().await?).await?)
}

/// Those with these ids, in any order.
pub async fn find_many(
    store: &Store,
    owner: OrganizationId,
    ids: &[ToolCallId],
) -> Result<Vec<ToolCall>, StoreError> {
    let query = tool_calls::table
        .filter(tool_calls::organization_id.eq(owner))
        .filter(tool_calls::id.eq_any(ids))
        .filter(tool_calls::name.is_not_null())
        .select(ToolCall::as_select());
    Ok(query.load(&mut store.connection().await?).await?)
}

// The conversation's row is shared for the reason that journal.rs gives.
const RECORD: &str = "
    WITH held AS MATERIALIZED (
        SELECT c.id FROM conversations c
        WHERE c.organization_id = $1 AND c.id = $2 AND c.lease_host = $3 AND c.fence = $4
        FOR SHARE
    ), begun AS (
        -- As in journal.rs, whoever runs the turn again does so on the same module.
        UPDATE turns t SET module_digest = $14
        FROM held
        WHERE t.organization_id = $1 AND t.id = $5 AND t.module_digest IS DISTINCT FROM $14
    )
    INSERT INTO tool_calls (organization_id, conversation_id, turn_id, agent_id, project_id, call, id, name, arguments, request,
        status, answer)
    SELECT $1, $2, $5, $6, $7, $8, $9, $10, $11, $12, 'answered', $13 FROM held
    ON CONFLICT (organization_id, turn_id, call) DO UPDATE
    SET name = excluded.name, arguments = excluded.arguments, request = excluded.request, status = 'answered',
        answer = excluded.answer";

/// Writes down what was answered. False: the turn is another host's by now, and nothing was.
pub async fn record(
    store: &Store,
    turn: &Leased,
    asked: &Asked,
    answer: &[u8],
) -> Result<bool, StoreError> {
    let statement = hot::statement(RECORD)
        .bind::<SqlUuid, _>(turn.organization_id)
        .bind::<SqlUuid, _>(turn.conversation_id)
        .bind::<SqlUuid, _>(turn.host)
        .bind::<BigInt, _>(turn.fence)
        .bind::<SqlUuid, _>(turn.turn_id)
        .bind::<SqlUuid, _>(turn.agent_id)
        .bind::<SqlUuid, _>(turn.project_id)
        .bind::<Integer, _>(asked.call)
        .bind::<SqlUuid, _>(asked.id)
        .bind::<Nullable<Text>, _>(asked.name.as_deref())
        .bind::<Nullable<Text>, _>(asked.arguments.as_deref())
        .bind::<Binary, _>(&asked.request)
        .bind::<Binary, _>(answer)
        .bind::<Nullable<Binary>, _>(turn.module);
    Ok(statement.execute(&mut store.connection().await?).await? > 0)
}

/// Removes what was asked before a time, at most so much, but for what still waits for someone. How much there was.
pub async fn delete_before(store: &Store, time: Time, limit: u32) -> Result<usize, StoreError> {
    let statement = hot::statement(
        "DELETE FROM tool_calls WHERE (organization_id, turn_id, call) IN (
             SELECT organization_id, turn_id, call FROM tool_calls WHERE created_at < $1 AND status <> 'asked' LIMIT $2
         )",
    );
    let statement = statement
        .bind::<Timestamptz, _>(time)
        .bind::<BigInt, _>(i64::from(limit));
    Ok(statement.execute(&mut store.connection().await?).await?)
}
