//! `schedule`: timers of the conversation, set and cancelled when the turn commits.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use sandbox::Schedule;
use sandbox::types::{Due, Error, ErrorCode, Recurrence as Repeating, ScheduleEntry};
use store::schedules::Schedule as Stored;
use store::turns::ScheduleChange;

use super::turn::Turn;
use super::{refusal, unavailable};
use crate::recurrence::{Mistake, Recurrence};

const NAME_BYTES: usize = 128;
const PAYLOAD_BYTES: usize = 64 * 1024;
const AHEAD: TimeDelta = TimeDelta::days(366);
/// Timers of one conversation.
const TIMERS: usize = 100;

pub(super) struct TurnSchedule(pub(super) Arc<Turn>);

impl TurnSchedule {
    /// The timers as they will be when the turn commits.
    async fn now(&self) -> Result<Vec<Stored>, Error> {
        let stored = store::schedules::list(
            &self.0.store,
            self.0.organization_id,
            self.0.conversation_id,
            self.0.agent_id,
        )
        .await
        .map_err(unavailable)?;
        let buffer = self.0.buffer();
        let mut timers: Vec<Stored> = stored
            .into_iter()
            .filter(|timer| !buffer.schedules.contains_key(&timer.name))
            .collect();
        timers.extend(buffer.schedules.values().filter_map(as_stored));
        timers.sort_by(|a, b| (a.due_at, &a.name).cmp(&(b.due_at, &b.name)));
        Ok(timers)
    }

    /// Makes sure that a timer of this name may be set, and tells what there is of it.
    async fn place(&self, name: &str, payload: &[u8]) -> Result<Option<Stored>, Error> {
        if name.is_empty() || name.len() > NAME_BYTES || name.contains('\0') {
            return Err(refusal(
                ErrorCode::Invalid,
                format!("A timer's name is 1 to {NAME_BYTES} bytes."),
            ));
        }
        if payload.len() > PAYLOAD_BYTES {
            return Err(refusal(
                ErrorCode::Limit,
                format!("A timer's payload may have {PAYLOAD_BYTES} bytes."),
            ));
        }
        let timers = self.now().await?;
        let count = timers.len();
        let same = timers.into_iter().find(|timer| timer.name == name);
        if same.is_none() && count >= TIMERS {
            return Err(refusal(
                ErrorCode::Limit,
                format!("A conversation may have {TIMERS} timers."),
            ));
        }
        Ok(same)
    }
}

/// A change as the row that it will be; nothing where it takes one away.
fn as_stored(change: &ScheduleChange) -> Option<Stored> {
    let of = |name: &str, due_at| Stored {
        name: name.to_owned(),
        due_at,
        cron: None,
        time_zone: None,
    };
    match change {
        ScheduleChange::At { name, due_at, .. } => Some(of(name, *due_at)),
        ScheduleChange::After { name, millis, .. } => {
            Some(of(name, Utc::now() + TimeDelta::milliseconds(*millis)))
        }
        ScheduleChange::Repeat {
            name,
            cron,
            time_zone,
            due_at,
            ..
        } => Some(Stored {
            cron: Some(cron.clone()),
            time_zone: Some(time_zone.clone()),
            ..of(name, *due_at)
        }),
        ScheduleChange::Cancel { .. } => None,
    }
}

#[async_trait]
impl Schedule for TurnSchedule {
    async fn set(&self, name: String, due: Due, payload: Vec<u8>) -> Result<(), Error> {
        self.place(&name, &payload).await?;
        let change = change_of(&name, due, payload)?;
        self.0.buffer().schedules.insert(name, change);
        Ok(())
    }

    async fn repeat(
        &self,
        name: String,
        cron: String,
        time_zone: String,
        payload: Vec<u8>,
    ) -> Result<u64, Error> {
        let there = self.place(&name, &payload).await?;
        let cron = cron.trim().to_owned();
        let goes_on = there.filter(|timer| {
            timer.cron.as_deref() == Some(&cron) && timer.time_zone.as_deref() == Some(&time_zone)
        });
        let due_at = match goes_on {
            Some(timer) => timer.due_at,
            None => first_slot(cron.clone(), time_zone.clone()).await?,
        };
        let change = ScheduleChange::Repeat {
            name: name.clone(),
            cron,
            time_zone,
            due_at,
            payload,
        };
        self.0.buffer().schedules.insert(name, change);
        Ok(millis(due_at))
    }

    async fn cancel(&self, name: String) -> Result<bool, Error> {
        let was = self.now().await?.iter().any(|timer| timer.name == name);
        if was {
            self.0
                .buffer()
                .schedules
                .insert(name.clone(), ScheduleChange::Cancel { name });
        }
        Ok(was)
    }

    async fn entries(&self) -> Result<Vec<ScheduleEntry>, Error> {
        let timers = self.now().await?;
        Ok(timers
            .into_iter()
            .map(|timer| ScheduleEntry {
                due_at: millis(timer.due_at),
                name: timer.name,
            })
            .collect())
    }

    async fn recurrences(&self) -> Result<Vec<Repeating>, Error> {
        let timers = self.now().await?;
        let repeating = timers.into_iter().filter_map(|timer| {
            Some(Repeating {
                due_at: millis(timer.due_at),
                cron: timer.cron?,
                time_zone: timer.time_zone?,
                name: timer.name,
            })
        });
        Ok(repeating.collect())
    }
}

/// When a recurrence comes for the first time. Looking for a day that never comes takes a while, in which other turns go on.
async fn first_slot(cron: String, time_zone: String) -> Result<DateTime<Utc>, Error> {
    let looked = tokio::task::spawn_blocking(move || {
        let recurrence = Recurrence::parse(&cron, &time_zone)?;
        let first = recurrence.after(Utc::now());
        first.ok_or(Mistake::Never { given: cron })
    });
    let found = looked.await.map_err(|error| {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "a slot could not be found"
        );
        refusal(ErrorCode::Other, "The host could not find the first slot.")
    })?;
    found.map_err(|mistake| refusal(ErrorCode::Invalid, format!("{mistake}.")))
}

fn millis(at: DateTime<Utc>) -> u64 {
    u64::try_from(at.timestamp_millis()).unwrap_or(0)
}

fn change_of(name: &str, due: Due, payload: Vec<u8>) -> Result<ScheduleChange, Error> {
    let too_far = || {
        refusal(
            ErrorCode::Invalid,
            "A timer may be set at most 366 days ahead.",
        )
    };
    let name = name.to_owned();
    match due {
        Due::After(millis) => {
            let millis = i64::try_from(millis).map_err(|_| too_far())?;
            if millis > AHEAD.num_milliseconds() {
                return Err(too_far());
            }
            Ok(ScheduleChange::After {
                name,
                millis,
                payload,
            })
        }
        Due::At(timestamp) => {
            let due_at = i64::try_from(timestamp)
                .ok()
                .and_then(DateTime::from_timestamp_millis)
                .ok_or_else(too_far)?;
            if due_at > Utc::now() + AHEAD {
                return Err(too_far());
            }
            Ok(ScheduleChange::At {
                name,
                due_at,
                payload,
            })
        }
    }
}
