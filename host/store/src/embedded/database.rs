//! The host's database in the cluster.

use std::path::Path;

use tokio_postgres::{Client, Error, NoTls};

use super::socket;

/// Its name.
pub(super) const NAME: &str = "cloister";

/// Makes the database if it is not there.
pub(super) async fn ensure(socket_dir: &Path) -> Result<(), Error> {
    let client = connect(socket_dir, "postgres").await?;
    let found = client
        .query("SELECT FROM pg_database WHERE datname = $1", &[&NAME])
        .await?;
    if found.is_empty() {
        client
            .batch_execute(&format!("CREATE DATABASE {NAME}"))
            .await?;
    }
    Ok(())
}

async fn connect(socket_dir: &Path, database: &str) -> Result<Client, Error> {
    let (client, connection) =
        tokio_postgres::connect(&socket::url(socket_dir, database), NoTls).await?;
    // Ends with its client.
    tokio::spawn(connection);
    Ok(client)
}
