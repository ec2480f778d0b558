//! Navigation: finding one's way between projects by talking. The built-in navigator, a module that alone holds
//! `projects`, reads a message and says what it would answer; what is not about projects it leaves alone. The rights of
//! the caller bound what it sees and does. Nothing is stored here: whoever asked stores the reply together with where the
//! conversation goes on and with the project that is made, or none of it.

mod desk;
mod looking;

use std::convert::Infallible;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use chrono::Utc;
use sandbox::types::{Contact, Conversation, Event, EventBody, Message, Reply};
use sandbox::{Capabilities, Digest, Limits, Projects};
use store::ids::{ContactId, MessageId, ProjectId, TurnId};
use uuid::Uuid;

use self::desk::Desk;
use self::looking::Looking;
use crate::auth::Caller;
use crate::builtin::NAVIGATOR;
use crate::context::Context;
use crate::error::{Error, Result};

/// A project by its id and its two names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedProject {
    /// Its id.
    pub id: ProjectId,
    /// Its name in addresses.
    pub slug: String,
    /// Its name for people.
    pub name: String,
}

/// What came of a message about projects; to be stored all together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Talk {
    /// What is answered.
    pub reply: String,
    /// Where the conversation goes on, if in another project than before or than the one that is made.
    pub switched: Option<NamedProject>,
    /// A project to make, in which the conversation goes on. The caller may make it, and its slug was free when this was
    /// said: where storing it meets a conflict of `projects_slug_key`, talk again.
    pub created: Option<NamedProject>,
}

impl Talk {
    /// Where the conversation goes on, if not where it was.
    pub fn goes_on_in(&self) -> Option<&NamedProject> {
        self.switched.as_ref().or(self.created.as_ref())
    }
}

static DIGEST: LazyLock<Digest> = LazyLock::new(|| Digest::of(NAVIGATOR));

/// Compiles the navigator, or reads what was compiled before, so that no message waits for it. Nothing waits for this.
pub fn warm(cx: &Context) {
    let context = cx.clone();
    cx.tasks.spawn("navigation", async move {
        let loading = context
            .engine
            .load(*DIGEST, async || Ok::<_, Infallible>(NAVIGATOR.to_vec()));
        tokio::select! {
            loaded = loading => if let Err(error) = loaded {
                tracing::warn!(%error, "the navigator is not ready; the first message about projects tries again");
            },
            () = context.tasks.stopping() => {}
        }
    });
}

/// Has the navigator read a message of a conversation that goes on in the project `active`. `None` says that the message
/// is not about finding one's way between projects.
pub async fn talk(
    cx: &Context,
    caller: &Caller,
    active: Option<ProjectId>,
    text: &str,
) -> Result<Option<Talk>> {
    let module = cx
        .engine
        .load(*DIGEST, async || Ok::<_, Infallible>(NAVIGATOR.to_vec()))
        .await
        .map_err(unavailable)?;
    let desk = Arc::new(Desk::new(cx, caller, active));
    let capabilities = Capabilities {
        projects: Some(desk.clone()),
        ..Capabilities::default()
    };
    let run = module.handle(event(text), capabilities, &limits()).await;
    let moves = desk.moves()?;
    match run.outcome {
        Ok(replies) if replies.is_empty() => Ok(None),
        Ok(replies) => Ok(Some(Talk {
            reply: told(replies),
            switched: moves.switched,
            created: moves.created,
        })),
        Err(stop) if stop.is_host_fault() => Err(unavailable(stop)),
        Err(stop) => {
            // A defect of the navigator must not keep a message from its agent.
            tracing::error!(code = stop.code(), %stop, "the navigator could not read a message");
            Ok(None)
        }
    }
}

/// What an agent sees of projects that it is talked to by this caller, in the project `here`.
pub fn look(cx: &Context, caller: &Caller, here: ProjectId) -> Arc<dyn Projects> {
    Arc::new(Looking(Desk::new(cx, caller, Some(here))))
}

fn told(replies: Vec<Reply>) -> String {
    let texts: Vec<String> = replies.into_iter().map(|reply| reply.text).collect();
    texts.join("\n\n")
}

fn unavailable(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Unavailable {
        what: "the navigation between projects",
        source: Box::new(error),
    }
}

/// It reads one message and makes a few calls.
fn limits() -> Limits {
    Limits {
        memory: 16 << 20,
        guest_time: Duration::from_secs(2),
        host_time: Duration::from_secs(10),
        host_calls: 20,
        reply_bytes: 256 << 10,
        ..Limits::default()
    }
}

/// The message as the navigator gets it, which looks at nothing but the text.
fn event(text: &str) -> Event {
    let now = u64::try_from(Utc::now().timestamp_millis()).unwrap_or(0);
    Event {
        id: TurnId::new().to_string(),
        received_at: now,
        conversation: Conversation {
            id: Uuid::nil().to_string(),
            channel_id: Uuid::nil().to_string(),
            channel_kind: "external".to_owned(),
            is_group: false,
            title: None,
            metadata: Vec::new(),
        },
        body: EventBody::Message(Message {
            id: MessageId::new().to_string(),
            from: Contact {
                id: ContactId::nil().to_string(),
                platform_user_id: String::new(),
                display_name: None,
                user_id: None,
                metadata: Vec::new(),
            },
            text: text.to_owned(),
            attachments: Vec::new(),
            reply_to: None,
            sent_at: now,
            metadata: Vec::new(),
        }),
        configuration: "{}".to_owned(),
        metadata: Vec::new(),
    }
}
