//! The window: how much of a conversation the model sees as it was said.

use cloister_guest::history::{Entry, Speaker};
use cloister_guest::model::{Message, Role};

/// Entries that the host gives at most.
pub const MOST: u32 = 200;
/// So many entries are too many, however short they are: a few more, and the oldest would be out of sight.
const MANY: usize = 180;

/// What a conversation is made of for one answer.
pub struct Window {
    /// What is shown as it was said, the oldest first.
    pub shown: Vec<Entry>,
    /// What has to go into the summary, the oldest first.
    pub older: Vec<Entry>,
}

/// Splits what was said since the summary (which ends with the message `up_to`) so that what is shown has at most so many
/// tokens. Where it is too much, half of them are left, so that there is no summary to make with every message.
pub fn split(mut entries: Vec<Entry>, up_to: Option<&str>, tokens: usize) -> Window {
    if let Some(place) = entries
        .iter()
        .position(|entry| Some(entry.id.as_str()) == up_to)
    {
        entries.drain(..=place);
    }
    let total: usize = entries.iter().map(of_entry).sum();
    if total <= tokens && entries.len() < MANY {
        return Window {
            shown: entries,
            older: Vec::new(),
        };
    }
    let (mut left, mut kept) = (tokens / 2, 0);
    for entry in entries.iter().rev() {
        let Some(rest) = left.checked_sub(of_entry(entry)) else {
            break;
        };
        if kept >= MANY / 2 {
            break;
        }
        (left, kept) = (rest, kept + 1);
    }
    let shown = entries.split_off(entries.len() - kept);
    Window {
        shown,
        older: entries,
    }
}

/// About how many tokens a text has: four letters of an alphabet are one, and a character of any other script is one.
pub fn tokens(text: &str) -> usize {
    let (mut letters, mut others) = (0_usize, 0_usize);
    for c in text.chars() {
        match c {
            '\0'..='\u{24f}' => letters += 1,
            '\u{370}'..='\u{52f}' => letters += 2,
            _ => others += 1,
        }
    }
    letters.div_ceil(4) + others
}

fn of_entry(entry: &Entry) -> usize {
    // Who spoke costs a few as well.
    4 + tokens(&entry.text) + 8 * entry.attachments.len()
}

/// What was said, as the model sees it.
pub fn message(entry: &Entry, is_group: bool) -> Message {
    let mut text = entry.text.clone();
    for file in &entry.attachments {
        text.push_str(&named(&file.name, &file.content_type));
    }
    match entry.speaker {
        Speaker::Agent => Message::text(Role::Assistant, text),
        // A person who answered in the agent's place has said it for the agent.
        Speaker::Team => Message::text(Role::Assistant, format!("(A colleague answered:) {text}")),
        Speaker::Contact => Message::text(
            Role::User,
            spoken(&text, entry.name.as_deref().filter(|_| is_group)),
        ),
    }
}

/// What someone said, with their name where there are several.
pub fn spoken(text: &str, name: Option<&str>) -> String {
    match name {
        Some(name) => format!("{name}: {text}"),
        None => text.to_owned(),
    }
}

/// A file that the model does not see.
pub fn named(name: &str, content_type: &str) -> String {
    format!("\n[file: {name} ({content_type})]")
}
