//! A link leads whoever has it to one content for a while: it is signed, so that it needs no row, and names no path.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use store::ids::{ContentId, OrganizationId};
use uuid::Uuid;

use super::Bytes;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::inbound::Answer;

const PURPOSE: &str = "cloister 2026-11-28 links to files";
/// How long a link leads somewhere: longer than a delivery is tried, shorter than what was sent is kept.
const LASTS: TimeDelta = TimeDelta::days(4);
/// Bytes of what is signed: whose it is, which content, until when.
const SIGNED: usize = 16 + 16 + 8;

/// The address of a content for those who cannot sign in.
pub fn link(cx: &Context, owner: OrganizationId, content: ContentId, name: &str) -> String {
    let token = written(
        &cx.vault.derive(PURPOSE),
        owner,
        content,
        Utc::now() + LASTS,
    );
    let name = percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC);
    format!("{}/files/{token}/{name}", cx.public_address)
}

/// An answer whose texts have the links to what its replies were sent with, for a caller who takes nothing but text.
pub fn with_links(cx: &Context, answer: Answer) -> Answer {
    let Answer::Replies(mut replies) = answer else {
        return answer;
    };
    for reply in &mut replies {
        for file in std::mem::take(&mut reply.files) {
            let gap = match reply.text.is_empty() {
                true => "",
                false => "\n",
            };
            let link = link(cx, file.organization_id, file.content, &file.name);
            reply.text.push_str(&format!("{gap}{}: {link}", file.name));
        }
    }
    Answer::Replies(replies)
}

/// What a link leads to.
pub async fn follow(cx: &Context, token: &str) -> Result<Bytes> {
    let gone = || Error::not_found("File", "this link leads nowhere, or does so no more");
    let keys = cx.vault.derive_all(PURPOSE);
    let (owner, content) = read(&keys, token, Utc::now()).ok_or_else(gone)?;
    super::sent(cx, owner, content).await?.ok_or_else(gone)
}

fn written(
    key: &[u8; 32],
    owner: OrganizationId,
    content: ContentId,
    until: DateTime<Utc>,
) -> String {
    let mut bytes = Vec::with_capacity(SIGNED + 32);
    bytes.extend_from_slice(owner.uuid().as_bytes());
    bytes.extend_from_slice(content.uuid().as_bytes());
    bytes.extend_from_slice(&until.timestamp().to_be_bytes());
    let signature = mac(key, &bytes).finalize().into_bytes();
    bytes.extend_from_slice(&signature);
    BASE64.encode(bytes)
}

fn read(keys: &[[u8; 32]], token: &str, now: DateTime<Utc>) -> Option<(OrganizationId, ContentId)> {
    let bytes = BASE64.decode(token).ok()?;
    let (signed, signature) = bytes.split_at_checked(SIGNED)?;
    let mut keys = keys.iter();
    keys.find(|key| mac(key, signed).verify_slice(signature).is_ok())?;
    let id = |range| Uuid::from_slice(signed.get::<std::ops::Range<usize>>(range)?).ok();
    let until = i64::from_be_bytes(signed.get(32..SIGNED)?.try_into().ok()?);
    (now.timestamp() < until).then_some(())?;
    Some((id(0..16)?.into(), id(16..32)?.into()))
}

#[expect(clippy::expect_used, reason = "any length of key is one for HMAC")]
fn mac(key: &[u8; 32], signed: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length");
    mac.update(signed);
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_leads_to_its_content_until_its_end_and_cannot_be_changed() {
        let (key, other) = ([7; 32], [8; 32]);
        let (owner, content) = (OrganizationId::new(), ContentId::new());
        let now = Utc::now();
        let token = written(&key, owner, content, now + LASTS);
        let leads = |keys: &[[u8; 32]], token: &str, at| read(keys, token, at);
        assert_eq!(leads(&[other, key], &token, now), Some((owner, content)));
        assert_eq!(leads(&[other], &token, now), None);
        assert_eq!(leads(&[key], &token, now + LASTS), None);
        let mut bytes = BASE64.decode(&token).unwrap();
        for place in [0, 20, SIGNED - 1, SIGNED, bytes.len() - 1] {
            bytes[place] ^= 1;
            assert_eq!(leads(&[key], &BASE64.encode(&bytes), now), None, "{place}");
            bytes[place] ^= 1;
        }
        assert_eq!(leads(&[key], &BASE64.encode(&bytes[..SIGNED]), now), None);
        assert_eq!(leads(&[key], "", now), None);
    }
}
