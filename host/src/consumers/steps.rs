//! Steps: what was read of a platform, turned into what is stored, in its order and with how far reading has come.

use channels::{BoundChannel, Driver, Event, Update};
use store::channels::Channel;
use store::reading::{Aside, Done, Reader, Step};

use super::held::Held;
use crate::content::without_nul;
use crate::context::Context;
use crate::error::Error;
use crate::inbound::Taken;
use crate::live::Topic;
use crate::service::external::Founding;
use crate::service::front_desk::{self, Work};
use crate::service::windows;

/// Characters of a message that are kept where it could not be stored.
const KEPT: usize = 4_096;
/// How often updates are decided anew because a chat's session changed under them.
const ROUNDS: usize = 10;

/// Why nothing was stored.
pub(super) enum Lost {
    /// Another host holds the channel, or it is switched off.
    Lease,
    /// The channel is no more.
    Channel,
    /// The database is away, or a defect stands in the way: trying again may help.
    Database(Error),
}

/// Stores what was read, as much of it as can be in one transaction: nothing of the same chat twice. Where the database
/// refuses that, the first update alone; and where it refuses that one, the update is set aside, so that it holds up no
/// other. How many were taken.
pub(super) async fn take(
    cx: &Context,
    held: &Held,
    channel: &Channel,
    updates: &[Update],
) -> Result<usize, Lost> {
    // Who may talk may have changed since the channel was taken.
    let found = store::channels::find(&cx.store, channel.organization_id, channel.id).await;
    let found = found.map_err(|error| Lost::Database(error.into()))?;
    let channel = &found.ok_or(Lost::Channel)?;
    match store_all(cx, held, channel, together(updates)).await {
        Err(Lost::Database(error)) if is_refusal(&error) => {}
        result => return result,
    }
    let Some((first, _)) = updates.split_first() else {
        return Ok(0);
    };
    match store_all(cx, held, channel, std::slice::from_ref(first)).await {
        Err(Lost::Database(error)) if is_refusal(&error) => {
            error.report("polling");
            set_aside(cx, held, channel, first, &error).await?;
        }
        result => return result,
    }
    Ok(1)
}

/// The first updates that can be stored at once.
fn together(updates: &[Update]) -> &[Update] {
    let mut chats: Vec<&str> = Vec::new();
    let end = updates.iter().position(|update| match &update.event {
        Event::Heard(heard) => {
            let repeats = chats.contains(&heard.platform_chat_id.as_str());
            chats.push(&heard.platform_chat_id);
            repeats
        }
        Event::Moved { .. } => !chats.is_empty(),
        Event::Ignored { .. } | Event::Bad { .. } => false,
    });
    // One that moves a chat goes alone, before or after what is said there.
    let moves = matches!(
        updates.first().map(|update| &update.event),
        Some(Event::Moved { .. })
    );
    let end = if moves {
        1
    } else {
        end.unwrap_or(updates.len())
    };
    updates.get(..end).unwrap_or(updates)
}

/// Whether the database will refuse the same again.
fn is_refusal(error: &Error) -> bool {
    matches!(error, Error::Internal { .. } | Error::Invalid { .. })
}

/// Stores updates, as they are decided now. How many: what makes a project is stored for itself alone.
async fn store_all(
    cx: &Context,
    held: &Held,
    channel: &Channel,
    updates: &[Update],
) -> Result<usize, Lost> {
    for _ in 0..ROUNDS {
        let decided = decide(cx, channel, updates).await?;
        let updates = updates.get(..decided.updates).unwrap_or(updates);
        let (steps, founding) = (decided.steps, decided.founding);
        if write(cx, held, channel, (steps, founding), updates).await? {
            return Ok(updates.len());
        }
    }
    Err(Lost::Database(Error::Unavailable {
        what: "the chat",
        source: "it changes too fast".into(),
    }))
}

/// What is to be stored of the first so many updates.
struct Decided {
    updates: usize,
    steps: Vec<Step>,
    founding: Option<Founding>,
}

async fn decide(cx: &Context, channel: &Channel, updates: &[Update]) -> Result<Decided, Lost> {
    let mut all = Decided {
        updates: 0,
        steps: Vec::with_capacity(updates.len() + 1),
        founding: None,
    };
    for update in updates {
        let decided = front_desk::decide(cx, channel, &update.event).await;
        let decided = decided.map_err(Lost::Database)?;
        let makes_project = decided.makes_project();
        if makes_project && all.updates > 0 {
            break;
        }
        all.updates += 1;
        if let Some(opening) = &update.opens {
            let opens = windows::opens(cx, channel.id, opening).map_err(Lost::Database)?;
            all.steps.push(Step::Opens(opens));
        }
        match decided.work {
            Work::Said(entering) => {
                all.founding = entering.founding();
                all.steps.push(entering.into_step());
            }
            Work::Host(step) => all.steps.push(*step),
            Work::Nothing => {}
        }
        if makes_project {
            break;
        }
    }
    Ok(all)
}

async fn set_aside(
    cx: &Context,
    held: &Held,
    channel: &Channel,
    update: &Update,
    error: &Error,
) -> Result<(), Lost> {
    let (platform_event_id, said) = match &update.event {
        Event::Heard(heard) => (heard.platform_event_id.as_deref(), heard.text.as_str()),
        _ => (None, ""),
    };
    let aside = Aside {
        platform_event_id: platform_event_id.map(without_nul),
        why: format!("it could not be stored: {error}"),
        raw: without_nul(said).chars().take(KEPT).collect(),
    };
    let steps = vec![Step::Aside(aside)];
    let update = std::slice::from_ref(update);
    write(cx, held, channel, (steps, None), update).await?;
    Ok(())
}

/// Stores all of it, with how far reading has come. False: a chat's session is another one by now, and nothing was stored.
async fn write(
    cx: &Context,
    held: &Held,
    channel: &Channel,
    (mut steps, founding): (Vec<Step>, Option<Founding>),
    updates: &[Update],
) -> Result<bool, Lost> {
    steps.extend(updates.last().map(|last| Step::Cursor(last.cursor.clone())));
    let (name, fence) = held.lease();
    let reader = Reader {
        organization_id: channel.organization_id,
        channel_id: channel.id,
        lease: Some((name, cx.host_id, fence)),
    };
    let taking = cx.inbox.take(&reader, steps);
    let taken = match founding {
        Some(founding) => {
            let is_done = |taken: &Taken| matches!(taken, Taken::Done(_));
            founding.noted(cx, taking, is_done).await
        }
        None => taking.await,
    };
    match taken.map_err(Lost::Database)? {
        Taken::Done(done) => {
            front_desk::tell(cx, &done);
            if done.contains(&Done::Opened(true)) {
                // What waited for someone to speak goes out.
                cx.live.changed(Topic::Outbox);
            }
            Ok(true)
        }
        Taken::Lost => Err(Lost::Lease),
        Taken::Moved => Ok(false),
    }
}

/// Tells the platform of buttons that were pressed. One that is not told shows its user a clock for a while.
pub(super) async fn acknowledge(
    cx: &Context,
    driver: &dyn Driver,
    bound: &BoundChannel,
    updates: &[Update],
) {
    for update in updates {
        let Event::Heard(heard) = &update.event else {
            continue;
        };
        let Some(what) = &heard.acknowledge else {
            continue;
        };
        if let Err(error) = driver.acknowledge(&cx.outgoing, bound, what).await {
            tracing::debug!(%error, channel = bound.id, "a pressed button was not acknowledged");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(chat: &str) -> Update {
        let heard = channels::Heard {
            platform_event_id: None,
            platform_user_id: "42".to_owned(),
            display_name: None,
            platform_chat_id: chat.to_owned(),
            is_group: false,
            title: None,
            text: "hi".to_owned(),
            attachments: Vec::new(),
            metadata: Vec::new(),
            acknowledge: None,
        };
        update(Event::Heard(Box::new(heard)))
    }

    fn update(event: Event) -> Update {
        Update {
            event,
            cursor: String::new(),
            opens: None,
        }
    }

    #[test]
    fn a_chat_is_stored_message_by_message_and_chats_together() {
        let moved = || {
            update(Event::Moved {
                from: "a".to_owned(),
                to: "b".to_owned(),
            })
        };
        let ignored = || update(Event::Ignored { reason: "non_text" });
        let cases = [
            (vec![], 0),
            (vec![heard("a"), heard("b"), ignored(), heard("a")], 3),
            (vec![heard("a"), moved(), heard("b")], 1),
            (vec![moved(), heard("b")], 1),
            (vec![ignored(), ignored()], 2),
        ];
        for (updates, count) in cases {
            assert_eq!(together(&updates).len(), count, "{updates:?}");
        }
    }
}
