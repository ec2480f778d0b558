//! An invite is a single-use offer of a role in a project, bound to an e-mail address. Its link's secret part is shown
//! once; what is kept is its SHA-256.

mod accept;

use std::collections::HashMap;

use diesel::dsl::now;
use diesel::prelude::*;
use diesel::sql_types::Uuid as SqlUuid;
use diesel_async::RunQueryDsl;

pub use self::accept::{Newcomer, accept_as, accept_new};
use crate::digests::TokenHash;
use crate::error::StoreError;
use crate::ids::{InviteId, OrganizationId, ProjectId, UserId};
use crate::listing::{Listing, listing, read};
use crate::members::Role;
use crate::page::{Listed, Stretch, Time};
use crate::pool::Store;
use crate::schema::invites;

/// One row.
#[derive(Clone, Debug, Queryable, Selectable, QueryableByName)]
#[diesel(table_name = invites, check_for_backend(diesel::pg::Pg))]
pub struct Invite {
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// Its id.
    pub id: InviteId,
    /// Where to.
    pub project_id: ProjectId,
    /// For whom.
    pub email: String,
    /// As what.
    pub role: Role,
    /// Who offers it.
    pub invited_by: Option<UserId>,
    /// Since when.
    pub created_at: Time,
    /// Until when.
    pub expires_at: Time,
    /// When it was accepted.
    pub accepted_at: Option<Time>,
    /// By whom.
    pub accepted_by: Option<UserId>,
    /// When it was withdrawn.
    pub revoked_at: Option<Time>,
}

/// A row to insert.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = invites)]
pub struct NewInvite {
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// Its id.
    pub id: InviteId,
    /// Where to.
    pub project_id: ProjectId,
    /// For whom.
    pub email: String,
    /// As what.
    pub role: Role,
    /// Of the link's secret part.
    pub hash: TokenHash,
    /// Who offers it.
    pub invited_by: Option<UserId>,
    /// Until when.
    pub expires_at: Time,
}

/// Those that can still be accepted.
#[diesel::dsl::auto_type(no_type_alias)]
fn open() -> _ {
    invites::table
        .filter(invites::accepted_at.is_null())
        .filter(invites::revoked_at.is_null())
        .filter(invites::expires_at.gt(now))
}

/// Makes an offer.
pub async fn create(store: &Store, new: NewInvite) -> Result<Invite, StoreError> {
    let insert = diesel::insert_into(invites::table)
        .values(new)
        .returning(Invite::as_returning());
    Ok(insert.get_result(&mut store.connection().await?).await?)
}

/// The one with this link, if it can still be accepted.
pub async fn find_open(store: &Store, hash: TokenHash) -> Result<Option<Invite>, StoreError> {
    let query = open()
        .filter(invites::hash.eq(hash))
        .select(Invite::as_select());
    Ok(query
        .get_result(&mut store.connection().await?)
        .await
        .optional()?)
}

/// The one with this id, open or not.
pub async fn find(
    store: &Store,
    owner: OrganizationId,
    id: InviteId,
) -> Result<Option<Invite>, StoreError> {
    let query = invites::table.find((owner, id)).select(Invite::as_select());
    Ok(query
        .get_result(&mut store.connection().await?)
        .await
        .optional()?)
}

/// Those with these ids, open or not, in any order.
pub async fn find_many(
    store: &Store,
    owner: OrganizationId,
    ids: &[InviteId],
) -> Result<Vec<Invite>, StoreError> {
    let query = invites::table
        .filter(invites::organization_id.eq(owner))
        .filter(invites::id.eq_any(ids))
        .select(Invite::as_select());
    Ok(query.load(&mut store.connection().await?).await?)
}

const OF_PROJECTS: Listing = listing!(Up, "invites", "project_id", "id");

/// Those to each project, open or not, oldest first.
pub async fn of_projects(
    store: &Store,
    owner: OrganizationId,
    projects: &[ProjectId],
    stretch: &Stretch<InviteId>,
) -> Result<HashMap<ProjectId, Listed<Invite>>, StoreError> {
    read!(store, OF_PROJECTS, owner, projects, stretch, SqlUuid; |row: &Invite| row.project_id, |row| row.id)
}

/// Withdraws an open offer.
pub async fn revoke(
    store: &Store,
    owner: OrganizationId,
    id: InviteId,
) -> Result<Invite, StoreError> {
    let one = open()
        .filter(invites::organization_id.eq(owner))
        .filter(invites::id.eq(id));
    let revoke = diesel::update(one)
        .set(invites::revoked_at.eq(now))
        .returning(Invite::as_returning());
    Ok(revoke.get_result(&mut store.connection().await?).await?)
}
