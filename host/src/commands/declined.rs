//! Why a command was not done, in the cases that people are told apart. Nothing was changed by it.

use super::outcome::Outcome;
use crate::error::Error;

/// Why a command was not done.
#[derive(Debug, thiserror::Error)]
pub enum Declined {
    /// There is no such command, agent or repository.
    #[error("there is no {what} '{name}' {place}{}", hint(near, also))]
    Unknown {
        /// What.
        what: &'static str,
        /// As it was written.
        name: String,
        /// Where it was looked for: `of yours`.
        place: &'static str,
        /// What may have been meant.
        near: Vec<String>,
        /// What else helps.
        also: &'static str,
    },
    /// It takes the loaded agent, and none is.
    #[error(
        "no agent is loaded here; /load NAME loads one, /create NAME makes one, and /list shows what there is"
    )]
    NotLoaded,
    /// It is not for this kind of chat.
    #[error("{field}: {why}")]
    Misplaced {
        /// The field that says where.
        field: &'static str,
        /// Why.
        why: String,
    },
    /// Who gave it has logged out.
    #[error("you are logged out here; /login lets you in again")]
    SignedOut,
    /// What is free is used.
    #[error(
        "your account has used its free {what}; set it up to go on, nothing that you have is lost: {link}"
    )]
    Exhausted {
        /// What.
        what: &'static str,
        /// Where the account is set up.
        link: String,
    },
    /// Anything else.
    #[error(transparent)]
    Error(#[from] Error),
}

impl From<store::StoreError> for Declined {
    fn from(error: store::StoreError) -> Self {
        Declined::Error(error.into())
    }
}

impl Declined {
    /// Whether people who gave it in a message are told by a reply. What is the host's own fault is none.
    pub fn is_told(&self) -> bool {
        !matches!(
            self,
            Declined::Error(
                Error::Internal { .. } | Error::Unavailable { .. } | Error::Unauthenticated
            )
        )
    }

    /// The same as an answer to people. A link that signs in is kept nowhere.
    pub fn outcome(&self) -> Outcome {
        let told = Outcome::say(self.sentence());
        match self {
            Declined::Exhausted { what, .. } => {
                let link = "…".to_owned();
                told.keeping(Declined::Exhausted { what, link }.sentence())
            }
            _ => told,
        }
    }

    /// The same as a sentence for people.
    pub fn sentence(&self) -> String {
        let text = self.to_string();
        let mut letters = text.chars();
        let first = letters.next().map(|first| first.to_uppercase().to_string());
        let end = if text.ends_with(['.', '?', '!']) || text.contains("http") {
            ""
        } else {
            "."
        };
        format!("{}{}{end}", first.unwrap_or_default(), letters.as_str())
    }
}

fn hint(near: &[String], also: &str) -> String {
    let also = match also {
        "" => String::new(),
        also => format!("; {also}"),
    };
    match near {
        [] => also,
        [one] => format!("; did you mean '{one}'?"),
        [firsts @ .., last] => {
            format!("; did you mean '{}' or '{last}'?", firsts.join("', '"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_offered() {
        let told = |near: &[&str]| {
            let declined = Declined::Unknown {
                what: "agent",
                name: "bto".to_owned(),
                place: "of yours",
                near: near.iter().map(|name| (*name).to_owned()).collect(),
                also: "/list shows what there is",
            };
            declined.sentence()
        };
        assert_eq!(
            told(&[]),
            "There is no agent 'bto' of yours; /list shows what there is."
        );
        assert_eq!(
            told(&["bot"]),
            "There is no agent 'bto' of yours; did you mean 'bot'?"
        );
        assert_eq!(
            told(&["bot", "bat"]),
            "There is no agent 'bto' of yours; did you mean 'bot' or 'bat'?"
        );
    }
}
