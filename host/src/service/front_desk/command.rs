//! A command is what people say to the host rather than to an agent.

use crate::service::access::AccessCode;

/// What was said to the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Command {
    /// `/start`, which Telegram's own button sends.
    Start,
    /// `/help`.
    Help,
    /// `/new`.
    New,
    /// `/code …` or `/start …`, with something that is a code or is not.
    Code(Option<AccessCode>),
    /// A code and nothing else.
    Bare(AccessCode),
}

impl Command {
    /// The command that a text is, if it is one.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace();
        let first = words.next()?;
        let rest = words.next();
        if words.next().is_some() {
            return None;
        }
        match (first.to_ascii_lowercase().as_str(), rest) {
            ("/start", None) => Some(Command::Start),
            // A link to a bot may carry any word: only a code means something here.
            ("/start", Some(word)) => match AccessCode::parse(word) {
                Some(code) => Some(Command::Code(Some(code))),
                None => Some(Command::Start),
            },
            ("/code", word) => Some(Command::Code(word.and_then(AccessCode::parse))),
            ("/help", None) => Some(Command::Help),
            ("/new", None) => Some(Command::New),
            (_, None) => AccessCode::parse(first).map(Command::Bare),
            _ => None,
        }
    }

    /// What it is called.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Command::Start => "start",
            Command::Help => "help",
            Command::New => "new",
            Command::Code(_) | Command::Bare(_) => "code",
        }
    }

    /// The code in it.
    pub(super) fn code(&self) -> Option<&AccessCode> {
        match self {
            Command::Code(code) => code.as_ref(),
            Command::Bare(code) => Some(code),
            Command::Start | Command::Help | Command::New => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_told_from_what_is_for_an_agent() {
        let code = AccessCode::parse("EG-0123456789").unwrap();
        let cases = [
            ("/start", Some(Command::Start)),
            ("/start campaign7", Some(Command::Start)),
            (
                "/START eg-0123456789",
                Some(Command::Code(Some(code.clone()))),
            ),
            (
                "/code  EG-0123456789 ",
                Some(Command::Code(Some(code.clone()))),
            ),
            ("/code", Some(Command::Code(None))),
            ("/code abc", Some(Command::Code(None))),
            ("eg-0123456789", Some(Command::Bare(code))),
            ("/help", Some(Command::Help)),
            ("/new", Some(Command::New)),
            ("/new idea for dinner", None),
            ("/weather", None),
            ("my code is EG-0123456789", None),
            ("", None),
        ];
        for (text, command) in cases {
            assert_eq!(Command::read(text), command, "{text}");
        }
    }
}
