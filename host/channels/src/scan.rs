//! Scanning is how an account is connected whose platform gives no token to copy: it shows a code, someone scans it with
//! the account's phone, and the platform tells a credential to whoever asks after that code.

use async_trait::async_trait;
use serde_json::Value;

use crate::http::Http;
use crate::secret::Secret;

/// A platform whose accounts are connected so.
#[async_trait]
pub trait Scan: Send + Sync {
    /// Asks for a code. `known` is the credential that the channel has from before, by which the platform recognises an
    /// account that is still connected.
    async fn begin(
        &self,
        http: &dyn Http,
        known: Option<&Secret<Value>>,
    ) -> Result<Code, ScanError>;

    /// Asks after a code, and waits for as long as the platform lets one wait. `digits` are what its user reads on the
    /// phone, where the platform wants them.
    async fn look(
        &self,
        http: &dyn Http,
        handle: &Secret<String>,
        digits: Option<&str>,
    ) -> Result<Looked, ScanError>;
}

/// A code to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// The text of the QR code.
    pub payload: String,
    /// What one asks after it with. Whoever has it gets the credential.
    pub handle: Secret<String>,
}

/// What has become of a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Looked {
    /// Nobody has scanned it.
    Waiting,
    /// It is scanned, and to be confirmed on the phone.
    Scanned,
    /// It is scanned, and asked after with this handle from now on.
    Elsewhere(Secret<String>),
    /// The platform wants digits that the phone shows; those that were given, if any, were wrong.
    NeedsDigits,
    /// It is worth nothing any more, for this reason: another one is needed.
    Over(&'static str),
    /// The account is connected already, with the credential that was told when the code was asked for.
    Known,
    /// It is confirmed: the credential.
    Confirmed(Scanned),
}

/// A credential that was got by scanning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scanned {
    /// The credential, as [`crate::Driver::parse_settings`] reads it.
    pub credential: Secret<Value>,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScanError {
    /// None in time.
    #[error("no answer in time")]
    Late,
    /// The platform is away or answers with an error.
    #[error("{0}")]
    Away(String),
}
