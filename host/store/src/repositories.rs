//! Repositories: git repositories that people have connected.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::functions::lower;
use crate::ids::{OrganizationId, RepositoryId, UserId};
use crate::listing::along;
use crate::page::{Listed, Stretch, Time};
use crate::schema::repositories;
use crate::{Store, StoreError};

/// One repository.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = repositories, check_for_backend(diesel::pg::Pg))]
pub struct Repository {
    /// Whose its owner is.
    pub organization_id: OrganizationId,
    /// Its id.
    pub id: RepositoryId,
    /// Who connected it.
    pub user_id: UserId,
    /// What they call it.
    pub full_name: String,
    /// Where it is.
    pub url: String,
    /// What it is read with, sealed.
    pub token: Option<Vec<u8>>,
    /// The commit at its head.
    pub head: String,
    /// The branch of that.
    pub branch: Option<String>,
    /// When that was looked at.
    pub refreshed_at: Time,
    /// Since when it is connected.
    pub created_at: Time,
}

/// A repository to connect.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = repositories)]
pub struct NewRepository {
    /// Whose its owner is.
    pub organization_id: OrganizationId,
    /// Its id.
    pub id: RepositoryId,
    /// Who connects it.
    pub user_id: UserId,
    /// What they call it.
    pub full_name: String,
    /// Where it is.
    pub url: String,
    /// What it is read with, sealed.
    pub token: Option<Vec<u8>>,
    /// The commit at its head.
    pub head: String,
    /// The branch of that.
    pub branch: Option<String>,
}

/// Connects one.
pub async fn create(store: &Store, new: NewRepository) -> Result<Repository, StoreError> {
    let insert = diesel::insert_into(repositories::table).values(new);
    Ok(insert
        .returning(Repository::as_returning())
        .get_result(&mut store.connection().await?)
        .await?)
}

/// A stretch of a person's repositories, oldest first.
pub async fn list(
    store: &Store,
    owner: OrganizationId,
    user: UserId,
    stretch: &Stretch<RepositoryId>,
) -> Result<Listed<Repository>, StoreError> {
    let query = repositories::table
        .filter(repositories::organization_id.eq(owner))
        .filter(repositories::user_id.eq(user))
        .select(Repository::as_select())
        .into_boxed();
    along!(store, query, stretch, Up, repositories::id; |row: &Repository| row.id)
}

/// The repositories with these ids, in any order.
pub async fn find_many(
    store: &Store,
    owner: OrganizationId,
    ids: &[RepositoryId],
) -> Result<Vec<Repository>, StoreError> {
    let query = repositories::table
        .filter(repositories::organization_id.eq(owner))
        .filter(repositories::id.eq_any(ids))
        .select(Repository::as_select());
    Ok(query.load(&mut store.connection().await?).await?)
}

/// A person's repository of this name, whatever its case.
pub async fn find_by_name(
    store: &Store,
    owner: OrganizationId,
    user: UserId,
    full_name: &str,
) -> Result<Option<Repository>, StoreError> {
    let query = repositories::table
        .filter(repositories::organization_id.eq(owner))
        .filter(repositories::user_id.eq(user))
        .filter(lower(repositories::full_name).eq(full_name.to_lowercase()))
        .select(Repository::as_select());
    let found = query.get_result(&mut store.connection().await?).await;
    Ok(found.optional()?)
}

/// Notes what is at its head now. `NotFound` where it was disconnected.
pub async fn refresh(
    store: &Store,
    owner: OrganizationId,
    id: RepositoryId,
    head: &str,
    branch: Option<&str>,
) -> Result<Repository, StoreError> {
    let update = diesel::update(repositories::table.find((owner, id))).set((
        repositories::head.eq(head),
        repositories::branch.eq(branch),
        repositories::refreshed_at.eq(diesel::dsl::now),
    ));
    Ok(update
        .returning(Repository::as_returning())
        .get_result(&mut store.connection().await?)
        .await?)
}

/// Forgets one, and its token. Whether it was there.
pub async fn delete(
    store: &Store,
    owner: OrganizationId,
    id: RepositoryId,
) -> Result<bool, StoreError> {
    let delete = diesel::delete(repositories::table.find((owner, id)));
    Ok(delete.execute(&mut store.connection().await?).await? > 0)
}
