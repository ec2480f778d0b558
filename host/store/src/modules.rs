//! A module is one immutable uploaded component, named by the SHA-256 of its bytes.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::Value;

pub use crate::digests::ModuleDigest;
use crate::error::StoreError;
use crate::ids::OrganizationId;
use crate::page::Time;
use crate::pool::Store;
use crate::schema::modules;

/// One row, without the component.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct Module {
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// Of the bytes as they were uploaded.
    pub digest: ModuleDigest,
    /// How many they were.
    pub uploaded_size: i64,
    /// What the inspection found.
    pub inspection: Value,
    /// Since when.
    pub created_at: Time,
}

/// A row to insert.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = modules)]
pub struct NewModule {
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// Of the bytes as they were uploaded.
    pub digest: ModuleDigest,
    /// The component, which is what runs.
    pub component: Vec<u8>,
    /// How many bytes were uploaded.
    pub uploaded_size: i64,
    /// What the inspection found.
    pub inspection: Value,
}

/// Keeps a module. The same bytes twice are kept once: false says that they were there.
pub async fn create(store: &Store, new: NewModule) -> Result<bool, StoreError> {
    let insert = diesel::insert_into(modules::table)
        .values(new)
        .on_conflict_do_nothing();
    Ok(insert.execute(&mut store.connection().await?).await? == 1)
}

/// The one with this digest.
pub async fn find(
    store: &Store,
    owner: OrganizationId,
    digest: ModuleDigest,
) -> Result<Option<Module>, StoreError> {
    let query = modules::table
        .find((owner, digest))
        .select(Module::as_select());
    Ok(query
        .get_result(&mut store.connection().await?)
        .await
        .optional()?)
}

/// The component of the one with this digest.
pub async fn component(
    store: &Store,
    owner: OrganizationId,
    digest: ModuleDigest,
) -> Result<Option<Vec<u8>>, StoreError> {
    let query = modules::table
        .find((owner, digest))
        .select(modules::component);
    Ok(query
        .get_result(&mut store.connection().await?)
        .await
        .optional()?)
}
