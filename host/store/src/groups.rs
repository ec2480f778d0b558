//! Groups of messaging products: who is in them, whom each has named last, which agents are shared there, and which one
//! answers those who have named no one.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::{Array, Binary, Bool, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncConnection, RunQueryDsl};

use crate::agents::Agent;
use crate::error::StoreError;
use crate::hot;
use crate::ids::{AgentId, ChannelId, ContactId, ConversationId, OrganizationId, UserId};
use crate::listing::{Listing, listing, read};
use crate::page::{Listed, Stretch, Time};
use crate::pool::Store;
use crate::schema::{agents, shares};

/// A group's chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Whose channel.
    pub organization_id: OrganizationId,
    /// The channel.
    pub channel_id: ChannelId,
    /// The chat.
    pub platform_chat_id: String,
}

/// Whom someone in a group talks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The host itself.
    Host,
    /// An agent.
    Agent(AgentId),
}

macro_rules! place {
    ($text:expr, $place:expr) => {
        hot::statement($text)
            .bind::<SqlUuid, _>($place.organization_id)
            .bind::<SqlUuid, _>($place.channel_id)
            .bind::<Text, _>(&$place.platform_chat_id)
    };
}

/// Notes whom someone talks to from now on.
pub async fn aim(
    store: &Store,
    place: &Place,
    platform_user_id: &str,
    target: Target,
) -> Result<(), StoreError> {
    let agent = match target {
        Target::Host => None,
        Target::Agent(agent) => Some(agent),
    };
    let statement = place!(
        "INSERT INTO group_members (
             organization_id, channel_id, platform_chat_id, platform_user_id, is_with_host, agent_id
         )
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (organization_id, channel_id, platform_chat_id, platform_user_id)
             DO UPDATE SET is_with_host = EXCLUDED.is_with_host, agent_id = EXCLUDED.agent_id",
        place
    )
    .bind::<Text, _>(platform_user_id)
    .bind::<Bool, _>(target == Target::Host)
    .bind::<Nullable<SqlUuid>, _>(agent);
    statement.execute(&mut store.connection().await?).await?;
    Ok(())
}

/// Says who answers those who have named no one.
pub async fn load(store: &Store, place: &Place, agent: Option<AgentId>) -> Result<(), StoreError> {
    let statement = place!(
        "INSERT INTO groups (organization_id, channel_id, platform_chat_id, agent_id)
         VALUES ($1, $2, $3, $4)
         ON CONFLICT (organization_id, channel_id, platform_chat_id) DO UPDATE SET agent_id = EXCLUDED.agent_id",
        place
    )
    .bind::<Nullable<SqlUuid>, _>(agent);
    statement.execute(&mut store.connection().await?).await?;
    Ok(())
}

/// Those who left go, with whom they had named.
const LEAVE: &str = "
    DELETE FROM group_members
    WHERE organization_id = $1 AND channel_id = $2 AND platform_chat_id = $3 AND platform_user_id <> ALL ($4)";
const JOIN: &str = "
    INSERT INTO group_members (organization_id, channel_id, platform_chat_id, platform_user_id)
    SELECT $1, $2, $3, member FROM unnest($4) AS member ORDER BY member
    ON CONFLICT DO NOTHING";
const TOLD: &str = "
    INSERT INTO groups (organization_id, channel_id, platform_chat_id, members_digest)
    VALUES ($1, $2, $3, $4)
    ON CONFLICT (organization_id, channel_id, platform_chat_id)
        DO UPDATE SET members_digest = EXCLUDED.members_digest";

/// Takes over who is in a group, all of them. No one becomes a contact by it.
pub async fn set_members(
    store: &Store,
    place: &Place,
    members: &[String],
    digest: &[u8],
) -> Result<(), StoreError> {
    let mut connection = store.connection().await?;
    connection
        .transaction(async |connection| {
            // Its row first: of two lists that come at once, one comes second and counts.
            place!(TOLD, place)
                .bind::<Binary, _>(digest)
                .execute(connection)
                .await?;
            place!(LEAVE, place)
                .bind::<Array<Text>, _>(members)
                .execute(connection)
                .await?;
            place!(JOIN, place)
                .bind::<Array<Text>, _>(members)
                .execute(connection)
                .await?;
            Ok(())
        })
        .await
}

/// Someone who is in a group, as far as that is known.
#[derive(Clone, Debug, QueryableByName)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct GroupMember {
    /// The group's conversation.
    #[diesel(sql_type = SqlUuid)]
    pub conversation_id: ConversationId,
    /// The platform's id of the person; the key of a page.
    #[diesel(sql_type = Text)]
    pub platform_user_id: String,
    /// The contact that they are, where they have said something.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub contact_id: Option<ContactId>,
    /// Whether they named the host itself last.
    #[diesel(sql_type = Bool)]
    pub is_with_host: bool,
    /// The agent that they named last, if any.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub agent_id: Option<AgentId>,
    /// Since when they are known to be in it.
    #[diesel(sql_type = Timestamptz)]
    pub created_at: Time,
}

const MEMBERS: Listing = listing!(
    Up,
    "(SELECT m.*, v.id AS conversation_id, k.id AS contact_id
      FROM conversations v
      JOIN group_members m ON m.organization_id = v.organization_id AND m.channel_id = v.channel_id
          AND m.platform_chat_id = v.platform_chat_id
      LEFT JOIN contacts k ON k.organization_id = m.organization_id AND k.channel_id = m.channel_id
          AND k.platform_user_id = m.platform_user_id)",
    "conversation_id",
    "platform_user_id COLLATE \"C\""
);

/// Those who are in the group of each conversation, by the platform's ids of them.
pub async fn members_of(
    store: &Store,
    owner: OrganizationId,
    conversations: &[ConversationId],
    stretch: &Stretch<String>,
) -> Result<HashMap<ConversationId, Listed<GroupMember>>, StoreError> {
    read!(store, MEMBERS, owner, conversations, stretch, Text;
        |row: &GroupMember| row.conversation_id, |row| row.platform_user_id.clone())
}

/// Shares an agent with a group. Whether it was not yet.
pub async fn share(
    store: &Store,
    place: &Place,
    agent: AgentId,
    by: UserId,
) -> Result<bool, StoreError> {
    let statement = place!(
        "INSERT INTO shares (organization_id, channel_id, platform_chat_id, agent_id, shared_by)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT DO NOTHING",
        place
    )
    .bind::<SqlUuid, _>(agent)
    .bind::<SqlUuid, _>(by);
    Ok(statement.execute(&mut store.connection().await?).await? > 0)
}

/// It does not answer the group any more, either.
const UNSHARE: &str = "
    WITH unloaded AS (
        UPDATE groups SET agent_id = NULL
        WHERE organization_id = $1 AND channel_id = $2 AND platform_chat_id = $3 AND agent_id = $4
    )
    DELETE FROM shares
    WHERE organization_id = $1 AND channel_id = $2 AND platform_chat_id = $3 AND agent_id = $4";

/// Takes an agent out of a group. Whether it was shared there.
pub async fn unshare(store: &Store, place: &Place, agent: AgentId) -> Result<bool, StoreError> {
    let statement = place!(UNSHARE, place).bind::<SqlUuid, _>(agent);
    Ok(statement.execute(&mut store.connection().await?).await? > 0)
}

/// An agent that is shared with a group.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct Share {
    /// The agent.
    pub agent_id: AgentId,
    /// The channel of the group.
    pub channel_id: ChannelId,
    /// The group's chat.
    pub platform_chat_id: String,
    /// Who shared it.
    pub shared_by: UserId,
    /// Since when.
    pub created_at: Time,
}

/// Where each of these agents is shared, by agent, the first shared first.
pub async fn shares_of(
    store: &Store,
    owner: OrganizationId,
    ids: &[AgentId],
) -> Result<Vec<Share>, StoreError> {
    let query = shares::table
        .filter(shares::organization_id.eq(owner))
        .filter(shares::agent_id.eq_any(ids))
        .order((shares::agent_id, shares::created_at))
        .select(Share::as_select());
    Ok(query.load(&mut store.connection().await?).await?)
}

/// The agents that are shared with a group, the first shared first.
pub async fn shared(store: &Store, place: &Place, limit: u32) -> Result<Vec<Agent>, StoreError> {
    let on_agent = agents::organization_id
        .eq(shares::organization_id)
        .and(agents::id.eq(shares::agent_id));
    let query = shares::table
        .inner_join(agents::table.on(on_agent))
        .filter(shares::organization_id.eq(place.organization_id))
        .filter(shares::channel_id.eq(place.channel_id))
        .filter(shares::platform_chat_id.eq(&place.platform_chat_id))
        .filter(agents::deleted_at.is_null())
        .order((shares::created_at, agents::id))
        .limit(limit.into())
        .select(Agent::as_select());
    Ok(query.load(&mut store.connection().await?).await?)
}
