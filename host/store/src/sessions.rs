//! A session is a conversation with a state of its own: which project it is about, in which chat, and where in it. External
//! messages are said in sessions, and so is what people write to a bot. A chat is a thread of a session in one project.

mod chats;
mod on_channel;
mod receive;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;

use crate::error::StoreError;
use crate::hot;
use crate::ids::{
    AgentId, ChannelId, ChatId, ConversationId, MessageId, OrganizationId, ProjectId, UserId,
};
use crate::pool::Store;

pub use self::chats::{Chat, State, chat, find_chats, last_chat, of_sessions, states};
pub use self::on_channel::{OnChannel, find_on_channel};
pub use self::receive::{Change, Changed, NewChat, receive};
pub(crate) use self::receive::{change_on, follow_on};

/// The channel's kind: no driver carries what is said on it.
pub const KIND: &str = "external";

/// Which session, and who asks.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Whose.
    pub organization_id: OrganizationId,
    /// Whose projects count.
    pub user_id: UserId,
    /// The session's name.
    pub session: &'a str,
    /// The event, as the inbox knows it.
    pub platform_event_id: Option<&'a str>,
}

/// All that a message to a session depends on.
#[derive(Clone, Debug, QueryableByName)]
pub struct Session {
    /// The organization's channel.
    #[diesel(sql_type = SqlUuid)]
    pub channel_id: ChannelId,
    /// The message that the event brought the first time.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub known_message_id: Option<MessageId>,
    /// The session's conversation, if it has begun.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub conversation_id: Option<ConversationId>,
    /// Whether people hold it.
    #[diesel(sql_type = Bool)]
    pub is_held: bool,
    /// The version of its state; none where it has none yet.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub version: Option<i64>,
    /// Where in the project it is.
    #[diesel(sql_type = Nullable<Text>)]
    pub current_path: Option<String>,
    /// The active project, where the user may see it.
    #[diesel(embed)]
    pub project: ActiveProject,
    /// The active chat, where it is the active project's.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub chat_id: Option<ChatId>,
}

/// The project of a session, all of it or nothing.
#[derive(Clone, Debug, Default, QueryableByName)]
pub struct ActiveProject {
    /// Its id.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub project_id: Option<ProjectId>,
    /// Its name in addresses.
    #[diesel(sql_type = Nullable<Text>)]
    pub project_slug: Option<String>,
    /// Its name for people.
    #[diesel(sql_type = Nullable<Text>)]
    pub project_name: Option<String>,
    /// Who answers in it; without a project, who would answer in one without agents.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub agent_id: Option<AgentId>,
}

/// The agent of a project: its primary one, else the oldest that runs, else the oldest.
macro_rules! of_project {
    ($p:literal) => {
        concat!(
            "(
                SELECT a.id FROM agents a
                WHERE a.organization_id = ",
            $p,
            ".organization_id AND a.id = ",
            $p,
            ".primary_agent_id
                    AND a.project_id = ",
            $p,
            ".id AND a.deleted_at IS NULL
            ), (
                SELECT a.id FROM agents a
                WHERE a.organization_id = ",
            $p,
            ".organization_id AND a.project_id = ",
            $p,
            ".id
                    AND a.deleted_at IS NULL AND a.owner_id IS NULL
                ORDER BY a.status = 'running' DESC, a.id
                LIMIT 1
            )"
        )
    };
}

/// Who answers in the project `p`: its agent. In one without any, as those are that someone has just made by talking, the
/// channel's own does, else the agent of the project `h` where the channel lives.
macro_rules! who_answers {
    () => {
        concat!(
            "COALESCE(",
            of_project!("p"),
            ", (
                SELECT a.id FROM agents a
                WHERE a.organization_id = ch.organization_id AND a.id = ch.primary_agent_id AND a.deleted_at IS NULL
            ), ",
            of_project!("h"),
            ")"
        )
    };
}

/// What is read of a session, with `more` of it, of the channels `of`; it is about a project where `seen`. Each join finds one
/// row by a unique key, or none. `$2` is whose projects count, `$3` the session's name, `$4` the event.
macro_rules! finding {
    ($more:literal, $seen:literal, $of:literal) => {
        concat!(
            "SELECT ch.id AS channel_id, e.message_id AS known_message_id, c.id AS conversation_id,
                COALESCE(c.held_by IS NOT NULL, false) AS is_held, s.version, s.current_path, p.id AS project_id,
                p.slug AS project_slug, p.name AS project_name, k.id AS chat_id, ",
            who_answers!(),
            " AS agent_id", $more, "
            FROM channels ch
            JOIN projects h ON h.organization_id = ch.organization_id AND h.id = ch.project_id
            LEFT JOIN inbound_events e ON e.organization_id = ch.organization_id AND e.channel_id = ch.id
                AND e.platform_event_id = $4
            LEFT JOIN conversations c ON c.channel_id = ch.id AND c.platform_chat_id = $3
                AND c.organization_id = ch.organization_id AND c.ended_at IS NULL
            LEFT JOIN sessions s ON s.organization_id = c.organization_id AND s.conversation_id = c.id
            LEFT JOIN members m ON m.organization_id = s.organization_id AND m.project_id = s.active_project_id
                AND m.user_id = $2
            LEFT JOIN projects p ON p.organization_id = s.organization_id AND p.id = s.active_project_id
                AND p.deleted_at IS NULL AND (", $seen, ")
            LEFT JOIN chats k ON k.organization_id = s.organization_id AND k.id = s.active_chat_id
                AND k.project_id = p.id
            WHERE ch.organization_id = $1 AND ch.deleted_at IS NULL AND ", $of
        )
    };
}
use {finding, of_project, who_answers};

/// Every external message runs it.
const FIND: &str = finding!("", "m.user_id IS NOT NULL", "ch.kind = 'external'");

/// Reads a session. None: the organization has had none yet.
pub async fn find(store: &Store, asked: Asked<'_>) -> Result<Option<Session>, StoreError> {
    let statement = hot::statement(FIND)
        .bind::<SqlUuid, _>(asked.organization_id)
        .bind::<SqlUuid, _>(asked.user_id)
        .bind::<Text, _>(asked.session)
        .bind::<Nullable<Text>, _>(asked.platform_event_id);
    Ok(statement
        .get_result(&mut store.connection().await?)
        .await
        .optional()?)
}

const ANSWERING: &str = concat!(
    "SELECT ",
    who_answers!(),
    " AS agent_id
    FROM channels ch
    JOIN projects h ON h.organization_id = ch.organization_id AND h.id = ch.project_id
    LEFT JOIN projects p ON p.organization_id = ch.organization_id AND p.id = $2 AND p.deleted_at IS NULL
    WHERE ch.organization_id = $1 AND ch.kind = 'external' AND ch.deleted_at IS NULL"
);

#[derive(QueryableByName)]
struct Answering {
    #[diesel(sql_type = Nullable<SqlUuid>)]
    agent_id: Option<AgentId>,
}

/// Who answers in a project when a session is about it.
pub async fn answering(
    store: &Store,
    owner: OrganizationId,
    project: ProjectId,
) -> Result<Option<AgentId>, StoreError> {
    let statement = hot::statement(ANSWERING)
        .bind::<SqlUuid, _>(owner)
        .bind::<SqlUuid, _>(project);
    let found: Option<Answering> = statement
        .get_result(&mut store.connection().await?)
        .await
        .optional()?;
    Ok(found.and_then(|found| found.agent_id))
}
