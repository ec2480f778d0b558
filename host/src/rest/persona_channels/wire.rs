//! What callers are shown.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};
use store::agents::AgentStatus;
use store::channels::Channel;
use store::messages::{Direction, Entry};
use store::page::Time;
use utoipa::ToSchema;

use crate::service::personas::Persona;

/// A persona.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = persona_channels::Persona)]
pub(super) struct PersonaShown {
    /// Her UUID: the agent's.
    #[schema(example = "6c17c83c-3158-450d-8e43-0e7efea717c1")]
    id: String,
    /// Her name.
    name: String,
    /// Always empty: models are not made to measure here.
    base_model: &'static str,
    /// The day on which she was made.
    birthday: String,
    /// Whether she answers.
    pub(super) running: bool,
    /// `active`, `hibernate`, or `sick` for one that has failed.
    pub(super) status: &'static str,
    /// What she thinks with, if it was told.
    #[schema(value_type = Option<Object>)]
    thinking: Value,
    /// Always null.
    #[schema(value_type = Option<Object>)]
    vision: Value,
    /// Always null.
    #[schema(value_type = Option<Object>)]
    frontier: Value,
    /// Her channels.
    channels: Vec<ChannelShown>,
}

/// A channel of a persona.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = persona_channels::Channel)]
pub(super) struct ChannelShown {
    /// The provider.
    #[serde(rename = "type")]
    #[schema(example = "telegram")]
    kind: String,
    /// The account that it was paired with; until then, the bot.
    name: String,
    /// Whether it listens to one account.
    verified: bool,
    /// The channel's id, as everywhere else.
    id: String,
    /// `active`, `expired`, `error`, …
    status: String,
    /// Why, where there is something to say.
    status_reason: Option<String>,
}

/// All personas.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = persona_channels::Personas)]
pub(super) struct PersonasShown {
    pub(super) personas: Vec<PersonaShown>,
}

/// A channel that was just paired.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = persona_channels::Paired)]
pub(super) struct PairedShown {
    /// The persona.
    persona: PersonaShown,
    /// The channel.
    channel: PairedChannel,
}

/// The channel of a pairing.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = persona_channels::PairedChannel)]
pub(super) struct PairedChannel {
    /// The provider.
    #[serde(rename = "type")]
    kind: String,
    /// The account that claimed the code.
    name: String,
    /// The token, masked.
    #[schema(example = json!({"token": "123456****3456"}))]
    credentials: BTreeMap<&'static str, String>,
    /// When it was paired.
    #[schema(value_type = String)]
    verified_at: Time,
}

/// What was said.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = persona_channels::Conversation)]
pub(super) struct ConversationShown {
    messages: Vec<Said>,
}

/// One thing that was said.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = persona_channels::Said)]
struct Said {
    /// `person` or `persona`.
    role: &'static str,
    /// The text.
    content: String,
    /// Where: `{type, name}`.
    #[schema(value_type = Object)]
    channel: Value,
    /// When.
    #[schema(value_type = String)]
    time: Time,
}

impl PersonaShown {
    pub(super) fn of(persona: &Persona) -> Self {
        let agent = &persona.agent;
        let thinking = agent.configuration.get("thinking").cloned();
        Self {
            id: agent.id.to_string(),
            name: agent.name.clone(),
            base_model: "",
            birthday: agent.created_at.date_naive().to_string(),
            running: persona.is_running(),
            status: match agent.status {
                AgentStatus::Running | AgentStatus::Starting => "active",
                AgentStatus::Stopped => "hibernate",
                AgentStatus::Failed => "sick",
            },
            thinking: thinking.unwrap_or_default(),
            vision: Value::Null,
            frontier: Value::Null,
            channels: persona
                .channels
                .iter()
                .map(|(channel, at)| ChannelShown::of(channel, at.is_some()))
                .collect(),
        }
    }
}

impl ChannelShown {
    fn of(channel: &Channel, verified: bool) -> Self {
        Self {
            kind: channel.kind.clone(),
            name: channel.name.clone(),
            verified,
            id: channel.id.public(),
            status: channel.status.to_string(),
            status_reason: channel.status_reason.clone(),
        }
    }
}

impl PairedShown {
    pub(super) fn of(persona: &Persona, channel: Channel, at: Time, token: String) -> Self {
        Self {
            persona: PersonaShown::of(persona),
            channel: PairedChannel {
                kind: channel.kind,
                name: channel.name,
                credentials: BTreeMap::from([("token", token)]),
                verified_at: at,
            },
        }
    }
}

impl ConversationShown {
    pub(super) fn of(entries: Vec<Entry>) -> Self {
        let said = |entry: Entry| Said {
            role: match entry.direction {
                Direction::Inbound => "person",
                Direction::Outbound => "persona",
            },
            content: entry.text,
            channel: json!({ "type": entry.kind, "name": entry.channel }),
            time: entry.created_at,
        };
        Self {
            messages: entries.into_iter().map(said).collect(),
        }
    }
}
