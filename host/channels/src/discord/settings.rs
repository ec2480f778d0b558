//! What a Discord channel is configured with: the bot's token, what of servers it hears, and what Discord says of it.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::driver::{self, BoundChannel, SendError, Settings, SettingsError};
use crate::secret::Secret;

/// What of a server's channels a bot hears. Direct messages it always hears.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hears {
    /// Whatever is said where it is, which takes the Message Content Intent.
    #[default]
    Everything,
    /// Messages that mention it or answer it.
    Mentions,
}

/// What anyone who may see the channel may see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Configuration {
    /// What it hears in servers.
    #[serde(default)]
    pub hears: Hears,
    /// The bot's id, as Discord told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bot_id: Option<String>,
    /// The bot's name, as Discord told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bot_username: Option<String>,
    /// The id of its application.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application_id: Option<String>,
    /// With what Discord signs what it brings by HTTP, in hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_key: Option<String>,
}

/// What no one may see.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Credential {
    /// The bot's token.
    pub bot_token: BotToken,
}

/// The token of a bot.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct BotToken(String);

/// A text that is no bot's token. It is not shown, since most of it may be right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "it must be a bot's token as the Discord Developer Portal shows it under Bot: three parts with dots between them"
)]
pub(super) struct NotAToken;

impl BotToken {
    /// The token as text, for a header or a frame.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for BotToken {
    type Error = NotAToken;

    fn try_from(text: String) -> Result<Self, NotAToken> {
        let text = text.trim();
        let text = text.strip_prefix("Bot ").unwrap_or(text).trim_start();
        let is_part = |part: &str| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        };
        let parts: Vec<&str> = text.split('.').collect();
        match (30..=200).contains(&text.len()) && parts.len() == 3 && parts.into_iter().all(is_part)
        {
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

/// What `GET /users/@me` answers, as far as it is of use.
#[derive(Debug, Deserialize)]
pub(super) struct Me {
    id: String,
    username: Option<String>,
}

/// What `GET /applications/@me` answers, as far as it is of use.
#[derive(Debug, Deserialize)]
pub(super) struct Application {
    id: String,
    verify_key: Option<String>,
    #[serde(default)]
    flags: u64,
}

/// `GATEWAY_MESSAGE_CONTENT` and `GATEWAY_MESSAGE_CONTENT_LIMITED` ("Application Flags").
const MESSAGE_CONTENT: u64 = 1 << 18 | 1 << 19;

impl Application {
    /// Whether its bot is given what is said in servers.
    pub(super) fn has_message_content(&self) -> bool {
        self.flags & MESSAGE_CONTENT != 0
    }
}

/// Reads both.
pub(super) fn parse(
    configuration: &Value,
    credential: Option<&Value>,
) -> Result<Settings, SettingsError> {
    let configuration: Configuration = driver::read("configuration", configuration)?;
    if let Some(key) = &configuration.public_key
        && hex::decode(key).ok().is_none_or(|key| key.len() != 32)
    {
        return Err(SettingsError::new(
            "public_key",
            "it must be the application's public key: 64 hexadecimal digits",
        ));
    }
    let missing = || {
        SettingsError::new(
            "bot_token",
            "is required: the Discord Developer Portal shows it under Bot",
        )
    };
    let credential = credential.ok_or_else(missing)?;
    if credential
        .get("bot_token")
        .and_then(Value::as_str)
        .is_none()
    {
        return Err(missing());
    }
    let credential: Credential = driver::read("bot_token", credential)?;
    Ok(Settings {
        configuration: json!(configuration),
        credential: Some(Secret::new(json!(credential))),
        addresses: Vec::new(),
    })
}

pub(super) fn credential(channel: &BoundChannel) -> Result<Credential, SendError> {
    Credential::deserialize(channel.credential.expose()).map_err(|_| SendError::ChannelBroken {
        status: None,
        what: "the channel's bot token cannot be read; set it again".to_owned(),
    })
}

pub(super) fn configuration(channel: &BoundChannel) -> Option<Configuration> {
    Configuration::deserialize(&channel.configuration).ok()
}

/// The configuration with what Discord said of the bot and its application.
pub(super) fn with_identity(
    configuration: &Value,
    me: Me,
    application: Application,
) -> Result<Value, SendError> {
    let mut configuration =
        Configuration::deserialize(configuration).map_err(|_| SendError::ChannelBroken {
            status: None,
            what: "the channel's configuration cannot be read".to_owned(),
        })?;
    configuration.bot_id = Some(me.id);
    configuration.bot_username = me.username;
    configuration.application_id = Some(application.id);
    configuration.public_key = application.verify_key.or(configuration.public_key);
    Ok(json!(configuration))
}
