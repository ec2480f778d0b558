//! A callback is a request of a platform to this host: something was said, or the platform checks that we are there.
//! The driver verifies it on its raw bytes and parses it; the host stores what was heard and sends the answer.

use bytes::Bytes;

use crate::http::{Headers, Method};

/// A request as it came in. The body is raw: signatures are over bytes.
#[derive(Debug, Clone)]
pub struct Callback {
    /// `Get` where a platform checks the address, else `Post`.
    pub method: Method,
    /// The query string without its question mark.
    pub query: String,
    /// Its headers.
    pub headers: Headers,
    /// Its body, bounded by the host.
    pub body: Bytes,
}

/// What a verified callback means.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Called {
    /// What happened, in order; empty for a check of the address.
    pub events: Vec<Event>,
    /// What the platform is answered once that is stored.
    pub answer: CallbackAnswer,
}

/// Something that a platform reports, whether it called or was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Someone spoke.
    Heard(Box<Heard>),
    /// A chat goes on under another id.
    Moved {
        /// The platform's id of the chat so far.
        from: String,
        /// The one from now on.
        to: String,
    },
    /// Nothing for an agent.
    Ignored {
        /// Why not, in a word: `unsupported_update`, `missing_user_id`, `non_text`, `other_bot`.
        reason: &'static str,
    },
    /// Not in the shape that the platform documents: kept for the owner to see, since asking again would bring it again.
    Bad {
        /// The platform's id of the event, where it can be read.
        platform_event_id: Option<String>,
        /// What is wrong with it.
        why: String,
        /// The event as it came, cut to what is worth keeping.
        raw: String,
    },
}

/// The answer to a callback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallbackAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The media type of the body.
    pub content_type: &'static str,
    /// The body.
    pub body: Bytes,
}

/// 200 without a body, which every platform takes as received.
impl Default for CallbackAnswer {
    fn default() -> Self {
        Self {
            status: 200,
            content_type: "text/plain; charset=utf-8",
            body: Bytes::new(),
        }
    }
}

/// One message that a platform reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// The platform's id of the event: a second one with the same id is the same event.
    pub platform_event_id: Option<String>,
    /// The platform's id of who spoke.
    pub platform_user_id: String,
    /// The name to show, if the platform tells.
    pub display_name: Option<String>,
    /// The platform's id of the chat.
    pub platform_chat_id: String,
    /// Whether the chat has more than one person beside the agent.
    pub is_group: bool,
    /// The name of a group, if the platform tells.
    pub title: Option<String>,
    /// What was said; empty where only files were sent.
    pub text: String,
    /// Files that came along.
    pub attachments: Vec<HeardAttachment>,
    /// What else the agent may want to know of this message.
    pub metadata: Vec<(String, String)>,
    /// What the platform wants to be told back so that its user sees that a button was pressed.
    pub acknowledge: Option<String>,
    /// The platform's message that shows already that an answer is on its way, whose place the answer takes.
    pub shown_in: Option<String>,
}

/// A file that came with a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeardAttachment {
    /// A file name without a path.
    pub name: String,
    /// A media type.
    pub content_type: String,
    /// Bytes, where they are known.
    pub size: Option<u64>,
    /// Where its bytes are: an address, or the platform's own name of the file as `<kind>:file/<id>`.
    pub url: String,
}

/// Why a callback was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallbackError {
    /// Platforms of this kind do not call.
    #[error("this kind of channel takes no callbacks")]
    Unsupported,
    /// The signature is absent or wrong.
    #[error("the signature does not match")]
    Unverified,
    /// It is signed, but not in the shape that the platform documents.
    #[error("not understood: {0}")]
    Malformed(String),
}
