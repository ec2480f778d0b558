//! A host's data without the host: for commands that need everything to stand still.

use std::path::PathBuf;

use store::Store;
use store::embedded::{EmbeddedPostgres, Options};

use super::error::StartError;
use super::folder::DataFolder;
use crate::config::Place;

/// Data that no host on this data folder uses. (Hosts elsewhere on the same database are the operator's to stop.)
pub struct Offline {
    folder: DataFolder,
    store: Store,
    postgres: Option<EmbeddedPostgres>,
}

impl Offline {
    /// Takes the data folder, and starts the embedded database unless another one is named.
    pub async fn open(place: &Place) -> Result<Self, StartError> {
        let folder = DataFolder::hold(&place.data_dir)?;
        let (url, postgres) = match &place.database_url {
            Some(url) => (url.expose().to_owned(), None),
            None => {
                let options = Options::new(folder.path())
                    .programs(place.postgres_bin.clone())
                    .search_path(place.search_path.clone());
                let postgres = options.start().await?;
                (postgres.url(), Some(postgres))
            }
        };
        let store = Store::connect(&url, 2).await?;
        Ok(Self {
            folder,
            store,
            postgres,
        })
    }

    /// The database.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The file of the master keys.
    pub fn master_key(&self) -> PathBuf {
        self.folder.master_key()
    }

    /// Stops the database and lets the data folder go.
    pub async fn close(self) {
        self.store.close();
        if let Some(postgres) = self.postgres {
            postgres.stop().await;
        }
    }
}
