//! A database for each test: a copy of a migrated template, on one server that the test process starts when the first
//! test asks for it. Nothing of it outlives the process, however that ends.

mod server;
mod undertaker;

use crate::pool::Store;
use server::{Name, server};

/// A database of one's own, with the schema and no rows. Dropped with this.
pub struct TestDatabase {
    store: Store,
    name: Name,
}

impl TestDatabase {
    /// A new one, with a store of eight connections.
    pub async fn new() -> TestDatabase {
        TestDatabase::with_connections(8).await
    }

    /// A new one, whose store opens up to `connections`.
    pub async fn with_connections(connections: usize) -> TestDatabase {
        let name = server().create(true).await;
        let store = Store::connect(&server().url(&name.0), connections)
            .await
            .expect("the new database answers");
        TestDatabase { store, name }
    }

    /// A new one in which no migration has run.
    pub async fn empty() -> TestDatabase {
        let name = server().create(false).await;
        let store = Store::connect(&server().url(&name.0), 4)
            .await
            .expect("the new database answers");
        TestDatabase { store, name }
    }

    /// The store on it.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Its address, for another process.
    pub fn url(&self) -> String {
        server().url(&self.name.0)
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        self.store.close();
        server().forget(&self.name);
    }
}
