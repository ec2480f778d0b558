//! Notices: what hosts tell each other through the database, and no one else hears. A notice may be lost; what it is
//! about stands in the tables.

use std::pin::pin;

use diesel::sql_types::{Array, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use futures_util::StreamExt;

use crate::error::StoreError;
use crate::hot;
use crate::pool::Store;

/// The most bytes of one notice; the server refuses 8,000.
pub const LONGEST: usize = 7_900;

/// In a statement and a transaction of its own: a commit that notifies waits for every other one that does.
const SEND: &str = "SELECT pg_notify('cloister', notice) FROM unnest($1) AS notice";

/// Sends notices to every host, this one too.
pub async fn send(store: &Store, notices: &[String]) -> Result<(), StoreError> {
    let statement = hot::statement(SEND).bind::<Array<Text>, _>(notices);
    statement.execute(&mut store.connection().await?).await?;
    Ok(())
}

/// A connection that hears what hosts tell each other, from its opening on.
pub struct Listener {
    connection: AsyncPgConnection,
}

impl Listener {
    /// Opens one beside the pool.
    pub async fn open(store: &Store) -> Result<Listener, StoreError> {
        let mut connection = store.dedicated().await?;
        connection.batch_execute("LISTEN cloister").await?;
        Ok(Listener { connection })
    }

    /// The next notice. An error ends the listener: what was sent since then is lost to it.
    pub async fn next(&mut self) -> Result<String, StoreError> {
        let mut stream = pin!(self.connection.notifications_stream());
        match stream.next().await {
            Some(notice) => Ok(notice?.payload),
            None => Err(StoreError::Unavailable("the connection ended".into())),
        }
    }
}
