//! The navigator finds the way between projects: which there are, which one a conversation goes on in, going on in
//! another, making a new one. It can be talked to without a model, in English, Chinese and Russian, and leaves alone what
//! is not about that; and it is a set of tools for agents that have a model.

mod answer;
mod find;
mod name;
mod pattern;
mod phrases;
mod replies;
mod request;
mod text;
mod tools;

use cloister_guest::{Agent, Call, Context, Event, Failure, Outcome, Replies, Tool, Toolset};

/// The module: an agent and a set of tools.
pub struct Navigator;

impl Agent for Navigator {
    fn handle(cx: &Context, event: &Event) -> Result<Replies, Failure> {
        match request::read(event.text()) {
            Some(read) => answer::answer(cx, &read),
            None => Ok(().into()),
        }
    }
}

impl Toolset for Navigator {
    fn tools() -> Vec<Tool> {
        tools::all()
    }

    fn run(cx: &Context, call: &Call) -> Result<Outcome, Failure> {
        tools::run(cx, call)
    }
}

cloister_guest::agent!(Navigator);
cloister_guest::toolset!(Navigator);

#[cfg(test)]
mod tests;
