//! A token is a text that proves who one is. Only its SHA-256 is stored, so that the database cannot be used to become
//! someone; tokens are long and random, so that a plain hash is enough.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use store::tokens::{TokenHash, TokenKind};

use super::{Secret, VaultError};

/// A new token: the text to show once, and what is stored of it.
#[derive(Debug)]
pub struct FreshToken {
    /// The whole text.
    pub text: Secret<String>,
    /// Its SHA-256.
    pub hash: TokenHash,
    /// Its first characters, to recognise it in a list.
    pub prefix: String,
}

/// Characters of the random part that are stored in clear.
const SHOWN: usize = 6;

/// What the text of such a token begins with: for a person, for a scrubber of logs, and for us.
pub fn prefix(kind: TokenKind) -> &'static str {
    match kind {
        TokenKind::Personal => "clt_",
        TokenKind::Session => "cls_",
        TokenKind::SignIn => "cli_",
        TokenKind::Channel => "chk_",
    }
}

impl FreshToken {
    /// A new token: its prefix and 43 random characters.
    pub fn generate(kind: TokenKind) -> Result<Self, VaultError> {
        let random = BASE64_URL_SAFE_NO_PAD.encode(random()?);
        let text = format!("{}{random}", prefix(kind));
        Ok(Self {
            hash: hash_token(&text),
            prefix: text.chars().take(prefix(kind).len() + SHOWN).collect(),
            text: Secret::new(text),
        })
    }
}

/// What is stored of a token.
pub fn hash_token(text: &str) -> TokenHash {
    TokenHash::from(<[u8; 32]>::from(Sha256::digest(text.as_bytes())))
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
        let token = FreshToken::generate(TokenKind::Channel).unwrap();
        let text = token.text.expose();
        assert_eq!(text.len(), 4 + 43);
        assert!(text.starts_with("chk_"));
        assert_eq!(token.hash, hash_token(text));
        assert!(text.starts_with(&token.prefix) && token.prefix.len() == 10);
        assert!(!format!("{token:?}").contains(&text[10..]));
    }

    #[test]
    fn a_hash_is_the_sha_256_of_the_text() {
        assert_eq!(
            hash_token("abc").to_string(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
