//! Migrations bring an empty or older database to the schema that this build was made for. They are compiled in.

use std::collections::HashSet;

use diesel::QueryableByName;
use diesel::migration::{Migration, MigrationSource, MigrationVersion};
use diesel::pg::Pg;
use diesel::sql_types::{Bool, Text};
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::error::{Source, StoreError};
use crate::hot;
use crate::pool::Store;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations");

/// One host migrates at a time; the others wait here, a minute at most, and then find nothing to do.
const LOCK: &str = "SET lock_timeout = '60s'; SELECT pg_advisory_lock(2026112000)";

/// Only there once a migration has run.
const TABLE_EXISTS: &str = "SELECT to_regclass('__diesel_schema_migrations') IS NOT NULL AS there";
const APPLIED: &str = "SELECT version::text FROM __diesel_schema_migrations";

#[derive(QueryableByName)]
struct There {
    #[diesel(sql_type = Bool)]
    there: bool,
}

#[derive(QueryableByName)]
struct Applied {
    #[diesel(sql_type = Text)]
    version: String,
}

impl Store {
    /// Runs what is missing, each migration in a transaction of its own. Any number of hosts may do so at once.
    /// Gives the names of those that it ran.
    pub async fn migrate(&self) -> Result<Vec<String>, StoreError> {
        self.locked(|connection| {
            let ran = connection.run_pending_migrations(MIGRATIONS)?;
            Ok(ran.iter().map(MigrationVersion::to_string).collect())
        })
        .await
    }

    /// Takes every migration back: what was stored is gone. For tests of the way back.
    #[cfg(feature = "testing")]
    pub async fn revert_all(&self) -> Result<Vec<String>, StoreError> {
        self.locked(|connection| {
            let reverted = connection.revert_all_migrations(MIGRATIONS)?;
            Ok(reverted.iter().map(MigrationVersion::to_string).collect())
        })
        .await
    }

    /// The names of the migrations that have not run yet: none on a database that this build can serve.
    pub async fn pending(&self) -> Result<Vec<String>, StoreError> {
        let mut connection = self.connection().await?;
        let found: There = hot::statement(TABLE_EXISTS)
            .get_result(&mut connection)
            .await?;
        let applied: HashSet<String> = if found.there {
            let rows: Vec<Applied> = hot::statement(APPLIED).load(&mut connection).await?;
            rows.into_iter().map(|row| row.version).collect()
        } else {
            HashSet::new()
        };
        let all: Vec<Box<dyn Migration<Pg>>> =
            MIGRATIONS.migrations().map_err(StoreError::Failed)?;
        let names = all
            .iter()
            .filter(|migration| !applied.contains(&migration.name().version().to_string()));
        Ok(names
            .map(|migration| migration.name().to_string())
            .collect())
    }

    /// Runs `work`, which blocks, on a connection that holds the lock; the lock ends with the connection.
    async fn locked<T: Send + 'static>(
        &self,
        work: fn(&mut AsyncConnectionWrapper<AsyncPgConnection>) -> Result<T, Source>,
    ) -> Result<T, StoreError> {
        let mut connection = self.dedicated().await?;
        connection.batch_execute(LOCK).await?;
        let worked = tokio::task::spawn_blocking(move || {
            work(&mut AsyncConnectionWrapper::from(connection))
        })
        .await;
        worked
            .map_err(|error| StoreError::Failed(Box::new(error)))?
            .map_err(StoreError::Failed)
    }
}
