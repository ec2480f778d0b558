//! External messages: programs outside (bots, scripts, other products) talk to an organization's agents in sessions. A
//! session keeps which project it is about, in which chat and where in it; a message about projects themselves is the
//! navigator's, and every other one the active project's primary agent's. Chats of messaging platforms are sessions as well.

mod channel;
mod chats;
mod context;
mod declined;
mod founding;
mod plan;
mod reference;
mod token;

use sandbox::types::Attachment;
use store::inbox::Route;
use store::sessions::{self, Asked, Session};

use self::context::Noted;
use super::workspaces;
use crate::auth::Caller;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::inbound::{Answer, Directed, Entered, Inbound};
use crate::live::Topic;

pub(crate) use self::chats::{Entering, Here, enter as enter_chat, here as here_in_chat};
pub use self::context::{Active, Named};
pub use self::declined::Declined;
pub(crate) use self::founding::Founding;
pub use self::reference::path;
pub use self::token::{Source, TokenState, renew, revoke, speaker, state};

/// How often a message is planned anew because its session changed under it.
const ROUNDS: usize = 10;

/// A message of a program outside.
#[derive(Clone, Debug, Default)]
pub struct Said {
    /// The session's name.
    pub session: String,
    /// What was said; empty where only a file was sent.
    pub text: String,
    /// The program's id of the message: the same twice is one message.
    pub message_id: Option<String>,
    /// The project that it is about, by id or by name, if it says so.
    pub project: Option<String>,
    /// The chat that it is in, if it says so.
    pub chat: Option<String>,
    /// Where in the project it is, if it says so.
    pub path: Option<String>,
    /// What else the agent may want to know.
    pub metadata: Vec<(String, String)>,
    /// Files that came along.
    pub files: Vec<Attachment>,
}

/// What a program is told.
#[derive(Clone, Debug)]
pub struct Told {
    /// What was said to it; none while there is nothing yet.
    pub reply: Option<String>,
    /// Why there is nothing, and what to do.
    pub note: Option<&'static str>,
    /// Where the session goes on.
    pub active: Active,
    /// The project that it was switched to by this message.
    pub switched: Option<Named>,
    /// The project that this message made.
    pub created: Option<Named>,
}

/// Stores a message, has it answered, and waits for that for as long as the operator allows. Of one session, messages are
/// taken in the order in which they came.
pub async fn say(cx: &Context, speaker: &Caller, said: Said) -> Result<Told, Declined> {
    let wait = cx.config.work.turn_wait;
    let owner = speaker.organization_id;
    let door = cx.external.door(owner, &said.session, wait).await?;
    let mut entered = None;
    for _ in 0..ROUNDS {
        entered = enter(cx, speaker, &said).await?;
        if entered.is_some() {
            break;
        }
    }
    drop(door);
    let Some((entered, noted)) = entered else {
        return Err(Declined::Error(Error::Unavailable {
            what: "the session",
            source: "it changes too fast".into(),
        }));
    };
    let accepted = entered.accepted;
    let answer = tokio::select! {
        answer = entered.answer => answer?,
        // A host that stops does not cut its callers off: who still waits near the end hears that it comes later.
        () = super::inbound::stopping_soon(cx) => {
            store::inbox::flush(&cx.store).await.map_err(Error::from)?;
            Answer::Later
        }
    };
    let noted = if accepted.duplicate {
        context::of_message(cx, owner, &accepted).await?
    } else {
        noted
    };
    let answer = workspaces::with_links(cx, answer);
    let (reply, note) = told(answer);
    Ok(Told {
        reply,
        note,
        active: noted.active,
        switched: noted.switched,
        created: noted.created,
    })
}

fn told(answer: Answer) -> (Option<String>, Option<&'static str>) {
    match answer {
        Answer::Replies(replies) => {
            let texts = replies.into_iter().map(|reply| {
                // JSON for a program, where there is nothing for people.
                let is_text = !reply.text.is_empty();
                reply.structured.filter(|_| !is_text).unwrap_or(reply.text)
            });
            (Some(texts.collect::<Vec<_>>().join("\n\n")), None)
        }
        Answer::Failed { apology } => (Some(apology), None),
        Answer::Later => (
            None,
            Some(
                "the agent is still at work: its reply is kept in the session, and the same messageId asks for it again",
            ),
        ),
        Answer::Stopped => (
            None,
            Some(
                "the agent is stopped: the message waits for it, and the same messageId asks for the reply",
            ),
        ),
        Answer::NoAgent => (
            None,
            Some(
                "no agent answers at the moment: people have taken this session over, or the agent is gone",
            ),
        ),
    }
}

/// One try at storing a message. `None`: the session has changed meanwhile.
async fn enter(
    cx: &Context,
    speaker: &Caller,
    said: &Said,
) -> Result<Option<(Entered, Noted)>, Declined> {
    let event = said.event();
    let session = session(cx, speaker, said, event.as_deref()).await?;
    let inbound = |metadata| Inbound {
        organization_id: speaker.organization_id,
        channel_id: session.channel_id,
        platform_event_id: event.clone(),
        platform_user_id: said.session.clone(),
        display_name: None,
        platform_chat_id: said.session.clone(),
        is_group: false,
        title: None,
        text: said.text.clone(),
        attachments: said.files.clone(),
        metadata,
        shown_in: None,
    };
    let wait = cx.config.work.turn_wait;
    if session.known_message_id.is_some() {
        // Said before: nothing is stored, and the first one's answer is this one's.
        let directed = Directed {
            route: Some(Route::default()),
            ..Directed::default()
        };
        let entered = cx.inbox.enter(inbound(Vec::new()), directed, wait).await?;
        return Ok(entered.map(|entered| (entered, Noted::default())));
    }
    let plan = plan::of(cx, speaker, &session, said).await?;
    let metadata = plan.noted.metadata().chain(said.metadata.clone()).collect();
    let changes = plan.directed.change.is_some();
    let entered = match plan.made() {
        None => {
            let directed = plan.directed.clone();
            cx.inbox.enter(inbound(metadata), directed, wait).await?
        }
        Some(project) => {
            let directed = plan.directed.clone();
            let founding = Founding::of(speaker.clone(), project, &said.session);
            let entering = cx.inbox.enter(inbound(metadata), directed, wait);
            founding.noted(cx, entering, Option::is_some).await?
        }
    };
    let Some(entered) = entered else {
        return Ok(None);
    };
    if changes {
        let conversation = entered.accepted.conversation_id;
        cx.live.changed(conversation);
        cx.live.changed(Topic::Turns(conversation));
        if let Some(agent) = plan.directed.agent_id() {
            cx.live.changed(Topic::AgentTurns(agent));
        }
    }
    Ok(Some((entered, plan.noted)))
}

/// The session as it is. The organization's channel is made where this is its first one.
async fn session(
    cx: &Context,
    speaker: &Caller,
    said: &Said,
    event: Option<&str>,
) -> Result<Session> {
    let asked = Asked {
        organization_id: speaker.organization_id,
        user_id: speaker.person()?,
        session: &said.session,
        platform_event_id: event,
    };
    if let Some(session) = sessions::find(&cx.store, asked).await? {
        return Ok(session);
    }
    channel::open(cx, speaker).await?;
    let session = sessions::find(&cx.store, asked).await?;
    session.ok_or_else(|| Error::internal("the channel of external messages is not there"))
}

impl Said {
    /// The event of this message, as the inbox knows it: of two sessions, the same id is two messages.
    fn event(&self) -> Option<String> {
        let id = self.message_id.as_deref()?;
        Some(format!("{}/{id}", self.session))
    }

    /// How a chat that begins with it is called.
    fn title(&self) -> String {
        const CHARACTERS: usize = 80;
        let file = self.files.first().map(|file| file.name.as_str());
        let first = self.text.lines().find(|line| !line.trim().is_empty());
        let title = first.or(file).unwrap_or_default().trim();
        title.chars().take(CHARACTERS).collect()
    }
}

#[cfg(test)]
mod tests {
    use store::ids::MessageId;

    use super::*;
    use crate::inbound::StoredReply;

    #[test]
    fn a_chat_is_called_by_how_it_begins() {
        let said = |text: &str| Said {
            text: text.to_owned(),
            ..Said::default()
        };
        assert_eq!(said("\n  hello\nworld").title(), "hello");
        assert_eq!(said(&"é".repeat(100)).title().chars().count(), 80);
        assert_eq!(said("").title(), "");
    }

    #[test]
    fn what_was_said_is_one_text() {
        let reply = |text: &str, structured: Option<&str>| StoredReply {
            message_id: MessageId::new(),
            text: text.to_owned(),
            structured: structured.map(str::to_owned),
            files: Vec::new(),
        };
        let answer = Answer::Replies(vec![reply("one", Some("{}")), reply("", Some("{\"a\":1}"))]);
        assert_eq!(told(answer), (Some("one\n\n{\"a\":1}".to_owned()), None));
        assert_eq!(told(Answer::Replies(Vec::new())).0.as_deref(), Some(""));
        let (reply, note) = told(Answer::Later);
        assert!(reply.is_none() && note.is_some_and(|note| note.contains("messageId")));
    }
}
