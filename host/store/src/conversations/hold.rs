//! Holding: people answer in the agent's place, until they hand the conversation back.

use diesel::QueryableByName;
use diesel::prelude::*;
use diesel::sql_types::{Array, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::{Conversation, of};
use crate::error::StoreError;
use crate::hot;
use crate::ids::{AgentId, ConversationId, OrganizationId, UserId};
use crate::pool::Store;
use crate::schema::conversations;
use crate::words::words;

words! {
    /// What kind of holder a conversation has.
    pub enum HeldKind {
        /// A person.
        User = "user",
        /// A team: each of its members.
        Team = "team",
    }
}

/// Who answers in the agent's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// A person.
    User(UserId),
    /// A team, by its id.
    Team(Uuid),
}

impl Holder {
    /// The id.
    pub fn id(self) -> Uuid {
        match self {
            Holder::User(id) => id.uuid(),
            Holder::Team(id) => id,
        }
    }

    /// The kind.
    pub fn kind(self) -> HeldKind {
        match self {
            Holder::User(_) => HeldKind::User,
            Holder::Team(_) => HeldKind::Team,
        }
    }
}

impl Conversation {
    /// Who holds it, if people do.
    pub fn holder(&self) -> Option<Holder> {
        let id = self.held_by?;
        Some(match self.held_kind? {
            HeldKind::User => Holder::User(id.into()),
            HeldKind::Team => Holder::Team(id),
        })
    }
}

#[derive(QueryableByName)]
struct Skipped {
    #[diesel(sql_type = Array<SqlUuid>)]
    agents: Vec<Uuid>,
}

/// Takes a conversation over, if it is held by `now` (none: by nobody). The agents whose turns were skipped; none where
/// someone else was first.
pub async fn hold(
    store: &Store,
    owner: OrganizationId,
    id: ConversationId,
    now: Option<Holder>,
    holder: Holder,
) -> Result<Option<Vec<AgentId>>, StoreError> {
    let statement = hot::statement(include_str!("../sql/hold.sql"))
        .bind::<SqlUuid, _>(owner)
        .bind::<SqlUuid, _>(id)
        .bind::<Nullable<SqlUuid>, _>(now.map(Holder::id))
        .bind::<SqlUuid, _>(holder.id())
        .bind::<Text, _>(holder.kind());
    let skipped: Option<Skipped> = statement
        .get_result(&mut store.connection().await?)
        .await
        .optional()?;
    Ok(skipped.map(|skipped| skipped.agents.into_iter().map(AgentId::from).collect()))
}

/// Hands a conversation back to its agent, if it is held by `now`. Whether it was.
pub async fn hand_back(
    store: &Store,
    owner: OrganizationId,
    id: ConversationId,
    now: Holder,
) -> Result<bool, StoreError> {
    let held = of(owner)
        .filter(conversations::id.eq(id))
        .filter(conversations::held_by.eq(now.id()));
    let nobody = (
        conversations::held_by.eq(None::<Uuid>),
        conversations::held_kind.eq(None::<HeldKind>),
        conversations::held_since.eq(None::<crate::page::Time>),
    );
    let changed = diesel::update(held)
        .set(nobody)
        .execute(&mut store.connection().await?)
        .await?;
    Ok(changed == 1)
}
