//! A provider is where a project's agents ask language models: an address, a model and a sealed key. A change of one makes
//! agents of its project new versions, so that what hosts know of them is read again.

use std::collections::HashMap;

use diesel::QueryableByName;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Bool, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncConnection, RunQueryDsl};

use crate::error::StoreError;
use crate::hot;
use crate::ids::{OrganizationId, ProjectId, ProviderId};
use crate::listing::{Listing, listing, read};
use crate::page::{Listed, Stretch, Time};
use crate::pool::Store;
use crate::schema::providers;
use crate::words::words;

words! {
    /// The wire format that a provider speaks.
    pub enum ProviderKind {
        /// OpenAI's chat completions, which most others speak as well.
        Openai = "openai",
        /// Anthropic's messages.
        Anthropic = "anthropic",
        /// Google's Gemini API.
        Google = "google",
    }
}

/// One row.
#[derive(Clone, Debug, Queryable, Selectable, QueryableByName)]
#[diesel(table_name = providers, check_for_backend(diesel::pg::Pg))]
pub struct Provider {
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// Its id.
    pub id: ProviderId,
    /// Where it lives.
    pub project_id: ProjectId,
    /// Its name, unique in the project whatever its case.
    pub name: String,
    /// What it speaks.
    pub kind: ProviderKind,
    /// Its address.
    pub url: String,
    /// The model.
    pub model: String,
    /// The key, sealed.
    pub key: Option<Vec<u8>>,
    /// Whether agents of the project ask it where nothing else is said.
    pub is_default: bool,
    /// Tokens that each agent may use a day.
    pub agent_tokens: Option<i64>,
    /// Tokens that the project may use a day.
    pub project_tokens: Option<i64>,
    /// Since when.
    pub created_at: Time,
    /// When it was last changed.
    pub updated_at: Time,
}

/// A row as it is to be.
#[derive(Clone, Debug)]
pub struct Written {
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// Its id.
    pub id: ProviderId,
    /// Where it lives.
    pub project_id: ProjectId,
    /// Its name.
    pub name: String,
    /// What it speaks.
    pub kind: ProviderKind,
    /// Its address.
    pub url: String,
    /// The model.
    pub model: String,
    /// The key, sealed.
    pub key: Option<Vec<u8>>,
    /// Whether it takes the place of the project's default one.
    pub is_default: bool,
    /// Tokens that each agent may use a day.
    pub agent_tokens: Option<i64>,
    /// Tokens that the project may use a day.
    pub project_tokens: Option<i64>,
}

/// Agents are locked in the order in which a commit locks them.
macro_rules! moving {
    ($statement:literal) => {
        concat!(
            "WITH locked AS MATERIALIZED (
                 SELECT organization_id, id FROM agents
                 WHERE organization_id = $1 AND project_id = $3
                 ORDER BY organization_id, id
                 FOR UPDATE
             ), moved AS (
                 UPDATE agents SET version = version + 1
                 FROM locked
                 WHERE agents.organization_id = locked.organization_id AND agents.id = locked.id
             )",
            $statement
        )
    };
}

/// `ON CONFLICT` names no index: of those of names and of defaults, too, the violation is told.
const WRITE: &str = moving!(
    "INSERT INTO providers AS p
         (organization_id, id, project_id, name, kind, url, model, key, is_default, agent_tokens, project_tokens)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
     ON CONFLICT (organization_id, id) DO UPDATE
     SET name = excluded.name, kind = excluded.kind, url = excluded.url, model = excluded.model, key = excluded.key,
         is_default = excluded.is_default, agent_tokens = excluded.agent_tokens,
         project_tokens = excluded.project_tokens, updated_at = now()
     RETURNING p.*"
);

const YIELD_DEFAULT: &str = "
    UPDATE providers SET is_default = false, updated_at = now()
    WHERE organization_id = $1 AND project_id = $2 AND id <> $3 AND is_default";

/// Makes a provider, or writes one anew. A known name is a conflict of `providers_name_key`.
pub async fn write(store: &Store, new: Written) -> Result<Provider, StoreError> {
    let mut connection = store.connection().await?;
    connection
        .transaction(async |connection| {
            if new.is_default {
                hot::statement(YIELD_DEFAULT)
                    .bind::<SqlUuid, _>(new.organization_id)
                    .bind::<SqlUuid, _>(new.project_id)
                    .bind::<SqlUuid, _>(new.id)
                    .execute(connection)
                    .await?;
            }
            let write = hot::statement(WRITE)
                .bind::<SqlUuid, _>(new.organization_id)
                .bind::<SqlUuid, _>(new.id)
                .bind::<SqlUuid, _>(new.project_id)
                .bind::<Text, _>(&new.name)
                .bind::<Text, _>(new.kind)
                .bind::<Text, _>(&new.url)
                .bind::<Text, _>(&new.model)
                .bind::<Nullable<Binary>, _>(new.key.as_deref())
                .bind::<Bool, _>(new.is_default)
                .bind::<Nullable<BigInt>, _>(new.agent_tokens)
                .bind::<Nullable<BigInt>, _>(new.project_tokens);
            Ok(write.get_result(connection).await?)
        })
        .await
}

const DELETE: &str = moving!(
    "DELETE FROM providers WHERE organization_id = $1 AND id = $2 AND project_id = $3 RETURNING id"
);

/// Removes a provider with its key.
pub async fn delete(store: &Store, provider: &Provider) -> Result<(), StoreError> {
    let statement = hot::statement(DELETE)
        .bind::<SqlUuid, _>(provider.organization_id)
        .bind::<SqlUuid, _>(provider.id)
        .bind::<SqlUuid, _>(provider.project_id);
    match statement.execute(&mut store.connection().await?).await? {
        0 => Err(StoreError::NotFound),
        _ => Ok(()),
    }
}

/// The one with this id.
pub async fn find(
    store: &Store,
    owner: OrganizationId,
    id: ProviderId,
) -> Result<Option<Provider>, StoreError> {
    Ok(find_many(store, owner, &[id]).await?.pop())
}

/// Those with these ids, in any order.
pub async fn find_many(
    store: &Store,
    owner: OrganizationId,
    ids: &[ProviderId],
) -> Result<Vec<Provider>, StoreError> {
    let query = providers::table
        .filter(providers::organization_id.eq(owner))
        .filter(providers::id.eq_any(ids))
        .select(Provider::as_select());
    Ok(query.load(&mut store.connection().await?).await?)
}

const OF_PROJECTS: Listing = listing!(Up, "providers", "project_id", "id");

/// Those of each project, oldest first.
pub async fn of_projects(
    store: &Store,
    owner: OrganizationId,
    projects: &[ProjectId],
    stretch: &Stretch<ProviderId>,
) -> Result<HashMap<ProjectId, Listed<Provider>>, StoreError> {
    read!(store, OF_PROJECTS, owner, projects, stretch, SqlUuid; |row: &Provider| row.project_id, |row| row.id)
}

/// The id of the one with this name, in whatever case.
pub async fn find_by_name(
    store: &Store,
    owner: OrganizationId,
    project: ProjectId,
    name: &str,
) -> Result<Option<ProviderId>, StoreError> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = SqlUuid)]
        id: ProviderId,
    }
    let statement = hot::statement(
        "SELECT id FROM providers WHERE organization_id = $1 AND project_id = $2 AND lower(name) = lower($3)",
    );
    let found: Option<Found> = statement
        .bind::<SqlUuid, _>(owner)
        .bind::<SqlUuid, _>(project)
        .bind::<Text, _>(name.trim())
        .get_result(&mut store.connection().await?)
        .await
        .optional()?;
    Ok(found.map(|found| found.id))
}
