//! A grammar of requests: what people ask of the host in their own words, as a command. A model can stand in its place.

use super::arguments::Arguments;
use super::slash::slash;
use super::table::{Command, find};

/// A command as it was understood.
pub(super) struct Request {
    /// Which.
    pub(super) command: &'static Command,
    /// With what.
    pub(super) arguments: Arguments,
}

/// Understands requests.
pub(super) trait Router {
    /// The command that a request is, if it is one.
    fn route(&self, text: &str) -> Option<Request>;
}

/// A few dozen ways to ask, in English.
pub(super) struct Grammar;

/// What may stand around a request.
const POLITE: &[&str] = &[
    "please",
    "could you",
    "can you",
    "would you",
    "i want to",
    "i'd like to",
    "i want you to",
    "hey",
    "ok",
    "now",
];
/// What says no more than that an agent is meant.
const FILLERS: &[&str] = &[
    "the", "my", "an", "a", "agent", "agents", "named", "called", "new", "me", "it", "bot", "in",
    "this", "group", "with", "to", "of",
];

/// The words that say what is wanted, all of which have to be there, and the command. The first that fits counts.
const RULES: &[(&[&str], &str)] = &[
    (&["create", "shared"], "create-shared"),
    (&["create"], "create"),
    (&["make"], "create"),
    (&["set", "up"], "create"),
    (&["build"], "create"),
    (&["unshare"], "unshare-agent"),
    (&["stop", "sharing"], "unshare-agent"),
    (&["share"], "share"),
    (&["restart"], "restart"),
    (&["start"], "start"),
    (&["run"], "start"),
    (&["stop"], "stop"),
    (&["pause"], "stop"),
    (&["delete"], "delete"),
    (&["remove"], "delete"),
    (&["unload"], "deload"),
    (&["deload"], "deload"),
    (&["load"], "load"),
    (&["switch"], "load"),
    (&["use"], "load"),
    (&["log", "out"], "logout"),
    (&["logout"], "logout"),
    (&["log", "in"], "login"),
    (&["login"], "login"),
    (&["sign", "in"], "login"),
    (&["mute"], "mute"),
    (&["which", "agents"], "list"),
    (&["what", "agents"], "list"),
    (&["list"], "list"),
    (&["show", "agents"], "list"),
    (&["show", "repos"], "repos"),
    (&["list", "repos"], "repos"),
    (&["list", "repositories"], "repos"),
    (&["repositories"], "repos"),
    (&["spawn"], "spawn"),
    (&["fork"], "fork"),
    (&["show", "wallet"], "getwallet"),
    (&["get", "wallet"], "getwallet"),
    (&["wallet"], "getwallet"),
    (&["show", "balance"], "balance"),
    (&["get", "link"], "getlink"),
    (&["give", "link"], "getlink"),
    (&["send", "link"], "getlink"),
    (&["show", "link"], "getlink"),
    (&["open", "live", "page"], "getlink"),
    (&["status"], "status"),
    (&["which", "agent"], "status"),
    (&["who", "answers"], "status"),
    (&["balance"], "balance"),
    (&["deposit"], "fund"),
    (&["fund"], "fund"),
    (&["help"], "help"),
    (&["what", "can", "you", "do"], "help"),
];

impl Router for Grammar {
    fn route(&self, text: &str) -> Option<Request> {
        let text = text.trim();
        if let Some(slash) = slash(text) {
            let command = find(slash.name)?;
            let arguments = Arguments::of_message(command, slash.rest).ok()?;
            return Some(Request { command, arguments });
        }
        let plain = stripped(text);
        let words: Vec<&str> = plain.split_whitespace().collect();
        // A request begins with what is wanted; a longer text is for an agent.
        if words.is_empty() || words.len() > 12 {
            return None;
        }
        RULES.iter().find_map(|(wanted, name)| {
            let command = find(name)?;
            request(command, wanted, &words)
        })
    }
}

/// The words of a request that are left are its argument: one name, or nothing.
fn request(command: &'static Command, wanted: &[&str], words: &[&str]) -> Option<Request> {
    let is = |word: &str, wanted: &str| word.eq_ignore_ascii_case(wanted);
    let (first, others) = words.split_first()?;
    if !is(first, wanted.first()?) {
        return None;
    }
    let mut left: Vec<&str> = others.to_vec();
    for wanted in wanted.iter().skip(1) {
        let place = left.iter().position(|word| is(word, wanted))?;
        left.remove(place);
    }
    left.retain(|word| !FILLERS.iter().any(|filler| is(word, filler)));
    let takes = command.arguments.len();
    if left.len() > takes {
        return None;
    }
    let left: Vec<&str> = left
        .iter()
        .map(|word| word.trim_matches(['\'', '"', '`']))
        .collect();
    let arguments = Arguments::of_message(command, &left.join(" ")).ok()?;
    Some(Request { command, arguments })
}

/// Without what is said for politeness, and without what ends a sentence.
fn stripped(text: &str) -> String {
    let mut text = text.trim_end_matches(['.', '!', '?', ' ']).to_owned();
    loop {
        let lower = text.to_lowercase();
        let Some(polite) = POLITE.iter().find(|polite| {
            lower
                .strip_prefix(**polite)
                .is_some_and(|rest| rest.starts_with([' ', ',']))
        }) else {
            break;
        };
        text = text
            .get(polite.len()..)
            .unwrap_or_default()
            .trim_start_matches([' ', ','])
            .to_owned();
    }
    let lower = text.to_lowercase();
    if lower.ends_with(" please") {
        text.truncate(text.len() - " please".len());
    }
    text.trim_end_matches([',', ' ']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routed(text: &str) -> Option<String> {
        let request = Grammar.route(text)?;
        Some(request.command.given(&request.arguments))
    }

    #[test]
    fn requests_in_ones_own_words_are_commands() {
        for (text, command) in [
            ("create an agent named my-agent", "/create my-agent"),
            ("Please create a new agent called 'scout'.", "/create scout"),
            ("could you make me an agent scout please?", "/create scout"),
            ("list my agents", "/list"),
            ("which agents do", ""),
            ("show me the agents", "/list"),
            ("switch to scout", "/load scout"),
            ("use the agent scout", "/load scout"),
            ("stop", "/stop"),
            ("restart scout", "/restart scout"),
            ("stop sharing scout", "/unshare-agent scout"),
            ("share scout in this group", "/share scout"),
            ("delete agent scout", "/delete scout"),
            ("status", "/status"),
            ("log me out", "/logout"),
            ("show me my wallet", "/getwallet"),
            ("show the wallet of scout", "/getwallet scout"),
            ("please send me the link", "/getlink"),
            ("open the live page", "/getlink"),
            ("what can you do?", "/help"),
            ("/load scout", "/load scout"),
        ] {
            let expected = Some(command.to_owned()).filter(|command| !command.is_empty());
            assert_eq!(routed(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_for_an_agent_is_left_alone() {
        for text in [
            "create a web page with three columns",
            "delete the second paragraph",
            "stop the deployment of the shop",
            "hello",
            "I list my favourite books below",
            "use a longer sentence here instead of the short one",
            "",
        ] {
            assert_eq!(routed(text), None, "{text}");
        }
    }
}
