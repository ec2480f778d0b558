//! What a webhook channel is configured with.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;

use crate::driver::{self, Settings, SettingsError};
use crate::secret::Secret;
use crate::signature::StandardSecret;

/// The longest platform label.
const LABEL: usize = 64;

/// What anyone who may see the channel may see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Configuration {
    /// Where messages are posted to.
    pub callback_url: Url,
    /// A short label of what stands behind the channel.
    #[serde(default = "custom")]
    pub platform: String,
    /// Whether its people need no browser.
    #[serde(default)]
    pub text_only: bool,
}

/// What no one may see.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credential {
    /// `whsec_` and 32 bytes in base64. The whole text keys `X-Webhook-Signature`, the decoded part `webhook-signature`.
    pub webhook_secret: String,
}

fn custom() -> String {
    "custom".to_owned()
}

/// Reads both; a channel without a secret is given one.
pub(super) fn parse(
    configuration: &Value,
    credential: Option<&Value>,
) -> Result<Settings, SettingsError> {
    let configuration: Configuration = driver::read("configuration", configuration)?;
    let url = &configuration.callback_url;
    if !matches!(url.scheme(), "https" | "http") {
        return Err(SettingsError::new(
            "callback_url",
            "it must be an https address",
        ));
    }
    let label = configuration.platform.chars().count();
    if !(1..=LABEL).contains(&label) || configuration.platform.chars().any(char::is_control) {
        return Err(SettingsError::new(
            "platform",
            "it must be a label of 1 to 64 characters",
        ));
    }
    let secret = match credential {
        Some(credential) => driver::read::<Credential>("credential", credential)?.webhook_secret,
        None => generate()?,
    };
    StandardSecret::parse(&secret)
        .map_err(|error| SettingsError::new("webhook_secret", error.to_string()))?;
    Ok(Settings {
        addresses: vec![url.clone()],
        configuration: json!({
            "callback_url": url,
            "platform": configuration.platform,
            "text_only": configuration.text_only,
        }),
        credential: Some(Secret::new(json!({ "webhook_secret": secret }))),
    })
}

fn generate() -> Result<String, SettingsError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)
        .map_err(|_| SettingsError::new("webhook_secret", "the machine gives no random numbers"))?;
    Ok(format!("whsec_{}", BASE64_STANDARD.encode(bytes)))
}
