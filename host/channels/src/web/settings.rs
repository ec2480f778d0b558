//! What a web channel is configured with.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;

use crate::driver::{self, Settings, SettingsError};
use crate::secret::Secret;

/// How many sites may embed one channel.
const ORIGINS: usize = 50;

/// What anyone who may see the channel may see.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Configuration {
    /// Sites that may embed the widget, as browsers spell origins: `https://shop.example`. This host's own page
    /// always may.
    pub allowed_origins: Vec<String>,
    /// Whether only visitors that their site vouches for may talk.
    pub identified_only: bool,
}

/// What no one may see but the backend of the owner's site.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credential {
    /// The key of identity hashes.
    pub identity_secret: String,
}

/// Reads both; a channel without a secret is given one.
pub(super) fn parse(
    configuration: &Value,
    credential: Option<&Value>,
) -> Result<Settings, SettingsError> {
    let configuration: Configuration = driver::read("configuration", configuration)?;
    if configuration.allowed_origins.len() > ORIGINS {
        return Err(SettingsError::new(
            "allowed_origins",
            format!("at most {ORIGINS} are possible"),
        ));
    }
    let mut origins: Vec<String> = configuration
        .allowed_origins
        .iter()
        .map(|text| origin(text))
        .collect::<Result<_, _>>()?;
    origins.sort();
    origins.dedup();
    let secret = match credential {
        Some(credential) => driver::read::<Credential>("credential", credential)?.identity_secret,
        None => generate()?,
    };
    if secret.len() < 32 {
        return Err(SettingsError::new(
            "identity_secret",
            "it must have at least 32 characters",
        ));
    }
    Ok(Settings {
        configuration: json!({ "allowed_origins": origins, "identified_only": configuration.identified_only }),
        credential: Some(Secret::new(json!({ "identity_secret": secret }))),
        addresses: Vec::new(),
    })
}

fn origin(text: &str) -> Result<String, SettingsError> {
    let wrong = || {
        SettingsError::new(
            "allowed_origins",
            format!("`{text}` is not an origin such as https://shop.example"),
        )
    };
    let url = Url::parse(text.trim()).map_err(|_| wrong())?;
    let bare = matches!(url.scheme(), "https" | "http")
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    if bare {
        Ok(url.origin().ascii_serialization())
    } else {
        Err(wrong())
    }
}

fn generate() -> Result<String, SettingsError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|_| {
        SettingsError::new("identity_secret", "the machine gives no random numbers")
    })?;
    Ok(format!("wis_{}", hex::encode(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origins(texts: &[&str]) -> Result<Value, SettingsError> {
        parse(&json!({ "allowed_origins": texts }), None)
            .map(|settings| settings.configuration["allowed_origins"].clone())
    }

    #[test]
    fn origins_are_kept_as_browsers_send_them() {
        let given = [
            "https://Shop.example:443/",
            "http://localhost:3000",
            "https://shop.example",
        ];
        assert_eq!(
            origins(&given),
            Ok(json!(["http://localhost:3000", "https://shop.example"]))
        );
    }

    #[test]
    fn what_is_more_or_less_than_an_origin_is_refused() {
        for wrong in [
            "*",
            "null",
            "shop.example",
            "https://shop.example/path",
            "ftp://x",
            "https://me@shop.example",
            "https://x?y",
        ] {
            assert!(origins(&[wrong]).is_err(), "{wrong}");
        }
        assert!(origins(&vec!["https://shop.example"; 51]).is_err());
    }

    #[test]
    fn every_channel_gets_a_secret_of_its_own() {
        let secret = || {
            parse(&json!({}), None)
                .unwrap()
                .credential
                .unwrap()
                .into_inner()
        };
        assert_ne!(secret(), secret());
        assert!(parse(&json!({}), Some(&json!({ "identity_secret": "short" }))).is_err());
    }
}
