//! Event: a stored turn in the shape that a guest gets.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::{DateTime, Utc};
use sandbox::types::{Action, Contact, Conversation, Event, EventBody, Message, Notice, Timer};
use serde::Deserialize;
use store::turns::LoadedTurn;

use crate::content::Content;
use crate::workflow::Canned;

/// What a driver says of a message that is a pressed button's value.
const BUTTON: &str = "button";

/// What started a turn where no message did, as the `event` column has it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredEvent {
    Timer {
        name: String,
        payload: String,
        due_at: u64,
    },
    Notice {
        kind: String,
        data: serde_json::Value,
    },
}

/// The column holds what no version of this host has written.
#[derive(Debug, thiserror::Error)]
#[error("the stored event cannot be read: {0}")]
pub struct Unreadable(String);

/// Builds the event of a turn.
pub fn event_of(turn: &LoadedTurn, configuration: &str) -> Result<Event, Unreadable> {
    Ok(Event {
        id: turn.turn_id.to_string(),
        received_at: millis(turn.queued_at),
        conversation: Conversation {
            id: turn.conversation_id.to_string(),
            channel_id: turn.channel_id.to_string(),
            channel_kind: turn.channel_kind.clone(),
            is_group: turn.is_group,
            title: turn.title.clone(),
            metadata: Vec::new(),
        },
        body: body_of(turn)?,
        configuration: configuration.to_owned(),
        metadata: Vec::new(),
    })
}

fn body_of(turn: &LoadedTurn) -> Result<EventBody, Unreadable> {
    // A workflow's own words go with the turn of a message; they are no event.
    if let Some(stored) = &turn.event
        && Canned::read(Some(stored)).is_none()
    {
        return stored_body(stored);
    }
    let (Some(message_id), Some(contact_id)) = (turn.message_id, turn.contact_id) else {
        return Err(Unreadable(
            "the turn has neither an event nor a message".to_owned(),
        ));
    };
    let content = Content::read(turn.content.as_ref());
    let from = Contact {
        id: contact_id.to_string(),
        platform_user_id: turn.platform_user_id.clone().unwrap_or_default(),
        display_name: turn.display_name.clone(),
        user_id: turn.user_id.map(|id| id.to_string()),
        metadata: Vec::new(),
    };
    let text = turn.text.clone().unwrap_or_default();
    if content.metadata.iter().any(|(name, _)| name == BUTTON) {
        return Ok(EventBody::Action(Action {
            id: message_id.to_string(),
            from,
            value: text,
            message_id: None,
            metadata: content.metadata,
        }));
    }
    Ok(EventBody::Message(Message {
        id: message_id.to_string(),
        from,
        text,
        attachments: content.attachments,
        reply_to: content.reply_to,
        sent_at: millis(turn.sent_at.unwrap_or(turn.queued_at)),
        metadata: content.metadata,
    }))
}

fn stored_body(stored: &serde_json::Value) -> Result<EventBody, Unreadable> {
    let stored = StoredEvent::deserialize(stored).map_err(|error| Unreadable(error.to_string()))?;
    Ok(match stored {
        StoredEvent::Timer {
            name,
            payload,
            due_at,
        } => {
            // Postgres breaks base64 into lines.
            let joined: String = payload.split_whitespace().collect();
            let payload = BASE64
                .decode(joined)
                .map_err(|error| Unreadable(error.to_string()))?;
            EventBody::Timer(Timer {
                name,
                payload,
                due_at,
            })
        }
        StoredEvent::Notice { kind, data } => EventBody::Notice(Notice {
            kind,
            data: data.to_string(),
        }),
    })
}

fn millis(at: DateTime<Utc>) -> u64 {
    u64::try_from(at.timestamp_millis()).unwrap_or(0)
}
