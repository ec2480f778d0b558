//! `secrets`: what there is to be put into requests.

use async_trait::async_trait;

use super::Answer;
use crate::bindings::imports;
use crate::guest::Guest;
use crate::types::{Error, Secret};

/// The names of secrets, and what to write in their place.
#[async_trait]
pub trait Secrets: Send + Sync {
    /// All of them, by name.
    async fn entries(&self) -> Result<Vec<Secret>, Error>;
}

impl imports::secrets::Host for Guest {
    async fn entries(&mut self) -> Answer<Vec<Secret>> {
        let asked = self.asked("secrets.entries", &());
        self.call(
            asked,
            |granted| granted.secrets.as_deref(),
            |secrets| secrets.entries(),
        )
        .await
    }
}
