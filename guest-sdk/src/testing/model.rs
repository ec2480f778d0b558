//! The model of a test: it answers what the test says, and keeps what it was asked.

use std::collections::VecDeque;

use super::Host;
use super::world::World;
use crate::model::{Cause, Completion, Finish, Part, Piece, Problem, Request, Usage};

/// What a test's model makes of a request.
pub(super) type Script = Box<dyn FnMut(&Request) -> Result<Completion, Problem>>;

impl Completion {
    /// An answer of text alone, for a test's model.
    pub fn of(text: impl Into<String>) -> Completion {
        Completion {
            model: "scripted".to_owned(),
            parts: vec![Part::Text(text.into())],
            finish: Finish::Stop,
            usage: Usage {
                input_tokens: 1,
                output_tokens: 1,
            },
            metadata: Vec::new(),
        }
    }
}

impl Problem {
    /// A problem of a kind, for a test's model.
    pub fn of(cause: Cause, message: impl Into<String>) -> Problem {
        Problem {
            cause,
            message: message.into(),
            status: None,
            retry_after: None,
        }
    }
}

impl<G> Host<G> {
    /// The model gives these answers, one after the other, and after them [`Cause::Unavailable`].
    pub fn answering<T: Into<String>>(self, answers: impl IntoIterator<Item = T>) -> Host<G> {
        let mut answers: VecDeque<String> = answers.into_iter().map(Into::into).collect();
        self.with_model(move |_| match answers.pop_front() {
            Some(text) => Ok(Completion::of(text)),
            None => Err(Problem::of(
                Cause::Unavailable,
                "the test's model has no answer left",
            )),
        })
    }

    /// The model makes of each request what `script` says. Without one, there is no provider to ask.
    pub fn with_model(
        self,
        script: impl FnMut(&Request) -> Result<Completion, Problem> + 'static,
    ) -> Host<G> {
        self.edit().script = Some(Box::new(script));
        self
    }

    /// All that the model was asked.
    pub fn asked(&self) -> Vec<Request> {
        self.look().asked.clone()
    }
}

impl World {
    pub(super) fn complete(&mut self, request: &Request) -> Result<Completion, Problem> {
        let Some(script) = &mut self.script else {
            return Err(Problem::of(
                Cause::NotConfigured,
                "this agent has no model to ask: its owner has to set one up",
            ));
        };
        self.asked.push(request.clone());
        script(request)
    }
}

/// An answer that comes a few words at a time.
pub(crate) struct Stream(std::cell::RefCell<VecDeque<Piece>>);

impl Stream {
    pub(super) fn of(completion: Completion) -> Stream {
        let text = completion.text();
        let words = text.split_inclusive(' ').map(str::to_owned);
        let pieces = words
            .map(Piece::Text)
            .chain([Piece::End(completion.clone())]);
        Stream(std::cell::RefCell::new(pieces.collect()))
    }

    pub(crate) fn next(&self) -> Result<Option<Piece>, Problem> {
        Ok(self.0.borrow_mut().pop_front())
    }
}
