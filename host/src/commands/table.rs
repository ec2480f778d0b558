//! The table: every command with all the ways to give it, what it takes, and where and by whom it may be given.

use futures_util::future::BoxFuture;

use super::call::Call;
use super::declined::Declined;
use super::outcome::Outcome;
use super::{about, access, agents, link, running, sharing, talking, wallet, yolo};

/// The families, in the order of `/help`.
const FAMILIES: &[&[Command]] = &[
    agents::COMMANDS,
    talking::COMMANDS,
    running::COMMANDS,
    sharing::COMMANDS,
    link::COMMANDS,
    wallet::COMMANDS,
    yolo::COMMANDS,
    access::COMMANDS,
    about::COMMANDS,
];

/// A command.
#[derive(Clone, Copy)]
pub struct Command {
    /// What it is called in messages, after a slash: the first is its own, the others are taken as well.
    pub names: &'static [&'static str],
    /// Its routes below `commands/`.
    pub routes: &'static [&'static str],
    /// Its routes below `actions/`.
    pub actions: &'static [&'static str],
    /// What it takes, in the order of a message.
    pub arguments: &'static [Argument],
    /// Where it may be given.
    pub place: Place,
    /// Whether one who has logged out may give it.
    pub is_for_anyone: bool,
    /// Whether it counts among what is free.
    pub is_counted: bool,
    /// Whether it makes, changes or ends something.
    pub changes: bool,
    /// What it does, for `/help`.
    pub summary: &'static str,
    /// Does it.
    pub run: Run,
}

/// Where a command may be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In direct chats and in groups.
    Anywhere,
    /// In direct chats.
    Direct,
    /// In groups.
    Group,
}

/// How a command is done.
#[derive(Clone, Copy)]
pub enum Run {
    /// By the host.
    Host(for<'a> fn(&'a Call<'a>) -> BoxFuture<'a, Result<Outcome, Declined>>),
    /// By the loaded agent, which gets the command's text as a message.
    Agent,
}

/// Something that a command takes.
#[derive(Clone, Copy, Debug)]
pub struct Argument {
    /// What it is.
    pub kind: Kind,
    /// Its names in a body: any of them is taken.
    pub names: &'static [&'static str],
    /// Whether there has to be one.
    pub is_required: bool,
    /// What it is called in a message: `NAME`.
    pub shown: &'static str,
}

/// What an argument is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An agent's name.
    Agent,
    /// A repository, by its name or address.
    Repository,
    /// US dollars.
    Amount,
    /// A text, to the end of the message.
    Text,
}

impl Command {
    /// What it is called.
    pub fn name(&self) -> &'static str {
        self.names.first().copied().unwrap_or_default()
    }

    /// How it is given in a message: `/create NAME`.
    pub fn usage(&self) -> String {
        let arguments = self.arguments.iter().map(|argument| {
            if argument.is_required {
                format!(" {}", argument.shown)
            } else {
                format!(" [{}]", argument.shown)
            }
        });
        format!("/{}{}", self.name(), arguments.collect::<String>())
    }

    /// The same with what it was given.
    pub fn given(&self, arguments: &super::Arguments) -> String {
        let given = self
            .arguments
            .iter()
            .filter_map(|argument| Some(format!(" {}", arguments.text_of(argument.kind)?)));
        format!("/{}{}", self.name(), given.collect::<String>())
    }
}

/// All of them, in the order of `/help`.
pub fn table() -> impl Iterator<Item = &'static Command> {
    FAMILIES.iter().copied().flatten()
}

/// The one of this name.
pub fn find(name: &str) -> Option<&'static Command> {
    let is_it = |known: &&str| known.eq_ignore_ascii_case(name);
    table().find(|command| command.names.iter().any(is_it))
}

/// A name of one of one's own agents, or of one that is shared in the group.
pub(super) const AGENT: Argument = Argument {
    kind: Kind::Agent,
    names: &["name", "agentName"],
    is_required: true,
    shown: "NAME",
};

/// The same where the loaded agent is meant without it.
pub(super) const AGENT_OR_LOADED: Argument = Argument {
    is_required: false,
    ..AGENT
};

/// A command without anything special, which others are made of.
pub(super) const PLAIN: Command = Command {
    names: &[],
    routes: &[],
    actions: &[],
    arguments: &[],
    place: Place::Anywhere,
    is_for_anyone: false,
    is_counted: false,
    changes: false,
    summary: "",
    run: Run::Agent,
};

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_commands_share_a_name_or_a_route() {
        let mut seen = HashSet::new();
        for command in table() {
            assert!(!command.summary.is_empty() && !command.names.is_empty());
            let names = command.names.iter().map(|name| format!("/{name}"));
            let routes = command
                .routes
                .iter()
                .map(|route| format!("commands/{route}"));
            let actions = command
                .actions
                .iter()
                .map(|route| format!("actions/{route}"));
            for way in names.chain(routes).chain(actions) {
                assert!(seen.insert(way.clone()), "{way}");
            }
        }
    }

    #[test]
    fn a_text_is_the_last_argument_and_what_may_be_missing_comes_last() {
        for command in table() {
            let arguments = command.arguments;
            for pair in arguments.windows(2) {
                assert!(pair[0].kind != Kind::Text, "{}", command.name());
                assert!(
                    pair[0].is_required || !pair[1].is_required,
                    "{}",
                    command.name()
                );
            }
        }
    }

    #[test]
    fn a_command_is_found_by_each_of_its_names_whatever_their_case() {
        assert_eq!(find("Create").unwrap().name(), "create");
        assert_eq!(find("start_agent").unwrap().name(), "start");
        assert!(find("nothing").is_none());
        assert_eq!(find("create").unwrap().usage(), "/create NAME");
        assert_eq!(find("stop").unwrap().usage(), "/stop [NAME]");
    }
}
