//! Speech: what a turn says, on its way into the tables. Whether a message needs a delivery is decided here, once.

use sandbox::types::{Choice, Reply};
use store::ids::{ConversationId, DeliveryId, MessageId, OrganizationId};
use store::turns::{LoadedTurn, Speech};
use uuid::Uuid;

use super::approvals::{NO, YES};
use crate::capabilities::Waiting;
use crate::content::{Content, without_nul};
use crate::context::Context;
use crate::error::chain;
use crate::inbound::StoredReply;
use crate::service::welcome;
use crate::workflow::Canned;

/// What the contact is told when a turn fails. The cause is the owner's to see.
pub(super) const APOLOGY: &str = "Sorry, something went wrong here. Please try again in a moment.";

/// A message for a conversation, in a thread of it where it has any. `carried` says whether a driver has to bring it there.
pub(super) fn speech_of(
    (conversation_id, chat_id): (ConversationId, Option<Uuid>),
    message_id: MessageId,
    reply: &Reply,
    carried: bool,
) -> Speech {
    Speech {
        conversation_id,
        chat_id,
        message_id,
        text: without_nul(&reply.text),
        content: Content::of_reply(reply).column(),
        delivery_id: carried.then(DeliveryId::new),
    }
}

/// What is said ahead of the agent, or without one: a welcome, and what the workflow or the host says.
pub(super) async fn host_words(cx: &Context, turn: &LoadedTurn) -> Result<Vec<Reply>, String> {
    let Some(canned) = Canned::read(turn.event.as_ref()) else {
        return Ok(Vec::new());
    };
    let mut words = Vec::new();
    if let Some(user) = turn.user_id.filter(|_| canned.welcome) {
        let owner = turn.organization_id.into();
        // Rare: it does not make the future of every turn larger.
        let welcome = Box::pin(welcome::of(cx, owner, user.into())).await;
        let welcome = welcome.map_err(|error| chain(&error))?;
        words.push(Reply {
            structured: Some(welcome.structured),
            ..plain(welcome.text)
        });
    }
    words.extend(canned.texts.into_iter().map(plain));
    Ok(words)
}

/// Characters of arguments that a person is shown.
const ARGUMENTS: usize = 1_500;

/// What a person is asked before a call of a tool.
pub(super) fn question(turn: &LoadedTurn, waiting: &Waiting, carried: bool) -> Speech {
    let name = waiting.asked.name.as_deref().unwrap_or_default();
    let arguments = waiting.asked.arguments.as_deref().unwrap_or_default();
    let shown = match arguments.char_indices().nth(ARGUMENTS) {
        Some((end, _)) => format!("{}…", arguments.get(..end).unwrap_or_default()),
        None => arguments.to_owned(),
    };
    let choice = |label: &str, button| Choice {
        label: label.to_owned(),
        value: format!("{button}{}", waiting.asked.id),
        metadata: Vec::new(),
    };
    let reply = Reply {
        choices: vec![choice("Yes", YES), choice("No", NO)],
        ..plain(format!(
            "May I use {name} with this?\n{shown}\nAnswer yes or no."
        ))
    };
    let place = (turn.conversation_id.into(), turn.chat_id);
    speech_of(place, MessageId::new(), &reply, carried)
}

/// The same as messages of the turn's conversation.
pub(super) fn canned(turn: &LoadedTurn, words: &[Reply], carried: bool) -> Vec<Speech> {
    let place = (turn.conversation_id.into(), turn.chat_id);
    let said = |reply| speech_of(place, MessageId::new(), reply, carried);
    words.iter().map(said).collect()
}

/// The apology as a reply.
pub(super) fn apology() -> Reply {
    plain(APOLOGY.to_owned())
}

fn plain(text: String) -> Reply {
    Reply {
        text,
        format: sandbox::types::TextFormat::Plain,
        attachments: Vec::new(),
        choices: Vec::new(),
        reply_to: None,
        structured: None,
        metadata: Vec::new(),
    }
}

/// Whether a reply says anything at all.
pub(super) fn is_empty(reply: &Reply) -> bool {
    reply.text.is_empty()
        && reply.attachments.is_empty()
        && reply.choices.is_empty()
        && reply.structured.is_none()
}

/// What was said, as whoever waited for it gets it.
pub(super) fn stored_reply(owner: OrganizationId, said: Speech) -> StoredReply {
    let content = Content::read(said.content.as_ref());
    StoredReply {
        message_id: said.message_id,
        files: content.sent_files(owner),
        structured: content.structured,
        text: said.text,
    }
}
