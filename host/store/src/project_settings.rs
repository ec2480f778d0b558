//! What a project's owners set, and what the address that they named knows of the project's channels.

use diesel::dsl::now;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;

use crate::channels::ChannelStatus;
use crate::error::StoreError;
use crate::hot;
use crate::ids::{ChannelId, OrganizationId, ProjectId};
use crate::page::Time;
use crate::pool::Store;
use crate::schema::{project_settings, told_statuses};

/// One row.
#[derive(Clone, Debug, Default, Queryable, Selectable)]
#[diesel(table_name = project_settings, check_for_backend(diesel::pg::Pg))]
pub struct ProjectSettings {
    /// Where the status of the project's channels is told.
    pub webhook_url: Option<String>,
    /// What the calls are signed with: sealed.
    pub webhook_secret: Option<Vec<u8>>,
    /// Requests a minute of the project's keys.
    pub rate_limit_rpm: Option<i32>,
}

/// What to change; what is none stays. `Some(None)` clears.
#[derive(Clone, Debug, Default, AsChangeset)]
#[diesel(table_name = project_settings)]
pub struct SettingsChanges {
    /// Where the status of the project's channels is told.
    pub webhook_url: Option<Option<String>>,
    /// What the calls are signed with: sealed.
    pub webhook_secret: Option<Vec<u8>>,
    /// Requests a minute of the project's keys.
    pub rate_limit_rpm: Option<Option<i32>>,
}

/// The settings of a project; those of one where nothing was set are empty.
pub async fn find(
    store: &Store,
    owner: OrganizationId,
    project: ProjectId,
) -> Result<ProjectSettings, StoreError> {
    let query = project_settings::table
        .find((owner, project))
        .select(ProjectSettings::as_select());
    let found = query.get_result(&mut store.connection().await?).await;
    Ok(found.optional()?.unwrap_or_default())
}

/// Changes the settings of a project.
pub async fn change(
    store: &Store,
    owner: OrganizationId,
    project: ProjectId,
    changes: SettingsChanges,
) -> Result<ProjectSettings, StoreError> {
    let insert = diesel::insert_into(project_settings::table)
        .values((
            project_settings::organization_id.eq(owner),
            project_settings::project_id.eq(project),
            project_settings::webhook_url.eq(changes.webhook_url.clone().flatten()),
            project_settings::webhook_secret.eq(changes.webhook_secret.clone()),
            project_settings::rate_limit_rpm.eq(changes.rate_limit_rpm.flatten()),
        ))
        .on_conflict((
            project_settings::organization_id,
            project_settings::project_id,
        ))
        .do_update()
        .set((changes, project_settings::updated_at.eq(now)))
        .returning(ProjectSettings::as_returning());
    Ok(insert.get_result(&mut store.connection().await?).await?)
}

/// A channel whose status its project's address does not know.
#[derive(Clone, Debug, QueryableByName)]
pub struct Untold {
    /// Whose it is.
    #[diesel(sql_type = SqlUuid)]
    pub organization_id: OrganizationId,
    /// The project.
    #[diesel(sql_type = SqlUuid)]
    pub project_id: ProjectId,
    /// The channel.
    #[diesel(sql_type = SqlUuid)]
    pub channel_id: ChannelId,
    /// Its kind.
    #[diesel(sql_type = Text)]
    pub kind: String,
    /// Its name.
    #[diesel(sql_type = Text)]
    pub name: String,
    /// Its status.
    #[diesel(sql_type = Text)]
    pub status: ChannelStatus,
    /// Why.
    #[diesel(sql_type = Nullable<Text>)]
    pub status_reason: Option<String>,
    /// Grows with each change of the channel.
    #[diesel(sql_type = BigInt)]
    pub version: i64,
    /// When it last changed.
    #[diesel(sql_type = Timestamptz)]
    pub updated_at: Time,
    /// The status that the address knows.
    #[diesel(sql_type = Nullable<Text>)]
    pub told: Option<String>,
    /// The address.
    #[diesel(sql_type = Text)]
    pub webhook_url: String,
    /// What the call is signed with: sealed.
    #[diesel(sql_type = Binary)]
    pub webhook_secret: Vec<u8>,
}

const UNTOLD: &str = "
    SELECT c.organization_id, c.project_id, c.id AS channel_id, c.kind, c.name, c.status, c.status_reason, c.version,
        c.updated_at, t.status AS told, s.webhook_url, s.webhook_secret
    FROM project_settings s
    JOIN channels c ON c.organization_id = s.organization_id AND c.project_id = s.project_id AND c.deleted_at IS NULL
    LEFT JOIN told_statuses t ON t.organization_id = c.organization_id AND t.channel_id = c.id
    WHERE s.webhook_url IS NOT NULL AND s.webhook_secret IS NOT NULL AND t.status IS DISTINCT FROM c.status
        AND COALESCE(t.next_attempt_at <= now(), true)
    ORDER BY c.updated_at
    LIMIT $1";

/// Channels whose status is to be told now, whosever they are, those that have waited longest first.
pub async fn untold(store: &Store, limit: u32) -> Result<Vec<Untold>, StoreError> {
    let statement = hot::statement(UNTOLD).bind::<BigInt, _>(i64::from(limit));
    Ok(statement.load(&mut store.connection().await?).await?)
}

/// Takes note that a status was told.
pub async fn told(store: &Store, untold: &Untold) -> Result<(), StoreError> {
    let status = Some(untold.status.as_str());
    diesel::insert_into(told_statuses::table)
        .values((
            told_statuses::organization_id.eq(untold.organization_id),
            told_statuses::channel_id.eq(untold.channel_id),
            told_statuses::status.eq(status),
        ))
        .on_conflict((told_statuses::organization_id, told_statuses::channel_id))
        .do_update()
        .set((
            told_statuses::status.eq(status),
            told_statuses::failed.eq(0),
            told_statuses::next_attempt_at.eq(now),
        ))
        .execute(&mut store.connection().await?)
        .await?;
    Ok(())
}

/// One second after the first failure, twice as long after each, an hour at most.
const FAILED: &str = "
    INSERT INTO told_statuses AS t (organization_id, channel_id, failed, next_attempt_at)
    VALUES ($1, $2, 1, now() + interval '1 second')
    ON CONFLICT (organization_id, channel_id) DO UPDATE
    SET failed = LEAST(t.failed + 1, 1000),
        next_attempt_at = now() + LEAST(interval '1 hour', interval '1 second' * power(2, LEAST(t.failed, 12)))";

/// Takes note that a status could not be told: it is tried again later.
pub async fn not_told(store: &Store, untold: &Untold) -> Result<(), StoreError> {
    hot::statement(FAILED)
        .bind::<SqlUuid, _>(untold.organization_id)
        .bind::<SqlUuid, _>(untold.channel_id)
        .execute(&mut store.connection().await?)
        .await?;
    Ok(())
}
