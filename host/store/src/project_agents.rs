//! Agents that work in a project: those that live there, and those of other projects that were added. One of them may lead.

use diesel::prelude::*;
use diesel::sql_types::{Bool, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncConnection, RunQueryDsl};

use crate::error::StoreError;
use crate::hot;
use crate::ids::{AgentId, OrganizationId, ProjectId, UserId};
use crate::page::Time;
use crate::pool::Store;
use crate::schema::{channels, project_agents, projects};

/// An agent that works in a project.
#[derive(Clone, Debug, QueryableByName)]
pub struct ProjectAgent {
    /// The agent.
    #[diesel(sql_type = SqlUuid)]
    pub agent_id: AgentId,
    /// Its name.
    #[diesel(sql_type = Text)]
    pub name: String,
    /// Whether it answers where no channel says who does.
    #[diesel(sql_type = Bool)]
    pub is_lead: bool,
    /// Who added it; none where it lives in the project.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub added_by: Option<UserId>,
    /// Since when.
    #[diesel(sql_type = Timestamptz)]
    pub added_at: Time,
}

/// A row to insert.
#[derive(Clone, Copy, Debug, Insertable)]
#[diesel(table_name = project_agents)]
pub struct NewProjectAgent {
    /// Whose project.
    pub organization_id: OrganizationId,
    /// The project.
    pub project_id: ProjectId,
    /// The agent.
    pub agent_id: AgentId,
    /// Who adds it.
    pub added_by: UserId,
}

/// Agents that people made for themselves answer them alone.
const LIST: &str = "
    SELECT a.id AS agent_id, a.name, p.primary_agent_id IS NOT DISTINCT FROM a.id AS is_lead, w.added_by,
        COALESCE(w.added_at, a.created_at) AS added_at
    FROM projects p
    JOIN agents a ON a.organization_id = p.organization_id AND a.deleted_at IS NULL AND a.owner_id IS NULL
    LEFT JOIN project_agents w
        ON w.organization_id = p.organization_id AND w.project_id = p.id AND w.agent_id = a.id
    WHERE p.organization_id = $1 AND p.id = $2 AND (a.project_id = p.id OR w.agent_id IS NOT NULL)
    ORDER BY is_lead DESC, added_at, a.id";

/// The agents of a project, its lead first.
pub async fn list(
    store: &Store,
    owner: OrganizationId,
    project: ProjectId,
) -> Result<Vec<ProjectAgent>, StoreError> {
    let statement = hot::statement(LIST)
        .bind::<SqlUuid, _>(owner)
        .bind::<SqlUuid, _>(project);
    Ok(statement.load(&mut store.connection().await?).await?)
}

/// Whether an agent of another project works in this one.
pub async fn is_added(
    store: &Store,
    owner: OrganizationId,
    project: ProjectId,
    agent: AgentId,
) -> Result<bool, StoreError> {
    let row = project_agents::table.find((owner, project, agent));
    let query = diesel::select(diesel::dsl::exists(row));
    Ok(query.get_result(&mut store.connection().await?).await?)
}

/// Adds an agent of another project; one that is in already stays.
pub async fn add(store: &Store, new: NewProjectAgent) -> Result<(), StoreError> {
    diesel::insert_into(project_agents::table)
        .values(new)
        .on_conflict_do_nothing()
        .execute(&mut store.connection().await?)
        .await?;
    Ok(())
}

/// Takes an agent of another project out: it leads no more, and answers on none of the project's channels. Whether it was in.
pub async fn remove(
    store: &Store,
    owner: OrganizationId,
    project: ProjectId,
    agent: AgentId,
) -> Result<bool, StoreError> {
    let mut connection = store.connection().await?;
    connection
        .transaction(async |connection| {
            let channels = channels::table
                .filter(channels::organization_id.eq(owner))
                .filter(channels::project_id.eq(project))
                .filter(channels::primary_agent_id.eq(agent));
            diesel::update(channels)
                .set((
                    channels::primary_agent_id.eq(None::<AgentId>),
                    channels::version.eq(channels::version + 1),
                    channels::updated_at.eq(diesel::dsl::now),
                ))
                .execute(connection)
                .await?;
            let lead = projects::table
                .find((owner, project))
                .filter(projects::primary_agent_id.eq(agent));
            diesel::update(lead)
                .set(projects::primary_agent_id.eq(None::<AgentId>))
                .execute(connection)
                .await?;
            let row = project_agents::table.find((owner, project, agent));
            Ok(diesel::delete(row).execute(connection).await? == 1)
        })
        .await
}
