//! Chats: a chat is a thread of a session, and a session a conversation that keeps its project, its chat and its path. They
//! are where their conversation is, whatever project they are about.

use std::collections::HashMap;

use store::conversations;
use store::ids::{ChatId, ConversationId};
use store::page::{Listed, Stretch};
use store::sessions::{self, Chat, State};

use super::placed::{self, Placed, Within};
use crate::auth::{Operation, Reach};
use crate::context::Context;
use crate::error::Result;

/// The chats that the caller may read among these.
pub async fn find_many(
    cx: &Context,
    reach: &Reach,
    ids: &[ChatId],
) -> Result<HashMap<ChatId, Placed<Chat>>> {
    let owner = reach.organization_id();
    let found = sessions::find_chats(&cx.store, owner, ids).await?;
    let parents: Vec<ConversationId> = found.iter().map(|row| row.conversation_id).collect();
    let projects = conversations::projects_of(&cx.store, owner, &parents).await?;
    let place = |chat: Chat| {
        let project = *projects.get(&chat.conversation_id)?;
        let seen = reach.may(project, Operation::ReadConversations);
        seen.then(|| (chat.id, Placed::new(chat, project)))
    };
    Ok(found.into_iter().filter_map(place).collect())
}

/// Where the sessions of these conversations are, as far as they are any and the caller may read them.
pub async fn states(
    cx: &Context,
    reach: &Reach,
    places: &[Within<ConversationId>],
) -> Result<HashMap<Within<ConversationId>, Placed<State>>> {
    let places = placed::allowed(reach, places, Operation::ReadConversations);
    let ids = placed::ids(&places);
    let found = sessions::states(&cx.store, reach.organization_id(), &ids).await?;
    Ok(placed::place_all(&places, found, |state| {
        state.conversation_id
    }))
}

/// A stretch of the chats of each conversation, the newest first.
pub async fn of_conversations(
    cx: &Context,
    reach: &Reach,
    conversations: &[Within<ConversationId>],
    stretch: &Stretch<ChatId>,
) -> Result<HashMap<Within<ConversationId>, Listed<Placed<Chat>>>> {
    let parents = placed::allowed(reach, conversations, Operation::ReadConversations);
    let ids = placed::ids(&parents);
    let read = sessions::of_sessions(&cx.store, reach.organization_id(), &ids, stretch).await?;
    Ok(placed::lists(parents, read, Placed::new))
}
