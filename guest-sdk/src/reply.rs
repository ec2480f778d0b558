//! A reply: one message that the agent says. A turn answers with none, one or several.

use std::ops::Deref;

use crate::{Attachment, Choice, Message, Reply, TextFormat};

impl Reply {
    /// Plain text.
    pub fn text(text: impl Into<String>) -> Reply {
        Reply {
            text: text.into(),
            format: TextFormat::Plain,
            attachments: Vec::new(),
            choices: Vec::new(),
            reply_to: None,
            structured: None,
            metadata: Vec::new(),
        }
    }

    /// Text in Markdown, shown as well as the channel can.
    pub fn markdown(text: impl Into<String>) -> Reply {
        Reply {
            format: TextFormat::Markdown,
            ..Reply::text(text)
        }
    }

    /// Adds a file.
    pub fn attach(mut self, attachment: Attachment) -> Reply {
        self.attachments.push(attachment);
        self
    }

    /// Adds a button, whose `value` comes back as an action.
    pub fn choice(mut self, label: impl Into<String>, value: impl Into<String>) -> Reply {
        self.choices.push(Choice {
            label: label.into(),
            value: value.into(),
            metadata: Vec::new(),
        });
        self
    }

    /// Marks the message that this one answers, where the platform can show it.
    pub fn answering(mut self, message: &Message) -> Reply {
        self.reply_to = Some(message.id.clone());
        self
    }

    /// Adds JSON text for a program at the other end, where the channel can carry it.
    pub fn structured(mut self, json: impl Into<String>) -> Reply {
        self.structured = Some(json.into());
        self
    }
}

impl From<&str> for Reply {
    fn from(text: &str) -> Reply {
        Reply::text(text)
    }
}

impl From<String> for Reply {
    fn from(text: String) -> Reply {
        Reply::text(text)
    }
}

/// All that an agent answers to one event, in the order in which it is said.
///
/// Made with `.into()` from text, a [`Reply`], an `Option` or a `Vec` of replies, or from `()` for nothing.
///
/// ```
/// use cloister_guest::{Replies, Reply};
///
/// let replies: Replies = vec![
///     Reply::text("Which one?").choice("Left", "l").choice("Right", "r"),
///     Reply::markdown("Take your *time*."),
/// ].into();
/// assert_eq!(replies.texts(), ["Which one?", "Take your *time*."]);
/// assert!(Replies::from(()).is_empty());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replies(Vec<Reply>);

impl Replies {
    /// The texts alone, for a look at what was said.
    pub fn texts(&self) -> Vec<&str> {
        self.0.iter().map(|reply| reply.text.as_str()).collect()
    }

    /// The replies themselves.
    pub fn into_vec(self) -> Vec<Reply> {
        self.0
    }
}

impl Deref for Replies {
    type Target = [Reply];

    fn deref(&self) -> &[Reply] {
        &self.0
    }
}

impl From<()> for Replies {
    fn from((): ()) -> Replies {
        Replies::default()
    }
}

impl From<&str> for Replies {
    fn from(text: &str) -> Replies {
        Reply::from(text).into()
    }
}

impl From<String> for Replies {
    fn from(text: String) -> Replies {
        Reply::from(text).into()
    }
}

impl From<Reply> for Replies {
    fn from(reply: Reply) -> Replies {
        Replies(vec![reply])
    }
}

impl From<Option<Reply>> for Replies {
    fn from(reply: Option<Reply>) -> Replies {
        reply.into_iter().collect()
    }
}

impl From<Vec<Reply>> for Replies {
    fn from(replies: Vec<Reply>) -> Replies {
        Replies(replies)
    }
}

impl FromIterator<Reply> for Replies {
    fn from_iter<I: IntoIterator<Item = Reply>>(replies: I) -> Replies {
        Replies(replies.into_iter().collect())
    }
}

impl IntoIterator for Replies {
    type Item = Reply;
    type IntoIter = std::vec::IntoIter<Reply>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
