//! What platforms bring that call: they are answered when it is durable.

use channels::Event;
use store::channels::Channel;
use store::inbox::Received;
use store::reading::{Done, Reader, Step};

use super::{Decision, Meaning, Work, decide, tell};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::inbound::Taken;
use crate::service::binding::public_id;
use crate::service::external::{Entering, Founding};

/// How often an event is decided anew because its session changed under it.
const ROUNDS: usize = 10;

/// What came of an event that a platform brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrived {
    /// What it turned out to be.
    pub meaning: Meaning,
    /// Whether it had been brought before.
    pub duplicate: bool,
}

/// What came of storing it.
enum Stored {
    As {
        duplicate: bool,
    },
    /// Whoever spoke was shut out since the desk looked.
    Barred,
    /// Nothing was stored: the chat's session is another one by now.
    Moved,
}

/// Decides about an event and stores it. Of one chat, what comes to this host is taken in its order.
pub async fn arrive(cx: &Context, channel: &Channel, event: &Event) -> Result<Arrived> {
    let _door = match event {
        Event::Heard(heard) => {
            let chat = format!("{}/{}", channel.id, heard.platform_chat_id);
            let wait = cx.config.work.turn_wait;
            let door = cx.external.door(channel.organization_id, &chat, wait);
            Some(door.await?)
        }
        _ => None,
    };
    for _ in 0..ROUNDS {
        let Decision { meaning, work } = decide(cx, channel, event).await?;
        let stored = match work {
            Work::Nothing => Stored::As { duplicate: false },
            Work::Said(entering) => enter(cx, channel, *entering).await?,
            Work::Host(step) => take(cx, channel, vec![*step], None).await?,
        };
        let (meaning, duplicate) = match stored {
            Stored::As { duplicate } => (meaning, duplicate),
            Stored::Barred => (Meaning::NotAllowed, false),
            Stored::Moved => continue,
        };
        return Ok(Arrived { meaning, duplicate });
    }
    Err(Error::Unavailable {
        what: "the chat",
        source: "it changes too fast".into(),
    })
}

async fn enter(cx: &Context, channel: &Channel, entering: Entering) -> Result<Stored> {
    let directed = &entering.directed;
    // What the platform shows already is stored with it: the answer may come at once.
    if directed.change.is_some() || entering.inbound.shown_in.is_some() {
        let founding = entering.founding();
        return take(cx, channel, entering.into_steps(), founding).await;
    }
    let (chat, route) = (directed.chat_id, directed.route.clone().unwrap_or_default());
    match cx.inbox.receive_in(entering.inbound, chat, route).await {
        Ok(accepted) => Ok(Stored::As {
            duplicate: accepted.duplicate,
        }),
        Err(Error::Forbidden { .. }) => Ok(Stored::Barred),
        Err(error) => Err(error),
    }
}

async fn take(
    cx: &Context,
    channel: &Channel,
    steps: Vec<Step>,
    founding: Option<Founding>,
) -> Result<Stored> {
    let reader = Reader {
        organization_id: channel.organization_id,
        channel_id: channel.id,
        lease: None,
    };
    let taking = cx.inbox.take(&reader, steps);
    let taken = match founding {
        Some(founding) => founding.noted(cx, taking, is_done).await?,
        None => taking.await?,
    };
    match taken {
        Taken::Done(done) => {
            tell(cx, &done);
            let is = |what: Done| done.contains(&what);
            Ok(match is(Done::Received(Received::Barred)) {
                true => Stored::Barred,
                false => Stored::As {
                    duplicate: is(Done::Answered(None)) || is(Done::Received(Received::Duplicate)),
                },
            })
        }
        Taken::Moved => Ok(Stored::Moved),
        // The platform tries again, in case it is switched on by then.
        Taken::Lost => {
            let name = format!("Channel `{}`", public_id(channel.id));
            Err(Error::conflict(name, "it is not active"))
        }
    }
}

fn is_done(taken: &Taken) -> bool {
    matches!(taken, Taken::Done(_))
}
