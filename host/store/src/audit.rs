//! The audit log: a row says who changed what, when and from where. It is written before the change and gets its outcome
//! after it, so that no change is without a row; one that stays `started` was cut off, and may have happened or not.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Timestamptz};
use diesel_async::RunQueryDsl;
use serde_json::Value;

use crate::error::StoreError;
use crate::hot;
use crate::ids::{AuditId, OrganizationId, ProjectId, TokenId, UserId};
use crate::listing::along;
use crate::page::{Listed, Stretch, Time};
use crate::pool::Store;
use crate::schema::audit;
use crate::words::words;

words! {
    /// What came of a change.
    pub enum Outcome {
        /// It was begun; whether it ended is not known.
        Started = "started",
        /// It happened.
        Done = "done",
        /// It did not happen.
        Failed = "failed",
        /// Whoever wanted it did not prove who they are.
        Refused = "refused",
    }
}

/// One row.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = audit, check_for_backend(diesel::pg::Pg))]
pub struct AuditRow {
    /// Its id; ids are in the order of time.
    pub id: AuditId,
    /// The project that was changed; none for what belongs to the whole organization.
    pub project_id: Option<ProjectId>,
    /// When.
    pub at: Time,
    /// The person, where there was one.
    pub user_id: Option<UserId>,
    /// The token that proved who it was.
    pub token_id: Option<TokenId>,
    /// How they proved it.
    pub way: String,
    /// Through which way in.
    pub entrance: String,
    /// What was done, as the control plane names it: `deleteChannel`.
    pub action: String,
    /// To what: `channel`.
    pub subject_kind: String,
    /// To which.
    pub subject_id: String,
    /// What else there is to say, never a secret.
    pub detail: Value,
    /// What came of it.
    pub outcome: Outcome,
    /// Why it failed.
    pub error_code: Option<String>,
    /// From where.
    pub address: Option<String>,
}

/// A row to insert.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = audit)]
pub struct NewAuditRow {
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// Its id.
    pub id: AuditId,
    /// The project.
    pub project_id: Option<ProjectId>,
    /// The person.
    pub user_id: Option<UserId>,
    /// The token.
    pub token_id: Option<TokenId>,
    /// How they proved it.
    pub way: &'static str,
    /// Through which way in.
    pub entrance: &'static str,
    /// What.
    pub action: &'static str,
    /// To what.
    pub subject_kind: &'static str,
    /// To which.
    pub subject_id: String,
    /// What else there is to say.
    pub detail: Value,
    /// From where.
    pub address: Option<String>,
}

/// Which rows.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Those of one project.
    pub project_id: Option<ProjectId>,
    /// Those of one person.
    pub user_id: Option<UserId>,
    /// Those of one action.
    pub action: Option<String>,
}

/// Writes that a change begins.
pub async fn begin(store: &Store, new: NewAuditRow) -> Result<(), StoreError> {
    diesel::insert_into(audit::table)
        .values(new)
        .execute(&mut store.connection().await?)
        .await?;
    Ok(())
}

/// Writes what was refused, of which nothing more will come.
pub async fn refused(store: &Store, new: NewAuditRow, error_code: &str) -> Result<(), StoreError> {
    let outcome = audit::outcome.eq(Outcome::Refused);
    diesel::insert_into(audit::table)
        .values((new, outcome, audit::error_code.eq(error_code)))
        .execute(&mut store.connection().await?)
        .await?;
    Ok(())
}

/// Writes what came of it.
pub async fn end(
    store: &Store,
    owner: OrganizationId,
    id: AuditId,
    outcome: Outcome,
    error_code: Option<&str>,
) -> Result<(), StoreError> {
    diesel::update(audit::table.find((owner, id)))
        .set((audit::outcome.eq(outcome), audit::error_code.eq(error_code)))
        .execute(&mut store.connection().await?)
        .await?;
    Ok(())
}

/// One row.
pub async fn find(
    store: &Store,
    owner: OrganizationId,
    id: AuditId,
) -> Result<Option<AuditRow>, StoreError> {
    let query = audit::table.find((owner, id)).select(AuditRow::as_select());
    Ok(query
        .get_result(&mut store.connection().await?)
        .await
        .optional()?)
}

/// Those with these ids, in any order.
pub async fn find_many(
    store: &Store,
    owner: OrganizationId,
    ids: &[AuditId],
) -> Result<Vec<AuditRow>, StoreError> {
    let query = audit::table
        .filter(audit::organization_id.eq(owner))
        .filter(audit::id.eq_any(ids))
        .select(AuditRow::as_select());
    Ok(query.load(&mut store.connection().await?).await?)
}

/// The rows of an organization, the newest first.
pub async fn list(
    store: &Store,
    owner: OrganizationId,
    wanted: &Wanted,
    stretch: &Stretch<AuditId>,
) -> Result<Listed<AuditRow>, StoreError> {
    let mut query = audit::table
        .filter(audit::organization_id.eq(owner))
        .select(AuditRow::as_select())
        .into_boxed();
    if let Some(project) = wanted.project_id {
        query = query.filter(audit::project_id.eq(project));
    }
    if let Some(user) = wanted.user_id {
        query = query.filter(audit::user_id.eq(user));
    }
    if let Some(action) = &wanted.action {
        query = query.filter(audit::action.eq(action));
    }
    along!(store, query, stretch, Down, audit::id; |row: &AuditRow| row.id)
}

const DELETE: &str = "
    DELETE FROM audit WHERE (organization_id, id) IN (SELECT organization_id, id FROM audit WHERE at < $1 LIMIT $2)";

/// Removes rows from before a time, so many at most; says how many.
pub async fn delete_before(store: &Store, time: Time, limit: u32) -> Result<usize, StoreError> {
    let statement = hot::statement(DELETE)
        .bind::<Timestamptz, _>(time)
        .bind::<BigInt, _>(i64::from(limit));
    Ok(statement.execute(&mut store.connection().await?).await?)
}
