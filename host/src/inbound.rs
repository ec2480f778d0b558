//! Inbound: what a channel heard, on its way to a turn. Services hand it to the [`Inbox`]; the turns stand behind it.

use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use store::ids::{
    AgentId, ChannelId, ChatId, ContactId, ContentId, ConversationId, MessageId, OrganizationId,
    TurnId,
};
use store::inbox::{NewAccount, Receive, Route};
use store::reading::{Done, Reader, Step};
use store::sessions::Change;

use crate::content::{Content, without_nul};
use crate::error::Error;

/// One message of a platform, parsed and verified by its driver.
#[derive(Debug, Clone)]
pub struct Inbound {
    /// The tenant of the channel.
    pub organization_id: OrganizationId,
    /// The channel that heard it.
    pub channel_id: ChannelId,
    /// The platform's id of the event: a second one with the same id on the same channel is the same event.
    /// `None` where the platform gives none: then every call is an event of its own.
    pub platform_event_id: Option<String>,
    /// The platform's id of who spoke, scoped to the channel.
    pub platform_user_id: String,
    /// The name to show, if the platform tells.
    pub display_name: Option<String>,
    /// The platform's id of the chat, scoped to the channel.
    pub platform_chat_id: String,
    /// Whether the chat has more than one person beside the agent.
    pub is_group: bool,
    /// The name of a group, if the platform tells.
    pub title: Option<String>,
    /// What was said; empty where only files were sent.
    pub text: String,
    /// Files that came along.
    pub attachments: Vec<sandbox::types::Attachment>,
    /// What else the agent may want to know of this message.
    pub metadata: Vec<(String, String)>,
    /// The platform's message that shows already that an answer is on its way.
    pub shown_in: Option<String>,
}

impl Inbound {
    /// The message as it is stored.
    pub fn into_receive(self, message_id: MessageId, turn_id: TurnId) -> Receive {
        let content = Content {
            attachments: self.attachments,
            metadata: self.metadata,
            ..Content::default()
        };
        Receive {
            organization_id: self.organization_id,
            channel_id: self.channel_id,
            platform_event_id: self.platform_event_id.as_deref().map(without_nul),
            message_id,
            turn_id,
            platform_user_id: without_nul(&self.platform_user_id),
            display_name: self.display_name.as_deref().map(without_nul),
            contact_id: ContactId::new(),
            platform_chat_id: without_nul(&self.platform_chat_id),
            conversation_id: ConversationId::new(),
            is_group: self.is_group,
            title: self.title.as_deref().map(without_nul),
            text: without_nul(&self.text),
            content: content.column(),
            chat_id: None,
            route: Route::default(),
            account: None,
            is_usual: false,
        }
    }
}

/// The way in for everything that a channel hears.
#[async_trait]
pub trait Inbox: Send + Sync {
    /// Stores the message and queues its turn; returns as soon as both are durable.
    /// A repeated event changes nothing and returns what the first one did.
    async fn receive(&self, inbound: Inbound) -> Result<Accepted, Error>;

    /// The same for a message in a thread of its session, which stays as it is.
    async fn receive_in(
        &self,
        inbound: Inbound,
        chat: Option<ChatId>,
        route: Route,
    ) -> Result<Accepted, Error>;

    /// Does the same and waits for the turn, at most `wait` from the call on. Replies that are returned here are not
    /// delivered again; past the wait, or when the caller goes away, they go out as deliveries.
    async fn receive_and_wait(
        &self,
        inbound: Inbound,
        wait: Duration,
    ) -> Result<(Accepted, Answer), Error>;

    /// Stores a message that what its sender has chosen directs, and queues its turn; returns as soon as it is stored, and leaves the
    /// waiting, at most `wait` from the call on, to its caller. `None`: nothing was stored, since the session is not any
    /// more what its change was made for, or its sender does not talk as usual, or has sent it before. A new project whose slug
    /// was taken meanwhile is that, too.
    async fn enter(
        &self,
        inbound: Inbound,
        directed: Directed,
        wait: Duration,
    ) -> Result<Option<Entered>, Error>;

    /// Takes what was read of a platform, with how far reading has come: all of it or nothing. At most one step concerns a
    /// chat.
    async fn take(&self, reader: &Reader<'_>, steps: Vec<Step>) -> Result<Taken, Error>;
}

/// What came of what was read of a platform.
#[derive(Debug, Clone, PartialEq)]
pub enum Taken {
    /// All was taken: what came of each step.
    Done(Vec<Done>),
    /// Nothing was: the reader's lease is lost, or the channel is switched off or gone.
    Lost,
    /// Nothing was: a session is not any more what its change was made for.
    Moved,
}

/// How a message is directed by what its sender has chosen.
#[derive(Debug, Clone, Default)]
pub struct Directed {
    /// The thread of a session that it is in.
    pub chat_id: Option<ChatId>,
    /// Who handles it; none where its channel decides.
    pub route: Option<Route>,
    /// What becomes of the session with it; none where it stays as it is.
    pub change: Option<Change>,
    /// The account that its sender gets with it, where they have none yet.
    pub account: Option<NewAccount>,
    /// Whether it is stored only where its sender talks as usual: see [`Receive::is_usual`].
    pub is_usual: bool,
}

impl Directed {
    /// The agent that is to handle it, where that is said.
    pub fn agent_id(&self) -> Option<AgentId> {
        self.route.as_ref().and_then(|route| route.agent_id)
    }
}

/// A message that is stored, and what is still to be waited for.
pub struct Entered {
    /// What became of it.
    pub accepted: Accepted,
    /// What its turn says. Where this is dropped, it is kept in the conversation.
    pub answer: BoxFuture<'static, Result<Answer, Error>>,
}

/// What became of an inbound message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepted {
    /// The stored message: of the first event where this one repeats it.
    pub message_id: MessageId,
    /// Its conversation.
    pub conversation_id: ConversationId,
    /// Whether the event had been received before.
    pub duplicate: bool,
}

/// What a turn answered to a caller who waited.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// The turn is over; what it said, in order, perhaps nothing.
    Replies(Vec<StoredReply>),
    /// The turn failed; what the contact is told.
    Failed {
        /// A short sentence without a cause.
        apology: String,
    },
    /// The turn goes on; what it says will be delivered.
    Later,
    /// The agent is stopped: the message waits for it to be started, and what it says then will be delivered.
    Stopped,
    /// No agent answers here: the channel has none, or people hold the conversation.
    NoAgent,
}

/// A message that an agent said, as stored.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredReply {
    /// The stored message.
    pub message_id: MessageId,
    /// What is shown to people.
    pub text: String,
    /// JSON for a program at the other end.
    pub structured: Option<String>,
    /// Files of the agent that go with it.
    pub files: Vec<SentFile>,
}

/// A file as a message was sent with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentFile {
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// What it is called.
    pub name: String,
    /// What is in it.
    pub content: ContentId,
}
