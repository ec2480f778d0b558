//! An answer, here, is what the host itself says in a chat: no agent runs for it. It is stored and delivered as any
//! message is.

use diesel::QueryableByName;
use diesel::sql_types::{Bool, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::error::StoreError;
use crate::hot;
use crate::ids::{ConversationId, DeliveryId, MessageId, TurnId};
use crate::inbox::Receive;
use crate::pairing::{self, NewPairingCode};
use crate::sessions::Change;

/// What was heard, and what the host says to it.
#[derive(Debug, Clone)]
pub struct Answer {
    /// What was heard. Its event is decided once, as an agent's is.
    pub heard: Receive,
    /// Whether what was heard is kept in the conversation, or only what is said to it.
    pub keeps: bool,
    /// What becomes of the chat's session with it; none where it stays as it is.
    pub change: Option<Change>,
    /// What is said.
    pub text: String,
    /// The id of the message that says it.
    pub message_id: MessageId,
    /// The id of its delivery.
    pub delivery_id: DeliveryId,
    /// The code that it shows, by which its chat's account may be paired with the channel.
    pub pairing: Option<NewPairingCode>,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    conversation_id: Uuid,
}

/// Stores an answer with what it answers, in the thread of that; the session is left alone. The conversation; `None` where the
/// event was answered before.
pub(crate) async fn answer_on(
    connection: &mut AsyncPgConnection,
    answer: &Answer,
) -> Result<Option<ConversationId>, StoreError> {
    let heard = &answer.heard;
    let rows: Vec<Row> = hot::statement(include_str!("sql/answer.sql"))
        .bind::<SqlUuid, _>(heard.organization_id)
        .bind::<SqlUuid, _>(heard.channel_id)
        .bind::<Nullable<Text>, _>(heard.platform_event_id.as_deref())
        .bind::<SqlUuid, _>(heard.message_id)
        .bind::<SqlUuid, _>(TurnId::nil())
        .bind::<Text, _>(&heard.platform_user_id)
        .bind::<Nullable<Text>, _>(heard.display_name.as_deref())
        .bind::<SqlUuid, _>(heard.contact_id)
        .bind::<Text, _>(&heard.platform_chat_id)
        .bind::<SqlUuid, _>(heard.conversation_id)
        .bind::<Bool, _>(heard.is_group)
        .bind::<Nullable<Text>, _>(heard.title.as_deref())
        .bind::<Text, _>(&heard.text)
        .bind::<Bool, _>(answer.keeps)
        .bind::<SqlUuid, _>(answer.message_id)
        .bind::<Text, _>(&answer.text)
        .bind::<SqlUuid, _>(answer.delivery_id)
        .bind::<Nullable<SqlUuid>, _>(heard.chat_id)
        .load(connection)
        .await?;
    let conversation = rows.into_iter().next();
    if let (Some(code), Some(_)) = (&answer.pairing, &conversation) {
        let channel = (heard.organization_id, heard.channel_id);
        let whose = (
            heard.platform_chat_id.as_str(),
            heard.platform_user_id.as_str(),
        );
        pairing::show_on(connection, channel, whose, code).await?;
    }
    Ok(conversation.map(|row| row.conversation_id.into()))
}
