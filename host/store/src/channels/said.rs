//! What was said on a channel, in all its conversations: one list, the newest first.

use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Bool, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::ids::{ChannelId, OrganizationId};
use crate::{Store, StoreError, hot};

/// One message.
#[derive(Clone, Debug, QueryableByName)]
pub struct Said {
    /// The message.
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    /// Whether it came from the platform.
    #[diesel(sql_type = Bool)]
    pub is_inbound: bool,
    /// The platform's id of who spoke; of an answer, of the one person of the chat.
    #[diesel(sql_type = Nullable<Text>)]
    pub platform_user_id: Option<String>,
    /// The platform's id of the chat.
    #[diesel(sql_type = Text)]
    pub platform_chat_id: String,
    /// The name of that person, if the platform tells.
    #[diesel(sql_type = Nullable<Text>)]
    pub display_name: Option<String>,
    /// The text.
    #[diesel(sql_type = Text)]
    pub text: String,
    /// The rest of it.
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub content: Option<serde_json::Value>,
    /// The agent that said it.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub agent_id: Option<Uuid>,
    /// Why it has not arrived, where it has not.
    #[diesel(sql_type = Nullable<Text>)]
    pub error: Option<String>,
    /// When it was said.
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
}

/// The newest so many messages stand in the so many conversations in which something was said last; of each of these its
/// newest are read by key.
const NEWEST: &str = "
    WITH latest AS MATERIALIZED (
        SELECT c.organization_id, c.id, c.platform_chat_id, c.contact_id
        FROM conversations c
        WHERE c.organization_id = $1 AND c.channel_id = $2
        ORDER BY c.last_message_at DESC
        LIMIT $3
    ), newest AS MATERIALIZED (
        SELECT m.*, l.platform_chat_id, COALESCE(m.contact_id, l.contact_id) AS person
        FROM latest l
        CROSS JOIN LATERAL (
            SELECT m.organization_id, m.id, m.conversation_id, m.sequence, m.direction, m.contact_id, m.agent_id, m.text,
                m.content, m.created_at
            FROM messages m
            WHERE m.organization_id = l.organization_id AND m.conversation_id = l.id
            ORDER BY m.sequence DESC
            LIMIT $3
        ) m
        ORDER BY m.sequence DESC
        LIMIT $3
    ), brought AS MATERIALIZED (
        -- A message has one delivery, made with it or, where its caller went away, soon after.
        SELECT d.message_id, d.error
        FROM (
            SELECT d.message_id, d.error, d.status
            FROM deliveries d
            WHERE d.organization_id = $1 AND d.channel_id = $2
            ORDER BY d.sequence DESC
            LIMIT 2 * $3
        ) d
        WHERE d.status <> 'delivered' AND d.error IS NOT NULL
    )
    SELECT n.id, n.direction = 'inbound' AS is_inbound, p.platform_user_id, n.platform_chat_id, p.display_name, n.text,
        n.content, n.agent_id, n.created_at, b.error
    FROM newest n
    LEFT JOIN contacts p ON p.organization_id = n.organization_id AND p.id = n.person
    LEFT JOIN brought b ON b.message_id = n.id
    ORDER BY n.sequence DESC";

/// The newest messages of a channel, the newest first, at most so many.
pub async fn newest(
    store: &Store,
    owner: OrganizationId,
    channel: ChannelId,
    limit: u32,
) -> Result<Vec<Said>, StoreError> {
    let statement = hot::statement(NEWEST)
        .bind::<SqlUuid, _>(owner)
        .bind::<SqlUuid, _>(channel)
        .bind::<BigInt, _>(i64::from(limit));
    Ok(statement.load(&mut store.connection().await?).await?)
}
