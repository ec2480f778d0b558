//! The statements that store a batch, one for each sort of message.

use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Bool, Jsonb, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::{Durability, QueuedTurn, Receive, Received, Route, StoredMessage};
use crate::ids::{AgentId, HostId, UserId, WorkflowId};
use crate::{StoreError, hot};

/// Stores a batch on a connection, perhaps in a transaction with more: see [`super::receive`].
pub(crate) async fn receive_on(
    connection: &mut AsyncPgConnection,
    host: Option<HostId>,
    durability: Durability,
    batch: &[Receive],
) -> Result<Vec<Received>, StoreError> {
    let (usual, others): (Vec<&Receive>, Vec<&Receive>) =
        batch.iter().partition(|item| item.is_usual);
    let mut of_usual = usual_ones(connection, host, durability, &usual)
        .await?
        .into_iter();
    let mut of_others = any(connection, host, durability, &others)
        .await?
        .into_iter();
    let each = batch.iter().map(|item| match item.is_usual {
        true => of_usual.next().unwrap_or(Received::Unusual),
        false => of_others.next().unwrap_or(Received::NoChannel),
    });
    Ok(each.collect())
}

/// Those of people who talk as usual.
async fn usual_ones(
    connection: &mut AsyncPgConnection,
    host: Option<HostId>,
    durability: Durability,
    batch: &[&Receive],
) -> Result<Vec<Received>, StoreError> {
    // A workflow's word is nothing usual.
    let plain: Vec<&Receive> = (batch.iter().copied())
        .filter(|item| item.route.is_plain() && item.route.agent_id.is_none())
        .collect();
    if plain.is_empty() {
        return Ok(vec![Received::Unusual; batch.len()]);
    }
    let texts = [USUAL, USUAL_EVENTS];
    let mut received = plain_by(texts, connection, host, durability, &plain)
        .await?
        .into_iter();
    let each = batch.iter().map(|item| {
        let is_asked = item.route.is_plain() && item.route.agent_id.is_none();
        let received = is_asked.then(|| received.next().flatten()).flatten();
        received.unwrap_or(Received::Unusual)
    });
    Ok(each.collect())
}

/// Runs the statements for most messages with none, so that their plans are there when a message comes.
pub(crate) async fn plan(connection: &mut AsyncPgConnection) -> Result<(), StoreError> {
    for text in [USUAL, PLAIN] {
        plain_by([text, text], connection, None, Durability::Now, &[]).await?;
    }
    Ok(())
}

/// Those of whomever.
async fn any(
    connection: &mut AsyncPgConnection,
    host: Option<HostId>,
    durability: Durability,
    batch: &[&Receive],
) -> Result<Vec<Received>, StoreError> {
    let mut received: Vec<Option<Received>> = vec![None; batch.len()];
    // Most messages come by channels that anyone may talk on and that have no workflow, and the statement for those costs
    // two thirds of the other. Whose channel is not so is left alone by it.
    // Who speaks for the first time is rare as well.
    let is_plain = |item: &&Receive| item.route.is_plain() && item.account.is_none();
    if !batch.is_empty() && batch.iter().all(is_plain) {
        received = plain_by([PLAIN, PLAIN_EVENTS], connection, host, durability, batch).await?;
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
    ($($name:literal),+) => { concat!($(include_str!(concat!("../sql/receive/", $name, ".sql"))),+) };
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
const USUAL: &str = parts!("usual", "usual_no_events", "store", "plain_answer");
const USUAL_EVENTS: &str = parts!("usual", "usual_events", "store", "plain_answer");
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

/// Those that a statement for plain channels takes, of which the second is for events with names; `None` for the others.
async fn plain_by(
    [text, with_events]: [&'static str; 2],
    connection: &mut AsyncPgConnection,
    host: Option<HostId>,
    durability: Durability,
    batch: &[&Receive],
) -> Result<Vec<Option<Received>>, StoreError> {
    let has_events = batch.iter().any(|item| item.platform_event_id.is_some());
    let text = if has_events { with_events } else { text };
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
