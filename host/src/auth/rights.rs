//! Rights: the one table of who may do what. An operation is allowed to a role and to every role above it.

pub use store::members::Role;

/// What can be done in a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// See the project, its agents and its channels.
    ReadProject,
    /// Read what was said, turns, logs and deliveries.
    ReadConversations,
    /// Upload modules; create, start, stop and restart agents.
    ManageAgents,
    /// Say something in a conversation.
    WriteConversations,
    /// Take a conversation over from the agent, and hand it back.
    HoldConversations,
    /// Create, change and delete workflows, and put them on channels.
    ManageWorkflows,
    /// Retry and discard deliveries.
    ManageDeliveries,
    /// Create and delete channels, rotate their keys, choose their agent.
    ManageChannels,
}

/// The table: the least role that may.
const LEAST: [(Operation, Role); 8] = [
    (Operation::ReadProject, Role::Viewer),
    (Operation::ReadConversations, Role::Viewer),
    (Operation::WriteConversations, Role::Member),
    (Operation::HoldConversations, Role::Member),
    (Operation::ManageWorkflows, Role::Admin),
    (Operation::ManageAgents, Role::Member),
    (Operation::ManageDeliveries, Role::Member),
    (Operation::ManageChannels, Role::Admin),
];

/// Whether a role may do this.
pub fn may(role: Role, operation: Operation) -> bool {
    LEAST
        .iter()
        .any(|(listed, least)| *listed == operation && rank(role) >= rank(*least))
}

impl Operation {
    /// What is tried, as the end of the sentence "you may not …".
    pub fn as_sentence(self) -> &'static str {
        match self {
            Operation::ReadProject => "see this project",
            Operation::ReadConversations => "read this project's conversations",
            Operation::WriteConversations => "write in this project's conversations",
            Operation::HoldConversations => "take over this project's conversations",
            Operation::ManageWorkflows => "change this project's workflows",
            Operation::ManageAgents => "change this project's agents",
            Operation::ManageDeliveries => "change this project's deliveries",
            Operation::ManageChannels => "change this project's channels",
        }
    }
}

/// How much a role may: each may all that those below it may.
fn rank(role: Role) -> u8 {
    match role {
        Role::Viewer => 0,
        Role::Member => 1,
        Role::Admin => 2,
        Role::Owner => 3,
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
                "WriteConversations .xxx",
                "HoldConversations .xxx",
                "ManageWorkflows ..xx",
                "ManageAgents .xxx",
                "ManageDeliveries .xxx",
                "ManageChannels ..xx",
            ]
        );
    }
}
