//! A business unit is a part of an organization that teams belong to.

use diesel::prelude::*;
use diesel::sql_types::Uuid;
use diesel_async::RunQueryDsl;

use crate::error::StoreError;
use crate::hot;
use crate::ids::{BusinessUnitId, OrganizationId};
use crate::listing::along;
use crate::page::{Listed, Stretch, Time};
use crate::pool::Store;
use crate::schema::business_units;

/// One row.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct BusinessUnit {
    /// Its id.
    pub id: BusinessUnitId,
    /// What people call it.
    pub name: String,
    /// Since when.
    pub created_at: Time,
}

/// A row to insert.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = business_units)]
pub struct NewBusinessUnit {
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// Its id.
    pub id: BusinessUnitId,
    /// What people call it.
    pub name: String,
}

#[diesel::dsl::auto_type(no_type_alias)]
fn present(organization_id: OrganizationId) -> _ {
    business_units::table
        .filter(business_units::organization_id.eq(organization_id))
        .filter(business_units::deleted_at.is_null())
}

/// Makes one. A name that is taken is a conflict of `business_units_name_key`.
pub async fn create(store: &Store, new: NewBusinessUnit) -> Result<BusinessUnit, StoreError> {
    let insert = diesel::insert_into(business_units::table)
        .values(new)
        .returning(BusinessUnit::as_returning());
    Ok(insert.get_result(&mut store.connection().await?).await?)
}

/// The one with this id.
pub async fn find(
    store: &Store,
    owner: OrganizationId,
    id: BusinessUnitId,
) -> Result<Option<BusinessUnit>, StoreError> {
    let query = present(owner)
        .filter(business_units::id.eq(id))
        .select(BusinessUnit::as_select());
    Ok(query
        .get_result(&mut store.connection().await?)
        .await
        .optional()?)
}

/// Those with these ids, in any order.
pub async fn find_many(
    store: &Store,
    owner: OrganizationId,
    ids: &[BusinessUnitId],
) -> Result<Vec<BusinessUnit>, StoreError> {
    let query = present(owner)
        .filter(business_units::id.eq_any(ids))
        .select(BusinessUnit::as_select());
    Ok(query.load(&mut store.connection().await?).await?)
}

/// Those of an organization, oldest first.
pub async fn list(
    store: &Store,
    owner: OrganizationId,
    stretch: &Stretch<BusinessUnitId>,
) -> Result<Listed<BusinessUnit>, StoreError> {
    let query = present(owner).select(BusinessUnit::as_select());
    along!(store, query, stretch, Up, business_units::id; |row: &BusinessUnit| row.id)
}

/// Gives it another name.
pub async fn rename(
    store: &Store,
    owner: OrganizationId,
    id: BusinessUnitId,
    name: &str,
) -> Result<BusinessUnit, StoreError> {
    let update = diesel::update(present(owner).filter(business_units::id.eq(id)))
        .set(business_units::name.eq(name))
        .returning(BusinessUnit::as_returning());
    Ok(update.get_result(&mut store.connection().await?).await?)
}

/// Its teams stay, and belong to none.
const DELETE: &str = "
    WITH gone AS (
        UPDATE business_units SET deleted_at = now()
        WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL
        RETURNING organization_id, id
    ), left_alone AS (
        UPDATE teams SET business_unit_id = NULL
        FROM gone
        WHERE teams.organization_id = gone.organization_id AND teams.business_unit_id = gone.id
    )
    SELECT FROM gone";

/// Marks it deleted.
pub async fn delete(
    store: &Store,
    owner: OrganizationId,
    id: BusinessUnitId,
) -> Result<(), StoreError> {
    let statement = hot::statement(DELETE)
        .bind::<Uuid, _>(owner)
        .bind::<Uuid, _>(id);
    match statement.execute(&mut store.connection().await?).await? {
        0 => Err(StoreError::NotFound),
        _ => Ok(()),
    }
}
