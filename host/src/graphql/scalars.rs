//! Scalars: times in RFC 3339 with `Z`, and JSON as it is.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{DateTime, SecondsFormat, Utc};

/// A point in time, RFC 3339 in UTC, such as `2026-11-20T23:06:00.000Z`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Time(pub(super) DateTime<Utc>);

/// A point in time, RFC 3339 in UTC, such as `2026-11-20T23:06:00.000Z`.
#[Scalar]
impl ScalarType for Time {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => Ok(Time(DateTime::parse_from_rfc3339(text)?.to_utc())),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

/// Any JSON.
#[derive(Clone, Debug)]
pub(super) struct Json(pub(super) serde_json::Value);

/// Any JSON.
#[Scalar]
impl ScalarType for Json {
    fn parse(value: Value) -> InputValueResult<Self> {
        Ok(Json(value.into_json()?))
    }

    fn to_value(&self) -> Value {
        // What cannot be said is said as nothing: numbers beyond a double alone.
        Value::from_json(self.0.clone()).unwrap_or(Value::Null)
    }
}
