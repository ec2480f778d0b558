//! `schedule`: timers of the conversation.

use async_trait::async_trait;

use super::Answer;
use crate::bindings::imports;
use crate::guest::Guest;
use crate::types::{Due, Error, ScheduleEntry};

/// Timers that start a turn when they come due.
#[async_trait]
pub trait Schedule: Send + Sync {
    /// Sets a timer, replacing one of the same name.
    async fn set(&self, name: String, due: Due, payload: Vec<u8>) -> Result<(), Error>;
    /// Cancels a timer; whether there was one.
    async fn cancel(&self, name: String) -> Result<bool, Error>;
    /// The timers that are set.
    async fn entries(&self) -> Result<Vec<ScheduleEntry>, Error>;
}

impl imports::schedule::Host for Guest {
    async fn set(&mut self, name: String, due: Due, payload: Vec<u8>) -> Answer<()> {
        let asked = self.asked("schedule.set", &(&name, &due, &payload));
        self.call(
            asked,
            |granted| granted.schedule.as_deref(),
            |schedule| schedule.set(name, due, payload),
        )
        .await
    }

    async fn cancel(&mut self, name: String) -> Answer<bool> {
        let asked = self.asked("schedule.cancel", &(&name,));
        self.call(
            asked,
            |granted| granted.schedule.as_deref(),
            |schedule| schedule.cancel(name),
        )
        .await
    }

    async fn entries(&mut self) -> Answer<Vec<ScheduleEntry>> {
        let asked = self.asked("schedule.entries", &());
        self.call(
            asked,
            |granted| granted.schedule.as_deref(),
            |schedule| schedule.entries(),
        )
        .await
    }
}
