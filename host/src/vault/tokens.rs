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
    /// Its first characters, to recognise it in a list; of an external token the last ones, too.
    pub prefix: String,
}

/// Characters of the random part that are stored in clear.
const SHOWN: usize = 6;

/// What the text of such a token begins with: for a person, for a scrubber of logs, and for us.
pub fn prefix(kind: TokenKind) -> &'static str {
    match kind {
        TokenKind::Personal => "clt_",
        // Every JWT begins so: with `{"` in base64.
        TokenKind::Session => "eyJ",
        TokenKind::SignIn => "cli_",
        TokenKind::Channel => "chk_",
        TokenKind::Project => "jg_p_",
        TokenKind::Agent => "jg_a_",
        TokenKind::External => "eggent_ext_",
    }
}

/// What a token is for, by how its text begins.
pub fn kind_of(text: &str) -> Option<TokenKind> {
    let mut kinds = TokenKind::ALL.iter().copied();
    kinds.find(|kind| text.starts_with(prefix(*kind)))
}

impl FreshToken {
    /// A new token: its prefix and 43 random characters, or 64 hexadecimal digits where another system's documents say so.
    pub fn generate(kind: TokenKind) -> Result<Self, VaultError> {
        let random = random()?;
        let random = match kind {
            TokenKind::Agent | TokenKind::External => hex::encode(random),
            _ => BASE64_URL_SAFE_NO_PAD.encode(random),
        };
        Ok(Self::of(kind, format!("{}{random}", prefix(kind))))
    }

    /// A token that was made elsewhere.
    pub fn of(kind: TokenKind, text: String) -> Self {
        let beginning = |shown| text.chars().take(prefix(kind).len() + shown).collect();
        Self {
            hash: hash_token(&text),
            prefix: match kind {
                // The beginning is the same for all of them.
                TokenKind::Session => beginning(0),
                TokenKind::External => masked(&text),
                _ => beginning(SHOWN),
            },
            text: Secret::new(text),
        }
    }

    /// The secret part of a link that is in no table of tokens: 43 random characters after `prefix`.
    pub fn link(prefix: &str) -> Result<Self, VaultError> {
        let text = format!("{prefix}{}", BASE64_URL_SAFE_NO_PAD.encode(random()?));
        Ok(Self {
            hash: hash_token(&text),
            prefix: prefix.to_owned(),
            text: Secret::new(text),
        })
    }
}

/// What may be shown of a token: its first six characters and its last four, and of a short one nothing.
pub fn masked(text: &str) -> String {
    const SHORT: usize = 20;
    let count = text.chars().count();
    if count < SHORT {
        return "****".to_owned();
    }
    let first: String = text.chars().take(6).collect();
    let last: String = text.chars().skip(count - 4).collect();
    format!("{first}****{last}")
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
    fn a_kind_is_told_by_the_prefix() {
        for kind in [TokenKind::Project, TokenKind::Agent, TokenKind::External] {
            let token = FreshToken::generate(kind).unwrap();
            assert_eq!(kind_of(token.text.expose()), Some(kind));
        }
        let agent = FreshToken::generate(TokenKind::Agent).unwrap();
        let digits = agent.text.expose().strip_prefix("jg_a_").unwrap();
        assert!(digits.len() == 64 && digits.chars().all(|c| c.is_ascii_hexdigit()));
        assert_eq!(
            kind_of("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.x.y"),
            Some(TokenKind::Session)
        );
        assert_eq!(kind_of("wvt_x"), None);
    }

    #[test]
    fn a_mask_hides_all_but_the_ends() {
        let token = FreshToken::generate(TokenKind::External).unwrap();
        let text = token.text.expose();
        assert_eq!(
            token.prefix,
            format!("eggent****{}", &text[text.len() - 4..])
        );
        assert_eq!(masked("short"), "****");
    }

    #[test]
    fn a_hash_is_the_sha_256_of_the_text() {
        assert_eq!(
            hash_token("abc").to_string(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
