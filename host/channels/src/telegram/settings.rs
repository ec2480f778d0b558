//! What a Telegram channel is configured with: the bot's token, and how it is listened to.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::driver::{self, BoundChannel, SendError, Settings, SettingsError};
use crate::secret::Secret;

/// How a bot learns what was said to it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Telegram calls us: it takes a public https address.
    Webhook,
    /// We ask, which works anywhere.
    #[default]
    Polling,
}

impl Mode {
    /// The mode as the API spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Mode::Webhook => "webhook",
            Mode::Polling => "polling",
        }
    }
}

/// What anyone who may see the channel may see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Configuration {
    /// How it is listened to.
    #[serde(default)]
    pub mode: Mode,
    /// The bot's id, as Telegram told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bot_id: Option<i64>,
    /// The bot's name behind the `@`, as Telegram told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bot_username: Option<String>,
    /// What the bot is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bot_name: Option<String>,
    /// SHA-256 of the webhook's secret, by which a call is matched to its channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_digest: Option<String>,
}

/// What no one may see.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Credential {
    /// The bot's token.
    pub bot_token: BotToken,
    /// What Telegram sends along with each call.
    #[serde(default)]
    pub webhook_secret: String,
}

/// The token of a bot: its id, a colon, and what only its owner knows.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct BotToken(String);

/// A text that is no bot's token. It is not shown, since most of it may be right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "it must be a bot's token as @BotFather gives it, such as 123456789:AA…, with 30 or more characters behind the colon"
)]
pub(super) struct NotAToken;

impl BotToken {
    /// The token as text, for an address.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for BotToken {
    type Error = NotAToken;

    fn try_from(text: String) -> Result<Self, NotAToken> {
        let text = text.trim();
        let (id, key) = text.split_once(':').ok_or(NotAToken)?;
        let is_id = (1..=20).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_digit());
        let is_key = (30..=100).contains(&key.len())
            && key
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        match is_id && is_key {
            true => Ok(Self(text.to_owned())),
            false => Err(NotAToken),
        }
    }
}

impl fmt::Debug for BotToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BotToken(…)")
    }
}

/// What `getMe` answers, as far as it is of use.
#[derive(Debug, Deserialize)]
pub(super) struct Me {
    id: i64,
    username: Option<String>,
    first_name: Option<String>,
}

/// Reads both; a channel without a webhook secret is given one.
pub(super) fn parse(
    configuration: &Value,
    credential: Option<&Value>,
) -> Result<Settings, SettingsError> {
    let mut configuration: Configuration = driver::read("configuration", configuration)?;
    let missing = || SettingsError::new("bot_token", "is required: @BotFather gives it");
    let credential = credential.ok_or_else(missing)?;
    if credential
        .get("bot_token")
        .and_then(Value::as_str)
        .is_none()
    {
        return Err(missing());
    }
    let mut credential: Credential = driver::read("bot_token", credential)?;
    if credential.webhook_secret.is_empty() {
        credential.webhook_secret = generate()?;
    }
    if !is_secret(&credential.webhook_secret) {
        return Err(SettingsError::new(
            "webhook_secret",
            "it must have 16 to 256 letters, digits, hyphens and underscores",
        ));
    }
    configuration.secret_digest = Some(secret_digest(&credential.webhook_secret));
    Ok(Settings {
        configuration: json!(configuration),
        credential: Some(Secret::new(json!(credential))),
        addresses: Vec::new(),
    })
}

/// What a channel keeps of a webhook's secret in the open: 256 random bits are not found by their hash.
pub fn secret_digest(secret: &str) -> String {
    hex::encode(Sha256::digest(secret.as_bytes()))
}

pub(super) fn credential(channel: &BoundChannel) -> Result<Credential, SendError> {
    Credential::deserialize(channel.credential.expose()).map_err(|_| SendError::ChannelBroken {
        status: None,
        what: "the channel's bot token cannot be read; set it again".to_owned(),
    })
}

pub(super) fn mode(configuration: &Value) -> Mode {
    Configuration::deserialize(configuration).map_or(Mode::default(), |read| read.mode)
}

/// The bot that a channel speaks for, as far as it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Account {
    /// Its id.
    pub id: Option<i64>,
    /// Its name behind the `@`; empty where it is not known.
    pub username: String,
}

impl Account {
    pub(super) fn of(channel: &BoundChannel) -> Self {
        let configuration = Configuration::deserialize(&channel.configuration).ok();
        configuration.map_or_else(Self::default, |read| Self {
            id: read.bot_id,
            username: read.bot_username.unwrap_or_default(),
        })
    }

    /// A number of an update as this host keeps it. Each bot counts its own: the updates of one that took another's place
    /// on a channel are none of those before.
    pub(super) fn key(&self, number: i64) -> String {
        match self.id {
            Some(id) => format!("{id}:{number}"),
            None => number.to_string(),
        }
    }

    /// The number of a key, where it is this bot's.
    pub(super) fn number(&self, key: &str) -> Option<i64> {
        let number = match self.id {
            Some(id) => key.strip_prefix(&format!("{id}:"))?,
            None => key,
        };
        number.parse().ok()
    }
}

/// The configuration with what Telegram said of the bot.
pub(super) fn with_identity(configuration: &Value, me: Me) -> Result<Value, SendError> {
    let mut configuration =
        Configuration::deserialize(configuration).map_err(|_| SendError::ChannelBroken {
            status: None,
            what: "the channel's configuration cannot be read".to_owned(),
        })?;
    configuration.bot_id = Some(me.id);
    configuration.bot_username = me.username;
    configuration.bot_name = me.first_name;
    Ok(json!(configuration))
}

fn is_secret(text: &str) -> bool {
    (16..=256).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

fn generate() -> Result<String, SettingsError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)
        .map_err(|_| SettingsError::new("webhook_secret", "the machine gives no random numbers"))?;
    Ok(hex::encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bot_counts_for_itself() {
        let bot = |id| Account {
            id,
            username: String::new(),
        };
        let key = bot(Some(7)).key(41);
        assert_eq!(bot(Some(7)).number(&key), Some(41));
        assert_eq!(bot(Some(77)).number(&key), None);
        assert_eq!(bot(None).number(&key), None);
        assert_eq!(bot(None).number("41"), Some(41));
    }
}
