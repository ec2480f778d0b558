//! An agent that counts the messages of a conversation and of all conversations, reminds people later, and carries a
//! message from one conversation to another. It shows state, timers and speaking first.

mod command;

use cloister_guest::{Agent, Context, Event, EventBody, Failure, Replies, Timer};

use command::Command;

/// The agent.
pub struct Counter;

impl Agent for Counter {
    fn handle(cx: &Context, event: &Event) -> Result<Replies, Failure> {
        match &event.body {
            EventBody::Message(message) => answer(cx, event, &message.text),
            EventBody::Timer(timer) => Ok(remind(timer)),
            EventBody::Action(_) | EventBody::Notice(_) => Ok(().into()),
        }
    }
}

cloister_guest::agent!(Counter);

fn answer(cx: &Context, event: &Event, text: &str) -> Result<Replies, Failure> {
    match Command::parse(text) {
        Command::Count => count(cx),
        Command::Remind { after, what } => {
            // The event's id, so that reminders stand side by side.
            cx.schedule().after(&event.id, after, what)?;
            Ok(format!("I will remind you in {} s.", after.as_secs()).into())
        }
        Command::Tell { conversation, what } => {
            cx.outbox().send(conversation, what)?;
            Ok("Told.".into())
        }
        Command::Misspelt { usage } => Ok(format!("I know this one as: {usage}").into()),
    }
}

fn count(cx: &Context) -> Result<Replies, Failure> {
    let here = cx.state().conversation();
    let anywhere = cx.state().agent();
    let count_here = here.parse::<u64>("count")?.unwrap_or(0) + 1;
    let count_anywhere = anywhere.parse::<u64>("count")?.unwrap_or(0) + 1;
    here.set("count", count_here.to_string())?;
    anywhere.set("count", count_anywhere.to_string())?;
    Ok(format!("{count_here} here, {count_anywhere} in all.").into())
}

fn remind(timer: &Timer) -> Replies {
    match timer.text() {
        Some(what) if !what.is_empty() => format!("⏰ {what}").into(),
        _ => "⏰ Time is up.".into(),
    }
}

#[cfg(test)]
mod tests;
