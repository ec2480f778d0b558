//! A speaker is someone who talks on a Channel API channel, as they are when a message of theirs comes: who they are, what
//! they have chosen, and who answers them where they say it. One statement reads all of it, of as many as speak at once.

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Bool, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;

use crate::agents::AgentStatus;
use crate::error::StoreError;
use crate::hot;
use crate::ids::{
    AgentId, ChannelId, ContactId, ConversationId, MessageId, OrganizationId, ProjectId, UserId,
};
use crate::pool::Store;

/// Who speaks, where.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Whose channel.
    pub organization_id: OrganizationId,
    /// The channel.
    pub channel_id: ChannelId,
    /// The product's id of the person.
    pub platform_user_id: String,
    /// The chat.
    pub platform_chat_id: String,
    /// Whether it is a group's.
    pub is_group: bool,
    /// The event, as the inbox knows it.
    pub platform_event_id: Option<String>,
    /// The name after an `@` that the message begins with.
    pub mention: Option<String>,
}

/// See the module.
#[derive(Clone, Debug, QueryableByName)]
pub struct Speaker {
    /// Where the channel lives.
    #[diesel(sql_type = SqlUuid)]
    pub project_id: ProjectId,
    /// Whether someone answers where no one is named.
    #[diesel(sql_type = Bool)]
    pub has_primary: bool,
    /// Whether anyone may talk there and no workflow decides who answers.
    #[diesel(sql_type = Bool)]
    pub is_plain: bool,
    /// Whether its people need no browser.
    #[diesel(sql_type = Bool)]
    pub is_text_only: bool,
    /// Who it is, once they have spoken.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub contact_id: Option<ContactId>,
    /// Their account.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub user_id: Option<UserId>,
    /// Whether the account has an address: then nothing of it is counted.
    #[diesel(sql_type = Bool)]
    pub is_set_up: bool,
    /// Whether they have logged out.
    #[diesel(sql_type = Bool)]
    pub is_signed_out: bool,
    /// Whether what they say is taken for commands where it can be.
    #[diesel(sql_type = Bool)]
    pub is_yolo: bool,
    /// The chat's conversation.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub conversation_id: Option<ConversationId>,
    /// Who is loaded in a direct chat, be it gone by now.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub loaded_id: Option<AgentId>,
    /// Whether, in a group, they have named the host itself last.
    #[diesel(sql_type = Bool)]
    pub is_with_host: bool,
    /// The agent that they have named last in a group.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub named_id: Option<AgentId>,
    /// The group's members as they were told last.
    #[diesel(sql_type = Nullable<Binary>)]
    pub members_digest: Option<Vec<u8>>,
    /// The message that the event brought the first time.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub known_message_id: Option<MessageId>,
    /// Whether the event is a command.
    #[diesel(sql_type = Bool)]
    pub is_known_command: bool,
    /// Who answers: whom the message names, else whom the person has named last, else who is loaded in the chat.
    #[diesel(embed)]
    pub agent: Answering,
}

/// The agent that answers, all of it or nothing.
#[derive(Clone, Debug, Default, QueryableByName)]
pub struct Answering {
    /// Its id.
    #[diesel(sql_type = Nullable<SqlUuid>, column_name = agent_id)]
    pub id: Option<AgentId>,
    /// Its name.
    #[diesel(sql_type = Nullable<Text>, column_name = agent_name)]
    pub name: Option<String>,
    /// Whether it answers.
    #[diesel(sql_type = Nullable<Text>, column_name = agent_status)]
    pub status: Option<AgentStatus>,
    /// Whose it is.
    #[diesel(sql_type = Nullable<SqlUuid>, column_name = agent_owner_id)]
    pub owner_id: Option<UserId>,
    /// Whether the message names it.
    #[diesel(sql_type = Bool)]
    pub is_mentioned: bool,
}

/// The caller's own agent that the message names, by the index of own names.
macro_rules! own {
    () => {
        "SELECT o.id FROM agents o
        WHERE o.owner_id = u.id AND lower(o.name) = lower(q.mention) AND o.organization_id = ch.organization_id
            AND o.deleted_at IS NULL
        LIMIT 1"
    };
}

/// What both statements read. Each join finds one row by a unique key, or none. What is found by what another table says is
/// lateral: a plan is kept, and one that was made while there were few agents would else read all of them ever after. So is
/// the whole: making the parts of its plan ready costs as much as reading ten speakers.
macro_rules! speaker {
    ($group:literal, $members:expr, $agent:literal) => {
        concat!(
            "SELECT q.ordinal, s.*
            FROM unnest($1, $2, $3, $4, $5, $6) WITH ORDINALITY AS q (
                organization_id, channel_id, platform_user_id, platform_chat_id, platform_event_id, mention, ordinal
            )
            CROSS JOIN LATERAL (
            SELECT ch.project_id, ch.primary_agent_id IS NOT NULL AS has_primary,
                ch.access = 'open' AND ch.workflow_id IS NULL AS is_plain,
                COALESCE((ch.configuration ->> 'text_only')::boolean, false) AS is_text_only,
                k.id AS contact_id, u.id AS user_id, u.email IS NOT NULL AS is_set_up,
                k.signed_out_at IS NOT NULL AS is_signed_out, COALESCE(k.is_yolo, false) AS is_yolo,
                c.id AS conversation_id, c.agent_id AS loaded_id, e.message_id AS known_message_id, x.host_id IS NOT NULL AS is_known_command, ",
            $group,
            ", a.id AS agent_id, a.name AS agent_name, a.status AS agent_status, a.owner_id AS agent_owner_id,
                a.id IS NOT NULL AND a.id IS NOT DISTINCT FROM n.id AS is_mentioned
            FROM channels ch
            LEFT JOIN contacts k ON k.organization_id = ch.organization_id AND k.channel_id = ch.id
                AND k.platform_user_id = q.platform_user_id
            LEFT JOIN LATERAL (
                SELECT o.id, o.email FROM users o WHERE o.id = k.user_id AND o.removed_at IS NULL LIMIT 1
            ) u ON true
            LEFT JOIN conversations c ON c.channel_id = ch.id AND c.platform_chat_id = q.platform_chat_id
                AND c.organization_id = ch.organization_id AND c.ended_at IS NULL
            LEFT JOIN inbound_events e ON e.organization_id = ch.organization_id AND e.channel_id = ch.id
                AND e.platform_event_id = q.platform_event_id
            LEFT JOIN commands x ON x.organization_id = ch.organization_id AND x.channel_id = ch.id
                AND x.platform_event_id = q.platform_event_id ",
            $members,
            " LEFT JOIN LATERAL (
                SELECT o.id, o.name, o.status, o.owner_id FROM agents o
                WHERE o.organization_id = ch.organization_id AND o.deleted_at IS NULL AND o.id = ",
            $agent,
            " LIMIT 1
            ) a ON true
            WHERE ch.organization_id = q.organization_id AND ch.id = q.channel_id AND ch.deleted_at IS NULL
            LIMIT 1) s"
        )
    };
}

/// In a direct chat one talks with one's own agents.
const DIRECT: &str = speaker!(
    "false AS is_with_host, NULL::uuid AS named_id, NULL::bytea AS members_digest",
    concat!("LEFT JOIN LATERAL (", own!(), ") n ON true"),
    "COALESCE(n.id, c.agent_id)"
);

/// In a group as well with those that are shared there; one's own come first. One that is not shared any more answers its
/// owner alone.
const GROUP: &str = speaker!(
    "COALESCE(m.is_with_host, false) AS is_with_host, m.agent_id AS named_id, g.members_digest",
    concat!(
        "LEFT JOIN groups g ON g.organization_id = ch.organization_id AND g.channel_id = ch.id AND g.platform_chat_id = q.platform_chat_id
    LEFT JOIN group_members m ON m.organization_id = ch.organization_id AND m.channel_id = ch.id
        AND m.platform_chat_id = q.platform_chat_id AND m.platform_user_id = q.platform_user_id
    LEFT JOIN LATERAL (
        SELECT COALESCE((",
        own!(),
        "), (
            SELECT s.agent_id FROM shares s
            WHERE s.organization_id = ch.organization_id AND s.channel_id = ch.id AND s.platform_chat_id = q.platform_chat_id
                AND lower(q.mention) = (
                    SELECT lower(o.name) FROM agents o
                    WHERE o.organization_id = s.organization_id AND o.id = s.agent_id AND o.deleted_at IS NULL
                )
            ORDER BY s.created_at, s.agent_id LIMIT 1
        )) AS id
    ) n ON true"
    ),
    "COALESCE(n.id, (
        SELECT o.id
        FROM agents o
        WHERE o.organization_id = ch.organization_id
            AND o.id = CASE WHEN m.is_with_host THEN NULL ELSE COALESCE(m.agent_id, g.agent_id) END
            AND (o.owner_id = u.id OR EXISTS (
                SELECT FROM shares s
                WHERE s.organization_id = o.organization_id AND s.channel_id = ch.id AND s.platform_chat_id = q.platform_chat_id
                    AND s.agent_id = o.id
            ))
    ))"
);

#[derive(QueryableByName)]
struct Numbered {
    #[diesel(sql_type = BigInt)]
    ordinal: i64,
    #[diesel(embed)]
    speaker: Speaker,
}

/// Reads who speaks, in the order in which it is asked. None: there is no such channel.
pub async fn find(store: &Store, asked: &[Asked]) -> Result<Vec<Option<Speaker>>, StoreError> {
    let mut found = vec![None; asked.len()];
    let (groups, directs): (Vec<_>, Vec<_>) = asked
        .iter()
        .zip(&mut found)
        .partition(|(asked, _)| asked.is_group);
    for (sql, mut places) in [(DIRECT, directs), (GROUP, groups)] {
        if places.is_empty() {
            continue;
        }
        let of: Vec<&Asked> = places.iter().map(|(asked, _)| *asked).collect();
        for row in read(store, sql, &of).await? {
            let place = usize::try_from(row.ordinal - 1).ok();
            if let Some((_, place)) = place.and_then(|place| places.get_mut(place)) {
                **place = Some(row.speaker);
            }
        }
    }
    Ok(found)
}

async fn read(
    store: &Store,
    sql: &'static str,
    asked: &[&Asked],
) -> Result<Vec<Numbered>, StoreError> {
    fn column<'a, T>(asked: &[&'a Asked], of: impl Fn(&'a Asked) -> T) -> Vec<T> {
        asked.iter().map(|asked| of(asked)).collect()
    }
    let statement = hot::statement(sql)
        .bind::<Array<SqlUuid>, _>(column(asked, |asked| asked.organization_id))
        .bind::<Array<SqlUuid>, _>(column(asked, |asked| asked.channel_id))
        .bind::<Array<Text>, _>(column(asked, |asked| asked.platform_user_id.as_str()))
        .bind::<Array<Text>, _>(column(asked, |asked| asked.platform_chat_id.as_str()))
        .bind::<Array<Nullable<Text>>, _>(column(asked, |asked| asked.platform_event_id.as_deref()))
        .bind::<Array<Nullable<Text>>, _>(column(asked, |asked| asked.mention.as_deref()));
    Ok(statement.load(&mut store.connection().await?).await?)
}

/// Logs someone out of their chats, or in again. Whether that changed anything.
pub async fn set_signed_out(
    store: &Store,
    owner: OrganizationId,
    contact: ContactId,
    is_signed_out: bool,
) -> Result<bool, StoreError> {
    let statement = hot::statement(
        "UPDATE contacts SET signed_out_at = CASE WHEN $3 THEN now() END
         WHERE organization_id = $1 AND id = $2 AND (signed_out_at IS NOT NULL) <> $3",
    )
    .bind::<SqlUuid, _>(owner)
    .bind::<SqlUuid, _>(contact)
    .bind::<Bool, _>(is_signed_out);
    Ok(statement.execute(&mut store.connection().await?).await? > 0)
}

/// Says whether what someone says is taken for commands where it can be. Whether that changed anything.
pub async fn set_yolo(
    store: &Store,
    owner: OrganizationId,
    contact: ContactId,
    is_yolo: bool,
) -> Result<bool, StoreError> {
    let statement = hot::statement(
        "UPDATE contacts SET is_yolo = $3 WHERE organization_id = $1 AND id = $2 AND is_yolo <> $3",
    )
    .bind::<SqlUuid, _>(owner)
    .bind::<SqlUuid, _>(contact)
    .bind::<Bool, _>(is_yolo);
    Ok(statement.execute(&mut store.connection().await?).await? > 0)
}
