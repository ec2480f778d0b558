//! Limits: what one call of a guest may use. The operator sets a ceiling, an agent's owner goes below it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What one call may use. As JSON, times are whole milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Linear memory, all memories together, in bytes. A module that brings the runtime of a language with it may have
    /// [`RUNTIME_SHARE`] times as much.
    pub memory: u64,
    /// Table elements, all tables together.
    pub table_elements: u64,
    /// Time in which the guest's own code runs.
    #[serde(rename = "guest_time_ms", with = "millis")]
    pub guest_time: Duration,
    /// Time in which the guest waits for calls of the host, all calls together, those of models apart.
    #[serde(rename = "host_time_ms", with = "millis")]
    pub host_time: Duration,
    /// Time in which the guest waits for models, all calls together.
    #[serde(rename = "model_time_ms", with = "millis")]
    pub model_time: Duration,
    /// Calls of the host, log lines apart.
    pub host_calls: u32,
    /// What the guest may answer, in bytes of text and data.
    pub reply_bytes: u64,
    /// Log lines; those past it are dropped.
    pub log_lines: u32,
    /// Bytes of one log line with its fields; a longer one is cut.
    pub log_line_bytes: u32,
    /// Units of fuel, about one an instruction, for a module that was loaded with metering; `None` for no metering.
    pub fuel: Option<u64>,
}

/// How much more memory than others a module may have that brings the runtime of a language with it: objects of Python and of
/// JavaScript take several times what the same values take in Rust.
pub const RUNTIME_SHARE: u64 = 3;

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory: 64 * 1024 * 1024,
            table_elements: 10_000,
            guest_time: Duration::from_secs(30),
            host_time: Duration::from_secs(60),
            model_time: Duration::from_secs(180),
            host_calls: 1_000,
            reply_bytes: 1024 * 1024,
            log_lines: 1_000,
            log_line_bytes: 4 * 1024,
            fuel: None,
        }
    }
}

/// What an owner asked for cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LimitsError {
    /// Not an object of limits.
    #[error("limits are not understood: {0}")]
    Malformed(String),
    /// Higher than the operator allows.
    #[error("`{name}` may be at most {allowed}; {asked} was asked for")]
    TooHigh {
        /// The limit, as JSON names it.
        name: &'static str,
        /// What was asked for.
        asked: u64,
        /// What is allowed.
        allowed: u64,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Overrides {
    memory: Option<u64>,
    table_elements: Option<u64>,
    guest_time_ms: Option<u64>,
    host_time_ms: Option<u64>,
    model_time_ms: Option<u64>,
    host_calls: Option<u32>,
    reply_bytes: Option<u64>,
    log_lines: Option<u32>,
    log_line_bytes: Option<u32>,
    fuel: Option<u64>,
}

impl Limits {
    /// Linear memory, all memories together, in bytes, for a module with or without a language's runtime in it.
    pub(crate) fn memory_of(&self, has_runtime: bool) -> u64 {
        match has_runtime {
            true => self.memory.saturating_mul(RUNTIME_SHARE),
            false => self.memory,
        }
    }

    /// These limits with those that an owner set: `overrides` is an object with some of the fields, each at most what it
    /// is here. An absent or null field stays.
    pub fn overridden_by(&self, overrides: &serde_json::Value) -> Result<Self, LimitsError> {
        if overrides.is_null() {
            return Ok(self.clone());
        }
        let asked = Overrides::deserialize(overrides)
            .map_err(|error| LimitsError::Malformed(error.to_string()))?;
        Ok(Self {
            memory: lowered("memory", asked.memory, self.memory)?,
            table_elements: lowered("table_elements", asked.table_elements, self.table_elements)?,
            guest_time: lowered_time("guest_time_ms", asked.guest_time_ms, self.guest_time)?,
            host_time: lowered_time("host_time_ms", asked.host_time_ms, self.host_time)?,
            model_time: lowered_time("model_time_ms", asked.model_time_ms, self.model_time)?,
            host_calls: lowered("host_calls", asked.host_calls, self.host_calls)?,
            reply_bytes: lowered("reply_bytes", asked.reply_bytes, self.reply_bytes)?,
            log_lines: lowered("log_lines", asked.log_lines, self.log_lines)?,
            log_line_bytes: lowered("log_line_bytes", asked.log_line_bytes, self.log_line_bytes)?,
            fuel: match self.fuel {
                Some(allowed) => Some(lowered("fuel", asked.fuel, allowed)?),
                None => asked.fuel,
            },
        })
    }

    /// The lower of each of two sets of limits.
    pub fn clamped_to(&self, ceiling: &Self) -> Self {
        Self {
            memory: self.memory.min(ceiling.memory),
            table_elements: self.table_elements.min(ceiling.table_elements),
            guest_time: self.guest_time.min(ceiling.guest_time),
            host_time: self.host_time.min(ceiling.host_time),
            model_time: self.model_time.min(ceiling.model_time),
            host_calls: self.host_calls.min(ceiling.host_calls),
            reply_bytes: self.reply_bytes.min(ceiling.reply_bytes),
            log_lines: self.log_lines.min(ceiling.log_lines),
            log_line_bytes: self.log_line_bytes.min(ceiling.log_line_bytes),
            fuel: [self.fuel, ceiling.fuel].into_iter().flatten().min(),
        }
    }
}

fn lowered<N: Copy + Ord + Into<u64>>(
    name: &'static str,
    asked: Option<N>,
    allowed: N,
) -> Result<N, LimitsError> {
    match asked {
        Some(asked) if asked > allowed => Err(LimitsError::TooHigh {
            name,
            asked: asked.into(),
            allowed: allowed.into(),
        }),
        Some(asked) => Ok(asked),
        None => Ok(allowed),
    }
}

fn lowered_time(
    name: &'static str,
    asked: Option<u64>,
    allowed: Duration,
) -> Result<Duration, LimitsError> {
    lowered(name, asked, millis::of(allowed)).map(|millis| match asked {
        Some(_) => Duration::from_millis(millis),
        None => allowed,
    })
}

mod millis {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn of(duration: Duration) -> u64 {
        u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
    }

    pub(super) fn serialize<S: Serializer>(
        duration: &Duration,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(of(*duration))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_millis)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_owner_goes_down_and_not_up() {
        let limits = Limits::default();
        let lowered = limits
            .overridden_by(&json!({"memory": 1024, "guest_time_ms": 250, "fuel": 7}))
            .unwrap();
        assert_eq!(
            lowered,
            Limits {
                memory: 1024,
                guest_time: Duration::from_millis(250),
                fuel: Some(7),
                ..limits.clone()
            }
        );
        assert_eq!(
            limits.overridden_by(&json!({"host_calls": 1001})),
            Err(LimitsError::TooHigh {
                name: "host_calls",
                asked: 1001,
                allowed: 1000
            })
        );
        assert_eq!(
            lowered
                .overridden_by(&json!({"fuel": 8}))
                .unwrap_err()
                .to_string(),
            "`fuel` may be at most 7; 8 was asked for"
        );
    }

    #[test]
    fn what_is_not_said_stays() {
        let limits = Limits {
            host_time: Duration::from_micros(1_500),
            ..Limits::default()
        };
        for nothing in [json!(null), json!({}), json!({"memory": null})] {
            assert_eq!(
                limits.overridden_by(&nothing),
                Ok(limits.clone()),
                "{nothing}"
            );
        }
    }

    #[test]
    fn what_is_not_known_is_an_error() {
        for wrong in [
            json!([]),
            json!(3),
            json!({"memroy": 1}),
            json!({"memory": -1}),
            json!({"memory": "64M"}),
        ] {
            let said = Limits::default().overridden_by(&wrong);
            assert!(
                matches!(said, Err(LimitsError::Malformed(_))),
                "{wrong}: {said:?}"
            );
        }
    }

    #[test]
    fn a_ceiling_takes_the_lower_of_each() {
        let ceiling = Limits {
            memory: 10,
            fuel: Some(5),
            ..Limits::default()
        };
        let wish = Limits {
            memory: 20,
            host_calls: 3,
            ..Limits::default()
        };
        assert_eq!(
            wish.clamped_to(&ceiling),
            Limits {
                memory: 10,
                host_calls: 3,
                fuel: Some(5),
                ..Limits::default()
            }
        );
    }

    #[test]
    fn json_has_milliseconds() {
        let json = serde_json::to_value(Limits::default()).unwrap();
        assert_eq!(json["guest_time_ms"], 30_000);
        assert_eq!(
            serde_json::from_value::<Limits>(json).unwrap(),
            Limits::default()
        );
    }
}
