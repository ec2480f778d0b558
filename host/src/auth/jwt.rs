//! A session's token is a JWT (RFC 7519), signed with HMAC-SHA-256 as RFC 7515 has it: it says whose it is, which session,
//! and until when. The signature keeps strangers from searching the table of tokens; the session's row is what ends it.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use store::ids::{OrganizationId, TokenId, UserId};

use crate::vault::Vault;

const PURPOSE: &str = "cloister 2026-11-21 signing of sessions";
/// `{"alg":"HS256","typ":"JWT"}`, the only header that is written or read: there is no algorithm to choose.
const HEADER: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";
/// Longer than any of ours: what is longer is not looked at.
const LONGEST: usize = 1_024;

/// What a session's token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The user.
    pub sub: UserId,
    /// Their organization.
    pub org: OrganizationId,
    /// The session.
    pub jti: TokenId,
    /// Since when, in seconds since the epoch.
    pub iat: i64,
    /// Until when.
    pub exp: i64,
}

/// The token of these claims.
pub fn sign(vault: &Vault, claims: &Claims) -> String {
    #[expect(
        clippy::expect_used,
        reason = "a struct of ids and numbers always serialises"
    )]
    let json = serde_json::to_vec(claims).expect("claims serialise");
    let signed = format!("{HEADER}.{}", BASE64_URL_SAFE_NO_PAD.encode(json));
    let code = mac(&vault.derive(PURPOSE), &signed).finalize().into_bytes();
    format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(code))
}

/// What a token says, if this host, or one that shares its master key, has signed it and its time is not over.
pub fn verify(vault: &Vault, text: &str, now: i64) -> Option<Claims> {
    let (signed, code) = text.rsplit_once('.').filter(|_| text.len() <= LONGEST)?;
    let payload = signed.strip_prefix(HEADER)?.strip_prefix('.')?;
    let code = BASE64_URL_SAFE_NO_PAD.decode(code).ok()?;
    // A rotation of the master key does not end anyone's session.
    let keys = vault.derive_all(PURPOSE);
    if !keys
        .iter()
        .any(|key| mac(key, signed).verify_slice(&code).is_ok())
    {
        return None;
    }
    let claims: Claims =
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
    (claims.exp > now).then_some(claims)
}

fn mac(key: &[u8], signed: &str) -> Hmac<Sha256> {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(signed.as_bytes());
    mac
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::Keyring;

    fn claims() -> Claims {
        Claims {
            sub: UserId::new(),
            org: OrganizationId::new(),
            jti: TokenId::new(),
            iat: 1_000,
            exp: 2_000,
        }
    }

    #[test]
    fn the_signature_is_the_one_of_rfc_7515() {
        // Appendix A.1 of RFC 7515: its key, its signing input, its signature.
        let key = BASE64_URL_SAFE_NO_PAD
            .decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")
            .unwrap();
        let signed = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.\
            eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let code = mac(&key, signed).finalize().into_bytes();
        assert_eq!(
            BASE64_URL_SAFE_NO_PAD.encode(code),
            "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
        );
    }

    #[test]
    fn the_header_is_what_it_says() {
        let header = BASE64_URL_SAFE_NO_PAD.decode(HEADER).unwrap();
        assert_eq!(header, br#"{"alg":"HS256","typ":"JWT"}"#);
    }

    #[test]
    fn a_token_is_good_until_its_time_and_after_a_rotation() {
        let ring = Keyring::generate().unwrap();
        let (vault, claims) = (Vault::new(ring.clone()), claims());
        let token = sign(&vault, &claims);
        assert_eq!(verify(&vault, &token, 1_999), Some(claims));
        assert_eq!(verify(&vault, &token, 2_000), None);
        let rotated = Vault::new(ring.rotated().unwrap());
        assert_eq!(verify(&rotated, &token, 1_999), Some(claims));
        let other = Vault::new(Keyring::generate().unwrap());
        assert_eq!(verify(&other, &token, 1_999), None);
    }

    #[test]
    fn a_changed_token_is_none() {
        let vault = Vault::new(Keyring::generate().unwrap());
        let token = sign(&vault, &claims());
        let (signed, code) = token.rsplit_once('.').unwrap();
        let (_, payload) = signed.split_once('.').unwrap();
        let other = sign(&vault, &claims());
        let (other, _) = other.rsplit_once('.').unwrap();
        let none = BASE64_URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
        for forged in [
            format!("{other}.{code}"),
            format!("{none}.{payload}."),
            format!("{none}.{payload}.{code}"),
            format!("{signed}."),
            signed.to_owned(),
            format!("{token}{}", "A".repeat(LONGEST)),
            String::new(),
            "..".to_owned(),
        ] {
            assert_eq!(verify(&vault, &forged, 1_500), None, "{forged}");
        }
    }
}
