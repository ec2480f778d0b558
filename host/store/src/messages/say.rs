//! What a person says in a conversation.

use diesel::OptionalExtension;
use diesel::sql_types::{Jsonb, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use serde_json::Value;

use super::Message;
use crate::error::StoreError;
use crate::hot;
use crate::ids::{ConversationId, DeliveryId, MessageId, OrganizationId, UserId};
use crate::pool::Store;

/// A person's message.
#[derive(Clone, Debug)]
pub struct Saying {
    /// Whose conversation.
    pub organization_id: OrganizationId,
    /// Where.
    pub conversation_id: ConversationId,
    /// Its id.
    pub id: MessageId,
    /// Who speaks; none where the host itself does.
    pub user_id: Option<UserId>,
    /// What is said.
    pub text: String,
    /// The rest.
    pub content: Option<Value>,
    /// Its delivery's id, where a driver has to carry it.
    pub delivery_id: Option<DeliveryId>,
}

/// Adds a person's message and its delivery, in the order of all that is said there. None: there is no such conversation.
pub async fn say(store: &Store, saying: Saying) -> Result<Option<Message>, StoreError> {
    let statement = hot::statement(include_str!("../sql/say.sql"))
        .bind::<SqlUuid, _>(saying.organization_id)
        .bind::<SqlUuid, _>(saying.conversation_id)
        .bind::<SqlUuid, _>(saying.id)
        .bind::<Nullable<SqlUuid>, _>(saying.user_id)
        .bind::<Text, _>(saying.text)
        .bind::<Nullable<Jsonb>, _>(saying.content)
        .bind::<Nullable<SqlUuid>, _>(saying.delivery_id);
    Ok(statement
        .get_result(&mut store.connection().await?)
        .await
        .optional()?)
}
