//! A message is one entry of a conversation's log. The inbox and the runner write them; here they are read, page by page
//! in both directions.

mod entries;
mod say;

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Uuid};
use diesel_async::RunQueryDsl;
use serde_json::Value;

use crate::error::StoreError;
use crate::hot;
use crate::ids::{
    AgentId, ChatId, ContactId, ConversationId, MessageId, OrganizationId, TurnId, UserId,
};
use crate::listing::{Listing, listing, read};
use crate::page::{Listed, Page, Stretch, Time};
use crate::pool::Store;
use crate::schema::messages;
use crate::words::words;

pub use self::entries::{Entry, of_agent};
pub use self::say::{Saying, say};

words! {
    /// Which way a message went.
    pub enum Direction {
        /// From the platform.
        Inbound = "inbound",
        /// To the platform.
        Outbound = "outbound",
    }
}

/// One row.
#[derive(Clone, Debug, Queryable, Selectable, QueryableByName)]
#[diesel(table_name = messages, check_for_backend(diesel::pg::Pg))]
pub struct Message {
    /// Where.
    pub conversation_id: ConversationId,
    /// Its place in the order of the conversation. Ids are made before that order is settled: one that is lower may
    /// become visible later.
    pub sequence: i64,
    /// Its id.
    pub id: MessageId,
    /// Which way.
    pub direction: Direction,
    /// Who spoke, if a contact.
    pub contact_id: Option<ContactId>,
    /// Who spoke, if an agent.
    pub agent_id: Option<AgentId>,
    /// Who spoke, if a user.
    pub user_id: Option<UserId>,
    /// The turn that handles it or that said it.
    pub turn_id: Option<TurnId>,
    /// What was said.
    pub text: String,
    /// The rest: attachments, choices, format, structured.
    pub content: Option<Value>,
    /// When.
    pub created_at: Time,
    /// The thread of its session that it is in.
    pub chat_id: Option<ChatId>,
}

/// A row to insert.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = messages)]
pub struct NewMessage {
    /// Whose conversation.
    pub organization_id: OrganizationId,
    /// Where.
    pub conversation_id: ConversationId,
    /// Its id.
    pub id: MessageId,
    /// Which way.
    pub direction: Direction,
    /// Who speaks, if a contact.
    pub contact_id: Option<ContactId>,
    /// Who speaks, if an agent.
    pub agent_id: Option<AgentId>,
    /// Who speaks, if a user.
    pub user_id: Option<UserId>,
    /// The turn that says it.
    pub turn_id: Option<TurnId>,
    /// What is said.
    pub text: String,
    /// The rest.
    pub content: Option<Value>,
}

#[diesel::dsl::auto_type(no_type_alias)]
fn of_conversation(organization_id: OrganizationId, conversation_id: ConversationId) -> _ {
    messages::table
        .filter(messages::organization_id.eq(organization_id))
        .filter(messages::conversation_id.eq(conversation_id))
}

/// Adds messages that no turn says: a person's, from a page.
pub async fn create(store: &Store, new: &[NewMessage]) -> Result<(), StoreError> {
    diesel::insert_into(messages::table)
        .values(new)
        .execute(&mut store.connection().await?)
        .await?;
    Ok(())
}

/// The one with this id.
pub async fn find(
    store: &Store,
    owner: OrganizationId,
    conversation: ConversationId,
    id: MessageId,
) -> Result<Option<Message>, StoreError> {
    let query = of_conversation(owner, conversation)
        .filter(messages::id.eq(id))
        .select(Message::as_select());
    Ok(query
        .get_result(&mut store.connection().await?)
        .await
        .optional()?)
}

/// Onwards: what follows the message at a place, oldest first. How a live page goes on: what it has not seen is always
/// at a higher place.
pub async fn list(
    store: &Store,
    owner: OrganizationId,
    conversation: ConversationId,
    page: Page<i64>,
) -> Result<Vec<Message>, StoreError> {
    let query = of_conversation(owner, conversation)
        .filter(messages::sequence.gt(page.after.unwrap_or(0)))
        .order(messages::sequence)
        .limit(page.limit.into())
        .select(Message::as_select());
    Ok(query.load(&mut store.connection().await?).await?)
}

/// The place of the last message; 0 where there is none.
pub async fn last(
    store: &Store,
    owner: OrganizationId,
    conversation: ConversationId,
) -> Result<i64, StoreError> {
    let query = of_conversation(owner, conversation).select(diesel::dsl::max(messages::sequence));
    let last: Option<i64> = query.get_result(&mut store.connection().await?).await?;
    Ok(last.unwrap_or(0))
}

/// Backwards: what precedes the message with the page's key, or the end of the log; the newest first.
pub async fn list_back(
    store: &Store,
    owner: OrganizationId,
    conversation: ConversationId,
    page: Page<MessageId>,
) -> Result<Vec<Message>, StoreError> {
    let mut query = of_conversation(owner, conversation)
        .order(messages::sequence.desc())
        .limit(page.limit.into())
        .select(Message::as_select())
        .into_boxed();
    if let Some(known) = page.after {
        let before = diesel::alias!(messages as before);
        let place = before
            .filter(before.field(messages::organization_id).eq(owner))
            .filter(before.field(messages::id).eq(known))
            .select(before.field(messages::sequence))
            .single_value();
        query = query.filter(messages::sequence.nullable().lt(place));
    }
    Ok(query.load(&mut store.connection().await?).await?)
}

/// The direction is in the text for the index, which has outbound messages alone.
const OF_TURN: &str = "
    SELECT * FROM messages WHERE organization_id = $1 AND turn_id = $2 AND direction = 'outbound' ORDER BY id";

/// What a turn said, in order.
pub async fn list_of_turn(
    store: &Store,
    owner: OrganizationId,
    turn: TurnId,
) -> Result<Vec<Message>, StoreError> {
    let statement = hot::statement(OF_TURN)
        .bind::<Uuid, _>(owner)
        .bind::<Uuid, _>(turn);
    Ok(statement.load(&mut store.connection().await?).await?)
}

/// Those with these ids, in any order.
pub async fn find_many(
    store: &Store,
    owner: OrganizationId,
    ids: &[MessageId],
) -> Result<Vec<Message>, StoreError> {
    let query = messages::table
        .filter(messages::organization_id.eq(owner))
        .filter(messages::id.eq_any(ids))
        .select(Message::as_select());
    Ok(query.load(&mut store.connection().await?).await?)
}

const OF_CONVERSATIONS: Listing = listing!(Down, "messages", "conversation_id", "sequence");

/// Those of each conversation, the newest first.
pub async fn of_conversations(
    store: &Store,
    owner: OrganizationId,
    conversations: &[ConversationId],
    stretch: &Stretch<i64>,
) -> Result<HashMap<ConversationId, Listed<Message>>, StoreError> {
    let place = |row: &Message| row.sequence;
    read!(store, OF_CONVERSATIONS, owner, conversations, stretch, BigInt; |row: &Message| row.conversation_id, place)
}

const OF_CHATS: Listing = listing!(Down, "messages", "chat_id", "sequence");

/// Those of each thread of a session, the newest first.
pub async fn of_chats(
    store: &Store,
    owner: OrganizationId,
    chats: &[ChatId],
    stretch: &Stretch<i64>,
) -> Result<HashMap<ChatId, Listed<Message>>, StoreError> {
    let of = |row: &Message| row.chat_id.unwrap_or(ChatId::nil());
    read!(store, OF_CHATS, owner, chats, stretch, BigInt; of, |row: &Message| row.sequence)
}

const OF_TURNS: &str = "
    SELECT * FROM messages WHERE organization_id = $1 AND turn_id = ANY ($2) AND direction = 'outbound' ORDER BY id";

/// What each turn said, in order.
pub async fn of_turns(
    store: &Store,
    owner: OrganizationId,
    turns: &[TurnId],
) -> Result<Vec<Message>, StoreError> {
    let statement = hot::statement(OF_TURNS)
        .bind::<Uuid, _>(owner)
        .bind::<Array<Uuid>, _>(turns);
    Ok(statement.load(&mut store.connection().await?).await?)
}
