//! What a command was given, each part read once: from a message, where it is told by its place, or from a body, where it is
//! told by its name.

use std::fmt;
use std::str::FromStr;

use super::table::{Argument, Command, Kind};
use crate::error::{Error, Result};
use crate::request::fields::Fields;

/// Characters of a name.
const NAME: usize = 200;
/// Characters of an address.
const ADDRESS: usize = 2_048;
/// Characters of a text, as of a message.
const TEXT: usize = 64 * 1_024;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arguments {
    /// The name of an agent.
    pub agent: Option<String>,
    /// A repository, by its name or address.
    pub repository: Option<String>,
    /// US dollars.
    pub amount: Option<Amount>,
    /// A text.
    pub text: Option<String>,
}

/// An amount of US dollars, in millionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amount(u64);

/// It is no amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be an amount of US dollars above 0, such as 25 or 0.50")]
pub struct BadAmount;

/// Digits behind the point.
const DIGITS: usize = 6;
/// The most that is taken, in millionths: what is larger is a slip.
const MOST: u64 = 1_000_000_000_000;

impl Amount {
    /// In millionths of a dollar.
    pub const fn micros(self) -> u64 {
        self.0
    }
}

impl FromStr for Amount {
    type Err = BadAmount;

    fn from_str(text: &str) -> Result<Self, BadAmount> {
        let text = text.trim();
        let text = text.strip_prefix('$').unwrap_or(text);
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if (whole.is_empty() && part.is_empty()) || !is_number(whole) || !is_number(part) {
            return Err(BadAmount);
        }
        if part.len() > DIGITS || whole.len() > 12 {
            return Err(BadAmount);
        }
        let digits = format!("{whole}{part:0<DIGITS$}");
        let micros: u64 = digits.parse().map_err(|_| BadAmount)?;
        if micros == 0 || micros > MOST {
            return Err(BadAmount);
        }
        Ok(Self(micros))
    }
}

/// As it is written: `25`, `0.5`.
impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, part) = (self.0 / 1_000_000, self.0 % 1_000_000);
        if part == 0 {
            return write!(f, "{whole}");
        }
        let part = format!("{part:06}");
        write!(f, "{whole}.{}", part.trim_end_matches('0'))
    }
}

impl Arguments {
    /// Those of a body.
    pub fn of_body(command: &Command, fields: &Fields) -> Result<Self> {
        let mut arguments = Self::default();
        for argument in command.arguments {
            let text = match argument.kind {
                Kind::Amount => fields.number(argument.names)?,
                kind => fields.text(argument.names, longest(kind))?,
            };
            match text {
                Some(text) => arguments.set(argument, &text)?,
                None if argument.is_required => return Err(fields.missing(argument.names)),
                None => {}
            }
        }
        Ok(arguments)
    }

    /// Those of what a message says behind the command's name.
    pub fn of_message(command: &Command, rest: &str) -> Result<Self> {
        let mut arguments = Self::default();
        let mut rest = rest.trim();
        for argument in command.arguments {
            let (text, behind) = match argument.kind {
                Kind::Text => (rest, ""),
                _ => rest.split_once(char::is_whitespace).unwrap_or((rest, "")),
            };
            rest = behind.trim_start();
            if text.is_empty() {
                if argument.is_required {
                    return Err(missing(command, argument));
                }
                continue;
            }
            arguments.set(argument, text)?;
        }
        if !rest.is_empty() && !command.arguments.is_empty() {
            let why = format!("`{rest}` is more than it takes: {}", command.usage());
            return Err(Error::invalid(format!("/{}", command.name()), why));
        }
        Ok(arguments)
    }

    /// What an argument of this kind was given, as it is written.
    pub fn text_of(&self, kind: Kind) -> Option<String> {
        match kind {
            Kind::Agent => self.agent.clone(),
            Kind::Repository => self.repository.clone(),
            Kind::Amount => self.amount.map(|amount| amount.to_string()),
            Kind::Text => self.text.clone(),
        }
    }

    fn set(&mut self, argument: &Argument, text: &str) -> Result<()> {
        if text.chars().count() > longest(argument.kind) {
            let why = format!("has more than {} characters", longest(argument.kind));
            return Err(Error::invalid(field(argument), why));
        }
        match argument.kind {
            // People write `@my-agent` as readily as its name.
            Kind::Agent => {
                let text = text.trim();
                self.agent = Some(text.strip_prefix('@').unwrap_or(text).to_owned());
            }
            Kind::Repository => self.repository = Some(text.trim().to_owned()),
            Kind::Amount => {
                let amount = text.parse::<Amount>();
                let wrong = |error: BadAmount| Error::invalid(field(argument), error.to_string());
                self.amount = Some(amount.map_err(wrong)?);
            }
            Kind::Text => self.text = Some(text.to_owned()),
        }
        Ok(())
    }
}

fn longest(kind: Kind) -> usize {
    match kind {
        Kind::Agent | Kind::Amount => NAME,
        Kind::Repository => ADDRESS,
        Kind::Text => TEXT,
    }
}

fn field(argument: &Argument) -> &'static str {
    argument.names.first().copied().unwrap_or_default()
}

fn missing(command: &Command, argument: &Argument) -> Error {
    Error::invalid(argument.shown, format!("is required: {}", command.usage()))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::find;
    use super::*;

    fn body(command: &str, body: Value) -> Result<Arguments> {
        let fields = Fields::new(body.as_object().unwrap().clone());
        Arguments::of_body(find(command).unwrap(), &fields)
    }

    #[test]
    fn an_agent_is_named_in_either_spelling() {
        for name in ["name", "agentName"] {
            let given = body("create", json!({ name: "my-agent" })).unwrap();
            assert_eq!(given.agent.as_deref(), Some("my-agent"));
        }
        let told = body("create", json!({})).unwrap_err().to_string();
        assert_eq!(told, "name: is required (also accepted as agentName)");
        assert_eq!(body("stop", json!({})).unwrap(), Arguments::default());
    }

    #[test]
    fn a_message_tells_by_its_words() {
        let of = |name: &str, rest: &str| Arguments::of_message(find(name).unwrap(), rest);
        assert_eq!(
            of("load", " @my-agent ").unwrap().agent.as_deref(),
            Some("my-agent")
        );
        assert_eq!(
            of("prompt", "fix it,\nplease").unwrap().text.as_deref(),
            Some("fix it,\nplease")
        );
        assert_eq!(
            of("create", "").unwrap_err().to_string(),
            "NAME: is required: /create NAME"
        );
        assert!(of("create", "my agent").is_err());
        assert!(of("help", "me").is_ok());
    }

    #[test]
    fn an_amount_is_a_number_above_nothing() {
        for (text, shown) in [
            ("25", "25"),
            ("0.50", "0.5"),
            ("$3.25", "3.25"),
            (".5", "0.5"),
        ] {
            assert_eq!(text.parse::<Amount>().unwrap().to_string(), shown);
        }
        for bad in [
            "",
            "0",
            "-1",
            "1.2.3",
            "1e3",
            "abc",
            "0.0000001",
            ".",
            "1000001",
        ] {
            assert_eq!(bad.parse::<Amount>(), Err(BadAmount), "{bad}");
        }
    }
}
