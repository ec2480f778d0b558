//! An id is the UUIDv7 that names one row, typed by what it names, so that an agent's id cannot be passed for a
//! channel's. Ids sort by the time they were made.

use std::fmt;
use std::str::FromStr;

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types;
use serde::{Deserialize, Deserializer, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal,)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, AsExpression, FromSqlRow)]
        #[diesel(sql_type = sql_types::Uuid)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// What its public form starts with.
            pub const PREFIX: &'static str = $prefix;

            /// A new id, later in order than every one that this process made before it.
            #[expect(clippy::new_without_default, reason = "a default that differs each time would surprise")]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }

            /// The id that names nothing, for where a key needs a value all the same.
            pub const fn nil() -> Self {
                Self(Uuid::nil())
            }

            /// The id as people and programs are shown it: what it names, and 32 hexadecimal digits.
            pub fn public(self) -> String {
                // A page has hundreds of them, and the machinery of `format!` costs more than the digits.
                let mut digits = Uuid::encode_buffer();
                let digits: &str = self.0.simple().encode_lower(&mut digits);
                [concat!($prefix, "_"), digits].concat()
            }

            /// The id without its type.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        /// Accepts the public form, and a UUID with or without its hyphens.
        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let digits = text.strip_prefix(concat!($prefix, "_")).unwrap_or(text);
                digits.parse().map(Self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl $crate::listing::Bounded for $name {
            fn lowest() -> Self {
                Self(Uuid::nil())
            }

            fn highest() -> Self {
                Self(Uuid::max())
            }
        }

        impl ToSql<sql_types::Uuid, Pg> for $name {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
                ToSql::<sql_types::Uuid, Pg>::to_sql(&self.0, out)
            }
        }

        impl FromSql<sql_types::Uuid, Pg> for $name {
            fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
                <Uuid as FromSql<sql_types::Uuid, Pg>>::from_sql(value).map(Self)
            }
        }
    )+};
}

ids! {
    /// The owner of everything below it: the unit of tenancy.
    OrganizationId = "org",
    /// A person with a login.
    UserId = "usr",
    /// A project.
    ProjectId = "prj",
    /// Something that proves who one is.
    TokenId = "tok",
    /// An offer of a role in a project.
    InviteId = "inv",
    /// A code that is to be scanned.
    ScanId = "qr",
    /// A part of an organization.
    BusinessUnitId = "bun",
    /// People who can take over conversations.
    TeamId = "tem",
    /// One line of the audit log.
    AuditId = "aud",
    /// An agent.
    AgentId = "agt",
    /// A binding of a project to a messaging platform.
    ChannelId = "ch",
    /// A person as a channel sees them.
    ContactId = "ctc",
    /// A code that lets a person in on a channel.
    AccessCodeId = "acc",
    /// One chat on a channel.
    ConversationId = "cnv",
    /// One thread of an external session.
    ChatId = "cht",
    /// One entry of a conversation's log.
    MessageId = "msg",
    /// One run of an agent on one event.
    TurnId = "trn",
    /// One outbound message on its way to the platform.
    DeliveryId = "dlv",
    /// One timer of an agent in a conversation.
    ScheduleId = "sch",
    /// One line of an agent's log.
    LogLineId = "log",
    /// One file of an agent's workspace.
    FileId = "fil",
    /// The bytes of a file, as one writing left them.
    ContentId = "cnt",
    /// A wallet of a user or of an agent.
    WalletId = "wlt",
    /// A git repository that someone has connected.
    RepositoryId = "rep",
    /// A list of rules that picks who handles a channel's messages.
    WorkflowId = "wfl",
    /// Where agents of a project ask language models.
    ProviderId = "prv",
    /// A set of tools that a project's agents may use.
    ToolsetId = "tls",
    /// What a turn asked of a tool.
    ToolCallId = "tcl",
    /// A secret of an agent, as it was stored one time.
    SecretId = "sec",
    /// One process that serves the database.
    HostId = "hst",
    /// A database with all the hosts that serve it.
    InstallationId = "sys",
    /// One data directory, which one host at a time holds.
    InstanceId = "ins",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_ordered_by_their_making() {
        let made: Vec<_> = (0..100).map(|_| MessageId::new()).collect();
        assert!(made.is_sorted());
        assert_eq!(made[0].uuid().get_version_num(), 7);
    }

    #[test]
    fn an_id_reads_back_from_what_it_prints() {
        let id = AgentId::new();
        assert_eq!(id.to_string().parse::<AgentId>(), Ok(id));
        assert_eq!(id.uuid().simple().to_string().parse::<AgentId>(), Ok(id));
        assert_eq!(id.public().parse::<AgentId>(), Ok(id));
        assert!(id.public().parse::<TurnId>().is_err());
        assert!("agent".parse::<AgentId>().is_err());
        assert_eq!(
            serde_json::to_value(id).unwrap(),
            serde_json::json!(id.to_string())
        );
    }
}
