//! `progress`: signs of life while a turn runs.

use async_trait::async_trait;

use super::Answer;
use crate::bindings::imports;
use crate::guest::Guest;
use crate::types::Error;

/// What goes out at once and is no part of the turn's outcome.
#[async_trait]
pub trait Progress: Send + Sync {
    /// Shows that the agent is typing.
    async fn typing(&self) -> Result<(), Error>;
    /// Shows the reply as far as it has come.
    async fn partial(&self, text: String) -> Result<(), Error>;
}

impl imports::progress::Host for Guest {
    async fn typing(&mut self) -> Answer<()> {
        let asked = self.asked("progress.typing", &());
        self.call(
            asked,
            |granted| granted.progress.as_deref(),
            |progress| progress.typing(),
        )
        .await
    }

    async fn partial(&mut self, text: String) -> Answer<()> {
        let asked = self.asked("progress.partial", &(&text,));
        self.call(
            asked,
            |granted| granted.progress.as_deref(),
            |progress| progress.partial(text),
        )
        .await
    }
}
