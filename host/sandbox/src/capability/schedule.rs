//! `schedule`: timers of the conversation.

use async_trait::async_trait;

use super::Answer;
use crate::bindings::imports;
use crate::guest::Guest;
use crate::types::{Due, Error, Recurrence, ScheduleEntry};

/// Timers that start a turn when they come due.
#[async_trait]
pub trait Schedule: Send + Sync {
    /// Sets a timer, replacing one of the same name.
    async fn set(&self, name: String, due: Due, payload: Vec<u8>) -> Result<(), Error>;
    /// Sets a timer that repeats, by a cron expression and a time zone, replacing one of the same name; its first slot, in
    /// milliseconds since the Unix epoch.
    async fn repeat(
        &self,
        name: String,
        cron: String,
        time_zone: String,
        payload: Vec<u8>,
    ) -> Result<u64, Error>;
    /// Cancels a timer; whether there was one.
    async fn cancel(&self, name: String) -> Result<bool, Error>;
    /// The timers that are set.
    async fn entries(&self) -> Result<Vec<ScheduleEntry>, Error>;
    /// Those among them that repeat.
    async fn recurrences(&self) -> Result<Vec<Recurrence>, Error>;
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

    async fn repeat(
        &mut self,
        name: String,
        cron: String,
        time_zone: String,
        payload: Vec<u8>,
    ) -> Answer<u64> {
        let asked = self.asked("schedule.repeat", &(&name, &cron, &time_zone, &payload));
        self.call(
            asked,
            |granted| granted.schedule.as_deref(),
            |schedule| schedule.repeat(name, cron, time_zone, payload),
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

    async fn recurrences(&mut self) -> Answer<Vec<Recurrence>> {
        let asked = self.asked("schedule.recurrences", &());
        self.call(
            asked,
            |granted| granted.schedule.as_deref(),
            |schedule| schedule.recurrences(),
        )
        .await
    }
}
