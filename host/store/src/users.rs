//! A user is a person with a login.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::error::StoreError;
use crate::functions::lower;
use crate::ids::{OrganizationId, ProjectId, UserId};
use crate::page::Time;
use crate::pool::Store;
use crate::schema::users;

/// One row, without the password.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// Where they belong.
    pub organization_id: OrganizationId,
    /// Their address, unique whatever its case.
    pub email: String,
    /// What they are called.
    pub name: String,
    /// Where their things live when no project is named.
    pub default_project_id: ProjectId,
    /// Since when.
    pub created_at: Time,
}

/// A row to insert.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = users)]
pub struct NewUser {
    /// Their id.
    pub id: UserId,
    /// Where they belong.
    pub organization_id: OrganizationId,
    /// Their address.
    pub email: String,
    /// What they are called.
    pub name: String,
    /// argon2id in PHC form, or none until they choose a password.
    pub password_hash: Option<String>,
    /// The project that is made with the account.
    pub default_project_id: ProjectId,
}

/// What a log-in checks.
#[derive(Clone, Queryable, Selectable)]
#[diesel(table_name = users, check_for_backend(diesel::pg::Pg))]
pub struct Login {
    /// Who.
    pub id: UserId,
    /// Where they belong.
    pub organization_id: OrganizationId,
    /// argon2id in PHC form, or none until they choose a password.
    pub password_hash: Option<String>,
}

/// Adds a person. A known address is a conflict of `users_email_key`.
pub async fn create(store: &Store, new: NewUser) -> Result<User, StoreError> {
    let insert = diesel::insert_into(users::table)
        .values(new)
        .returning(User::as_returning());
    Ok(insert.get_result(&mut store.connection().await?).await?)
}

/// The one with this id.
pub async fn find(store: &Store, id: UserId) -> Result<Option<User>, StoreError> {
    let query = users::table.find(id).select(User::as_select());
    Ok(query
        .get_result(&mut store.connection().await?)
        .await
        .optional()?)
}

/// The one with this address, whatever its case.
pub async fn find_by_email(store: &Store, email: &str) -> Result<Option<User>, StoreError> {
    let query = users::table
        .filter(lower(users::email).eq(lower(email)))
        .select(User::as_select());
    Ok(query
        .get_result(&mut store.connection().await?)
        .await
        .optional()?)
}

/// What a log-in with this address has to match.
pub async fn login(store: &Store, email: &str) -> Result<Option<Login>, StoreError> {
    let query = users::table
        .filter(lower(users::email).eq(lower(email)))
        .select(Login::as_select());
    Ok(query
        .get_result(&mut store.connection().await?)
        .await
        .optional()?)
}

/// Sets the password.
pub async fn set_password(
    store: &Store,
    id: UserId,
    password_hash: &str,
) -> Result<(), StoreError> {
    let update = diesel::update(users::table.find(id)).set(users::password_hash.eq(password_hash));
    match update.execute(&mut store.connection().await?).await? {
        0 => Err(StoreError::NotFound),
        _ => Ok(()),
    }
}
