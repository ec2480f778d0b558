//! The inbox's statement: a batch of inbound messages becomes contacts, conversations, messages and queued turns.

use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Bool, Jsonb, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

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

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    ordinal: i64,
    #[diesel(sql_type = Bool)]
    fresh: bool,
    #[diesel(sql_type = Nullable<Text>)]
    channel_kind: Option<String>,
    #[diesel(sql_type = Bool)]
    routed: bool,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    workflow_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<BigInt>)]
    workflow_version: Option<i64>,
    #[diesel(sql_type = Bool)]
    has_turn: bool,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    conversation_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    title: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    position: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    fence: Option<i64>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    contact_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    display_name: Option<String>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    user_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    agent_id: Option<Uuid>,
    #[diesel(sql_type = Bool)]
    admitted: bool,
    #[diesel(sql_type = Bool)]
    claimed: bool,
    #[diesel(sql_type = Nullable<BigInt>)]
    agent_version: Option<i64>,
    #[diesel(sql_type = Bool)]
    agent_runs: bool,
}

impl Row {
    fn received(self) -> Received {
        let Some(channel_kind) = self.channel_kind else {
            return Received::NoChannel;
        };
        if !self.routed {
            let by = self.workflow_id.map(WorkflowId::from);
            return Received::Unrouted(by.zip(self.workflow_version));
        }
        if !self.admitted {
            return Received::Barred;
        }
        let (Some(conversation_id), Some(contact_id), true) =
            (self.conversation_id, self.contact_id, self.fresh)
        else {
            return Received::Duplicate;
        };
        let turn = self
            .position
            .filter(|_| self.has_turn)
            .map(|position| QueuedTurn {
                position,
                agent_runs: self.agent_runs || self.agent_id.is_none(),
                agent_id: self.agent_id.map(AgentId::from),
                agent_version: self.agent_version,
                claimed: self.fence.filter(|_| self.claimed),
            });
        Received::Stored(StoredMessage {
            conversation_id: conversation_id.into(),
            channel_kind,
            title: self.title,
            contact_id: contact_id.into(),
            display_name: self.display_name,
            user_id: self.user_id.map(UserId::from),
            turn,
        })
    }
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

/// The same on a connection, perhaps in a transaction with more.
pub(crate) async fn receive_on(
    connection: &mut AsyncPgConnection,
    host: Option<HostId>,
    durability: Durability,
    batch: &[Receive],
) -> Result<Vec<Received>, StoreError> {
    let batch: Vec<&Receive> = batch.iter().collect();
    let mut received: Vec<Option<Received>> = vec![None; batch.len()];
    // Most messages come by channels that anyone may talk on and that have no workflow, and the statement for those costs
    // two thirds of the other. Whose channel is not so is left alone by it.
    // Who speaks for the first time is rare as well.
    let is_plain = |item: &&Receive| item.route.is_plain() && item.account.is_none();
    if batch.iter().all(is_plain) {
        received = plain(connection, host, durability, &batch).await?;
    }
    let left: Vec<&Receive> = (batch.iter().zip(&received))
        .filter(|(_, received)| received.is_none())
        .map(|(item, _)| *item)
        .collect();
    if left.is_empty() {
        return Ok(received.into_iter().flatten().collect());
    }
    let mut routed = routed(connection, host, durability, &left)
        .await?
        .into_iter();
    let each = received
        .into_iter()
        .map(|received| received.or_else(|| routed.next().flatten()));
    Ok(each.map(|one| one.unwrap_or(Received::NoChannel)).collect())
}

impl Route {
    /// Whether no workflow has said anything.
    fn is_plain(&self) -> bool {
        self.by.is_none() && self.is_answered && self.team_id.is_none() && self.canned.is_none()
    }
}

macro_rules! parts {
    ($($name:literal),+) => { concat!($(include_str!(concat!("sql/receive/", $name, ".sql"))),+) };
}

const PLAIN: &str = parts!(
    "plain",
    "plain_no_events",
    "contacts",
    "store",
    "plain_answer"
);
/// Some have an event's name.
const PLAIN_EVENTS: &str = parts!("plain", "plain_events", "contacts", "store", "plain_answer");
const ROUTED: &str = parts!("routed", "contacts", "store", "routed_answer");
/// Some have an account.
const ROUTED_ACCOUNTS: &str = parts!("routed", "accounts", "store", "routed_answer");

fn column<'a, T>(batch: &[&'a Receive], pick: impl Fn(&'a Receive) -> T) -> Vec<T> {
    batch.iter().map(|item| pick(item)).collect()
}

/// What each of the statements is given first.
macro_rules! message {
    ($text:expr, $batch:expr, $host:expr) => {
        hot::statement($text)
            .bind::<Array<SqlUuid>, _>(column($batch, |i| i.organization_id.uuid()))
            .bind::<Array<SqlUuid>, _>(column($batch, |i| i.channel_id.uuid()))
            .bind::<Array<Nullable<Text>>, _>(column($batch, |i| i.platform_event_id.as_deref()))
            .bind::<Array<SqlUuid>, _>(column($batch, |i| i.message_id.uuid()))
            .bind::<Array<SqlUuid>, _>(column($batch, |i| i.turn_id.uuid()))
            .bind::<Array<Text>, _>(column($batch, |i| i.platform_user_id.as_str()))
            .bind::<Array<Nullable<Text>>, _>(column($batch, |i| i.display_name.as_deref()))
            .bind::<Array<SqlUuid>, _>(column($batch, |i| i.contact_id.uuid()))
            .bind::<Array<Text>, _>(column($batch, |i| i.platform_chat_id.as_str()))
            .bind::<Array<SqlUuid>, _>(column($batch, |i| i.conversation_id.uuid()))
            .bind::<Array<Bool>, _>(column($batch, |i| i.is_group))
            .bind::<Array<Nullable<Text>>, _>(column($batch, |i| i.title.as_deref()))
            .bind::<Array<Text>, _>(column($batch, |i| i.text.as_str()))
            .bind::<Array<Nullable<Jsonb>>, _>(column($batch, |i| i.content.as_ref()))
            .bind::<Nullable<SqlUuid>, _>($host.map(|host| host.uuid()))
    };
}

/// Those of channels that anyone may talk on and that have no workflow; `None` for the others.
async fn plain(
    connection: &mut AsyncPgConnection,
    host: Option<HostId>,
    durability: Durability,
    batch: &[&Receive],
) -> Result<Vec<Option<Received>>, StoreError> {
    let has_events = batch.iter().any(|item| item.platform_event_id.is_some());
    let text = if has_events { PLAIN_EVENTS } else { PLAIN };
    let rows: Vec<Row> = message!(text, batch, host)
        .bind::<Bool, _>(durability == Durability::Now)
        .bind::<Array<Nullable<SqlUuid>>, _>(column(batch, |i| {
            i.route.agent_id.map(|id| id.uuid())
        }))
        .bind::<Array<Nullable<SqlUuid>>, _>(column(batch, |i| i.chat_id.map(|id| id.uuid())))
        .load(connection)
        .await?;
    Ok(placed(batch.len(), rows))
}

async fn routed(
    connection: &mut AsyncPgConnection,
    host: Option<HostId>,
    durability: Durability,
    batch: &[&Receive],
) -> Result<Vec<Option<Received>>, StoreError> {
    let has_accounts = batch.iter().any(|item| item.account.is_some());
    let text = if has_accounts {
        ROUTED_ACCOUNTS
    } else {
        ROUTED
    };
    let routed = message!(text, batch, host)
        .bind::<Array<Nullable<SqlUuid>>, _>(column(batch, |i| i.route.by.map(|by| by.0.uuid())))
        .bind::<Array<Nullable<BigInt>>, _>(column(batch, |i| i.route.by.map(|by| by.1)))
        .bind::<Array<Nullable<SqlUuid>>, _>(column(batch, |i| {
            i.route.agent_id.map(|id| id.uuid())
        }))
        .bind::<Array<Nullable<SqlUuid>>, _>(column(batch, |i| i.route.team_id))
        .bind::<Array<Nullable<Jsonb>>, _>(column(batch, |i| i.route.canned.as_ref()))
        .bind::<Array<Bool>, _>(column(batch, |i| i.route.is_answered))
        .bind::<Bool, _>(durability == Durability::Now)
        .bind::<Array<Nullable<SqlUuid>>, _>(column(batch, |i| i.chat_id.map(|id| id.uuid())));
    if !has_accounts {
        return Ok(placed(batch.len(), routed.load(connection).await?));
    }
    let account = |i: &'_ Receive| i.account.as_ref().map(|account| account.user_id.uuid());
    let project = |i: &'_ Receive| i.account.as_ref().map(|account| account.project_id.uuid());
    let rows: Vec<Row> = routed
        .bind::<Array<Nullable<SqlUuid>>, _>(column(batch, account))
        .bind::<Array<Nullable<SqlUuid>>, _>(column(batch, project))
        .bind::<Array<Nullable<Text>>, _>(column(batch, |i| {
            i.account.as_ref().map(|account| account.name.as_str())
        }))
        .bind::<Array<Bool>, _>(column(batch, |i| {
            i.account
                .as_ref()
                .is_some_and(|account| account.is_welcomed)
        }))
        .load(connection)
        .await?;
    Ok(placed(batch.len(), rows))
}

/// In the order of the batch.
fn placed(count: usize, rows: Vec<Row>) -> Vec<Option<Received>> {
    let mut received = vec![None; count];
    for row in rows {
        let place = usize::try_from(row.ordinal - 1).ok();
        if let Some(place) = place.and_then(|place| received.get_mut(place)) {
            *place = Some(row.received());
        }
    }
    received
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
