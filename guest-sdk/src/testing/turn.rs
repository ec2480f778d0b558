//! A turn of the in-memory host: one event handled, and what comes of it kept or undone.

use std::cell::RefCell;
use std::rc::Rc;

use super::Port;
use super::world::World;
use crate::history::Speaker;
use crate::{Agent, Context, Event, EventBody, Failure, Replies};

/// A timer that came due, and what the agent made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fired {
    /// The conversation that it was set in.
    pub conversation_id: String,
    /// Its name.
    pub name: String,
    /// What the agent answered.
    pub outcome: Result<Replies, Failure>,
}

/// Runs the agent on one event in the current conversation.
pub(super) fn run<A: Agent>(
    world: &Rc<RefCell<World>>,
    body: EventBody,
) -> Result<Replies, Failure> {
    let (event, before) = {
        let mut world = world.borrow_mut();
        world.turn_log_lines = 0;
        (event(&mut world, body), world.kept.clone())
    };
    let context = Context {
        port: Port::to(world),
    };
    let outcome = A::handle(&context, &event);

    let mut world = world.borrow_mut();
    let conversation_id = world.current.id.clone();
    if let Some(message) = event.message() {
        let id = message.id.clone();
        world.remember(&conversation_id, Speaker::Contact, id, &message.text);
    }
    match &outcome {
        Ok(replies) => {
            for reply in replies.iter() {
                let id = world.new_id();
                world.remember(&conversation_id, Speaker::Agent, id, &reply.text);
            }
            for sent in world.kept.outbox.split_off(before.outbox.len()) {
                let id = world.new_id();
                world.remember(&sent.conversation_id, Speaker::Agent, id, &sent.reply.text);
                world.kept.outbox.push(sent);
            }
        }
        Err(_) => world.kept = before,
    }
    outcome
}

/// The event that the host makes of something that happened in the current conversation.
fn event(world: &mut World, body: EventBody) -> Event {
    Event {
        id: world.new_id(),
        received_at: world.now,
        conversation: world.current.clone(),
        body,
        configuration: world.configuration.clone(),
        metadata: Vec::new(),
    }
}
