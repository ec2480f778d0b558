//! A user is a person with a login.

mod remove;

use diesel::prelude::*;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};

pub use self::remove::remove;
use crate::error::StoreError;
use crate::functions::lower;
use crate::ids::{OrganizationId, ProjectId, UserId};
use crate::listing::along;
use crate::members::LAST_OWNER;
use crate::page::{Listed, Stretch, Time};
use crate::pool::Store;
use crate::schema::{organizations, users};
use crate::words::words;

words! {
    /// What a person may do in their organization as a whole; the services hold the table of rights.
    pub enum OrganizationRole {
        /// Everything, and there is always one.
        Owner = "owner",
        /// What their projects let them.
        Member = "member",
        /// The same, without seeing the organization: someone whom a channel brought.
        Guest = "guest",
    }
}

/// One row, without the password.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// Where they belong.
    pub organization_id: OrganizationId,
    /// Their address, unique whatever its case; none before someone has set up an account that a channel made for them.
    pub email: Option<String>,
    /// What they are called.
    pub name: String,
    /// Where their things live when no project is named.
    pub default_project_id: ProjectId,
    /// Since when.
    pub created_at: Time,
    /// What they may do in the organization as a whole.
    pub organization_role: OrganizationRole,
    /// When they were removed: they are known by what they have said and done, and do nothing more.
    pub removed_at: Option<Time>,
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
    pub email: Option<String>,
    /// What they are called.
    pub name: String,
    /// argon2id in PHC form, or none until they choose a password.
    pub password_hash: Option<String>,
    /// The project that is made with the account.
    pub default_project_id: ProjectId,
    /// What they may do in the organization as a whole.
    pub organization_role: OrganizationRole,
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

#[diesel::dsl::auto_type(no_type_alias)]
fn present() -> _ {
    users::table.filter(users::removed_at.is_null())
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
    let query = present().filter(users::id.eq(id)).select(User::as_select());
    Ok(query
        .get_result(&mut store.connection().await?)
        .await
        .optional()?)
}

/// Who has owned the first organization for the longest time.
pub async fn first_owner(store: &Store) -> Result<Option<User>, StoreError> {
    let first = organizations::table
        .order((organizations::created_at, organizations::id))
        .select(organizations::id)
        .limit(1)
        .single_value();
    let query = users::table
        .filter(users::organization_id.nullable().eq(first))
        .filter(users::organization_role.eq(OrganizationRole::Owner))
        .filter(users::removed_at.is_null())
        .order((users::created_at, users::id))
        .select(User::as_select());
    Ok(query
        .first(&mut store.connection().await?)
        .await
        .optional()?)
}

/// The one with this address, whatever its case.
pub async fn find_by_email(store: &Store, email: &str) -> Result<Option<User>, StoreError> {
    let query = present()
        .filter(lower(users::email.assume_not_null()).eq(lower(email)))
        .select(User::as_select());
    Ok(query
        .get_result(&mut store.connection().await?)
        .await
        .optional()?)
}

/// What a log-in with this address has to match.
pub async fn login(store: &Store, email: &str) -> Result<Option<Login>, StoreError> {
    let query = present()
        .filter(lower(users::email.assume_not_null()).eq(lower(email)))
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
    let update = diesel::update(present().filter(users::id.eq(id)))
        .set(users::password_hash.eq(password_hash));
    match update.execute(&mut store.connection().await?).await? {
        0 => Err(StoreError::NotFound),
        _ => Ok(()),
    }
}

/// The people of an organization who have an address, in the order of their accounts.
pub async fn list(
    store: &Store,
    owner: OrganizationId,
    stretch: &Stretch<UserId>,
) -> Result<Listed<User>, StoreError> {
    let query = present()
        .filter(users::organization_id.eq(owner))
        .filter(users::email.is_not_null())
        .select(User::as_select());
    along!(store, query, stretch, Up, users::id; |row: &User| row.id)
}

/// Those with these ids, of one organization, removed or not.
pub async fn find_all(
    store: &Store,
    owner: OrganizationId,
    ids: &[UserId],
) -> Result<Vec<User>, StoreError> {
    let query = users::table
        .filter(users::organization_id.eq(owner))
        .filter(users::id.eq_any(ids))
        .select(User::as_select());
    Ok(query.load(&mut store.connection().await?).await?)
}

/// What to change; what is none stays.
#[derive(Clone, Debug, Default, AsChangeset)]
#[diesel(table_name = users)]
pub struct UserChanges {
    /// What they are called.
    pub name: Option<String>,
    /// Their address.
    pub email: Option<String>,
}

/// Changes a person's own data. A known address is a conflict of `users_email_key`.
pub async fn update(store: &Store, id: UserId, changes: UserChanges) -> Result<User, StoreError> {
    let update = diesel::update(present().filter(users::id.eq(id)))
        .set(changes)
        .returning(User::as_returning());
    Ok(update.get_result(&mut store.connection().await?).await?)
}

/// Gives a person another role in their organization. The last owner stays one: a refusal of [`LAST_OWNER`].
pub async fn set_organization_role(
    store: &Store,
    owner: OrganizationId,
    id: UserId,
    role: OrganizationRole,
) -> Result<User, StoreError> {
    let mut connection = store.connection().await?;
    connection
        .transaction(async |connection| {
            let others = other_owners(connection, owner, id).await?;
            if role != OrganizationRole::Owner && others.is_empty() {
                return Err(last_owner());
            }
            let person = present()
                .filter(users::organization_id.eq(owner))
                .filter(users::id.eq(id));
            let update = diesel::update(person)
                .set(users::organization_role.eq(role))
                .returning(User::as_returning());
            Ok(update.get_result(connection).await?)
        })
        .await
}

/// The owners besides this one. The organization's row is locked: of two owners who step down at once, one comes
/// second, and sees what the first has done.
async fn other_owners(
    connection: &mut AsyncPgConnection,
    owner: OrganizationId,
    id: UserId,
) -> Result<Vec<UserId>, StoreError> {
    organizations::table
        .find(owner)
        .select(organizations::id)
        .for_no_key_update()
        .get_result::<OrganizationId>(connection)
        .await?;
    let owners = present()
        .filter(users::organization_id.eq(owner))
        .filter(users::organization_role.eq(OrganizationRole::Owner))
        .filter(users::id.ne(id))
        .select(users::id);
    Ok(owners.load(connection).await?)
}

fn last_owner() -> StoreError {
    StoreError::Refused {
        constraint: LAST_OWNER.to_owned(),
        column: None,
        message: "an organization keeps an owner".to_owned(),
    }
}
