//! `schedule`: timers of the conversation, set and cancelled when the turn commits.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use sandbox::Schedule;
use sandbox::types::{Due, Error, ErrorCode, ScheduleEntry};
use store::turns::ScheduleChange;

use super::turn::Turn;
use super::{refusal, unavailable};

const NAME_BYTES: usize = 128;
const PAYLOAD_BYTES: usize = 64 * 1024;
const AHEAD: TimeDelta = TimeDelta::days(366);
/// Timers of one conversation.
const TIMERS: usize = 100;

pub(super) struct TurnSchedule(pub(super) Arc<Turn>);

impl TurnSchedule {
    /// The timers as they will be when the turn commits.
    async fn now(&self) -> Result<Vec<(String, DateTime<Utc>)>, Error> {
        let stored = store::schedules::list(
            &self.0.store,
            self.0.organization_id,
            self.0.conversation_id,
            self.0.agent_id,
        )
        .await
        .map_err(unavailable)?;
        let buffer = self.0.buffer();
        let mut timers: Vec<(String, DateTime<Utc>)> = stored
            .into_iter()
            .filter(|timer| !buffer.schedules.contains_key(&timer.name))
            .map(|timer| (timer.name, timer.due_at))
            .collect();
        for (name, change) in &buffer.schedules {
            match change {
                ScheduleChange::At { due_at, .. } => timers.push((name.clone(), *due_at)),
                ScheduleChange::After { millis, .. } => {
                    timers.push((name.clone(), Utc::now() + TimeDelta::milliseconds(*millis)));
                }
                ScheduleChange::Cancel { .. } => {}
            }
        }
        timers.sort_by(|a, b| (a.1, &a.0).cmp(&(b.1, &b.0)));
        Ok(timers)
    }
}

#[async_trait]
impl Schedule for TurnSchedule {
    async fn set(&self, name: String, due: Due, payload: Vec<u8>) -> Result<(), Error> {
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
        let change = change_of(&name, due, payload)?;
        let timers = self.now().await?;
        if timers.len() >= TIMERS && !timers.iter().any(|(other, _)| *other == name) {
            return Err(refusal(
                ErrorCode::Limit,
                format!("A conversation may have {TIMERS} timers."),
            ));
        }
        self.0.buffer().schedules.insert(name, change);
        Ok(())
    }

    async fn cancel(&self, name: String) -> Result<bool, Error> {
        let was = self.now().await?.iter().any(|(other, _)| *other == name);
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
            .map(|(name, due_at)| ScheduleEntry {
                name,
                due_at: u64::try_from(due_at.timestamp_millis()).unwrap_or(0),
            })
            .collect())
    }
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
