//! The summary of what was said before what the model still sees.

use cloister_guest::history::{Entry, Speaker};
use cloister_guest::model::Request;
use cloister_guest::{Context, Error};
use serde::{Deserialize, Serialize};

use crate::window::tokens;

const KEY: &str = "summary";
/// Tokens of a summary.
const LONG: u32 = 600;
/// Tokens of what is summed up at once.
const READ: usize = 24_000;

const INSTRUCTIONS: &str = "You sum up conversations between a person and an assistant, so that the assistant can go on \
    without the original. Keep names, facts, numbers, decisions, open questions and promises; leave out small talk. Write \
    in the language of the conversation, in at most 300 words, and nothing but the summary.";

/// What was said up to a message.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Summary {
    /// In words.
    pub text: String,
    /// The id of the last message that is in it.
    pub up_to: Option<String>,
}

impl Summary {
    /// That of this conversation; an empty one where there is none yet.
    pub fn read(cx: &Context) -> Result<Summary, Error> {
        Ok(cx.state().conversation().json(KEY)?.unwrap_or_default())
    }

    /// Takes more into it. Where the model does not answer, it stays as it is, and the next message will try again.
    pub fn extend(&mut self, cx: &Context, older: &[Entry]) -> Result<(), Error> {
        let Some(last) = older.last() else {
            return Ok(());
        };
        let request = Request::new()
            .system(INSTRUCTIONS)
            .user(self.to_sum_up(older))
            .max_output_tokens(LONG);
        match cx.model().complete(&request) {
            Ok(completion) => {
                self.text = completion.text().trim().to_owned();
                self.up_to = Some(last.id.clone());
                cx.state().conversation().set_json(KEY, self)
            }
            Err(problem) => {
                cx.log()
                    .with("messages", older.len().to_string())
                    .warn(format!("No summary was made: {}", problem.message));
                Ok(())
            }
        }
    }

    fn to_sum_up(&self, older: &[Entry]) -> String {
        let mut lines = Vec::new();
        if !self.text.is_empty() {
            lines.push(format!("What was said before, summed up:\n{}\n", self.text));
        }
        let mut left = READ;
        // The newest of them matter most, where they are too many.
        let mut said = Vec::new();
        for entry in older.iter().rev() {
            let line = format!("{}: {}", speaker(entry), entry.text);
            let Some(rest) = left.checked_sub(tokens(&line)) else {
                break;
            };
            left = rest;
            said.push(line);
        }
        said.reverse();
        lines.push("The conversation:".to_owned());
        lines.extend(said);
        lines.join("\n")
    }
}

fn speaker(entry: &Entry) -> &str {
    match entry.speaker {
        Speaker::Contact => entry.name.as_deref().unwrap_or("Person"),
        Speaker::Agent => "Assistant",
        Speaker::Team => "Colleague",
    }
}
