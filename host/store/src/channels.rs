//! A channel binds a project to a messaging platform. What its driver needs to know is `configuration`, open, and
//! `credential`, sealed in the vault before it comes here.

pub mod said;

use std::collections::HashMap;

use diesel::dsl::now;
use diesel::prelude::*;
use diesel::sql_types::Uuid;
use diesel_async::RunQueryDsl;
use serde_json::Value;

use crate::error::StoreError;
use crate::hot;
use crate::ids::{AgentId, ChannelId, OrganizationId, ProjectId, UserId, WorkflowId};
use crate::listing::{Listing, listing, read};
use crate::page::{Listed, Page, Stretch, Time};
use crate::pool::Store;
use crate::schema::channels;
use crate::words::words;

words! {
    /// Who may talk on a channel.
    pub enum Access {
        /// Anyone.
        Open = "open",
        /// Contacts that were let in.
        AllowList = "allow_list",
        /// One account, which claimed it.
        Paired = "paired",
    }
}

words! {
    /// Whether a channel works.
    pub enum ChannelStatus {
        /// Its owner switched it off.
        Disabled = "disabled",
        /// It waits for its owner to scan a code.
        AwaitingScan = "awaiting_scan",
        /// It works.
        Active = "active",
        /// Its session on the platform ended.
        Expired = "expired",
        /// It does not work, for the reason given.
        Error = "error",
    }
}

/// One row.
#[derive(Clone, Debug, Queryable, Selectable, QueryableByName)]
#[diesel(table_name = channels, check_for_backend(diesel::pg::Pg))]
pub struct Channel {
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// Its id.
    pub id: ChannelId,
    /// Where it lives.
    pub project_id: ProjectId,
    /// The platform, as the drivers name it.
    pub kind: String,
    /// Its name for people.
    pub name: String,
    /// Who answers.
    pub primary_agent_id: Option<AgentId>,
    /// Who picks who answers, where a workflow does.
    pub workflow_id: Option<WorkflowId>,
    /// Who may talk.
    pub access: Access,
    /// Whether it works.
    pub status: ChannelStatus,
    /// Why it is in that status, where there is something to say.
    pub status_reason: Option<String>,
    /// What the driver needs to know and anyone may see.
    pub configuration: Value,
    /// What the driver needs and no one may see: sealed.
    pub credential: Option<Vec<u8>>,
    /// Grows with every change.
    pub version: i64,
    /// Whether those who were let in may go to other projects of whoever made it, by talking.
    pub navigates: bool,
    /// Who made it.
    pub created_by: UserId,
    /// Since when.
    pub created_at: Time,
    /// When it was last changed.
    pub updated_at: Time,
}

/// A row to insert.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = channels)]
pub struct NewChannel {
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// Its id.
    pub id: ChannelId,
    /// Where it lives.
    pub project_id: ProjectId,
    /// The platform, as the drivers name it.
    pub kind: String,
    /// Its name for people.
    pub name: String,
    /// Who answers.
    pub primary_agent_id: Option<AgentId>,
    /// Who may talk.
    pub access: Access,
    /// Whether it works.
    pub status: ChannelStatus,
    /// What the driver needs to know and anyone may see: an object.
    pub configuration: Value,
    /// What the driver needs and no one may see: sealed, bound to this id.
    pub credential: Option<Vec<u8>>,
    /// Who makes it.
    pub created_by: UserId,
}

/// What to change; what is none stays. `Some(None)` clears.
#[derive(Clone, Debug, Default, AsChangeset)]
#[diesel(table_name = channels)]
pub struct ChannelChanges {
    /// Another name.
    pub name: Option<String>,
    /// Who answers.
    pub primary_agent_id: Option<Option<AgentId>>,
    /// Who may talk.
    pub access: Option<Access>,
    /// Whether it works.
    pub status: Option<ChannelStatus>,
    /// Why.
    pub status_reason: Option<Option<String>>,
    /// Another configuration, whole.
    pub configuration: Option<Value>,
    /// Another credential, sealed.
    pub credential: Option<Option<Vec<u8>>>,
    /// Whether those who were let in may go to other projects.
    pub navigates: Option<bool>,
}

#[diesel::dsl::auto_type(no_type_alias)]
fn present(organization_id: OrganizationId) -> _ {
    channels::table
        .filter(channels::organization_id.eq(organization_id))
        .filter(channels::deleted_at.is_null())
}

/// Makes a channel.
pub async fn create(store: &Store, new: NewChannel) -> Result<Channel, StoreError> {
    let insert = diesel::insert_into(channels::table)
        .values(new)
        .returning(Channel::as_returning());
    Ok(insert.get_result(&mut store.connection().await?).await?)
}

/// The one with this id.
pub async fn find(
    store: &Store,
    owner: OrganizationId,
    id: ChannelId,
) -> Result<Option<Channel>, StoreError> {
    let query = present(owner)
        .filter(channels::id.eq(id))
        .select(Channel::as_select());
    Ok(query
        .get_result(&mut store.connection().await?)
        .await
        .optional()?)
}

/// The one with this id, whosever it is: for a platform's callback, which names nothing else.
pub async fn find_anywhere(store: &Store, id: ChannelId) -> Result<Option<Channel>, StoreError> {
    let query = channels::table
        .filter(channels::id.eq(id))
        .filter(channels::deleted_at.is_null())
        .select(Channel::as_select());
    Ok(query
        .get_result(&mut store.connection().await?)
        .await
        .optional()?)
}

/// The one of a kind whose configuration has the SHA-256 of this secret, whosever it is: for a call that names no channel.
pub async fn find_by_secret_digest(
    store: &Store,
    kind: &str,
    digest: &str,
) -> Result<Option<Channel>, StoreError> {
    let has_digest = diesel::dsl::sql::<diesel::sql_types::Bool>(
        "configuration ? 'secret_digest' AND (configuration ->> 'secret_digest') = ",
    )
    .bind::<diesel::sql_types::Text, _>(digest);
    let query = channels::table
        .filter(channels::kind.eq(kind))
        .filter(channels::deleted_at.is_null())
        .filter(has_digest)
        .select(Channel::as_select());
    Ok(query
        .first(&mut store.connection().await?)
        .await
        .optional()?)
}

/// Whether there is any channel of a kind that could be called by its secret.
pub async fn any_with_secret(store: &Store, kind: &str) -> Result<bool, StoreError> {
    let has_digest = diesel::dsl::sql::<diesel::sql_types::Bool>("configuration ? 'secret_digest'");
    let query = channels::table
        .filter(channels::kind.eq(kind))
        .filter(channels::deleted_at.is_null())
        .filter(has_digest);
    let exists = diesel::select(diesel::dsl::exists(query));
    Ok(exists.get_result(&mut store.connection().await?).await?)
}

/// Those of a project, oldest first.
pub async fn list(
    store: &Store,
    owner: OrganizationId,
    project: ProjectId,
    page: Page<ChannelId>,
) -> Result<Vec<Channel>, StoreError> {
    let query = present(owner)
        .filter(channels::project_id.eq(project))
        .filter(channels::id.gt(page.after.unwrap_or(ChannelId::nil())))
        .order(channels::id)
        .limit(page.limit.into())
        .select(Channel::as_select());
    Ok(query.load(&mut store.connection().await?).await?)
}

/// Those that a user made, in whichever project, oldest first; of one kind, if it is given.
pub async fn list_by_owner(
    store: &Store,
    owner: OrganizationId,
    user: UserId,
    kind: Option<&str>,
    page: Page<ChannelId>,
) -> Result<Vec<Channel>, StoreError> {
    let query = present(owner)
        .filter(channels::created_by.eq(user))
        .filter(channels::id.gt(page.after.unwrap_or(ChannelId::nil())))
        .order(channels::id)
        .limit(page.limit.into())
        .select(Channel::as_select());
    let mut connection = store.connection().await?;
    match kind {
        Some(kind) => Ok(query
            .filter(channels::kind.eq(kind))
            .load(&mut connection)
            .await?),
        None => Ok(query.load(&mut connection).await?),
    }
}

/// Changes a channel.
pub async fn update(
    store: &Store,
    owner: OrganizationId,
    id: ChannelId,
    changes: ChannelChanges,
) -> Result<Channel, StoreError> {
    let moved = (
        channels::version.eq(channels::version + 1),
        channels::updated_at.eq(now),
    );
    let update = diesel::update(present(owner).filter(channels::id.eq(id))).set((changes, moved));
    Ok(update
        .returning(Channel::as_returning())
        .get_result(&mut store.connection().await?)
        .await?)
}

const RECOVER: &str = "
    UPDATE channels SET status = 'active', status_reason = NULL, version = version + 1, updated_at = now()
    WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL AND status IN ('error', 'expired')
    RETURNING project_id";

#[derive(QueryableByName)]
struct Marked {
    #[diesel(sql_type = Uuid)]
    project_id: ProjectId,
}

/// Marks a channel that was out of order as one that works. Its project; `None` where it was not out of order.
pub async fn recover(
    store: &Store,
    owner: OrganizationId,
    id: ChannelId,
) -> Result<Option<ProjectId>, StoreError> {
    let statement = hot::statement(RECOVER)
        .bind::<Uuid, _>(owner)
        .bind::<Uuid, _>(id);
    let marked: Option<Marked> = statement
        .get_result(&mut store.connection().await?)
        .await
        .optional()?;
    Ok(marked.map(|marked| marked.project_id))
}

const OUT_OF_ORDER: &str = "
    UPDATE channels SET status = $3, status_reason = $4, version = version + 1, updated_at = now()
    WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL AND status IN ('active', 'error')
        AND (status <> $3 OR status_reason IS DISTINCT FROM $4)
    RETURNING project_id";

/// Marks a channel that its owner has not switched off as out of order. Its project; `None` where it was so already.
pub async fn out_of_order(
    store: &Store,
    owner: OrganizationId,
    id: ChannelId,
    status: ChannelStatus,
    reason: &str,
) -> Result<Option<ProjectId>, StoreError> {
    let statement = hot::statement(OUT_OF_ORDER)
        .bind::<Uuid, _>(owner)
        .bind::<Uuid, _>(id)
        .bind::<diesel::sql_types::Text, _>(status)
        .bind::<diesel::sql_types::Text, _>(reason);
    let marked: Option<Marked> = statement
        .get_result(&mut store.connection().await?)
        .await
        .optional()?;
    Ok(marked.map(|marked| marked.project_id))
}

/// Its keys and its credential go with it; its conversations and deliveries stay to be read.
const DELETE: &str = "
    WITH gone AS (
        UPDATE channels SET status = 'disabled', status_reason = NULL, credential = NULL, version = version + 1,
            updated_at = now(), deleted_at = now()
        WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL
        RETURNING organization_id, id
    ), ended AS (
        DELETE FROM tokens USING gone
        WHERE tokens.subject_id = gone.id AND tokens.kind = 'channel' AND tokens.organization_id = gone.organization_id
    ), scanned AS (
        DELETE FROM scans USING gone
        WHERE scans.organization_id = gone.organization_id AND scans.channel_id = gone.id
    ), opened AS (
        DELETE FROM reply_windows w USING gone
        WHERE w.organization_id = gone.organization_id AND w.channel_id = gone.id
    )
    SELECT FROM gone";

/// Marks a channel deleted, forgets its credential and ends its keys.
pub async fn delete(store: &Store, owner: OrganizationId, id: ChannelId) -> Result<(), StoreError> {
    let statement = hot::statement(DELETE)
        .bind::<Uuid, _>(owner)
        .bind::<Uuid, _>(id);
    match statement.execute(&mut store.connection().await?).await? {
        0 => Err(StoreError::NotFound),
        _ => Ok(()),
    }
}

/// Those with these ids, in any order.
pub async fn find_many(
    store: &Store,
    owner: OrganizationId,
    ids: &[ChannelId],
) -> Result<Vec<Channel>, StoreError> {
    let query = present(owner)
        .filter(channels::id.eq_any(ids))
        .select(Channel::as_select());
    Ok(query.load(&mut store.connection().await?).await?)
}

/// The project of each, of deleted ones as well: what was said on them stays to be read.
pub async fn projects_of(
    store: &Store,
    owner: OrganizationId,
    ids: &[ChannelId],
) -> Result<HashMap<ChannelId, ProjectId>, StoreError> {
    let query = channels::table
        .filter(channels::organization_id.eq(owner))
        .filter(channels::id.eq_any(ids))
        .select((channels::id, channels::project_id));
    let pairs: Vec<_> = query.load(&mut store.connection().await?).await?;
    Ok(pairs.into_iter().collect())
}

const OF_PROJECTS: Listing = listing!(
    Up,
    "channels",
    "project_id",
    "id",
    " AND t.deleted_at IS NULL"
);
const OF_AGENTS: Listing = listing!(
    Up,
    "channels",
    "primary_agent_id",
    "id",
    " AND t.deleted_at IS NULL"
);

/// Those of each project, oldest first.
pub async fn of_projects(
    store: &Store,
    owner: OrganizationId,
    projects: &[ProjectId],
    stretch: &Stretch<ChannelId>,
) -> Result<HashMap<ProjectId, Listed<Channel>>, StoreError> {
    read!(store, OF_PROJECTS, owner, projects, stretch, Uuid; |row: &Channel| row.project_id, |row| row.id)
}

/// Those that each agent answers on, oldest first.
pub async fn of_agents(
    store: &Store,
    owner: OrganizationId,
    agents: &[AgentId],
    stretch: &Stretch<ChannelId>,
) -> Result<HashMap<AgentId, Listed<Channel>>, StoreError> {
    let agent = |row: &Channel| row.primary_agent_id.unwrap_or(AgentId::nil());
    read!(store, OF_AGENTS, owner, agents, stretch, Uuid; agent, |row| row.id)
}

const OF_WORKFLOWS: Listing = listing!(
    Up,
    "channels",
    "workflow_id",
    "id",
    " AND t.deleted_at IS NULL"
);

/// Those that each workflow routes, oldest first.
pub async fn of_workflows(
    store: &Store,
    owner: OrganizationId,
    workflows: &[WorkflowId],
    stretch: &Stretch<ChannelId>,
) -> Result<HashMap<WorkflowId, Listed<Channel>>, StoreError> {
    let workflow = |row: &Channel| row.workflow_id.unwrap_or(WorkflowId::nil());
    read!(store, OF_WORKFLOWS, owner, workflows, stretch, Uuid; workflow, |row| row.id)
}
