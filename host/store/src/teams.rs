//! A team is people who can take over conversations together: its members answer, its observers look on.

mod people;

use diesel::dsl::now;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

pub use self::people::{
    NewTeamMember, TeamMember, TeamRole, list_members, remove_member, role, set_member,
};
use crate::error::StoreError;
use crate::ids::{BusinessUnitId, OrganizationId, TeamId};
use crate::listing::along;
use crate::page::{Listed, Stretch, Time};
use crate::pool::Store;
use crate::schema::teams;

/// One row.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct Team {
    /// Its id.
    pub id: TeamId,
    /// The business unit that it belongs to.
    pub business_unit_id: Option<BusinessUnitId>,
    /// What people call it.
    pub name: String,
    /// Since when.
    pub created_at: Time,
}

/// A row to insert.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = teams)]
pub struct NewTeam {
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// Its id.
    pub id: TeamId,
    /// The business unit that it belongs to.
    pub business_unit_id: Option<BusinessUnitId>,
    /// What people call it.
    pub name: String,
}

/// What to change; what is none stays. `Some(None)` clears.
#[derive(Clone, Debug, Default, AsChangeset)]
#[diesel(table_name = teams)]
pub struct TeamChanges {
    /// Another name.
    pub name: Option<String>,
    /// Another business unit.
    pub business_unit_id: Option<Option<BusinessUnitId>>,
}

#[diesel::dsl::auto_type(no_type_alias)]
fn present(organization_id: OrganizationId) -> _ {
    teams::table
        .filter(teams::organization_id.eq(organization_id))
        .filter(teams::deleted_at.is_null())
}

/// Makes one. A name that is taken is a conflict of `teams_name_key`.
pub async fn create(store: &Store, new: NewTeam) -> Result<Team, StoreError> {
    let insert = diesel::insert_into(teams::table)
        .values(new)
        .returning(Team::as_returning());
    Ok(insert.get_result(&mut store.connection().await?).await?)
}

/// The one with this id.
pub async fn find(
    store: &Store,
    owner: OrganizationId,
    id: TeamId,
) -> Result<Option<Team>, StoreError> {
    let query = present(owner)
        .filter(teams::id.eq(id))
        .select(Team::as_select());
    Ok(query
        .get_result(&mut store.connection().await?)
        .await
        .optional()?)
}

/// Those with these ids, in any order.
pub async fn find_many(
    store: &Store,
    owner: OrganizationId,
    ids: &[TeamId],
) -> Result<Vec<Team>, StoreError> {
    let query = present(owner)
        .filter(teams::id.eq_any(ids))
        .select(Team::as_select());
    Ok(query.load(&mut store.connection().await?).await?)
}

/// Those of an organization, oldest first; of one business unit, if it is given.
pub async fn list(
    store: &Store,
    owner: OrganizationId,
    unit: Option<BusinessUnitId>,
    stretch: &Stretch<TeamId>,
) -> Result<Listed<Team>, StoreError> {
    let mut query = present(owner).select(Team::as_select()).into_boxed();
    if let Some(unit) = unit {
        query = query.filter(teams::business_unit_id.eq(unit));
    }
    along!(store, query, stretch, Up, teams::id; |row: &Team| row.id)
}

/// Changes a team.
pub async fn update(
    store: &Store,
    owner: OrganizationId,
    id: TeamId,
    changes: TeamChanges,
) -> Result<Team, StoreError> {
    let update = diesel::update(present(owner).filter(teams::id.eq(id)))
        .set(changes)
        .returning(Team::as_returning());
    Ok(update.get_result(&mut store.connection().await?).await?)
}

/// Marks it deleted.
pub async fn delete(store: &Store, owner: OrganizationId, id: TeamId) -> Result<(), StoreError> {
    let update =
        diesel::update(present(owner).filter(teams::id.eq(id))).set(teams::deleted_at.eq(now));
    match update.execute(&mut store.connection().await?).await? {
        0 => Err(StoreError::NotFound),
        _ => Ok(()),
    }
}
