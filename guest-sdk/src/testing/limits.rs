//! The sizes and counts that the contract in `wit/` names.

use crate::{Error, ErrorCode};

/// How far ahead a timer may be set: 366 days, in milliseconds.
pub(super) const FURTHEST_TIMER: u64 = 366 * 24 * 60 * 60 * 1000;

/// Bytes of a log line; a longer one is cut.
pub(super) const LOG_LINE: usize = 4 * 1024;

/// Log lines a turn.
pub(super) const LOG_LINES: usize = 1_000;

pub(super) fn state_key(key: &str) -> Result<(), Error> {
    size("a state key", key.len(), 1, 256)
}

pub(super) fn state_value(value: &[u8]) -> Result<(), Error> {
    size("a state value", value.len(), 0, 256 * 1024)
}

pub(super) fn state_page(limit: u32) -> Result<(), Error> {
    size("the number of keys asked for", limit as usize, 1, 1_000)
}

pub(super) fn history_page(limit: u32) -> Result<(), Error> {
    size("the number of messages asked for", limit as usize, 1, 200)
}

pub(super) fn timer_name(name: &str) -> Result<(), Error> {
    size("a timer's name", name.len(), 1, 128)
}

pub(super) fn timer_payload(payload: &[u8]) -> Result<(), Error> {
    size("a timer's payload", payload.len(), 0, 64 * 1024)
}

/// Trimmed, 1 to 100 characters.
pub(super) fn project_name(name: &str) -> Result<&str, Error> {
    let name = name.trim();
    let characters = name.chars().count();
    match (1..=100).contains(&characters) {
        true => Ok(name),
        false => Err(invalid("a project's name is 1 to 100 characters")),
    }
}

pub(super) fn invalid(message: impl Into<String>) -> Error {
    let message = message.into();
    let code = ErrorCode::Invalid;
    Error { code, message }
}

fn size(what: &str, size: usize, least: usize, most: usize) -> Result<(), Error> {
    if (least..=most).contains(&size) {
        return Ok(());
    }
    Err(Error {
        code: if size > most {
            ErrorCode::Limit
        } else {
            ErrorCode::Invalid
        },
        message: format!("{what} is {least} to {most}, not {size}"),
    })
}
