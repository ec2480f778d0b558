//! Calls before which a person is asked: turns that wait for the answer, and the answers.

use std::collections::HashMap;

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Binary, Bool, Integer, Jsonb, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;

use super::{Asked, ToolCall};
use crate::error::StoreError;
use crate::hot;
use crate::ids::{ContactId, OrganizationId, ProjectId, ToolCallId, UserId};
use crate::journal::Leased;
use crate::listing::{Listing, listing, read};
use crate::page::{Listed, Stretch};
use crate::pool::Store;
use crate::turns::Speech;

/// What became of a turn that was to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, QueryableByName)]
pub struct Parked {
    /// Whether it was still this host's.
    #[diesel(sql_type = Bool)]
    pub is_held: bool,
    /// Whether the question was said now.
    #[diesel(sql_type = Bool)]
    pub is_fresh: bool,
}

/// Has a turn wait for what a person says to this question, and lets its conversation go.
pub async fn park(
    store: &Store,
    turn: &Leased,
    asked: &Asked,
    millis: i64,
    question: &Speech,
) -> Result<Parked, StoreError> {
    let statement = hot::statement(include_str!("../sql/park.sql"))
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
        .bind::<BigInt, _>(millis)
        .bind::<SqlUuid, _>(question.message_id)
        .bind::<Text, _>(&question.text)
        .bind::<Nullable<Jsonb>, _>(question.content.as_ref())
        .bind::<Nullable<SqlUuid>, _>(question.chat_id)
        .bind::<Nullable<SqlUuid>, _>(question.delivery_id)
        .bind::<Nullable<Binary>, _>(turn.module);
    Ok(statement.get_result(&mut store.connection().await?).await?)
}

/// Who said whether a call may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// A user.
    User(UserId),
    /// Someone in the chat, with the message at this place of the conversation: where it says nothing else, no agent hears it.
    Contact {
        /// Who.
        contact: ContactId,
        /// The place of the turn that their message would be.
        position: i64,
        /// Whether the message says nothing else.
        is_all: bool,
    },
    /// Nobody did in time.
    Nobody,
}

// The turn's row and that of the message are of one conversation; whoever runs it now looks at the call when it asks again.
const DECIDE: &str = r#"
    WITH decided AS (
        UPDATE tool_calls
        SET status = CASE WHEN $3 THEN 'approved' ELSE 'declined' END, decided_at = now(), decided_by = $4,
            decided_by_contact = $5
        WHERE organization_id = $1 AND id = $2 AND status = 'asked'
        RETURNING *
    ), woken AS (
        UPDATE turns t
        SET ready_at = t.queued_at
        FROM decided d
        WHERE t.organization_id = d.organization_id AND t.id = d.turn_id AND t.status = 'queued' AND t.ready_at = 'infinity'
    ), heard AS (
        UPDATE turns t
        SET agent_id = NULL, event = '{"canned": []}'
        FROM decided d
        WHERE t.organization_id = d.organization_id AND t.conversation_id = d.conversation_id AND t.position = $6
            AND t.status = 'queued'
    )
    SELECT * FROM decided"#;

/// Writes down what someone said, and has the turn go on. None: someone did before, or it waits no more.
pub async fn decide(
    store: &Store,
    owner: OrganizationId,
    id: ToolCallId,
    is_allowed: bool,
    by: By,
) -> Result<Option<ToolCall>, StoreError> {
    let (user, contact, heard) = match by {
        By::User(user) => (Some(user), None, None),
        By::Contact {
            contact,
            position,
            is_all,
        } => (None, Some(contact), is_all.then_some(position)),
        By::Nobody => (None, None, None),
    };
    let statement = hot::statement(DECIDE)
        .bind::<SqlUuid, _>(owner)
        .bind::<SqlUuid, _>(id)
        .bind::<Bool, _>(is_allowed)
        .bind::<Nullable<SqlUuid>, _>(user)
        .bind::<Nullable<SqlUuid>, _>(contact)
        .bind::<Nullable<BigInt>, _>(heard);
    let decided: Vec<ToolCall> = statement.load(&mut store.connection().await?).await?;
    Ok(decided.into_iter().next())
}

/// A call that waits, with what has come for it.
#[derive(Clone, Debug, QueryableByName)]
pub struct Open {
    /// Whose it is.
    #[diesel(sql_type = SqlUuid)]
    pub organization_id: OrganizationId,
    /// The call.
    #[diesel(sql_type = SqlUuid)]
    pub id: ToolCallId,
    /// Whether nobody may say anything any more.
    #[diesel(sql_type = Bool)]
    pub is_over: bool,
    /// The place of the next message in the conversation of whoever is asked.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub position: Option<i64>,
    /// Who wrote it.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub contact_id: Option<ContactId>,
    /// What it says.
    #[diesel(sql_type = Nullable<Text>)]
    pub text: Option<String>,
}

// In a group, whoever asked for something says whether it may be done; where nobody did, anyone.
const OPEN: &str = "
    SELECT k.organization_id, k.id,
        k.expires_at <= now() OR t.status IS DISTINCT FROM 'queued' AS is_over,
        n.position, n.contact_id, n.text
    FROM tool_calls k
    LEFT JOIN turns t ON t.organization_id = k.organization_id AND t.id = k.turn_id
    LEFT JOIN messages m ON m.organization_id = t.organization_id AND m.id = t.message_id
    LEFT JOIN LATERAL (
        SELECT q.position, s.contact_id, s.text
        FROM turns q
        JOIN messages s ON s.organization_id = q.organization_id AND s.id = q.message_id
        WHERE q.organization_id = k.organization_id AND q.conversation_id = k.conversation_id AND q.position > t.position
            AND q.status = 'queued' AND (m.contact_id IS NULL OR s.contact_id = m.contact_id)
        ORDER BY q.position
        LIMIT 1
    ) n ON true
    WHERE k.status = 'asked'
        AND (k.expires_at <= now() OR t.status IS DISTINCT FROM 'queued' OR n.position IS NOT NULL)
    LIMIT $1";

/// Calls that wait and for which something has come, or whose time is over.
pub async fn open(store: &Store, most: i64) -> Result<Vec<Open>, StoreError> {
    let statement = hot::statement(OPEN).bind::<BigInt, _>(most);
    Ok(statement.load(&mut store.connection().await?).await?)
}

// A turn that was let go at the very moment when it was answered is found here.
const WAKE: &str = "
    UPDATE turns t
    SET ready_at = t.queued_at
    FROM tool_calls k, agents a
    WHERE k.status IN ('approved', 'declined') AND t.organization_id = k.organization_id AND t.id = k.turn_id
        AND t.status = 'queued' AND t.ready_at = 'infinity'
        AND a.organization_id = k.organization_id AND a.id = k.agent_id AND a.status = 'running' AND a.deleted_at IS NULL
        AND NOT EXISTS (
            SELECT FROM tool_calls o
            WHERE o.organization_id = k.organization_id AND o.turn_id = k.turn_id AND o.status = 'asked'
        )";

/// Has turns go on that wait for nothing any more. How many there were.
pub async fn wake(store: &Store) -> Result<usize, StoreError> {
    Ok(hot::statement(WAKE)
        .execute(&mut store.connection().await?)
        .await?)
}

const OF_PROJECTS: Listing = listing!(
    Up,
    "tool_calls",
    "project_id",
    "id",
    " AND t.status = 'asked'"
);

/// Those of each project that wait for someone, the oldest first.
pub async fn asked_of_projects(
    store: &Store,
    owner: OrganizationId,
    projects: &[ProjectId],
    stretch: &Stretch<ToolCallId>,
) -> Result<HashMap<ProjectId, Listed<ToolCall>>, StoreError> {
    read!(store, OF_PROJECTS, owner, projects, stretch, SqlUuid; |row: &ToolCall| row.project_id, |row| row.id)
}
