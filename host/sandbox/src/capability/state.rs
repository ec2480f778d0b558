//! `state`: what an agent remembers.

use async_trait::async_trait;

use super::Answer;
use crate::bindings::imports;
use crate::guest::Guest;
use crate::types::{Error, Scope};

/// Keys and values that last, kept with the turn's outcome or not at all.
#[async_trait]
pub trait State: Send + Sync {
    /// The value of a key.
    async fn get(&self, scope: Scope, key: String) -> Result<Option<Vec<u8>>, Error>;
    /// Sets the value of a key.
    async fn set(&self, scope: Scope, key: String, value: Vec<u8>) -> Result<(), Error>;
    /// Deletes a key; whether there was one.
    async fn delete(&self, scope: Scope, key: String) -> Result<bool, Error>;
    /// Keys with this prefix that come after `after`, in the order of their bytes, at most `limit`.
    async fn keys(
        &self,
        scope: Scope,
        prefix: String,
        after: Option<String>,
        limit: u32,
    ) -> Result<Vec<String>, Error>;
}

impl imports::state::Host for Guest {
    async fn get(&mut self, scope: Scope, key: String) -> Answer<Option<Vec<u8>>> {
        let asked = self.asked("state.get", &(scope, &key));
        self.call(
            asked,
            |granted| granted.state.as_deref(),
            |state| state.get(scope, key),
        )
        .await
    }

    async fn set(&mut self, scope: Scope, key: String, value: Vec<u8>) -> Answer<()> {
        let asked = self.asked("state.set", &(scope, &key, &value));
        self.call(
            asked,
            |granted| granted.state.as_deref(),
            |state| state.set(scope, key, value),
        )
        .await
    }

    async fn delete(&mut self, scope: Scope, key: String) -> Answer<bool> {
        let asked = self.asked("state.delete", &(scope, &key));
        self.call(
            asked,
            |granted| granted.state.as_deref(),
            |state| state.delete(scope, key),
        )
        .await
    }

    async fn keys(
        &mut self,
        scope: Scope,
        prefix: String,
        after: Option<String>,
        limit: u32,
    ) -> Answer<Vec<String>> {
        let asked = self.asked("state.keys", &(scope, &prefix, &after, limit));
        self.call(
            asked,
            |granted| granted.state.as_deref(),
            |state| state.keys(scope, prefix, after, limit),
        )
        .await
    }
}
