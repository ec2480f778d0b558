//! What was said in a conversation before a turn.

use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::ids::{AgentId, ConversationId, MessageId, OrganizationId};
use crate::{Store, StoreError, hot};

/// A message of the past.
#[derive(Debug, Clone, QueryableByName)]
pub struct PastMessage {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    /// `contact`, `agent` or `team`.
    #[diesel(sql_type = Text)]
    pub speaker: String,
    #[diesel(sql_type = Nullable<Text>)]
    pub name: Option<String>,
    #[diesel(sql_type = Text)]
    pub text: String,
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub content: Option<serde_json::Value>,
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
}

/// What a message has beside its text. The bytes of large files are left out: many of them would be more than anyone can hold.
macro_rules! without_large {
    () => {
        "CASE WHEN pg_column_size(m.content) > 262144 THEN jsonb_set(m.content, '{attachments}', (
            SELECT COALESCE(jsonb_agg(
                CASE WHEN f -> 'source' ? 'Inline' THEN f || jsonb_build_object(
                    'source', jsonb_build_object('Inline', ''),
                    'metadata', COALESCE(f -> 'metadata', '[]') || '[[\"not_here\", \"the message is past\"]]'
                ) ELSE f END
                ORDER BY place
            ), '[]')
            FROM jsonb_array_elements(m.content -> 'attachments') WITH ORDINALITY AS file (f, place)
        )) ELSE m.content END"
    };
}

macro_rules! past {
    ($of_chat:literal) => {
        concat!(
            "SELECT m.id, m.text, ", without_large!(), " AS content, m.created_at,
                 CASE
                     WHEN m.direction = 'inbound' THEN 'contact'
                     WHEN m.user_id IS NOT NULL THEN 'team'
                     ELSE 'agent'
                 END AS speaker,
                 COALESCE(p.display_name, u.name, a.name) AS name
             FROM messages m
             LEFT JOIN contacts p ON p.organization_id = m.organization_id AND p.id = m.contact_id
             LEFT JOIN users u ON u.id = m.user_id
             LEFT JOIN agents a ON a.organization_id = m.organization_id AND a.id = m.agent_id
             WHERE m.organization_id = $1 AND m.conversation_id = $2",
            $of_chat,
            "    AND ($3 IS NULL OR m.sequence < (
                     SELECT b.sequence FROM messages b
                     WHERE b.organization_id = $1 AND b.id = $3 AND b.conversation_id = $2
                 ))
             ORDER BY m.sequence DESC
             LIMIT $4"
        )
    };
}

const PAST: &str = past!("");
const OF_CHAT: &str = past!(" AND m.chat_id = $5");

/// The newest `limit` messages before the message `before` (`None`: all of them), the newest first; of one chat alone,
/// where it is given. An unknown `before` gives nothing.
pub async fn past(
    store: &Store,
    organization: OrganizationId,
    (conversation, chat): (ConversationId, Option<Uuid>),
    before: Option<MessageId>,
    limit: i64,
) -> Result<Vec<PastMessage>, StoreError> {
    let mut connection = store.connection().await?;
    let text = if chat.is_some() { OF_CHAT } else { PAST };
    let asked = hot::statement(text)
        .bind::<SqlUuid, _>(organization.uuid())
        .bind::<SqlUuid, _>(conversation.uuid())
        .bind::<Nullable<SqlUuid>, _>(before.map(|id| id.uuid()))
        .bind::<BigInt, _>(limit);
    Ok(match chat {
        Some(chat) => {
            let of_chat = asked.bind::<SqlUuid, _>(chat);
            of_chat.load(&mut connection).await?
        }
        None => asked.load(&mut connection).await?,
    })
}

/// A conversation that an agent may speak in.
#[derive(Debug, Clone, QueryableByName)]
pub struct Reachable {
    #[diesel(sql_type = Text)]
    pub channel_kind: String,
    /// The thread that goes on there, where it is a session.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub chat_id: Option<Uuid>,
}

/// Finds a conversation that the agent serves: its channel's primary agent or the conversation's own is it, or a turn of the
/// agent is under way there (`within`), whoever chose it; and no one holds it in its place.
pub async fn reachable(
    store: &Store,
    organization: OrganizationId,
    conversation: ConversationId,
    agent: AgentId,
    within: ConversationId,
) -> Result<Option<Reachable>, StoreError> {
    let mut connection = store.connection().await?;
    let rows: Vec<Reachable> = hot::statement(
        "SELECT ch.kind AS channel_kind, s.active_chat_id AS chat_id
         FROM conversations c
         JOIN channels ch ON ch.organization_id = c.organization_id AND ch.id = c.channel_id
         LEFT JOIN sessions s ON s.organization_id = c.organization_id AND s.conversation_id = c.id
         WHERE c.organization_id = $1 AND c.id = $2 AND ch.deleted_at IS NULL
             AND (c.id = $4 OR COALESCE(c.agent_id, ch.primary_agent_id) = $3) AND c.held_by IS NULL",
    )
    .bind::<SqlUuid, _>(organization.uuid())
    .bind::<SqlUuid, _>(conversation.uuid())
    .bind::<SqlUuid, _>(agent.uuid())
    .bind::<SqlUuid, _>(within.uuid())
    .load(&mut connection)
    .await?;
    Ok(rows.into_iter().next())
}
