//! A visitor token says who visits which conversation until when, signed by this host. One that opens the chat is
//! short-lived, since it stands in the address of the event stream; one that renews it lives long, is kept by the page
//! and travels in bodies alone.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::Utc;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use store::ids::{ChannelId, ConversationId};

use crate::context::Context;
use crate::vault::Vault;

const PREFIX: &str = "wvt_";
const PURPOSE: &str = "cloister 2026-11-20 signing of web visitors' tokens";
/// Longer than any token of ours: what is longer is not looked at.
const LONGEST: usize = 4_096;
/// Seconds that a token for the chat is good for.
pub(super) const VISIT: i64 = 60 * 60;
/// Seconds that a visitor may stay away and still come back to the conversation.
pub(super) const RENEW: i64 = 90 * 24 * 60 * 60;

/// Someone on a web channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visitor {
    /// The platform's id of them: `web:<uuid>`, or `web:u:<user id>` for one whom the owner's site vouches for.
    pub id: String,
    /// What they call themselves.
    pub name: Option<String>,
    /// The address that they gave.
    pub email: Option<String>,
}

impl Visitor {
    /// Whether the owner's site vouches for them.
    pub fn is_identified(&self) -> bool {
        self.id.starts_with("web:u:")
    }
}

/// What a token is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Use {
    /// Talking and listening.
    Visit,
    /// Getting another token.
    Renew,
}

/// A visitor and their conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Visiting {
    pub(super) visitor: Visitor,
    pub(super) conversation: ConversationId,
    /// Seconds since the epoch.
    pub(super) until: i64,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    purpose: Use,
    channel: ChannelId,
    #[serde(flatten)]
    visiting: Visiting,
}

/// A token for a visitor of a channel.
pub(super) fn sign(cx: &Context, channel: ChannelId, purpose: Use, visiting: Visiting) -> String {
    write(
        &cx.vault,
        &Claims {
            purpose,
            channel,
            visiting,
        },
    )
}

/// Whom a token is for: if this host signed it, for this channel and use, and its time has not run out.
pub(super) fn read(cx: &Context, channel: ChannelId, text: &str, purpose: Use) -> Option<Visiting> {
    let claims = verify(&cx.vault, text)?;
    let is_good = claims.channel == channel
        && claims.purpose == purpose
        && claims.visiting.until > Utc::now().timestamp();
    is_good.then_some(claims.visiting)
}

fn write(vault: &Vault, claims: &Claims) -> String {
    #[expect(
        clippy::expect_used,
        reason = "a struct of texts and numbers always serialises"
    )]
    let json = serde_json::to_vec(claims).expect("claims serialise");
    let payload = BASE64_URL_SAFE_NO_PAD.encode(json);
    let code = mac(&vault.derive(PURPOSE), &payload)
        .finalize()
        .into_bytes();
    format!("{PREFIX}{payload}.{}", BASE64_URL_SAFE_NO_PAD.encode(code))
}

fn verify(vault: &Vault, text: &str) -> Option<Claims> {
    let (payload, code) = text
        .strip_prefix(PREFIX)
        .filter(|_| text.len() <= LONGEST)?
        .split_once('.')?;
    let code = BASE64_URL_SAFE_NO_PAD.decode(code).ok()?;
    // A rotation of the master key does not end anyone's visit.
    let keys = vault.derive_all(PURPOSE);
    if !keys
        .iter()
        .any(|key| mac(key, payload).verify_slice(&code).is_ok())
    {
        return None;
    }
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}

fn mac(key: &[u8; 32], payload: &str) -> Hmac<Sha256> {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(payload.as_bytes());
    mac
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::Keyring;

    fn vault() -> Vault {
        Vault::new(Keyring::generate().unwrap())
    }

    fn claims() -> Claims {
        let visitor = Visitor {
            id: "web:u:1".to_owned(),
            name: Some("Ada".to_owned()),
            email: None,
        };
        let visiting = Visiting {
            visitor,
            conversation: ConversationId::new(),
            until: 1,
        };
        Claims {
            purpose: Use::Visit,
            channel: ChannelId::new(),
            visiting,
        }
    }

    #[test]
    fn a_token_reads_back_under_the_key_that_signed_it() {
        let (ours, theirs, claims) = (vault(), vault(), claims());
        let token = write(&ours, &claims);
        let read = verify(&ours, &token).unwrap();
        assert_eq!(
            (read.channel, read.purpose, read.visiting),
            (claims.channel, Use::Visit, claims.visiting)
        );
        assert!(verify(&theirs, &token).is_none());
    }

    #[test]
    fn a_changed_token_is_none() {
        let vault = vault();
        let token = write(&vault, &claims());
        let (payload, code) = token.split_once('.').unwrap();
        let mut other = claims();
        other.visiting.visitor.id = "web:u:2".to_owned();
        let (other_payload, _) = write(&vault, &other)
            .split_once('.')
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .unwrap();
        for forged in [
            format!("{other_payload}.{code}"),
            payload.to_owned(),
            format!("{payload}."),
            token.replace(PREFIX, ""),
            format!("{token}{}", "A".repeat(LONGEST)),
            String::new(),
        ] {
            assert!(verify(&vault, &forged).is_none(), "{forged}");
        }
    }

    #[test]
    fn only_a_hash_makes_an_identified_visitor() {
        let visitor = |id: &str| Visitor {
            id: id.to_owned(),
            name: None,
            email: None,
        };
        assert!(visitor("web:u:x").is_identified());
        assert!(!visitor("web:0190-u:").is_identified());
    }
}
