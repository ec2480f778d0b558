//! A command: what a message asks the counter to do.

use std::time::Duration;

#[derive(Debug, PartialEq, Eq)]
pub enum Command<'a> {
    /// Anything else: it is counted.
    Count,
    /// `remind me in 20 seconds to stretch`
    Remind { after: Duration, what: &'a str },
    /// `tell <conversation id> hello there`
    Tell {
        conversation: &'a str,
        what: &'a str,
    },
    /// It starts like a command and goes on otherwise.
    Misspelt { usage: &'static str },
}

const REMIND: &str = "remind me in <number> seconds [to] <what>";
const TELL: &str = "tell <conversation id> <what>";

impl Command<'_> {
    pub fn parse(text: &str) -> Command<'_> {
        let text = text.trim();
        if let Some(rest) = text.strip_prefix("remind me ") {
            return remind(rest).unwrap_or(Command::Misspelt { usage: REMIND });
        }
        if let Some(rest) = text.strip_prefix("tell ") {
            return tell(rest).unwrap_or(Command::Misspelt { usage: TELL });
        }
        Command::Count
    }
}

fn remind(rest: &str) -> Option<Command<'_>> {
    let (number, rest) = word(rest.strip_prefix("in ")?);
    let (unit, what) = word(rest);
    let after = Duration::from_secs(number.parse().ok()?);
    let what = what.strip_prefix("to ").unwrap_or(what);
    matches!(unit, "s" | "second" | "seconds").then_some(Command::Remind { after, what })
}

fn tell(rest: &str) -> Option<Command<'_>> {
    let (conversation, what) = word(rest);
    (!what.is_empty()).then_some(Command::Tell { conversation, what })
}

/// The first word, and what comes after it.
fn word(text: &str) -> (&str, &str) {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    (word, rest.trim_start())
}
