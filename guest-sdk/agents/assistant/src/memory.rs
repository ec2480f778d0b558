//! Notes: what the assistant was told to remember, or thought worth it. The model writes them by two tools of the assistant's
//! own.

use cloister_guest::model::{Tool, ToolCall, ToolResult};
use cloister_guest::{Context, Error};
use serde::Deserialize;

const KEY: &str = "notes";
const REMEMBER: &str = "remember";
const FORGET: &str = "forget";
/// Notes of one conversation.
const MOST: usize = 50;
/// Characters of one note.
const LONG: usize = 500;

/// The notes of a conversation.
pub struct Notes(Vec<String>);

#[derive(Deserialize)]
struct Remember {
    note: String,
}

#[derive(Deserialize)]
struct Forget {
    number: usize,
}

/// Whether a tool is one of these.
pub fn is_own(name: &str) -> bool {
    matches!(name, REMEMBER | FORGET)
}

/// What the model may do with notes.
pub fn tools() -> [Tool; 2] {
    [
        Tool::new(
            REMEMBER,
            "Notes down one lasting fact about the people here or what they want, for later conversations. Use it when you \
             are asked to remember something, or learn something that will still matter.",
            r#"{"type":"object","properties":{"note":{"type":"string","description":"One sentence"}},"required":["note"]}"#,
        ),
        Tool::new(
            FORGET,
            "Removes the note with this number.",
            r#"{"type":"object","properties":{"number":{"type":"integer","minimum":1}},"required":["number"]}"#,
        ),
    ]
}

impl Notes {
    /// Those of this conversation.
    pub fn read(cx: &Context) -> Result<Notes, Error> {
        Ok(Notes(
            cx.state().conversation().json(KEY)?.unwrap_or_default(),
        ))
    }

    /// All of them with their numbers, a line each.
    pub fn lines(&self) -> String {
        let lines = (1..).zip(&self.0);
        let lines: Vec<String> = lines
            .map(|(number, note)| format!("{number}. {note}"))
            .collect();
        lines.join("\n")
    }

    /// Does what the model asks for, and tells what came of it.
    pub fn run(&mut self, cx: &Context, call: &ToolCall) -> Result<ToolResult, Error> {
        let done = match call.name.as_str() {
            REMEMBER => self.remember(&call.arguments),
            FORGET => self.forget(&call.arguments),
            unknown => Err(format!("there is no tool `{unknown}`")),
        };
        if done.is_ok() {
            cx.state().conversation().set_json(KEY, &self.0)?;
        }
        let is_error = done.is_err();
        Ok(ToolResult {
            call_id: call.id.clone(),
            content: done.unwrap_or_else(|why| why),
            is_error,
        })
    }

    fn remember(&mut self, arguments: &str) -> Result<String, String> {
        let Remember { note } = read(arguments)?;
        let note = note.trim();
        if note.is_empty() || note.chars().count() > LONG {
            return Err(format!("a note has 1 to {LONG} characters"));
        }
        if self.0.len() >= MOST {
            return Err(format!("there are {MOST} notes already: forget one first"));
        }
        if !self.0.iter().any(|known| known == note) {
            self.0.push(note.to_owned());
        }
        Ok(format!("noted as number {}", self.0.len()))
    }

    fn forget(&mut self, arguments: &str) -> Result<String, String> {
        let Forget { number } = read(arguments)?;
        match number.checked_sub(1).filter(|place| *place < self.0.len()) {
            Some(place) => {
                let gone = self.0.remove(place);
                Ok(format!(
                    "forgotten: {gone}; the notes after it have a lower number now"
                ))
            }
            None => Err(format!("there is no note {number}")),
        }
    }
}

fn read<'a, T: Deserialize<'a>>(arguments: &'a str) -> Result<T, String> {
    serde_json::from_str(arguments).map_err(|error| format!("the arguments do not fit: {error}"))
}
