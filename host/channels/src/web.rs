//! The web kind: the chat page and widget that this host serves itself. People read what is stored, so nothing has to
//! be carried; what the driver knows is who may embed the widget and how a page proves who its visitor is.

mod settings;

use async_trait::async_trait;
use serde_json::Value;

pub use self::settings::{Configuration, Credential};
use crate::driver::{BoundChannel, Driver, SendError, Settings, SettingsError};
use crate::http::Http;
use crate::kind::Kind;
use crate::message::{Outbound, Receipt, Target};
use crate::split::{TextLimit, TextUnit};

/// The longest message that a visitor may write, and an agent without being cut.
pub const TEXT_LIMIT: usize = 8_000;

/// The chat page and widget.
#[derive(Debug, Clone, Copy)]
pub struct Web;

#[async_trait]
impl Driver for Web {
    fn kind(&self) -> Kind {
        Kind::Web
    }

    fn text_limit(&self) -> TextLimit {
        TextLimit::new(TEXT_LIMIT, TextUnit::Chars)
    }

    fn carries(&self) -> bool {
        false
    }

    fn parse_settings(
        &self,
        configuration: &Value,
        credential: Option<&Value>,
    ) -> Result<Settings, SettingsError> {
        settings::parse(configuration, credential)
    }

    /// A stored reply is where its reader looks already.
    async fn deliver(
        &self,
        _http: &dyn Http,
        _channel: &BoundChannel,
        _target: &Target,
        _outbound: &Outbound,
    ) -> Result<Receipt, SendError> {
        Ok(Receipt::default())
    }
}

/// What an owner's backend computes to vouch for its user: lower-case hex HMAC-SHA256 of the user's id under the
/// channel's identity secret.
pub fn identity_hash(identity_secret: &str, user_id: &str) -> String {
    crate::signature::hex(identity_secret, user_id.as_bytes())
}

/// Whether `given` is the [`identity_hash`] of the user.
pub fn verify_identity(identity_secret: &str, user_id: &str, given: &str) -> bool {
    crate::signature::verify_hex(identity_secret, user_id.as_bytes(), given)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::conformance::{Sample, check, runtime};

    #[test]
    fn it_does_what_every_driver_must() {
        let secret = "wis_0123456789abcdef0123456789abcdef";
        let sample = Sample {
            configuration: json!({ "allowed_origins": ["https://shop.example"], "identified_only": true }),
            credential: Some(json!({ "identity_secret": secret })),
            secrets: vec![secret.to_owned()],
            idempotent: true,
        };
        runtime().block_on(check(&Web, sample));
    }

    #[test]
    fn an_identity_is_vouched_for_by_hash() {
        let hash = identity_hash("secret", "user-1");
        assert_eq!(hash.len(), 64);
        assert!(verify_identity("secret", "user-1", &hash));
        assert!(!verify_identity("secret", "user-2", &hash));
        assert!(!verify_identity("other", "user-1", &hash));
        assert!(!verify_identity("secret", "user-1", ""));
    }
}
