//! A token is a text that proves who one is. Only its SHA-256 is stored, so that the database cannot be used to become
//! someone; tokens are long and random, so that a plain hash is enough.

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use super::{Secret, VaultError};

/// What a token is for. Its prefix tells a person, a log scrubber and the extractor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// A user's own, for scripts.
    Personal,
    /// A browser's, in a cookie.
    Session,
    /// A one-time link.
    SignIn,
    /// A channel's, for what stands behind it.
    Channel,
}

/// A new token: the text to show once, and what is stored of it.
#[derive(Debug)]
pub struct Token {
    /// The whole text.
    pub text: Secret<String>,
    /// Its SHA-256.
    pub hash: [u8; 32],
    /// Its first characters, to recognise it in a list.
    pub prefix: String,
}

/// Characters of the random part that are stored in clear.
const SHOWN: usize = 6;

impl TokenKind {
    /// What the text of such a token begins with.
    pub fn prefix(self) -> &'static str {
        match self {
            TokenKind::Personal => "clt_",
            TokenKind::Session => "cls_",
            TokenKind::SignIn => "cli_",
            TokenKind::Channel => "chk_",
        }
    }

    /// The name in the `tokens` table.
    pub fn as_str(self) -> &'static str {
        match self {
            TokenKind::Personal => "personal",
            TokenKind::Session => "session",
            TokenKind::SignIn => "sign_in",
            TokenKind::Channel => "channel",
        }
    }

    /// What a text claims to be.
    pub fn of(text: &str) -> Option<Self> {
        [Self::Personal, Self::Session, Self::SignIn, Self::Channel]
            .into_iter()
            .find(|kind| text.starts_with(kind.prefix()))
    }
}

impl Token {
    /// A new token: its prefix and 43 random characters.
    pub fn generate(kind: TokenKind) -> Result<Self, VaultError> {
        let random = BASE64_URL_SAFE_NO_PAD.encode(random()?);
        let text = format!("{}{random}", kind.prefix());
        Ok(Self {
            hash: hash_token(&text),
            prefix: text.chars().take(kind.prefix().len() + SHOWN).collect(),
            text: Secret::new(text),
        })
    }
}

/// What is stored of a token.
pub fn hash_token(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// A new webhook secret: `whsec_` and 32 bytes in base64. The whole string keys the `X-Webhook-Signature`, the decoded
/// part the Standard Webhooks one.
pub fn webhook_secret() -> Result<Secret<String>, VaultError> {
    Ok(Secret::new(format!("whsec_{}", BASE64_STANDARD.encode(random()?))))
}

fn random() -> Result<[u8; 32], VaultError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|_| VaultError::NoRandom)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_tells_its_kind_and_little_else() {
        let token = Token::generate(TokenKind::Channel).unwrap();
        let text = token.text.expose();
        assert_eq!(text.len(), 4 + 43);
        assert_eq!(TokenKind::of(text), Some(TokenKind::Channel));
        assert_eq!(token.hash, hash_token(text));
        assert!(text.starts_with(&token.prefix) && token.prefix.len() == 10);
        assert!(!format!("{token:?}").contains(&text[10..]));
    }

    #[test]
    fn a_hash_is_the_sha_256_of_the_text() {
        assert_eq!(
            hex::encode(hash_token("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
