//! The inbox's statement: a batch of inbound messages becomes contacts, conversations, messages and queued turns.

mod batch;

use diesel::QueryableByName;
use diesel::sql_types::{Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

pub(crate) use batch::{plan, receive_on};

use crate::ids::{
    AgentId, ChannelId, ChatId, ContactId, ConversationId, HostId, MessageId, OrganizationId,
    ProjectId, TurnId, UserId, WorkflowId,
};
use crate::{Store, StoreError, hot};

/// One inbound message. Ids that are new by then are made by the caller; `contact_id` and `conversation_id` count
/// only where the contact or the conversation is new.
#[derive(Debug, Clone)]
pub struct Receive {
    /// The tenant of the channel.
    pub organization_id: OrganizationId,
    /// The channel that heard it.
    pub channel_id: ChannelId,
    /// The key of deduplication.
    pub platform_event_id: Option<String>,
    /// The message's id.
    pub message_id: MessageId,
    /// The id of its turn.
    pub turn_id: TurnId,
    /// Who spoke.
    pub platform_user_id: String,
    /// Their name, if it is known.
    pub display_name: Option<String>,
    /// The contact's id, if it is new.
    pub contact_id: ContactId,
    /// The chat.
    pub platform_chat_id: String,
    /// The conversation's id, if it is new.
    pub conversation_id: ConversationId,
    /// Whether the chat is a group.
    pub is_group: bool,
    /// The group's name.
    pub title: Option<String>,
    /// What was said.
    pub text: String,
    /// The rest of the message.
    pub content: Option<serde_json::Value>,
    /// The thread of a session that it is in.
    pub chat_id: Option<ChatId>,
    /// What its channel's workflow made of it.
    pub route: Route,
    /// The account that whoever spoke gets with it, where they have none yet.
    pub account: Option<NewAccount>,
    /// Whether it is stored only where whoever spoke talks as usual, in a chat of their own: they are known and have an account,
    /// they are not signed out, and they talk, not by commands, to whoever answers everyone on an open channel without a
    /// workflow. The statement says so itself, so that nobody has to read who speaks first.
    pub is_usual: bool,
}

impl Receive {
    /// What goes with its turn, now that it is stored: what is said without an agent.
    pub fn event(&self, stored: &StoredMessage) -> Option<serde_json::Value> {
        let canned = self.route.canned.clone();
        let account = self.account.as_ref().filter(|account| account.is_welcomed);
        if account.is_none_or(|account| Some(account.user_id) != stored.user_id) {
            return canned;
        }
        let mut canned = canned.unwrap_or_else(|| serde_json::json!({ "canned": [] }));
        if let Some(canned) = canned.as_object_mut() {
            canned.insert("welcome".to_owned(), true.into());
        }
        Some(canned)
    }
}

/// An account for someone who speaks on a channel for the first time. Of several messages that come at once, one makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAccount {
    /// Its id.
    pub user_id: UserId,
    /// What it is called.
    pub name: String,
    /// The id of a project of their own, which they do not have before they are given one.
    pub project_id: ProjectId,
    /// Whether the message that makes it is answered with a welcome.
    pub is_welcomed: bool,
}

/// Who handles a message, as its channel's workflow decided.
#[derive(Debug, Clone, PartialEq)]
pub struct Route {
    /// The workflow and its version; none where the channel has none.
    pub by: Option<(WorkflowId, i64)>,
    /// Whether an agent answers.
    pub is_answered: bool,
    /// Which, where it is not the channel's primary agent. A conversation's own agent comes before both.
    pub agent_id: Option<AgentId>,
    /// The team that holds the conversation from now on, unless it is held already.
    pub team_id: Option<Uuid>,
    /// What is said without an agent: it goes with the turn, as its event.
    pub canned: Option<serde_json::Value>,
    /// Whether it stays as it is, whatever workflow the channel has.
    pub is_decided: bool,
}

impl Default for Route {
    /// The one of a channel without a workflow.
    fn default() -> Self {
        Route {
            by: None,
            is_answered: true,
            agent_id: None,
            team_id: None,
            canned: None,
            is_decided: false,
        }
    }
}

/// What became of one message of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// Stored as new.
    Stored(StoredMessage),
    /// The event was received before: see [`first`].
    Duplicate,
    /// The channel does not exist, or no longer, or is switched off.
    NoChannel,
    /// Left alone: it has to be routed by this version of this workflow first, or by none.
    Unrouted(Option<(WorkflowId, i64)>),
    /// The channel is not open, and who spoke was not let in: nothing was stored.
    Barred,
    /// Whoever spoke does not talk as usual, as it was said: nothing was stored.
    Unusual,
}

/// A message that was just stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredMessage {
    /// Its conversation.
    pub conversation_id: ConversationId,
    /// The channel's kind.
    pub channel_kind: String,
    /// The conversation's title, if it has one.
    pub title: Option<String>,
    /// Who spoke.
    pub contact_id: ContactId,
    /// Their name, if it is known.
    pub display_name: Option<String>,
    /// The user that the contact is linked to.
    pub user_id: Option<UserId>,
    /// The turn that was queued, unless no agent answers.
    pub turn: Option<QueuedTurn>,
}

/// A turn that was queued with its message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuedTurn {
    /// Its place in the conversation.
    pub position: i64,
    /// The agent that will run; none where only what the workflow says is said.
    pub agent_id: Option<AgentId>,
    /// The version of the agent's row.
    pub agent_version: Option<i64>,
    /// Whether the agent runs, or none has to; where it does not, the turn waits for its start.
    pub agent_runs: bool,
    /// The fence of the lease, where the conversation was idle and the caller's host has taken it.
    pub claimed: Option<i64>,
}

/// Whether a batch is on the disk when it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// It is: its senders are told that their messages are here.
    Now,
    /// It is once anything that was committed after it is, or [`flush`] was called: its senders are told by the answers of
    /// their turns. That saves a message one of its two waits for the disk.
    WithAnswer,
}

/// Stores a batch, at most one message a conversation (organization, channel, platform chat), in one statement.
/// Conversations that were idle are taken for `host`. The answers are in the order of the batch.
/// Where some channels have workflows and others do not, two statements.
pub async fn receive(
    store: &Store,
    host: Option<HostId>,
    durability: Durability,
    batch: &[Receive],
) -> Result<Vec<Received>, StoreError> {
    receive_on(&mut *store.connection().await?, host, durability, batch).await
}

/// Puts on the disk what was stored before.
pub async fn flush(store: &Store) -> Result<(), StoreError> {
    let mut connection = store.connection().await?;
    // A transaction with a number is one whose commit is waited for, and the log before it goes with it.
    hot::statement("SELECT pg_current_xact_id()")
        .execute(&mut connection)
        .await?;
    Ok(())
}

/// What the first event of its name did.
#[derive(Debug, Clone, QueryableByName)]
pub struct First {
    /// The message that it stored.
    #[diesel(sql_type = SqlUuid)]
    pub message_id: Uuid,
    /// The message's conversation.
    #[diesel(sql_type = SqlUuid)]
    pub conversation_id: Uuid,
    /// Its turn, where one was queued.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub turn_id: Option<Uuid>,
}

/// Finds what an event that [`receive`] called a duplicate had done the first time.
pub async fn first(
    store: &Store,
    organization: OrganizationId,
    channel: ChannelId,
    platform_event_id: &str,
) -> Result<Option<First>, StoreError> {
    let mut connection = store.connection().await?;
    let rows: Vec<First> = hot::statement(
        "SELECT m.id AS message_id, m.conversation_id, m.turn_id
         FROM inbound_events e
         JOIN messages m ON m.organization_id = e.organization_id AND m.id = e.message_id
         WHERE e.organization_id = $1 AND e.channel_id = $2 AND e.platform_event_id = $3",
    )
    .bind::<SqlUuid, _>(organization.uuid())
    .bind::<SqlUuid, _>(channel.uuid())
    .bind::<Text, _>(platform_event_id)
    .load(&mut connection)
    .await?;
    Ok(rows.into_iter().next())
}
