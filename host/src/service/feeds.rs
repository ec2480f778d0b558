//! Feeds: what happens, as it happens, for those who may see it. All who watch the same are served by one reader; each is
//! asked for its rights when it comes and again while it stays.

mod console;
mod guard;
mod lines;
mod messages;
mod passing;
mod progress;

use std::sync::Arc;

use futures_util::{Stream, StreamExt};
use store::agent_log::LogLine;
use store::channels::Channel;
use store::deliveries::Delivery;
use store::ids::{ChannelId, ConversationId, MessageId, ProjectId};
use store::messages::Message;
use store::turns::TurnTrace;

pub use self::console::{Author, Cursor, Said, Seen, What, console};
use self::guard::{Guard, guarded};
use self::messages::Messages;
use self::passing::Passing;
use self::progress::Signs;
use super::placed::Placed;
use super::{agents, channels, conversations, projects};
use crate::auth::{Caller, Operation};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::live::sources::{ChannelsOf, DeliveriesOf, LogOf, MessagesOf, TurnsOf};

/// Messages of a conversation, each once and in order: those after one that is known, or from now on.
pub async fn messages(
    cx: &Context,
    caller: &Caller,
    conversation: ConversationId,
    after: Option<MessageId>,
) -> Result<impl Stream<Item = Result<Placed<Message>>> + Send + use<>> {
    let conversation = conversations::find(cx, caller, conversation).await?;
    let (guard, project) = of_channel(cx, caller, conversation.channel_id).await?;
    let source = MessagesOf {
        owner: caller.organization_id,
        conversation: conversation.id,
    };
    let messages = Messages::open(cx, source, after).await?;
    Ok(placed(guarded(cx, guard, messages), project))
}

/// Turns of a conversation as they change: when one is queued, when it is tried again, when it is over.
pub async fn turns_of_conversation(
    cx: &Context,
    caller: &Caller,
    conversation: ConversationId,
) -> Result<impl Stream<Item = Result<Placed<TurnTrace>>> + Send + use<>> {
    let conversation = conversations::find(cx, caller, conversation).await?;
    let (guard, project) = of_channel(cx, caller, conversation.channel_id).await?;
    let source = TurnsOf::Conversation(caller.organization_id, conversation.id);
    let turns = Passing::open(cx, &cx.feeds.turns, source).await?;
    Ok(placed(guarded(cx, guard, turns), project))
}

/// The answer of a conversation's agent as far as it has come, from now on; none where it only shows that it is typing, or writes
/// on another host. What is missed is not told again: the message itself is.
pub async fn progress(
    cx: &Context,
    caller: &Caller,
    conversation: ConversationId,
) -> Result<impl Stream<Item = Result<Option<String>>> + Send + use<>> {
    let conversation = conversations::find(cx, caller, conversation).await?;
    let (guard, _) = of_channel(cx, caller, conversation.channel_id).await?;
    let signs = Signs(cx.live.subscribe(conversation.id));
    Ok(guarded(cx, guard, signs))
}

/// Turns of an agent, by name or id, as they change.
pub async fn turns_of_agent(
    cx: &Context,
    caller: &Caller,
    agent: &str,
) -> Result<impl Stream<Item = Result<Placed<TurnTrace>>> + Send + use<>> {
    let agent = agents::find(cx, caller, agent).await?;
    let guard = Guard::new(cx, caller, agent.project_id, Operation::ReadConversations).await?;
    let source = TurnsOf::Agent(caller.organization_id, agent.id);
    let turns = Passing::open(cx, &cx.feeds.turns, source).await?;
    Ok(placed(guarded(cx, guard, turns), agent.project_id))
}

/// Lines of an agent's log as they are written; the agent by name or id.
pub async fn log_of_agent(
    cx: &Context,
    caller: &Caller,
    agent: &str,
) -> Result<impl Stream<Item = Result<Arc<LogLine>>> + Send + use<>> {
    let agent = agents::find(cx, caller, agent).await?;
    let guard = Guard::new(cx, caller, agent.project_id, Operation::ReadConversations).await?;
    let source = LogOf {
        owner: caller.organization_id,
        agent: agent.id,
    };
    let lines = Passing::open(cx, &cx.feeds.log, source).await?;
    Ok(guarded(cx, guard, lines))
}

/// Channels of a project, by slug or id, whose status changed.
pub async fn channels_of_project(
    cx: &Context,
    caller: &Caller,
    project: &str,
) -> Result<impl Stream<Item = Result<Arc<Channel>>> + Send + use<>> {
    let project = projects::find(cx, caller, project).await?;
    let guard = Guard::new(cx, caller, project.id, Operation::ReadProject).await?;
    let source = ChannelsOf {
        owner: caller.organization_id,
        project: project.id,
    };
    let channels = Passing::open(cx, &cx.feeds.channels, source).await?;
    Ok(guarded(cx, guard, channels))
}

/// Deliveries of a channel as they change: when one is made, after each try, when it is over.
pub async fn deliveries_of_channel(
    cx: &Context,
    caller: &Caller,
    channel: ChannelId,
) -> Result<impl Stream<Item = Result<Placed<Delivery>>> + Send + use<>> {
    let (guard, project) = of_channel(cx, caller, channel).await?;
    let source = DeliveriesOf {
        owner: caller.organization_id,
        channel,
    };
    let deliveries = Passing::open(cx, &cx.feeds.deliveries, source).await?;
    Ok(placed(guarded(cx, guard, deliveries), project))
}

/// Rows of a feed, in their project.
fn placed<Row: Send + Sync>(
    feed: impl Stream<Item = Result<Arc<Row>>> + Send,
    project: ProjectId,
) -> impl Stream<Item = Result<Placed<Row>>> + Send {
    feed.map(move |row| row.map(|row| Placed::new(row, project)))
}

/// The guard of what is said on a channel, and its project.
async fn of_channel(
    cx: &Context,
    caller: &Caller,
    channel: ChannelId,
) -> Result<(Guard, ProjectId)> {
    let operation = Operation::ReadConversations;
    let channel = channels::find_for(cx, caller, channel, operation).await?;
    let guard = Guard::new(cx, caller, channel.project_id, operation).await?;
    Ok((guard, channel.project_id))
}

/// A feed whose reader does not read, or no more.
fn over() -> Error {
    Error::Unavailable {
        what: "this subscription",
        source: "its reader is not running".into(),
    }
}
