//! A module is one immutable uploaded component, named by the SHA-256 of its bytes.

use chrono::DateTime;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Timestamptz, Uuid};
use diesel_async::RunQueryDsl;
use serde_json::Value;

pub use crate::digests::ModuleDigest;
use crate::error::StoreError;
use crate::hot;
use crate::ids::OrganizationId;
use crate::page::{Listed, Order, Stretch, Time};
use crate::pool::Store;
use crate::schema::modules;

/// One row, without the component.
#[derive(Clone, Debug, Queryable, Selectable, QueryableByName)]
#[diesel(table_name = modules, check_for_backend(diesel::pg::Pg))]
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

/// Those with these digests, in any order.
pub async fn find_many(
    store: &Store,
    owner: OrganizationId,
    digests: &[ModuleDigest],
) -> Result<Vec<Module>, StoreError> {
    let query = modules::table
        .filter(modules::organization_id.eq(owner))
        .filter(modules::digest.eq_any(digests))
        .select(Module::as_select());
    Ok(query.load(&mut store.connection().await?).await?)
}

/// Where a module stands in the list: by when it came, and of the same moment by its digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// When.
    pub created_at: Time,
    /// Which.
    pub digest: ModuleDigest,
}

impl Place {
    fn of(module: &Module) -> Self {
        Place {
            created_at: module.created_at,
            digest: module.digest,
        }
    }
}

/// Without the component, which may be large.
macro_rules! list_text {
    ($direction:literal) => {
        concat!(
            "SELECT organization_id, digest, uploaded_size, inspection, created_at FROM modules
            WHERE organization_id = $1 AND (created_at, digest) > ($2, $3) AND (created_at, digest) < ($4, $5)
            ORDER BY created_at ",
            $direction,
            ", digest ",
            $direction,
            " LIMIT $6"
        )
    };
}

/// Those of an organization, the newest first.
pub async fn list(
    store: &Store,
    owner: OrganizationId,
    stretch: &Stretch<Place>,
) -> Result<Listed<Module>, StoreError> {
    let first = Place {
        created_at: DateTime::UNIX_EPOCH,
        digest: ModuleDigest::from([0; 32]),
    };
    let last = Place {
        created_at: crate::page::far(),
        digest: ModuleDigest::from([0xff; 32]),
    };
    let (low, high) = (
        stretch.before.unwrap_or(first),
        stretch.after.unwrap_or(last),
    );
    let text = if stretch.from_end {
        list_text!("ASC")
    } else {
        list_text!("DESC")
    };
    let statement = hot::statement(text)
        .bind::<Uuid, _>(owner)
        .bind::<Timestamptz, _>(low.created_at)
        .bind::<Binary, _>(low.digest)
        .bind::<Timestamptz, _>(high.created_at)
        .bind::<Binary, _>(high.digest)
        .bind::<BigInt, _>(i64::from(stretch.limit) + 1);
    let rows = statement.load(&mut store.connection().await?).await?;
    Ok(Listed::cut(rows, stretch, Order::Down, Place::of))
}
