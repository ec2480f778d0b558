//! Reading a platform: which channels are read rather than called, where reading left off, and the one transaction in which
//! what was read is stored together with how far reading has come.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text, Uuid as SqlUuid};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::agents::AgentStatus;
use crate::answers::{self, Answer};
use crate::channels::{Channel, ChannelStatus};
use crate::error::StoreError;
use crate::hot;
use crate::ids::{ChannelId, ConversationId, HostId, OrganizationId, TurnId, WorkflowId};
use crate::inbox::{self, Durability, Receive, Received};
use crate::page::Time;
use crate::pool::Store;
use crate::schema::{agents, channel_cursors, channels, set_aside};
use crate::sessions::{self, Change};
use crate::shown;
use crate::windows::{self, Opens};

/// One step in the order of what was read.
#[derive(Debug, Clone)]
pub enum Step {
    /// A message for an agent.
    Receive(Receive),
    /// One that changes its session.
    Enter(Receive, Change),
    /// A message that the host answers itself.
    Answer(Answer),
    /// A chat that goes on under another id.
    Moved {
        /// Its id so far.
        from: String,
        /// Its id from now on.
        to: String,
    },
    /// The platform's message that shows already that a turn will answer; nothing where that turn is not stored with it.
    Shown(TurnId, String),
    /// Something that could not be read.
    Aside(Aside),
    /// A chat that may be answered anew.
    Opens(Opens),
    /// How far reading has come.
    Cursor(String),
}

/// Something that could not be read, kept for its owner.
#[derive(Debug, Clone)]
pub struct Aside {
    /// The platform's id of the event, where it can be read.
    pub platform_event_id: Option<String>,
    /// What is wrong with it.
    pub why: String,
    /// As it came.
    pub raw: String,
}

/// What came of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Done {
    /// Of a message for an agent.
    Received(Received),
    /// Of an answer: its conversation, unless the event had been answered before.
    Answered(Option<ConversationId>),
    /// Of a chat that may be answered anew: whether anything waited for that.
    Opened(bool),
    /// Nothing to tell.
    Written,
}

/// Whose channel is read, and under which lease.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    /// Whose channel.
    pub organization_id: OrganizationId,
    /// The channel.
    pub channel_id: ChannelId,
    /// The name, the host and the fence of the lease that has to hold; none where the platform called.
    pub lease: Option<(&'a str, HostId, i64)>,
}

/// Whether the channel hears anything. Its row is held until the transaction ends: who switches it off meanwhile waits.
const LISTENS: &str = "
    SELECT c.id
    FROM channels c
    WHERE c.organization_id = $1 AND c.id = $2 AND c.deleted_at IS NULL AND c.status <> 'disabled'
    FOR SHARE";

/// The same under a lease, whose row is held as well: who takes it meanwhile waits.
const HOLDS: &str = "
    SELECT c.id
    FROM channels c, leases l
    WHERE c.organization_id = $1 AND c.id = $2 AND c.deleted_at IS NULL AND c.status <> 'disabled'
        AND l.name = $3 AND l.host = $4 AND l.fence = $5 AND l.until > now()
    FOR SHARE";

#[derive(QueryableByName)]
struct Listening {
    #[diesel(sql_type = SqlUuid)]
    #[expect(dead_code, reason = "a row that is there says enough")]
    id: Uuid,
}

/// What came of all steps.
#[derive(Debug, Clone, PartialEq)]
pub enum Applied {
    /// All were taken: what came of each, those of agents' messages last.
    Done(Vec<Done>),
    /// None was taken: the lease is lost, or the channel is switched off or deleted. Its host has to stop at once.
    Lost,
    /// None was taken: a session is not any more what its change was made for. A new project whose slug was taken meanwhile is
    /// that, too.
    Moved,
    /// None was taken: messages have to be routed by this version of this workflow first, or by none.
    Unrouted(Option<(WorkflowId, i64)>),
}

/// Why nothing is written.
enum Undone {
    Store(StoreError),
    Instead(Applied),
}

impl From<StoreError> for Undone {
    fn from(error: StoreError) -> Self {
        Undone::Store(error)
    }
}

impl From<diesel::result::Error> for Undone {
    fn from(error: diesel::result::Error) -> Self {
        Undone::Store(error.into())
    }
}

/// Takes all steps or none. At most one step concerns a chat, so that messages for agents are stored at once; their conversations
/// that were idle are taken for `host`.
pub async fn apply(
    store: &Store,
    host: Option<HostId>,
    reader: &Reader<'_>,
    steps: &[Step],
) -> Result<Applied, StoreError> {
    let mut connection = store.connection().await?;
    let done = connection
        .transaction(async |connection| take(connection, host, reader, steps).await)
        .await;
    match done {
        Ok(done) => Ok(Applied::Done(done)),
        Err(Undone::Instead(instead)) => Ok(instead),
        Err(Undone::Store(error)) if error.is_conflict_of("projects_slug_key") => {
            Ok(Applied::Moved)
        }
        Err(Undone::Store(error)) => Err(error),
    }
}

async fn take(
    connection: &mut AsyncPgConnection,
    host: Option<HostId>,
    reader: &Reader<'_>,
    steps: &[Step],
) -> Result<Vec<Done>, Undone> {
    if !holds(connection, reader).await? {
        return Err(Undone::Instead(Applied::Lost));
    }
    let (mut receives, mut changes, mut shown) = (Vec::new(), Vec::new(), Vec::new());
    let mut done = Vec::with_capacity(steps.len());
    for step in steps {
        match step {
            Step::Receive(receive) => {
                receives.push(receive.clone());
                changes.push(None);
            }
            Step::Enter(receive, change) => {
                receives.push(receive.clone());
                changes.push(Some(change));
            }
            Step::Shown(turn, message) => shown.push((*turn, message)),
            Step::Answer(answer) => done.push(said(connection, answer).await?),
            Step::Opens(opens) => {
                let (owner, channel) = (reader.organization_id, reader.channel_id);
                let woken = windows::open_on(connection, owner, channel, opens).await?;
                done.push(Done::Opened(woken > 0));
            }
            step => {
                write(connection, reader, step).await?;
                done.push(Done::Written);
            }
        }
    }
    if !receives.is_empty() {
        let received = inbox::receive_on(connection, host, Durability::Now, &receives).await?;
        for ((received, receive), change) in received.into_iter().zip(&receives).zip(changes) {
            match received {
                // Deleted or switched off: what is said waits at the platform, in case it is only the latter.
                Received::NoChannel => return Err(Undone::Instead(Applied::Lost)),
                Received::Unrouted(by) => return Err(Undone::Instead(Applied::Unrouted(by))),
                received => {
                    if let Some(change) = change
                        && !sessions::follow_on(connection, receive, &received, change).await?
                    {
                        return Err(Undone::Instead(Applied::Moved));
                    }
                    if matches!(&received, Received::Stored(stored) if stored.turn.is_some())
                        && let Some((turn, message)) =
                            shown.iter().find(|(turn, _)| *turn == receive.turn_id)
                    {
                        let owner = reader.organization_id;
                        shown::keep_on(connection, owner, *turn, message).await?;
                    }
                    done.push(Done::Received(received));
                }
            }
        }
    }
    Ok(done)
}

/// An answer, and what becomes of its session.
async fn said(connection: &mut AsyncPgConnection, answer: &Answer) -> Result<Done, Undone> {
    let conversation = answers::answer_on(connection, answer).await?;
    if let (Some(conversation), Some(change)) = (conversation, &answer.change) {
        let owner = answer.heard.organization_id;
        if !sessions::change_on(connection, owner, conversation, change).await? {
            return Err(Undone::Instead(Applied::Moved));
        }
    }
    Ok(Done::Answered(conversation))
}

async fn holds(
    connection: &mut AsyncPgConnection,
    reader: &Reader<'_>,
) -> Result<bool, StoreError> {
    let (owner, channel) = (reader.organization_id, reader.channel_id);
    let found: Vec<Listening> = match reader.lease {
        None => {
            hot::statement(LISTENS)
                .bind::<SqlUuid, _>(owner)
                .bind::<SqlUuid, _>(channel)
                .load(connection)
                .await?
        }
        Some((name, host, fence)) => {
            hot::statement(HOLDS)
                .bind::<SqlUuid, _>(owner)
                .bind::<SqlUuid, _>(channel)
                .bind::<Text, _>(name)
                .bind::<SqlUuid, _>(host)
                .bind::<BigInt, _>(fence)
                .load(connection)
                .await?
        }
    };
    Ok(!found.is_empty())
}

/// What is set aside of one channel at most: the oldest give way.
const ASIDES: i64 = 1_000;
const TRIM_ASIDES: &str = "
    DELETE FROM set_aside
    WHERE organization_id = $1 AND channel_id = $2 AND id <= (
        SELECT id FROM set_aside WHERE organization_id = $1 AND channel_id = $2 ORDER BY id DESC OFFSET $3 LIMIT 1
    )";

/// A chat whose new id is in use already ends: the messages that came there first are the chat now.
const MOVED: &str = "
    WITH there AS (
        SELECT FROM conversations
        WHERE organization_id = $1 AND channel_id = $2 AND platform_chat_id = $4 AND ended_at IS NULL
    )
    UPDATE conversations
    SET platform_chat_id = $4,
        ended_at = CASE WHEN EXISTS (SELECT FROM there) THEN now() END
    WHERE organization_id = $1 AND channel_id = $2 AND platform_chat_id = $3 AND ended_at IS NULL";

async fn write(
    connection: &mut AsyncPgConnection,
    reader: &Reader<'_>,
    step: &Step,
) -> Result<(), StoreError> {
    let (owner, channel) = (reader.organization_id, reader.channel_id);
    match step {
        Step::Moved { from, to } => move_on(connection, owner, channel, from, to).await?,
        Step::Aside(aside) => {
            diesel::insert_into(set_aside::table)
                .values((
                    set_aside::organization_id.eq(owner),
                    set_aside::channel_id.eq(channel),
                    set_aside::id.eq(Uuid::now_v7()),
                    set_aside::platform_event_id.eq(&aside.platform_event_id),
                    set_aside::why.eq(&aside.why),
                    set_aside::raw.eq(&aside.raw),
                ))
                .execute(connection)
                .await?;
            hot::statement(TRIM_ASIDES)
                .bind::<SqlUuid, _>(owner)
                .bind::<SqlUuid, _>(channel)
                .bind::<BigInt, _>(ASIDES)
                .execute(connection)
                .await?;
        }
        Step::Cursor(cursor) => {
            let set = (
                channel_cursors::cursor.eq(cursor),
                channel_cursors::moved_at.eq(diesel::dsl::now),
            );
            let key = (
                channel_cursors::organization_id.eq(owner),
                channel_cursors::channel_id.eq(channel),
            );
            diesel::insert_into(channel_cursors::table)
                .values((key, set))
                .on_conflict((
                    channel_cursors::organization_id,
                    channel_cursors::channel_id,
                ))
                .do_update()
                .set(set)
                .execute(connection)
                .await?;
        }
        Step::Receive(_) | Step::Enter(..) | Step::Shown(..) | Step::Answer(_) | Step::Opens(_) => {
        }
    }
    Ok(())
}

async fn move_on(
    connection: &mut AsyncPgConnection,
    owner: OrganizationId,
    channel: ChannelId,
    from: &str,
    to: &str,
) -> Result<(), StoreError> {
    hot::statement(MOVED)
        .bind::<SqlUuid, _>(owner)
        .bind::<SqlUuid, _>(channel)
        .bind::<Text, _>(from)
        .bind::<Text, _>(to)
        .execute(connection)
        .await?;
    Ok(())
}

/// Takes note that a chat goes on under another id.
pub async fn moved(
    store: &Store,
    owner: OrganizationId,
    channel: ChannelId,
    from: &str,
    to: &str,
) -> Result<(), StoreError> {
    move_on(&mut *store.connection().await?, owner, channel, from, to).await
}

/// Where reading left off, and when it last moved.
pub async fn cursor(
    store: &Store,
    owner: OrganizationId,
    channel: ChannelId,
) -> Result<Option<(String, DateTime<Utc>)>, StoreError> {
    let query = channel_cursors::table
        .find((owner, channel))
        .select((channel_cursors::cursor, channel_cursors::moved_at));
    Ok(query
        .get_result(&mut store.connection().await?)
        .await
        .optional()?)
}

/// Forgets where reading left off: the channel speaks for someone else from now on.
pub async fn forget_cursor(
    store: &Store,
    owner: OrganizationId,
    channel: ChannelId,
) -> Result<(), StoreError> {
    diesel::delete(channel_cursors::table.find((owner, channel)))
        .execute(&mut store.connection().await?)
        .await?;
    Ok(())
}

/// Something that was set aside.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = set_aside, check_for_backend(diesel::pg::Pg))]
pub struct SetAside {
    /// The platform's id of the event, where it could be read.
    pub platform_event_id: Option<String>,
    /// What is wrong with it.
    pub why: String,
    /// As it came.
    pub raw: String,
    /// When it came.
    pub created_at: Time,
}

/// What was set aside on a channel, the newest first.
pub async fn asides(
    store: &Store,
    owner: OrganizationId,
    channel: ChannelId,
    limit: u32,
) -> Result<Vec<SetAside>, StoreError> {
    let query = set_aside::table
        .filter(set_aside::organization_id.eq(owner))
        .filter(set_aside::channel_id.eq(channel))
        .order(set_aside::id.desc())
        .limit(limit.into())
        .select(SetAside::as_select());
    Ok(query.load(&mut store.connection().await?).await?)
}

/// A channel that is to be read.
#[derive(Clone, Debug)]
pub struct Readable {
    /// The channel.
    pub channel: Channel,
    /// When its primary agent was last started.
    pub agent_started_at: Option<Time>,
}

/// Channels of these kinds that work or may work again by themselves, whosever they are, in the order of their ids. One
/// whose primary agent is stopped is none, unless a workflow says who answers.
pub async fn readable(
    store: &Store,
    kinds: &[&str],
    after: ChannelId,
    limit: u32,
) -> Result<Vec<Readable>, StoreError> {
    let primary = agents::organization_id
        .eq(channels::organization_id)
        .and(agents::id.nullable().eq(channels::primary_agent_id));
    let answers = agents::status
        .nullable()
        .is_null()
        .or(agents::status.nullable().ne(AgentStatus::Stopped))
        .or(channels::workflow_id.is_not_null());
    let query = channels::table
        .left_join(agents::table.on(primary))
        .filter(channels::deleted_at.is_null())
        .filter(channels::kind.eq_any(kinds))
        .filter(channels::status.eq_any([ChannelStatus::Active, ChannelStatus::Error]))
        .filter(channels::id.gt(after))
        .filter(answers)
        .order(channels::id)
        .limit(limit.into())
        .select((Channel::as_select(), agents::started_at.nullable()));
    let found: Vec<(Channel, Option<Time>)> = query.load(&mut store.connection().await?).await?;
    let readable = |(channel, agent_started_at)| Readable {
        channel,
        agent_started_at,
    };
    Ok(found.into_iter().map(readable).collect())
}
