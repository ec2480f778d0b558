//! What people say to the navigator and what comes of it; what they say to their agents, which it leaves alone.

mod answers;
mod chinese;
mod english;
mod left_alone;
mod names;
mod russian;
mod tools;

use crate::request::{Certainty, Language, Request, read};

/// What a message was read as, in short: `list`, `current`, `switch?`, `create?`, `create x`, and `switch x`, with `~`
/// before the name where only a project that there is was meant, and `=` where it has to be exactly that.
fn told(text: &str) -> Option<String> {
    let read = read(text)?;
    Some(match read.request {
        Request::List => "list".to_owned(),
        Request::Current => "current".to_owned(),
        Request::Switch { names, certainty } => {
            let sign = match certainty {
                Certainty::Sure => "",
                Certainty::Likely => "~",
                Certainty::Exact => "=",
            };
            format!("switch {sign}{}", names[0])
        }
        Request::SwitchSomewhere => "switch?".to_owned(),
        Request::Create { name } => format!("create {name}"),
        Request::CreateSomething => "create?".to_owned(),
    })
}

/// Checks a table of messages in one language.
fn check(language: Language, table: &[(&str, &[&str])]) {
    let mut wrong = Vec::new();
    for (expected, messages) in table {
        for message in *messages {
            let found = told(message);
            if found.as_deref() != Some(expected) {
                wrong.push(format!("{message:?} is {found:?}, not {expected:?}"));
            } else if read(message).unwrap().language != language {
                wrong.push(format!("{message:?} is taken for another language"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
