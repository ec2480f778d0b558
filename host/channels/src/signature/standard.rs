//! Standard Webhooks 1.0, symmetric signatures: HMAC-SHA256 over `id.timestamp.body`, base64, as `v1,…` in a list that
//! grows by one during a rotation of secrets.

use std::fmt;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::mac;

/// What the text of a secret begins with.
const PREFIX: &str = "whsec_";

/// A secret of Standard Webhooks: 24 to 64 random bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct StandardSecret(Vec<u8>);

/// Why a secret was not read or a message not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StandardError {
    /// Not `whsec_` and base64 of 24 to 64 bytes.
    #[error("a webhook secret is `whsec_` followed by 24 to 64 bytes in base64")]
    Secret,
    /// Too old, or from the future.
    #[error("the time of the message is too far from now")]
    Time,
    /// No signature of the list is right.
    #[error("the signature does not match")]
    Signature,
}

impl StandardSecret {
    /// The text of a new one, of 32 random bytes; none where the machine gives no random numbers.
    pub fn generate() -> Option<String> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).ok()?;
        Some(format!("{PREFIX}{}", BASE64_STANDARD.encode(bytes)))
    }

    /// Reads the text form.
    pub fn parse(text: &str) -> Result<Self, StandardError> {
        let encoded = text.strip_prefix(PREFIX).ok_or(StandardError::Secret)?;
        let key = BASE64_STANDARD
            .decode(encoded)
            .map_err(|_| StandardError::Secret)?;
        if !(24..=64).contains(&key.len()) {
            return Err(StandardError::Secret);
        }
        Ok(Self(key))
    }

    /// The value of `webhook-signature`. `timestamp` is in seconds since the epoch; an id has no full stop in it.
    pub fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let code = self.code(id, timestamp, body).finalize().into_bytes();
        format!("v1,{}", BASE64_STANDARD.encode(code))
    }

    /// Whether one of the signatures in `given` is right and the time within `tolerance` of `now`.
    pub fn verify(
        &self,
        id: &str,
        timestamp: i64,
        body: &[u8],
        given: &str,
        now: i64,
        tolerance: Duration,
    ) -> Result<(), StandardError> {
        if now.abs_diff(timestamp) > tolerance.as_secs() {
            return Err(StandardError::Time);
        }
        let codes = given
            .split(' ')
            .filter_map(|one| BASE64_STANDARD.decode(one.strip_prefix("v1,")?).ok());
        let mut right =
            codes.filter(|code| self.code(id, timestamp, body).verify_slice(code).is_ok());
        right.next().map(drop).ok_or(StandardError::Signature)
    }

    fn code(&self, id: &str, timestamp: i64, body: &[u8]) -> Hmac<Sha256> {
        mac(
            &self.0,
            &[
                id.as_bytes(),
                b".",
                timestamp.to_string().as_bytes(),
                b".",
                body,
            ],
        )
    }
}

impl fmt::Debug for StandardSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StandardSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const TIME: i64 = 1_614_265_330;
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    const TOLERANCE: Duration = Duration::from_secs(300);

    fn verify(id: &str, body: &[u8], given: &str, now: i64) -> Result<(), StandardError> {
        StandardSecret::parse(SECRET)
            .unwrap()
            .verify(id, TIME, body, given, now, TOLERANCE)
    }

    #[test]
    fn the_known_message_is_signed_as_known() {
        let secret = StandardSecret::parse(SECRET).unwrap();
        assert_eq!(secret.sign(ID, TIME, BODY), SIGNATURE);
        assert_eq!(verify(ID, BODY, SIGNATURE, TIME + 300), Ok(()));
    }

    #[test]
    fn one_right_signature_of_a_list_is_enough() {
        let list = format!("v1a,aGVsbG8= v1,aGVsbG8= {SIGNATURE}");
        assert_eq!(verify(ID, BODY, &list, TIME), Ok(()));
    }

    #[test]
    fn what_was_changed_or_is_old_is_refused() {
        assert_eq!(
            verify("msg_other", BODY, SIGNATURE, TIME),
            Err(StandardError::Signature)
        );
        assert_eq!(
            verify(ID, b"{}", SIGNATURE, TIME),
            Err(StandardError::Signature)
        );
        assert_eq!(verify(ID, BODY, "v1,", TIME), Err(StandardError::Signature));
        assert_eq!(
            verify(ID, BODY, SIGNATURE, TIME + 301),
            Err(StandardError::Time)
        );
        assert_eq!(
            verify(ID, BODY, SIGNATURE, TIME - 301),
            Err(StandardError::Time)
        );
    }

    #[test]
    fn a_secret_is_prefixed_and_long_enough() {
        for wrong in [
            "",
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "whsec_",
            "whsec_c2hvcnQ=",
            "whsec_***",
        ] {
            assert_eq!(
                StandardSecret::parse(wrong),
                Err(StandardError::Secret),
                "{wrong}"
            );
        }
    }
}
