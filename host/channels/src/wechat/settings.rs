//! What a WeChat channel has: nothing before its account is connected, then what the scan gave.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;

use crate::driver::{self, BoundChannel, SendError, Settings, SettingsError};
use crate::secret::Secret;

/// Characters of a token or an id.
const MOST: usize = 4_096;

/// What anyone who may see the channel may see: it is read off the credential.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Configuration {
    /// The bot that speaks for the account, `…@im.bot`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bot_id: Option<String>,
    /// Whoever scanned the code, `…@im.wechat`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// Since when, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound_at: Option<String>,
}

/// What no one may see.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Credential {
    /// The account's token.
    pub bot_token: String,
    /// The bot that speaks for it.
    pub bot_id: String,
    /// Whoever scanned the code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// Where the account's API is, if not where everyone's is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_url: Option<Url>,
    /// Since when, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound_at: Option<String>,
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credential({}, …)", self.bot_id)
    }
}

/// Reads both. A channel without a credential is one that waits to be scanned.
pub(super) fn parse(
    configuration: &Value,
    credential: Option<&Value>,
) -> Result<Settings, SettingsError> {
    let _: Configuration = driver::read("configuration", configuration)?;
    let is_nothing =
        |value: &Value| value.is_null() || value.as_object().is_some_and(serde_json::Map::is_empty);
    let Some(credential) = credential.filter(|value| !is_nothing(value)) else {
        return Ok(Settings {
            configuration: json!(Configuration::default()),
            credential: None,
            addresses: Vec::new(),
        });
    };
    let credential: Credential = driver::read("credential", credential)?;
    let is_header = |text: &str| {
        (1..=MOST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
    };
    if !is_header(&credential.bot_token) || !is_header(&credential.bot_id) {
        return Err(SettingsError::new(
            "credential",
            "`bot_token` and `bot_id` must be as WeChat gave them: scan a code to get them",
        ));
    }
    let is_web = |url: &Url| matches!(url.scheme(), "https" | "http") && url.has_host();
    if credential.base_url.as_ref().is_some_and(|url| !is_web(url)) {
        return Err(SettingsError::new(
            "credential",
            "`base_url` must be an https address",
        ));
    }
    let configuration = Configuration {
        bot_id: Some(credential.bot_id.clone()),
        user_id: credential.user_id.clone(),
        bound_at: credential.bound_at.clone(),
    };
    Ok(Settings {
        configuration: json!(configuration),
        addresses: credential.base_url.iter().cloned().collect(),
        credential: Some(Secret::new(json!(credential))),
    })
}

pub(super) fn credential(channel: &BoundChannel) -> Result<Credential, SendError> {
    let value = channel.credential.expose();
    Credential::deserialize(value).map_err(|_| SendError::Expired {
        status: None,
        what: "no WeChat account is connected; scan a fresh QR code".to_owned(),
    })
}

pub(super) fn is_bound(configuration: &Value) -> bool {
    Configuration::deserialize(configuration).is_ok_and(|read| read.bot_id.is_some())
}
