//! A chat as this host stores it: its id, and behind a slash the topic of a forum, which is a conversation of its own.

use teloxide_core::types::{ChatId, MessageId, Recipient, ThreadId};

/// Where a message goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chat {
    pub recipient: Recipient,
    pub thread: Option<ThreadId>,
}

impl Chat {
    /// The chat of a stored key.
    pub(super) fn parse(key: &str) -> Self {
        let (chat, thread) = match key.split_once('/') {
            Some((chat, thread)) => (chat, thread.parse().ok()),
            None => (key, None),
        };
        let recipient = match chat.parse() {
            Ok(id) => Recipient::Id(ChatId(id)),
            Err(_) => Recipient::ChannelUsername(chat.to_owned()),
        };
        Self {
            recipient,
            thread: thread.map(|id| ThreadId(MessageId(id))),
        }
    }

    /// The same topic in a chat that was given another id.
    pub(super) fn moved_to(&self, id: i64) -> Self {
        Self {
            recipient: Recipient::Id(ChatId(id)),
            thread: self.thread,
        }
    }

    /// The key to store.
    pub(super) fn key(&self) -> String {
        match self.thread {
            Some(thread) => format!("{}/{thread}", self.recipient),
            None => self.recipient.to_string(),
        }
    }
}

/// The key of a chat, or of a topic in it.
pub(super) fn key(chat: i64, topic: Option<i64>) -> String {
    match topic {
        Some(topic) => format!("{chat}/{topic}"),
        None => chat.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_reads_back() {
        for written in ["42", "-1001234567890", "-1001234567890/17", "@news"] {
            assert_eq!(Chat::parse(written).key(), written);
        }
        assert_eq!(key(-100, Some(7)), "-100/7");
        assert_eq!(Chat::parse("-5/7").moved_to(-1005).key(), "-1005/7");
    }
}
