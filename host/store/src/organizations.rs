//! An organization owns projects, people and credentials. A database starts with one, founded with its first owner.

use diesel::prelude::*;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};

use crate::error::StoreError;
use crate::ids::OrganizationId;
use crate::members::{NewMember, Role};
use crate::page::Time;
use crate::pool::Store;
use crate::projects::{NewProject, Project};
use crate::schema::{members, organizations, projects, users};
use crate::users::{NewUser, User};

/// One row.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct Organization {
    /// Its id.
    pub id: OrganizationId,
    /// What people call it.
    pub name: String,
    /// When it was founded.
    pub created_at: Time,
}

/// A row to insert.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = organizations)]
pub struct NewOrganization {
    /// Its id.
    pub id: OrganizationId,
    /// What people call it.
    pub name: String,
}

/// An organization with the person who owns it and their default project.
#[derive(Clone, Debug)]
pub struct Founding {
    /// The organization.
    pub organization: NewOrganization,
    /// Its owner, whose default project is `project`.
    pub owner: NewUser,
    /// The owner's default project.
    pub project: NewProject,
}

/// What a founding made.
#[derive(Clone, Debug)]
pub struct Founded {
    /// The organization.
    pub organization: Organization,
    /// Its owner.
    pub owner: User,
    /// The owner's default project.
    pub project: Project,
}

/// Founds an organization. Two hosts that do so at once for the same owner: one gets a conflict of `users_email_key`.
pub async fn found(store: &Store, founding: Founding) -> Result<Founded, StoreError> {
    let mut connection = store.connection().await?;
    connection
        .transaction(async |connection| insert_all(connection, founding).await)
        .await
}

async fn insert_all(
    connection: &mut AsyncPgConnection,
    founding: Founding,
) -> Result<Founded, StoreError> {
    let membership = NewMember {
        organization_id: founding.organization.id,
        project_id: founding.project.id,
        user_id: founding.owner.id,
        role: Role::Owner,
    };
    let organization = insert(connection, founding.organization).await?;
    let owner = diesel::insert_into(users::table)
        .values(founding.owner)
        .returning(User::as_returning())
        .get_result(connection)
        .await?;
    let project = diesel::insert_into(projects::table)
        .values(founding.project)
        .returning(Project::as_returning())
        .get_result(connection)
        .await?;
    diesel::insert_into(members::table)
        .values(membership)
        .execute(connection)
        .await?;
    Ok(Founded {
        organization,
        owner,
        project,
    })
}

/// Makes an organization that has no one yet.
pub async fn create(store: &Store, new: NewOrganization) -> Result<Organization, StoreError> {
    insert(&mut *store.connection().await?, new).await
}

async fn insert(
    connection: &mut AsyncPgConnection,
    new: NewOrganization,
) -> Result<Organization, StoreError> {
    let insert = diesel::insert_into(organizations::table).values(new);
    Ok(insert
        .returning(Organization::as_returning())
        .get_result(connection)
        .await?)
}

/// The one with this id.
pub async fn find(store: &Store, id: OrganizationId) -> Result<Option<Organization>, StoreError> {
    let query = organizations::table
        .find(id)
        .select(Organization::as_select());
    Ok(query
        .get_result(&mut store.connection().await?)
        .await
        .optional()?)
}

/// The one that was founded first: none on an empty database.
pub async fn first(store: &Store) -> Result<Option<Organization>, StoreError> {
    let query = organizations::table
        .order(organizations::id)
        .select(Organization::as_select());
    Ok(query
        .first(&mut store.connection().await?)
        .await
        .optional()?)
}

/// Gives it another name.
pub async fn rename(
    store: &Store,
    id: OrganizationId,
    name: &str,
) -> Result<Organization, StoreError> {
    let update = diesel::update(organizations::table.find(id)).set(organizations::name.eq(name));
    Ok(update
        .returning(Organization::as_returning())
        .get_result(&mut store.connection().await?)
        .await?)
}
