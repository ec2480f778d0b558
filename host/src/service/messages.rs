//! Messages, many at a time: a message is one entry of a conversation's log.

use std::collections::HashMap;

use store::conversations;
use store::ids::{ChatId, ConversationId, MessageId, TurnId};
use store::messages::{self, Message};
use store::page::{Listed, Stretch};

use super::placed::{self, Placed, Within};
use crate::auth::{Operation, Reach};
use crate::context::Context;
use crate::error::Result;

/// The messages that the caller may read among these.
pub async fn find_many(
    cx: &Context,
    reach: &Reach,
    ids: &[MessageId],
) -> Result<HashMap<MessageId, Placed<Message>>> {
    let owner = reach.organization_id();
    let found = messages::find_many(&cx.store, owner, ids).await?;
    let parents: Vec<ConversationId> = found.iter().map(|row| row.conversation_id).collect();
    let projects = conversations::projects_of(&cx.store, owner, &parents).await?;
    let place = |message: Message| {
        let project = *projects.get(&message.conversation_id)?;
        let seen = reach.may(project, Operation::ReadConversations);
        seen.then(|| (message.id, Placed::new(message, project)))
    };
    Ok(found.into_iter().filter_map(place).collect())
}

/// The messages that something in a project names.
pub async fn within(
    cx: &Context,
    reach: &Reach,
    places: &[Within<MessageId>],
) -> Result<HashMap<Within<MessageId>, Placed<Message>>> {
    let places = placed::allowed(reach, places, Operation::ReadConversations);
    let ids = placed::ids(&places);
    let found = messages::find_many(&cx.store, reach.organization_id(), &ids).await?;
    Ok(placed::place_all(&places, found, |message| message.id))
}

/// A stretch of the messages of each conversation, the newest first.
pub async fn of_conversations(
    cx: &Context,
    reach: &Reach,
    conversations: &[Within<ConversationId>],
    stretch: &Stretch<i64>,
) -> Result<HashMap<Within<ConversationId>, Listed<Placed<Message>>>> {
    let parents = placed::allowed(reach, conversations, Operation::ReadConversations);
    let ids = placed::ids(&parents);
    let owner = reach.organization_id();
    let read = cx.reads.messages(&cx.store, owner, ids, stretch).await?;
    Ok(placed::lists(parents, read, Placed::new))
}

/// A stretch of the messages of each thread of a session, the newest first.
pub async fn of_chats(
    cx: &Context,
    reach: &Reach,
    chats: &[Within<ChatId>],
    stretch: &Stretch<i64>,
) -> Result<HashMap<Within<ChatId>, Listed<Placed<Message>>>> {
    let parents = placed::allowed(reach, chats, Operation::ReadConversations);
    let ids = placed::ids(&parents);
    let read = messages::of_chats(&cx.store, reach.organization_id(), &ids, stretch).await?;
    Ok(placed::lists(parents, read, Placed::new))
}

/// What each turn said, in order.
pub async fn of_turns(
    cx: &Context,
    reach: &Reach,
    turns: &[Within<TurnId>],
) -> Result<HashMap<Within<TurnId>, Vec<Placed<Message>>>> {
    let turns = placed::allowed(reach, turns, Operation::ReadConversations);
    let ids = placed::ids(&turns);
    let mut said: HashMap<TurnId, Vec<Message>> = HashMap::new();
    for message in messages::of_turns(&cx.store, reach.organization_id(), &ids).await? {
        if let Some(turn) = message.turn_id {
            said.entry(turn).or_default().push(message);
        }
    }
    let replies = |turn: Within<TurnId>| {
        let rows = said.remove(&turn.id()).unwrap_or_default();
        let placed = rows.into_iter().map(|row| Placed::new(row, turn.project()));
        (turn, placed.collect())
    };
    Ok(turns.into_iter().map(replies).collect())
}
