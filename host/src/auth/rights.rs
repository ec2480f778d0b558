//! Rights: the one table of who may do what. An operation is allowed to a role and to every role above it; beside people,
//! the table names the kinds of keys that may do it where they count.

pub use store::members::Role;
pub use store::users::OrganizationRole;

/// What someone is where they want to do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// A member of the project.
    Member(Role),
    /// A person of the organization.
    Person(OrganizationRole),
    /// The project's key, made for a role.
    Key(Role),
    /// An agent of the project.
    Agent,
    /// A channel of the project.
    Channel,
    /// A program that talks to the organization's agents from outside.
    External,
    /// Someone to whom the agent belongs that this is about.
    Maker,
}

/// Who may do something beside people, where they count: a project's key in its project, an agent in the one it lives in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    /// A project's key of the same role.
    Key,
    /// An agent's key.
    Agent,
    /// A channel's key.
    Channel,
    /// The token for external messages.
    External,
    /// Whose agent it is, to that agent alone.
    Maker,
}

/// The least that a person must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Least {
    /// A member of the project in this role.
    Member(Role),
    /// A person of the organization in this role.
    Person(OrganizationRole),
    /// No person does it.
    NoPerson,
}

macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident: $sentence:literal, $least:expr, $by:expr;)+) => {
        /// What can be done.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, async_graphql::Enum)]
        pub enum Operation {
            $($(#[$doc])* $name,)+
        }

        impl Operation {
            /// All there are, in the order of the table.
            pub const ALL: &'static [Operation] = &[$(Operation::$name),+];

            /// What is tried, as the end of the sentence "you may not …".
            pub const fn as_sentence(self) -> &'static str {
                match self {
                    $(Operation::$name => $sentence,)+
                }
            }

            const fn row(self) -> (Least, &'static [By]) {
                match self {
                    $(Operation::$name => ($least, $by),)+
                }
            }
        }
    };
}

use By::{Agent, Channel, External, Key, Maker};
use Least::{Member, NoPerson, Person};

// The table.
operations! {
    /// See the project, its agents, its channels and its workflows.
    ReadProject: "see this project", Member(Role::Viewer), &[Key, Agent, Maker];
    /// Rename the project, give it another slug.
    ManageProject: "change this project", Member(Role::Admin), &[Key];
    /// Delete the project with all that lives in it.
    DeleteProject: "delete this project", Member(Role::Owner), &[];
    /// See who is in the project.
    ReadMembers: "see this project's members", Member(Role::Viewer), &[Key];
    /// Give members other roles and take them out.
    ManageMembers: "change this project's members", Member(Role::Admin), &[];
    /// Make owners, and let owners go.
    ManageOwners: "change this project's owners", Member(Role::Owner), &[];
    /// Invite people and withdraw invites.
    ManageInvites: "invite people to this project", Member(Role::Admin), &[];
    /// Make, rotate and end keys of the project and of its agents.
    ManageApiKeys: "change this project's keys", Member(Role::Admin), &[];
    /// Read who changed what in the project.
    ReadAudit: "read this project's audit log", Member(Role::Admin), &[];
    /// Read what was said, turns, logs, deliveries and agents' files.
    ReadConversations: "read this project's conversations", Member(Role::Viewer), &[Key, Agent, Maker];
    /// Say something in a conversation.
    WriteConversations: "write in this project's conversations", Member(Role::Member), &[Key];
    /// Take a conversation over from the agent, and hand it back.
    HoldConversations: "take over this project's conversations", Member(Role::Member), &[Key];
    /// Run turns again, on whatever module: nothing comes of it, but it is shown what was said.
    ReplayTurns: "run this project's turns again", Member(Role::Member), &[Key];
    /// Say whether agents may make a call that waits for it.
    DecideToolCalls: "say whether this project's agents may call tools", Member(Role::Member), &[Key];
    /// Retry and discard deliveries.
    ManageDeliveries: "change this project's deliveries", Member(Role::Member), &[Key];
    /// Upload modules; create, start, stop, restart, upgrade, roll back and delete agents; cancel their timers.
    ManageAgents: "change this project's agents", Member(Role::Member), &[Key, Maker];
    /// Write and delete agents' files. Reading them is reading conversations.
    ManageFiles: "change this project's files", Member(Role::Member), &[Key, Maker];
    /// Allow agents capabilities, and withdraw them.
    ManageGrants: "change what this project's agents are granted", Member(Role::Admin), &[Key];
    /// Create and delete channels, rotate their keys, choose their agent.
    ManageChannels: "change this project's channels", Member(Role::Admin), &[Key];
    /// Connect accounts of chat platforms to the project, as its owner.
    ConnectAccounts: "connect chat accounts to this project: its owners do, signed in", Member(Role::Owner), &[];
    /// Set what channels need to talk to their platforms.
    ManageCredentials: "change this project's credentials", Member(Role::Admin), &[Key];
    /// Set up where the project's agents ask language models.
    ManageProviders: "change this project's providers of language models", Member(Role::Admin), &[Key];
    /// Enable toolsets for the project's agents, and choose which of their calls people are asked about.
    ManageToolsets: "change this project's toolsets", Member(Role::Admin), &[Key];
    /// Create, change and delete workflows, and put them on channels.
    ManageWorkflows: "change this project's workflows", Member(Role::Admin), &[Key];
    /// Hand in what a channel has heard.
    SendInbound: "hand in messages of this project's channels", NoPerson, &[Channel];
    /// See the organization, its people, its business units and teams.
    ReadOrganization: "see this organization", Person(OrganizationRole::Member), &[];
    /// Rename the organization, choose its owners, remove people.
    ManageOrganization: "change this organization", Person(OrganizationRole::Owner), &[];
    /// Make projects.
    CreateProjects: "make projects in this organization", Person(OrganizationRole::Owner), &[];
    /// Make, rename and delete business units.
    ManageBusinessUnits: "change this organization's business units", Person(OrganizationRole::Owner), &[];
    /// Make, change and delete teams, and choose who is in them.
    ManageTeams: "change this organization's teams", Person(OrganizationRole::Owner), &[];
    /// Read who changed what in the organization.
    ReadOrganizationAudit: "read this organization's audit log", Person(OrganizationRole::Owner), &[];
    /// Make the token for external messages anew.
    ManageExternalToken: "change this organization's external token", Person(OrganizationRole::Owner), &[];
    /// Talk to the organization's agents from outside.
    SendExternal: "send external messages", NoPerson, &[External];
}

impl Standing {
    /// Whether someone who is this manages the project.
    pub const fn manages(self) -> bool {
        matches!(
            self,
            Standing::Member(Role::Owner | Role::Admin) | Standing::Key(Role::Admin)
        )
    }
}

impl Operation {
    /// Whether it is done to the organization as a whole, rather than in a project.
    pub const fn is_of_organization(self) -> bool {
        let (least, by) = self.row();
        matches!(least, Person(_)) || matches!(by, [External])
    }
}

/// Whether someone who is this may do this.
pub fn may(standing: Standing, operation: Operation) -> bool {
    let (least, by) = operation.row();
    match standing {
        Standing::Member(role) => is_enough(role, least),
        Standing::Key(role) => by.contains(&Key) && is_enough(role, least),
        Standing::Person(OrganizationRole::Owner) => matches!(least, Person(_)),
        Standing::Person(OrganizationRole::Member) => least == Person(OrganizationRole::Member),
        Standing::Person(OrganizationRole::Guest) => false,
        Standing::Agent => by.contains(&Agent),
        Standing::Channel => by.contains(&Channel),
        Standing::External => by.contains(&External),
        Standing::Maker => by.contains(&Maker),
    }
}

fn is_enough(role: Role, least: Least) -> bool {
    matches!(least, Member(least) if rank(role) >= rank(least))
}

/// How much a role may: each may all that those below it may.
pub fn rank(role: Role) -> u8 {
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

    const ROLES: [Role; 4] = [Role::Viewer, Role::Member, Role::Admin, Role::Owner];

    #[test]
    fn the_table_drawn() {
        let persons = [OrganizationRole::Member, OrganizationRole::Owner];
        let drawn = Operation::ALL.iter().map(|operation| {
            let mark = |standing| if may(standing, *operation) { 'x' } else { '.' };
            let members = ROLES.map(|role| mark(Standing::Member(role)));
            let keys = ROLES.map(|role| mark(Standing::Key(role)));
            let persons = persons.map(|role| mark(Standing::Person(role)));
            let others = [
                Standing::Agent,
                Standing::Channel,
                Standing::External,
                Standing::Maker,
            ]
            .map(mark);
            let text = |marks: &[char]| marks.iter().collect::<String>();
            format!(
                "{:<22}{} {} {} {}",
                format!("{operation:?}"),
                text(&members),
                text(&keys),
                text(&persons),
                text(&others)
            )
        });
        // Viewer, member, admin, owner of a project; its keys of those roles; member, owner of the organization; agent,
        // channel, external; whose agent it is.
        assert_eq!(
            drawn.collect::<Vec<_>>(),
            [
                "ReadProject           xxxx xxxx .. x..x",
                "ManageProject         ..xx ..xx .. ....",
                "DeleteProject         ...x .... .. ....",
                "ReadMembers           xxxx xxxx .. ....",
                "ManageMembers         ..xx .... .. ....",
                "ManageOwners          ...x .... .. ....",
                "ManageInvites         ..xx .... .. ....",
                "ManageApiKeys         ..xx .... .. ....",
                "ReadAudit             ..xx .... .. ....",
                "ReadConversations     xxxx xxxx .. x..x",
                "WriteConversations    .xxx .xxx .. ....",
                "HoldConversations     .xxx .xxx .. ....",
                "ReplayTurns           .xxx .xxx .. ....",
                "DecideToolCalls       .xxx .xxx .. ....",
                "ManageDeliveries      .xxx .xxx .. ....",
                "ManageAgents          .xxx .xxx .. ...x",
                "ManageFiles           .xxx .xxx .. ...x",
                "ManageGrants          ..xx ..xx .. ....",
                "ManageChannels        ..xx ..xx .. ....",
                "ConnectAccounts       ...x .... .. ....",
                "ManageCredentials     ..xx ..xx .. ....",
                "ManageProviders       ..xx ..xx .. ....",
                "ManageToolsets        ..xx ..xx .. ....",
                "ManageWorkflows       ..xx ..xx .. ....",
                "SendInbound           .... .... .. .x..",
                "ReadOrganization      .... .... xx ....",
                "ManageOrganization    .... .... .x ....",
                "CreateProjects        .... .... .x ....",
                "ManageBusinessUnits   .... .... .x ....",
                "ManageTeams           .... .... .x ....",
                "ReadOrganizationAudit .... .... .x ....",
                "ManageExternalToken   .... .... .x ....",
                "SendExternal          .... .... .. ..x.",
            ]
        );
    }

    #[test]
    fn a_guest_may_do_nothing_to_the_organization() {
        let guest = Standing::Person(OrganizationRole::Guest);
        assert!(
            Operation::ALL
                .iter()
                .all(|operation| !may(guest, *operation))
        );
    }

    #[test]
    fn an_operation_is_of_a_project_or_of_the_organization() {
        let of_organization = Operation::ALL
            .iter()
            .filter(|operation| operation.is_of_organization());
        assert_eq!(of_organization.count(), 8);
        assert!(!Operation::SendInbound.is_of_organization());
    }
}
