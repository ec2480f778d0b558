//! Chats in which someone talks as usual, each with what is expected of it.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, PoisonError};

use store::inbox::Receive;

use super::Expected;

/// How many are remembered at most.
const MOST: usize = 10_000;

/// A chat: whoever holds it stores the chat's next message, so that they are stored in the order in which they came.
pub(in crate::turns) type Chat = Arc<tokio::sync::Mutex<Option<Expected>>>;

/// See the module. Each is remembered by a hash: of two with one, one waits for the other, and finds nothing as it expects.
#[derive(Default)]
pub(in crate::turns) struct Chats {
    hasher: RandomState,
    known: Mutex<HashMap<u64, Chat>>,
}

impl Chats {
    /// The chat that a message is for.
    pub(in crate::turns) fn of(&self, receive: &Receive) -> Chat {
        let key = (receive.channel_id.uuid(), &receive.platform_chat_id);
        let hash = self.hasher.hash_one(key);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST && !known.contains_key(&hash) {
            // Those that someone holds are worth more than a guess: their order depends on it.
            known.retain(|_, chat| Arc::strong_count(chat) > 1);
        }
        known.entry(hash).or_default().clone()
    }
}
