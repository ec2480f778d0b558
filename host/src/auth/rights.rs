//! Rights: the one table of who may do what. An operation is allowed to a role and to every role above it.

use std::fmt;
use std::str::FromStr;

/// What a user is in a project. The order is the order of power.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Looks.
    Viewer,
    /// Works with agents and conversations.
    Member,
    /// Also binds channels.
    Admin,
    /// Also decides who else is in.
    Owner,
}

/// What can be done in a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// See the project, its agents and its channels.
    ReadProject,
    /// Read what was said, turns, logs and deliveries.
    ReadConversations,
    /// Upload modules; create, start, stop and restart agents.
    ManageAgents,
    /// Retry and discard deliveries.
    ManageDeliveries,
    /// Create and delete channels, rotate their keys, choose their agent.
    ManageChannels,
}

/// The table: the least role that may.
const LEAST: [(Operation, Role); 5] = [
    (Operation::ReadProject, Role::Viewer),
    (Operation::ReadConversations, Role::Viewer),
    (Operation::ManageAgents, Role::Member),
    (Operation::ManageDeliveries, Role::Member),
    (Operation::ManageChannels, Role::Admin),
];

/// Whether a role may do this.
pub fn may(role: Role, operation: Operation) -> bool {
    LEAST
        .iter()
        .any(|(listed, least)| *listed == operation && role >= *least)
}

impl Operation {
    /// What is tried, as the end of the sentence "you may not …".
    pub fn as_sentence(self) -> &'static str {
        match self {
            Operation::ReadProject => "see this project",
            Operation::ReadConversations => "read this project's conversations",
            Operation::ManageAgents => "change this project's agents",
            Operation::ManageDeliveries => "change this project's deliveries",
            Operation::ManageChannels => "change this project's channels",
        }
    }
}

impl Role {
    /// The name in the `members` table and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Viewer => "viewer",
            Role::Member => "member",
            Role::Admin => "admin",
            Role::Owner => "owner",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Role::Viewer, Role::Member, Role::Admin, Role::Owner]
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or_else(|| format!("`{text}` is not a role: viewer, member, admin or owner"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_drawn() {
        let roles = [Role::Viewer, Role::Member, Role::Admin, Role::Owner];
        let drawn: Vec<String> = LEAST
            .iter()
            .map(|(operation, _)| {
                let marks = roles.map(|role| if may(role, *operation) { 'x' } else { '.' });
                format!("{operation:?} {}", marks.iter().collect::<String>())
            })
            .collect();
        assert_eq!(
            drawn,
            [
                "ReadProject xxxx",
                "ReadConversations xxxx",
                "ManageAgents .xxx",
                "ManageDeliveries .xxx",
                "ManageChannels ..xx",
            ]
        );
    }

    #[test]
    fn a_role_is_read_as_it_is_written() {
        for role in [Role::Viewer, Role::Member, Role::Admin, Role::Owner] {
            assert_eq!(role.as_str().parse(), Ok(role));
        }
        assert!("root".parse::<Role>().is_err());
    }
}
