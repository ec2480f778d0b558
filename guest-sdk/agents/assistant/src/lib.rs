//! The assistant talks with people through a language model. It answers in the language in which it is spoken to, sees as much
//! of the conversation as fits, keeps a summary of what came before that, and notes down what it is told to remember. Without a
//! model it says what its owner has to do. Where it was granted `tools`, the model may use those of the project.

mod hands;
mod memory;
mod prompt;
mod settings;
mod summary;
mod talk;
#[cfg(test)]
mod tests;
mod texts;
mod window;

use cloister_guest::{Agent, Context, Event, EventBody, Failure, Replies, Reply};

use settings::Settings;

/// The agent.
pub struct Assistant;

impl Agent for Assistant {
    fn handle(cx: &Context, event: &Event) -> Result<Replies, Failure> {
        let (text, files) = match &event.body {
            EventBody::Message(message) => (message.text.as_str(), message.attachments.as_slice()),
            EventBody::Action(action) => (action.value.as_str(), [].as_slice()),
            EventBody::Timer(_) | EventBody::Notice(_) => return Ok(().into()),
        };
        if text.trim().is_empty() && files.is_empty() {
            return Ok(().into());
        }
        let settings: Settings = event.settings()?;
        let answer = match talk::answer(cx, event, &settings, text, files) {
            Ok(answer) => answer,
            Err(talk::Stop::Problem(problem)) => {
                return Ok(texts::of(text, texts::Text::for_cause(problem.cause)).into());
            }
            Err(talk::Stop::Failure(failure)) => return Err(failure),
        };
        Ok(Reply::markdown(answer).into())
    }
}

cloister_guest::agent!(Assistant);
