//! A workflow is an ordered list of rules that picks who handles a channel's messages. What a rule means is the host's:
//! here it is JSON.

use std::collections::HashMap;

use diesel::QueryableByName;
use diesel::dsl::now;
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

use crate::error::StoreError;
use crate::hot;
use crate::ids::{ChannelId, ContactId, OrganizationId, ProjectId, WorkflowId};
use crate::listing::{Listing, listing, read};
use crate::page::{Listed, Stretch, Time};
use crate::pool::Store;
use crate::schema::{channels, workflows};

/// One row.
#[derive(Clone, Debug, Queryable, Selectable, QueryableByName)]
#[diesel(table_name = workflows, check_for_backend(diesel::pg::Pg))]
pub struct Workflow {
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// Its id.
    pub id: WorkflowId,
    /// Where it lives.
    pub project_id: ProjectId,
    /// Its name, unique in the project whatever its case.
    pub name: String,
    /// Its rules: an array.
    pub rules: Value,
    /// Grows with every change.
    pub version: i64,
    /// Since when.
    pub created_at: Time,
    /// When it was last changed.
    pub updated_at: Time,
}

/// A row to insert.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = workflows)]
pub struct NewWorkflow {
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// Its id.
    pub id: WorkflowId,
    /// Where it lives.
    pub project_id: ProjectId,
    /// Its name.
    pub name: String,
    /// Its rules.
    pub rules: Value,
}

/// What to change; what is none stays.
#[derive(Clone, Debug, Default, AsChangeset)]
#[diesel(table_name = workflows)]
pub struct WorkflowChanges {
    /// Another name.
    pub name: Option<String>,
    /// Other rules, all of them.
    pub rules: Option<Value>,
}

#[diesel::dsl::auto_type(no_type_alias)]
fn present(organization_id: OrganizationId) -> _ {
    workflows::table
        .filter(workflows::organization_id.eq(organization_id))
        .filter(workflows::deleted_at.is_null())
}

/// Makes a workflow. A known name is a conflict of `workflows_name_key`.
pub async fn create(store: &Store, new: NewWorkflow) -> Result<Workflow, StoreError> {
    let insert = diesel::insert_into(workflows::table)
        .values(new)
        .returning(Workflow::as_returning());
    Ok(insert.get_result(&mut store.connection().await?).await?)
}

/// The one with this id.
pub async fn find(
    store: &Store,
    owner: OrganizationId,
    id: WorkflowId,
) -> Result<Option<Workflow>, StoreError> {
    let query = present(owner)
        .filter(workflows::id.eq(id))
        .select(Workflow::as_select());
    Ok(query
        .get_result(&mut store.connection().await?)
        .await
        .optional()?)
}

/// Those with these ids, in any order.
pub async fn find_many(
    store: &Store,
    owner: OrganizationId,
    ids: &[WorkflowId],
) -> Result<Vec<Workflow>, StoreError> {
    let query = present(owner)
        .filter(workflows::id.eq_any(ids))
        .select(Workflow::as_select());
    Ok(query.load(&mut store.connection().await?).await?)
}

const OF_PROJECTS: Listing = listing!(
    Up,
    "workflows",
    "project_id",
    "id",
    " AND t.deleted_at IS NULL"
);

/// Those of each project, oldest first.
pub async fn of_projects(
    store: &Store,
    owner: OrganizationId,
    projects: &[ProjectId],
    stretch: &Stretch<WorkflowId>,
) -> Result<HashMap<ProjectId, Listed<Workflow>>, StoreError> {
    read!(store, OF_PROJECTS, owner, projects, stretch, SqlUuid; |row: &Workflow| row.project_id, |row| row.id)
}

/// Changes a workflow.
pub async fn update(
    store: &Store,
    owner: OrganizationId,
    id: WorkflowId,
    changes: WorkflowChanges,
) -> Result<Workflow, StoreError> {
    let moved = (
        workflows::version.eq(workflows::version + 1),
        workflows::updated_at.eq(now),
    );
    let update = diesel::update(present(owner).filter(workflows::id.eq(id))).set((changes, moved));
    Ok(update
        .returning(Workflow::as_returning())
        .get_result(&mut store.connection().await?)
        .await?)
}

const DELETE: &str = "
    WITH gone AS (
        UPDATE workflows SET version = version + 1, updated_at = now(), deleted_at = now()
        WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL
        RETURNING organization_id, id
    ), detached AS (
        UPDATE channels SET workflow_id = NULL
        FROM gone
        WHERE channels.organization_id = gone.organization_id AND channels.workflow_id = gone.id
    )
    SELECT FROM gone";

/// Marks a workflow deleted and takes it off its channels.
pub async fn delete(
    store: &Store,
    owner: OrganizationId,
    id: WorkflowId,
) -> Result<(), StoreError> {
    let statement = hot::statement(DELETE)
        .bind::<SqlUuid, _>(owner)
        .bind::<SqlUuid, _>(id);
    match statement.execute(&mut store.connection().await?).await? {
        0 => Err(StoreError::NotFound),
        _ => Ok(()),
    }
}

/// Lets a workflow route a channel's messages, or none.
pub async fn attach(
    store: &Store,
    owner: OrganizationId,
    channel: ChannelId,
    workflow: Option<WorkflowId>,
) -> Result<(), StoreError> {
    let one = channels::table
        .filter(channels::organization_id.eq(owner))
        .filter(channels::id.eq(channel))
        .filter(channels::deleted_at.is_null());
    let update = diesel::update(one).set(channels::workflow_id.eq(workflow));
    match update.execute(&mut store.connection().await?).await? {
        0 => Err(StoreError::NotFound),
        _ => Ok(()),
    }
}

/// Who speaks where, as a channel sees it.
#[derive(Clone, Debug)]
pub struct Speaker {
    /// Whose channel.
    pub organization_id: OrganizationId,
    /// The channel.
    pub channel_id: ChannelId,
    /// The person.
    pub platform_user_id: String,
    /// The chat.
    pub platform_chat_id: String,
}

/// What rules ask about a message that is not in the message.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts {
    /// The contact, if the person has spoken before.
    pub contact_id: Option<ContactId>,
    /// Whether something was said in the chat before.
    pub is_known_chat: bool,
}

#[derive(QueryableByName)]
struct FactsRow {
    #[diesel(sql_type = Nullable<SqlUuid>)]
    contact_id: Option<Uuid>,
    #[diesel(sql_type = Bool)]
    is_known_chat: bool,
}

const FACTS: &str = "
    SELECT p.id AS contact_id,
        EXISTS (
            SELECT FROM conversations c
            JOIN messages m ON m.organization_id = c.organization_id AND m.conversation_id = c.id
            WHERE c.organization_id = i.organization_id AND c.channel_id = i.channel_id
                AND c.platform_chat_id = i.platform_chat_id
        ) AS is_known_chat
    FROM unnest($1, $2, $3, $4)
        WITH ORDINALITY AS i (organization_id, channel_id, platform_user_id, platform_chat_id, ordinal)
    LEFT JOIN contacts p ON p.organization_id = i.organization_id AND p.channel_id = i.channel_id
        AND p.platform_user_id = i.platform_user_id
    ORDER BY i.ordinal";

/// The facts about speakers, in their order.
pub async fn facts(store: &Store, speakers: &[Speaker]) -> Result<Vec<Facts>, StoreError> {
    fn column<'a, T>(speakers: &'a [Speaker], pick: impl Fn(&'a Speaker) -> T) -> Vec<T> {
        speakers.iter().map(pick).collect()
    }
    let statement = hot::statement(FACTS)
        .bind::<Array<SqlUuid>, _>(column(speakers, |s| s.organization_id))
        .bind::<Array<SqlUuid>, _>(column(speakers, |s| s.channel_id))
        .bind::<Array<Text>, _>(column(speakers, |s| s.platform_user_id.as_str()))
        .bind::<Array<Text>, _>(column(speakers, |s| s.platform_chat_id.as_str()));
    let rows: Vec<FactsRow> = statement.load(&mut store.connection().await?).await?;
    let facts = rows.into_iter().map(|row| Facts {
        contact_id: row.contact_id.map(ContactId::from),
        is_known_chat: row.is_known_chat,
    });
    Ok(facts.collect())
}
