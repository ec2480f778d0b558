//! Conversations: a conversation is one chat of a contact or a group on a channel; its messages are its log.

use store::conversations::{self, Conversation};
use store::ids::{ChannelId, ConversationId, MessageId};
use store::messages::{self, Message};
use store::page::Page;

use super::channels;
use crate::auth::{Caller, Operation};
use crate::context::Context;
use crate::error::{Error, Result};

/// Entries of a page at most.
pub const MOST: u32 = 200;

/// The conversations of a channel, the newest first.
pub async fn list(
    cx: &Context,
    caller: &Caller,
    channel: ChannelId,
    page: Page<ConversationId>,
) -> Result<Vec<Conversation>> {
    let channel = channels::find_for(cx, caller, channel, Operation::ReadConversations).await?;
    let owner = channel.organization_id;
    Ok(conversations::list(&cx.store, owner, Some(channel.id), bounded(page)).await?)
}

/// A conversation.
pub async fn find(cx: &Context, caller: &Caller, id: ConversationId) -> Result<Conversation> {
    let conversation = conversations::find(&cx.store, caller.organization_id, id)
        .await?
        .ok_or_else(|| Error::not_found("Conversation", id))?;
    channels::find_for(
        cx,
        caller,
        conversation.channel_id,
        Operation::ReadConversations,
    )
    .await?;
    Ok(conversation)
}

/// What was said in a conversation, the newest first.
pub async fn messages(
    cx: &Context,
    caller: &Caller,
    id: ConversationId,
    page: Page<MessageId>,
) -> Result<Vec<Message>> {
    let conversation = find(cx, caller, id).await?;
    let owner = conversation.organization_id;
    Ok(messages::list_back(&cx.store, owner, conversation.id, bounded(page)).await?)
}

fn bounded<Key>(page: Page<Key>) -> Page<Key> {
    Page {
        limit: page.limit.clamp(1, MOST),
        ..page
    }
}
