//! What is seen on an agent's live page: what it logs and what is said, as they happen and from where a watcher stopped.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use futures_util::Stream;
use store::agent_log::LogLine;
use store::contacts;
use store::ids::{ContactId, ConversationId, LogLineId, MessageId, OrganizationId};
use store::messages::{Direction, Message};
use tokio::sync::watch;

use super::guard::{Guard, Guarded, guarded};
use super::lines::Lines;
use super::messages::Messages;
use crate::auth::Caller;
use crate::content::Content;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::live::sources::{LogOf, MessagesOf};
use crate::live::{LiveEvent, LiveReceiver};
use crate::service::consoles::{self, Asked, Console};

/// How far a watcher has come in both: what it says when it comes back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// The last message that it has, and where.
    pub message: Option<(ConversationId, MessageId)>,
    /// The last line of the log.
    pub line: Option<LogLineId>,
}

/// Who said something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Author {
    /// The watcher.
    Own,
    /// The agent.
    Agent,
    /// Someone else in the conversation, by the name that their platform tells.
    Other(Option<String>),
    /// A person who answers in the agent's place.
    Person,
}

/// What was said.
#[derive(Clone, Debug)]
pub struct Said {
    /// Who said it.
    pub author: Author,
    /// The message.
    pub message: Arc<Message>,
    /// What it has beside its text.
    pub content: Content,
}

/// Something that is seen.
#[derive(Clone, Debug)]
pub enum What {
    /// A message.
    Said(Box<Said>),
    /// A line of the log.
    Line(Arc<LogLine>),
    /// The agent is at work on an answer.
    Typing,
    /// The answer as far as it has come.
    Partial(String),
    /// The page stands otherwise than before: the agent was stopped, or a conversation began.
    Stands(Box<Console>),
}

/// Something that is seen, and how far its watcher has come with it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// What.
    pub what: What,
    /// How far.
    pub cursor: Cursor,
}

/// An agent's live page for a caller who may open it, and what happens there: from a place on, or with what was last.
pub async fn console(
    cx: &Context,
    caller: &Caller,
    asked: Asked,
    from: Option<Cursor>,
) -> Result<(Console, impl Stream<Item = Result<Seen>> + Send + use<>)> {
    let console = consoles::open(cx, caller, &asked).await?;
    let (told, stands) = watch::channel(console.clone());
    let (context, watching) = (cx.clone(), caller.clone());
    let told = Arc::new(told);
    let asks = move || {
        let (cx, caller, asked) = (context.clone(), watching.clone(), asked.clone());
        let told = told.clone();
        async move {
            let now = consoles::open(&cx, &caller, &asked).await?;
            told.send_if_modified(|last| {
                let is_other = !last.stands_as(&now);
                *last = now;
                is_other
            });
            Ok(())
        }
    };
    let guard = Guard::asking(cx, caller, asks).await?;
    let watcher = Watcher::open(cx, &console, stands, from.unwrap_or_default()).await?;
    Ok((console, guarded(cx, guard, watcher)))
}

struct Watcher {
    cx: Context,
    owner: OrganizationId,
    conversation: Option<Watched>,
    lines: Option<Lines>,
    /// How the page stands, as the guard finds it again and again.
    stands: watch::Receiver<Console>,
    cursor: Cursor,
    /// The contacts whose names are known.
    names: HashMap<ContactId, Option<String>>,
    /// What comes before everything else.
    ready: VecDeque<Seen>,
    /// A message whose author is being looked for: kept here, so that dropping the future loses nothing.
    pending: Option<Arc<Message>>,
}

struct Watched {
    id: ConversationId,
    /// The contact whom the watcher is here.
    own: Option<ContactId>,
    messages: Messages,
    live: LiveReceiver,
}

impl Watcher {
    async fn open(
        cx: &Context,
        console: &Console,
        stands: watch::Receiver<Console>,
        from: Cursor,
    ) -> Result<Watcher> {
        let owner = console.agent.organization_id;
        let conversation = match &console.conversation {
            None => None,
            Some(conversation) => {
                let known = from.message.filter(|(place, _)| *place == conversation.id);
                let source = MessagesOf {
                    owner,
                    conversation: conversation.id,
                };
                // Before the first look: what begins in between wakes.
                let live = cx.live.subscribe(conversation.id);
                let messages = match known {
                    Some((_, id)) => Messages::open(cx, source, Some(id)).await,
                    None => Messages::open_with_last(cx, source).await,
                };
                let messages = match messages {
                    // Whatever the watcher knew: it is not there.
                    Err(Error::Invalid { .. }) => Messages::open_with_last(cx, source).await?,
                    messages => messages?,
                };
                Some(Watched {
                    id: conversation.id,
                    own: console.contact,
                    messages,
                    live,
                })
            }
        };
        let lines = match console.sees_log {
            false => None,
            true => {
                let source = LogOf {
                    owner,
                    agent: console.agent.id,
                };
                Some(Lines::open(cx, source, from.line).await?)
            }
        };
        let mut watcher = Watcher {
            cx: cx.clone(),
            owner,
            conversation,
            lines,
            stands,
            cursor: from,
            names: HashMap::new(),
            ready: VecDeque::new(),
            pending: None,
        };
        watcher.begin().await?;
        Ok(watcher)
    }

    /// What was last, of both in the order in which it happened.
    async fn begin(&mut self) -> Result<()> {
        let said = match &mut self.conversation {
            Some(watched) => watched.messages.take_ready(),
            None => Vec::new(),
        };
        let lines = self
            .lines
            .as_mut()
            .map(Lines::take_ready)
            .unwrap_or_default();
        let (mut said, mut lines) = (said.into_iter().peekable(), lines.into_iter().peekable());
        loop {
            let line_is_next = match (said.peek(), lines.peek()) {
                (None, None) => return Ok(()),
                (Some(said), Some(line)) => line.created_at < said.created_at,
                (said, _) => said.is_none(),
            };
            let seen = match line_is_next {
                true => lines.next().map(|line| self.line(line)),
                false => match said.next() {
                    Some(message) => Some(self.said(message).await?),
                    None => None,
                },
            };
            self.ready.extend(seen);
        }
    }

    fn line(&mut self, line: Arc<LogLine>) -> Seen {
        // The highest: of what comes late with a lower id, whoever comes back is told again.
        self.cursor.line = self.cursor.line.max(Some(line.id));
        Seen {
            what: What::Line(line),
            cursor: self.cursor,
        }
    }

    fn passing(&self, what: What) -> Seen {
        Seen {
            what,
            cursor: self.cursor,
        }
    }

    async fn said(&mut self, message: Arc<Message>) -> Result<Seen> {
        let author = self.author(&message).await?;
        if let Some(watched) = &self.conversation {
            self.cursor.message = Some((watched.id, message.id));
        }
        let said = Said {
            author,
            content: Content::read(message.content.as_ref()),
            message,
        };
        Ok(Seen {
            what: What::Said(Box::new(said)),
            cursor: self.cursor,
        })
    }

    async fn author(&mut self, message: &Message) -> Result<Author> {
        if message.direction == Direction::Outbound {
            return Ok(match message.user_id {
                Some(_) => Author::Person,
                None => Author::Agent,
            });
        }
        let own = self.conversation.as_ref().and_then(|watched| watched.own);
        let Some(contact) = message.contact_id else {
            return Ok(Author::Other(None));
        };
        if own == Some(contact) {
            return Ok(Author::Own);
        }
        if let Some(name) = self.names.get(&contact) {
            return Ok(Author::Other(name.clone()));
        }
        let found = contacts::find(&self.cx.store, self.owner, contact).await?;
        let name = found.and_then(|contact| contact.display_name);
        self.names.insert(contact, name.clone());
        Ok(Author::Other(name))
    }
}

/// What woke the watcher.
enum Woken {
    Message(Arc<Message>),
    Line(Arc<LogLine>),
    Typing,
    Partial(String),
    Stands(Box<Console>),
}

impl Guarded for Watcher {
    type Item = Seen;

    async fn next(&mut self) -> Result<Seen> {
        if let Some(seen) = self.ready.pop_front() {
            return Ok(seen);
        }
        loop {
            if let Some(message) = self.pending.clone() {
                let seen = self.said(message).await?;
                self.pending = None;
                return Ok(seen);
            }
            let woken = tokio::select! {
                woken = woken(&mut self.conversation, &mut self.lines) => woken?,
                Ok(()) = self.stands.changed() => {
                    let console = self.stands.borrow_and_update().clone();
                    Woken::Stands(Box::new(console))
                }
            };
            match woken {
                Woken::Message(message) => self.pending = Some(message),
                Woken::Line(line) => return Ok(self.line(line)),
                Woken::Typing => return Ok(self.passing(What::Typing)),
                Woken::Partial(text) => return Ok(self.passing(What::Partial(text))),
                Woken::Stands(console) => return Ok(self.passing(What::Stands(console))),
            }
        }
    }
}

async fn woken(conversation: &mut Option<Watched>, lines: &mut Option<Lines>) -> Result<Woken> {
    let line = async {
        match lines {
            Some(lines) => lines.next().await.map(Woken::Line),
            None => std::future::pending().await,
        }
    };
    let said = async {
        match conversation {
            Some(Watched { messages, live, .. }) => said(messages, live).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        woken = said => woken,
        woken = line => woken,
    }
}

async fn said(messages: &mut Messages, live: &mut LiveReceiver) -> Result<Woken> {
    let passing = async {
        loop {
            match live.recv().await {
                LiveEvent::Changed => {}
                LiveEvent::Typing => return Woken::Typing,
                LiveEvent::Partial(text) => return Woken::Partial(text),
            }
        }
    };
    tokio::select! {
        biased;
        message = messages.next() => message.map(Woken::Message),
        passing = passing => Ok(passing),
    }
}

/// `cnv_….msg_….log_…`, each part perhaps empty.
impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (conversation, message) = self.message.unzip();
        let conversation = conversation.map(ConversationId::public).unwrap_or_default();
        let message = message.map(MessageId::public).unwrap_or_default();
        let line = self.line.map(LogLineId::public).unwrap_or_default();
        write!(f, "{conversation}.{message}.{line}")
    }
}

impl FromStr for Cursor {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.split('.');
        let (Some(conversation), Some(message), Some(line), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(());
        };
        let message = match (conversation, message) {
            ("", "") => None,
            (conversation, message) => Some((
                conversation.parse().map_err(drop)?,
                message.parse().map_err(drop)?,
            )),
        };
        let line = match line {
            "" => None,
            line => Some(line.parse().map_err(drop)?),
        };
        Ok(Self { message, line })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_from_what_it_prints() {
        let message = Some((ConversationId::new(), MessageId::new()));
        let line = Some(LogLineId::new());
        for cursor in [
            Cursor::default(),
            Cursor {
                message,
                line: None,
            },
            Cursor {
                message: None,
                line,
            },
            Cursor { message, line },
        ] {
            assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }
        for wrong in ["", "..", "x..", "...", "a.b.c"] {
            let read = wrong.parse::<Cursor>();
            assert!(read.is_err() || read == Ok(Cursor::default()), "{wrong}");
        }
    }
}
