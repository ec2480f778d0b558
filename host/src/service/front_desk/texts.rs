//! What the host itself says to people.

use store::channels::Access;

/// To whom a code has let in.
pub(super) const GRANTED: &str = "Access granted. You can now send messages to the agent.";
/// To a code that does not work.
pub(super) const WRONG_CODE: &str =
    "This access code does not work: it is wrong, used or too old. Ask for a new one.";
/// To one code too many.
pub(super) const TOO_MANY: &str = "Too many wrong access codes. Try again in 15 minutes.";
/// To `/new`.
pub(super) const ANEW: &str =
    "A new conversation begins. What was said before is no longer part of it.";

/// To `/start` and `/help`. `may_go`: who reads it may go to other projects.
pub(super) fn help(project: &str, may_go: bool) -> String {
    let elsewhere = match may_go {
        true => {
            "\n\nTo go on in another project, ask “what projects are available?” or say “switch to the … project”."
        }
        false => "",
    };
    format!(
        "The connection is active.\nActive project: {project}\n\nCommands:\n/new – begin a new conversation\n\
         /code <access_code> – use an access code\n/help – show this{elsewhere}"
    )
}

/// To someone with a code who needs none.
pub(super) fn already_in(access: Access) -> &'static str {
    match access {
        Access::Open => "No access code is needed here: just write.",
        Access::AllowList | Access::Paired => "You have access already: just write.",
    }
}

/// To someone who is not let in.
pub(super) fn unknown(name: Option<&str>, person: &str) -> String {
    let name = name.map_or_else(String::new, |name| format!(", {name}"));
    format!(
        "Hello{name}! This assistant talks only with people whom its owner has let in. Ask the owner for an access code \
         and send it here as /code <access_code>. Your user id: {person}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_unknown_is_told_how_to_get_in_and_by_which_id() {
        let text = unknown(Some("Ada"), "42");
        assert!(text.starts_with("Hello, Ada!") && text.contains("/code <access_code>"));
        assert!(text.ends_with("Your user id: 42"));
        let help = |may_go| help("Lights", may_go);
        assert!(help(true).contains("connection is active.\nActive project: Lights"));
        assert!(help(true).contains("switch to") && !help(false).contains("switch to"));
    }
}
