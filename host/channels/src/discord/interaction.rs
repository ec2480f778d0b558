//! Interactions: slash commands and pressed buttons, whether Discord calls with them or the gateway brings them
//! ("Receiving and Responding"). A command is answered at once with a message that says that someone thinks; what the agent
//! says takes its place.

use bytes::Bytes;
use ring::signature::{ED25519, UnparsedPublicKey};
use serde::Deserialize;
use serde_json::{Value, json};

use super::api::{Bot, Ignored, Route};
use super::message::{self, Member, User};
use super::settings;
use crate::callback::{Callback, CallbackAnswer, CallbackError, Called, Event, Heard};
use crate::driver::{BoundChannel, SendError};
use crate::http::Method;

/// The headers of a call.
const SIGNATURE: &str = "x-signature-ed25519";
const TIMESTAMP: &str = "x-signature-timestamp";
/// Types of interaction.
const PING: u64 = 1;
const COMMAND: u64 = 2;
const COMPONENT: u64 = 3;
/// Types of answer: a ping back, a message that is still to come, and none, for a button.
const PONG: u64 = 1;
const DEFERRED: u64 = 5;
const DEFERRED_UPDATE: u64 = 6;
/// Characters of a button's value and of its label; buttons of a row, and rows.
const VALUE: usize = 100;
const LABEL: usize = 80;
const ROW: usize = 5;
const ROWS: usize = 5;
/// What begins the name of a message that answers an interaction, in place of a message's id.
const SHOWN: &str = "interaction:";
/// What begins a button's value that would be too long, or that another has: its label stands for it.
const BY_LABEL: char = '\u{1f}';

/// Where the answer to an interaction goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Interaction<'a> {
    pub application: &'a str,
    pub token: &'a str,
}

impl<'a> Interaction<'a> {
    /// What stands for the message that answers it.
    pub(super) fn parse(shown_in: &'a str) -> Option<Self> {
        let (application, token) = shown_in.strip_prefix(SHOWN)?.split_once(':')?;
        Some(Self { application, token })
    }

    fn shown_in(&self) -> String {
        format!("{SHOWN}{}:{}", self.application, self.token)
    }
}

#[derive(Deserialize)]
struct Brought {
    id: String,
    #[serde(rename = "type")]
    kind: u64,
    application_id: Option<String>,
    token: Option<String>,
    data: Option<Data>,
    guild_id: Option<String>,
    channel_id: Option<String>,
    /// In a server.
    member: Option<Caller>,
    /// Elsewhere.
    user: Option<User>,
    message: Option<Value>,
    locale: Option<String>,
}

#[derive(Deserialize)]
struct Caller {
    user: User,
    #[serde(flatten)]
    member: Member,
}

#[derive(Deserialize)]
struct Data {
    #[serde(default)]
    name: String,
    #[serde(default)]
    options: Vec<Choice>,
    custom_id: Option<String>,
}

/// An argument of a command, or a command within it.
#[derive(Deserialize)]
struct Choice {
    name: String,
    value: Option<Value>,
    #[serde(default)]
    options: Vec<Choice>,
}

/// Verifies and reads a call.
pub(super) fn called(channel: &BoundChannel, callback: &Callback) -> Result<Called, CallbackError> {
    let configuration = settings::configuration(channel).ok_or(CallbackError::Unverified)?;
    let key = configuration.public_key.ok_or(CallbackError::Unverified)?;
    let header = |name| callback.headers.get(name).unwrap_or_default();
    if !is_signed(&key, header(SIGNATURE), header(TIMESTAMP), &callback.body) {
        return Err(CallbackError::Unverified);
    }
    let malformed = |error: serde_json::Error| CallbackError::Malformed(error.to_string());
    let value: Value = serde_json::from_slice(&callback.body).map_err(malformed)?;
    let brought = Brought::deserialize(&value).map_err(malformed)?;
    let answer = match brought.kind {
        PING => PONG,
        COMMAND => DEFERRED,
        COMPONENT => DEFERRED_UPDATE,
        kind => {
            let why = format!("an interaction of type {kind} is not asked for");
            return Err(CallbackError::Malformed(why));
        }
    };
    let events = match brought.kind {
        PING => Vec::new(),
        // The answer to the call is the acknowledgement.
        _ => vec![event(brought, false)],
    };
    Ok(Called {
        events,
        answer: CallbackAnswer {
            status: 200,
            content_type: "application/json",
            body: Bytes::from(json!({ "type": answer }).to_string()),
        },
    })
}

/// Whether Discord has signed these bytes: Ed25519 over the timestamp and the body ("Security and Authorization").
fn is_signed(key: &str, signature: &str, timestamp: &str, body: &[u8]) -> bool {
    let (Ok(key), Ok(signature)) = (hex::decode(key), hex::decode(signature)) else {
        return false;
    };
    if timestamp.is_empty() {
        return false;
    }
    let signed = [timestamp.as_bytes(), body].concat();
    UnparsedPublicKey::new(&ED25519, key)
        .verify(&signed, &signature)
        .is_ok()
}

/// Reads the `d` of `INTERACTION_CREATE`, which has to be acknowledged.
pub(super) fn read(value: &Value) -> Event {
    match Brought::deserialize(value) {
        Ok(brought) => event(brought, true),
        Err(error) => message::bad(value, &error.to_string()),
    }
}

fn event(brought: Brought, to_acknowledge: bool) -> Event {
    let ignored = Event::Ignored {
        reason: "unsupported_update",
    };
    let (Some(chat), Some(data)) = (brought.channel_id, brought.data) else {
        return ignored;
    };
    let (user, nick) = match (brought.member, brought.user) {
        (Some(caller), _) => (caller.user, caller.member.nick),
        (None, Some(user)) => (user, None),
        (None, None) => return ignored,
    };
    let text = match brought.kind {
        COMMAND => Some(command(&data)),
        COMPONENT => pressed(&data, brought.message.as_ref()),
        _ => None,
    };
    let Some(text) = text else {
        return ignored;
    };
    let is_command = brought.kind == COMMAND;
    let shown_in = match (&brought.application_id, &brought.token) {
        (Some(application), Some(token)) if is_command => {
            Some(Interaction { application, token }.shown_in())
        }
        _ => None,
    };
    let answer = if is_command {
        DEFERRED
    } else {
        DEFERRED_UPDATE
    };
    let token = brought.token.as_deref().unwrap_or_default();
    let acknowledge = to_acknowledge.then(|| format!("{answer}/{}/{token}", brought.id));
    let is_group = brought.guild_id.is_some();
    let mut metadata = Vec::new();
    let kind = if is_command { "command" } else { "button" };
    for (name, value) in [
        (kind, Some("true".to_owned())),
        ("username", user.username.clone()),
        ("guild_id", brought.guild_id),
        ("language", brought.locale),
    ] {
        metadata.extend(value.map(|value| (name.to_owned(), value)));
    }
    Event::Heard(Box::new(Heard {
        platform_event_id: Some(brought.id),
        display_name: nick.or_else(|| user.name()),
        platform_user_id: user.id,
        platform_chat_id: chat,
        is_group,
        title: None,
        text,
        attachments: Vec::new(),
        metadata,
        acknowledge,
        shown_in,
    }))
}

/// A command as it would be written: `/name` with the values of its options behind it.
fn command(data: &Data) -> String {
    let mut words = vec![format!("/{}", data.name)];
    add(&data.options, &mut words);
    words.join(" ")
}

fn add(options: &[Choice], words: &mut Vec<String>) {
    for option in options {
        match &option.value {
            Some(Value::String(text)) => words.push(text.clone()),
            Some(value) => words.push(value.to_string()),
            None => {
                words.push(option.name.clone());
                add(&option.options, words);
            }
        }
    }
}

/// A pressed button says its value, as if the person had written it.
fn pressed(data: &Data, message: Option<&Value>) -> Option<String> {
    let id = data.custom_id.as_deref()?;
    if !id.starts_with(BY_LABEL) {
        return Some(id.to_owned());
    }
    let rows = message?.get("components")?.as_array()?;
    let mut buttons = rows
        .iter()
        .filter_map(|row| row.get("components")?.as_array())
        .flatten();
    let pressed =
        buttons.find(|button| button.get("custom_id").and_then(Value::as_str) == Some(id))?;
    pressed.get("label")?.as_str().map(str::to_owned)
}

/// Buttons for choices ("Message Components"): rows of five, of different values.
pub(super) fn buttons(choices: &[(String, String)]) -> Value {
    let mut taken: Vec<&str> = Vec::new();
    let mut made = Vec::new();
    for (number, (label, value)) in choices.iter().take(ROW * ROWS).enumerate() {
        let fits = (1..=VALUE).contains(&value.chars().count())
            && !value.starts_with(BY_LABEL)
            && !taken.contains(&value.as_str());
        let id = match fits {
            true => value.clone(),
            false => format!("{BY_LABEL}{number}"),
        };
        taken.push(value);
        let label: String = label.chars().take(LABEL).collect();
        made.push(json!({ "type": 2, "style": 2, "label": label, "custom_id": id }));
    }
    let rows = made.chunks(ROW);
    json!(
        rows.map(|row| json!({ "type": 1, "components": row }))
            .collect::<Vec<_>>()
    )
}

/// Tells Discord that an interaction that the gateway brought has arrived.
pub(super) async fn acknowledge(bot: &Bot<'_>, what: &str) -> Result<(), SendError> {
    let mut parts = what.splitn(3, '/');
    let (Some(kind), Some(id), Some(token)) = (parts.next(), parts.next(), parts.next()) else {
        return Ok(());
    };
    let answer = json!({ "type": kind.parse::<u64>().unwrap_or(DEFERRED) });
    let _: Ignored = bot
        .json(Method::Post, &Route::Callback(id, token), &answer)
        .await?;
    Ok(())
}
