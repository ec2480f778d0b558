//! Subscriptions: what happens, as it happens. Each ends with an error when its caller may no longer see it.

use std::sync::Arc;

use async_graphql::{Context, ID, Result, SimpleObject, Subscription};
use futures_util::{Stream, StreamExt};

use super::channels::ChannelNode;
use super::deliveries::DeliveryNode;
use super::log::LogLineNode;
use super::messages::MessageNode;
use super::resolve::library;
use super::turns::TurnNode;
use super::{asked_by, failure, read_id};
use crate::error::Error;
use crate::service::{channels, feeds};

/// What can be followed.
pub(super) struct Subscription;

/// An answer on which an agent is at work.
#[derive(SimpleObject)]
#[graphql(crate = "library")]
pub(super) struct ReplyProgress {
    /// As far as it has come; null where the agent only shows that it is at work.
    text: Option<String>,
}

/// What can be followed, over `graphql-transport-ws`.
#[Subscription]
impl Subscription {
    /// Messages of a conversation, each once and in order.
    async fn message_added(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The conversation.")] conversation_id: ID,
        #[graphql(desc = "The last message that is known: what followed it comes first.")]
        after: Option<ID>,
    ) -> Result<impl Stream<Item = Result<MessageNode>> + use<>> {
        let (cx, caller) = asked_by(context)?;
        let conversation = read_id("conversationId", &conversation_id)?;
        let after = after.map(|id| read_id("after", &id)).transpose()?;
        let messages = feeds::messages(cx, caller, conversation, after).await;
        shown(messages, |message| MessageNode(Arc::new(message)))
    }

    /// The answer on which a conversation's agent is at work, as it grows: each takes the place of the one before, and the message
    /// that of the last. Where the turn runs on another host, it only shows that there is one.
    async fn reply_progress(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The conversation.")] conversation_id: ID,
    ) -> Result<impl Stream<Item = Result<ReplyProgress>> + use<>> {
        let (cx, caller) = asked_by(context)?;
        let conversation = read_id("conversationId", &conversation_id)?;
        let progress = feeds::progress(cx, caller, conversation).await;
        shown(progress, |text| ReplyProgress { text })
    }

    /// Turns of a conversation or of an agent: when one is queued, when it is tried again and when it is over.
    async fn turn_changed(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The conversation.")] conversation_id: Option<ID>,
        #[graphql(desc = "The agent, by name or id, in whichever conversation.")] agent: Option<
            String,
        >,
    ) -> Result<impl Stream<Item = Result<TurnNode>> + use<>> {
        let (cx, caller) = asked_by(context)?;
        let turns = match (conversation_id, agent) {
            (Some(id), None) => {
                let conversation = read_id("conversationId", &id)?;
                let turns = feeds::turns_of_conversation(cx, caller, conversation).await;
                turns.map(StreamExt::boxed)
            }
            (None, Some(agent)) => {
                let turns = feeds::turns_of_agent(cx, caller, &agent).await;
                turns.map(StreamExt::boxed)
            }
            _ => Err(Error::invalid(
                "conversationId",
                "must be given, or else `agent`",
            )),
        };
        shown(turns, |turn| TurnNode(Arc::new(turn)))
    }

    /// Lines of an agent's log as they are written.
    async fn agent_log_line(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The agent, by name or id.")] agent: String,
    ) -> Result<impl Stream<Item = Result<LogLineNode>> + use<>> {
        let (cx, caller) = asked_by(context)?;
        let lines = feeds::log_of_agent(cx, caller, &agent).await;
        shown(lines, LogLineNode)
    }

    /// Channels of a project whose status changed.
    async fn channel_status_changed(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The project, by slug or id.")] project: String,
    ) -> Result<impl Stream<Item = Result<ChannelNode>> + use<>> {
        let (cx, caller) = asked_by(context)?;
        let list = feeds::channels_of_project(cx, caller, &project).await;
        shown(list, ChannelNode)
    }

    /// Deliveries of a channel: when one is made, after each try and when it is over.
    async fn delivery_changed(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The channel.")] channel_id: ID,
    ) -> Result<impl Stream<Item = Result<DeliveryNode>> + use<>> {
        let (cx, caller) = asked_by(context)?;
        let channel = channels::parse_id(&channel_id).map_err(failure::told)?;
        let deliveries = feeds::deliveries_of_channel(cx, caller, channel).await;
        shown(deliveries, |delivery| DeliveryNode(Arc::new(delivery)))
    }
}

/// A feed as subscribers see it.
fn shown<Item, Node>(
    feed: crate::error::Result<impl Stream<Item = crate::error::Result<Item>>>,
    show: impl Fn(Item) -> Node,
) -> Result<impl Stream<Item = Result<Node>>> {
    let feed = feed.map_err(failure::told)?;
    Ok(feed.map(move |item| item.map(&show).map_err(failure::told)))
}
