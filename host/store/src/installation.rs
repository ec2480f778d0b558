//! An installation is a database with all the hosts that serve it. Its id tells it from others where they share something, and
//! is made when it is first asked for.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::error::StoreError;
use crate::ids::InstallationId;
use crate::pool::Store;
use crate::schema::installation;

/// The id of the installation, the same for every host of the database.
pub async fn id(store: &Store) -> Result<InstallationId, StoreError> {
    let mut connection = store.connection().await?;
    // Of hosts that start at the same time, the second one waits here for the first one's row.
    diesel::insert_into(installation::table)
        .values(installation::id.eq(InstallationId::new()))
        .on_conflict_do_nothing()
        .execute(&mut connection)
        .await?;
    Ok(installation::table
        .select(installation::id)
        .first(&mut connection)
        .await?)
}
