//! A signature proves that bytes come from someone who knows a shared secret and were not changed on the way. Always
//! over the raw bytes, always compared in constant time.

mod standard;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

pub use standard::{StandardError, StandardSecret};

/// Lower-case hex HMAC-SHA256 of `body`, the whole secret text being the key (`X-Webhook-Signature`).
pub fn hex(secret: &str, body: &[u8]) -> String {
    ::hex::encode(mac(secret.as_bytes(), &[body]).finalize().into_bytes())
}

/// Whether `given` is [`hex`] of the body.
pub fn verify_hex(secret: &str, body: &[u8], given: &str) -> bool {
    // Only lower case, as documented: an upper-case digest is not what was signed.
    let lower = !given.bytes().any(|byte| byte.is_ascii_uppercase());
    ::hex::decode(given)
        .is_ok_and(|given| mac(secret.as_bytes(), &[body]).verify_slice(&given).is_ok())
        && lower
}

/// The code over the parts, one after the other.
fn mac(key: &[u8], parts: &[&[u8]]) -> Hmac<Sha256> {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    for part in parts {
        mac.update(part);
    }
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] =
        br#"{"event":"message.send","channelId":"ch_1","externalUserId":"u1","groupExternalId":null,"message":"hi"}"#;
    const SIGNATURE: &str = "0a1d85c0ec8e3025dcbc873424d0a3384d59c37198f1552a6f696b6fde210fe6";

    #[test]
    fn the_channel_api_signs_with_the_whole_secret() {
        assert_eq!(hex("whsec_test", BODY), SIGNATURE);
        assert!(verify_hex("whsec_test", BODY, SIGNATURE));
    }

    #[test]
    fn nothing_else_is_accepted() {
        let changed = SIGNATURE.replace('0', "1");
        let upper = SIGNATURE.to_uppercase();
        for wrong in [
            "",
            "0a1d",
            "not hex",
            &changed,
            &upper,
            &format!("{SIGNATURE}00"),
            &SIGNATURE[..62],
        ] {
            assert!(!verify_hex("whsec_test", BODY, wrong), "{wrong}");
        }
        assert!(!verify_hex("test", BODY, SIGNATURE));
        assert!(!verify_hex("whsec_test", b"{}", SIGNATURE));
    }
}
