//! The host's database in the cluster.

use std::path::Path;

use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Error, NoTls};

use super::socket;

/// Its name.
pub(super) const NAME: &str = "cloister";

/// Makes the database if it is not there.
pub(super) async fn ensure(socket_dir: &Path) -> Result<(), Error> {
    match connect(socket_dir, NAME).await {
        Err(error) if error.code() == Some(&SqlState::UNDEFINED_DATABASE) => {
            let client = connect(socket_dir, "postgres").await?;
            client
                .batch_execute(&format!("CREATE DATABASE {NAME}"))
                .await
        }
        other => other.map(drop),
    }
}

async fn connect(socket_dir: &Path, database: &str) -> Result<Client, Error> {
    let (client, connection) =
        tokio_postgres::connect(&socket::url(socket_dir, database), NoTls).await?;
    // Ends with its client.
    tokio::spawn(connection);
    Ok(client)
}
