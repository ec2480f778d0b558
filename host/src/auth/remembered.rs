//! Keys of channels and of external messages that were looked up a moment ago. A program that sends message after message proves who it is with each, and
//! asking the database every time would cost as much as storing the message. What is remembered is forgotten within a
//! second, and at once by the host that revokes something: so long may a revoked token go on being accepted.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use store::tokens::{Token, TokenHash};

const LASTS: Duration = Duration::from_secs(1);
/// Tokens that are remembered at most.
const MOST: usize = 4_096;

/// See the module.
#[derive(Debug, Default)]
pub struct Remembered(Mutex<HashMap<TokenHash, (Token, Instant)>>);

impl Remembered {
    /// The token with this hash, if it was good within the last second.
    pub(super) fn find(&self, hash: &TokenHash) -> Option<Token> {
        let tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (token, since) = tokens.get(hash)?;
        let ended = token
            .expires_at
            .is_some_and(|end| end <= chrono::Utc::now());
        (since.elapsed() < LASTS && !ended).then(|| token.clone())
    }

    /// Forgets all of them: something was revoked here.
    pub fn clear(&self) {
        let mut tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.clear();
    }

    /// Remembers a token that the database has just given.
    pub(super) fn keep(&self, token: &Token) {
        let mut tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if tokens.len() >= MOST {
            tokens.retain(|_, (_, since)| since.elapsed() < LASTS);
        }
        if tokens.len() < MOST {
            tokens.insert(token.hash, (token.clone(), Instant::now()));
        }
    }
}

#[cfg(test)]
mod tests {
    use store::tokens::TokenKind;
    use uuid::Uuid;

    use super::*;

    fn token(text: &str, lasts: i64) -> Token {
        let now = chrono::Utc::now();
        Token {
            hash: crate::vault::hash_token(text),
            kind: TokenKind::Channel,
            organization_id: Uuid::nil().into(),
            subject_id: Uuid::nil(),
            prefix: String::new(),
            created_at: now,
            expires_at: Some(now + chrono::TimeDelta::seconds(lasts)),
            used_at: None,
            id: Uuid::nil().into(),
            name: String::new(),
            role: None,
            created_by: None,
            revoked_at: None,
        }
    }

    #[test]
    fn a_token_is_found_until_it_ends() {
        let remembered = Remembered::default();
        let (good, ended) = (token("good", 60), token("ended", -1));
        remembered.keep(&good);
        remembered.keep(&ended);
        assert!(remembered.find(&good.hash).is_some());
        assert!(remembered.find(&ended.hash).is_none());
        assert!(remembered.find(&token("other", 60).hash).is_none());
    }

    #[test]
    fn no_more_are_kept_than_there_is_room_for() {
        let remembered = Remembered::default();
        for number in 0..MOST + 10 {
            remembered.keep(&token(&number.to_string(), 60));
        }
        assert_eq!(remembered.0.lock().unwrap().len(), MOST);
    }
}
