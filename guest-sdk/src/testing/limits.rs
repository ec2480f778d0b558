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

/// Which names there are, only the host knows.
pub(super) fn time_zone(name: &str) -> Result<(), Error> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '-' | '+');
    match !name.is_empty() && name.len() <= 64 && name.chars().all(is_name) {
        true => Ok(()),
        false => Err(invalid(format!("`{name}` is no time zone"))),
    }
}

/// Bytes of one file.
const FILE: usize = 32 * 1024 * 1024;

/// Bytes of all files together, unless a test says otherwise.
pub(super) const FILES: usize = 256 * 1024 * 1024;

pub(super) fn file_page(limit: u32) -> Result<(), Error> {
    size("the number of files asked for", limit as usize, 1, 1_000)
}

pub(super) fn file_length(length: u32) -> Result<(), Error> {
    size(
        "the number of bytes asked for",
        length as usize,
        1,
        1024 * 1024,
    )
}

pub(super) fn file_bytes(bytes: &[u8]) -> Result<(), Error> {
    size("what is written in one call", bytes.len(), 0, 1024 * 1024)
}

pub(super) fn file_size(bytes: usize) -> Result<(), Error> {
    size("a file", bytes, 0, FILE)
}

/// What the host refuses beyond this (Unicode that is not composed, or not seen) no test depends on.
pub(super) fn file_path(path: &str) -> Result<(), Error> {
    let parts = || path.split('/');
    let bad_part =
        |part: &str| matches!(part, "" | "." | "..") || part.len() > 255 || part.trim() != part;
    if (1..=512).contains(&path.len())
        && !path.contains(|c: char| c.is_control() || c == '\\')
        && parts().count() <= 32
        && !parts().any(bad_part)
    {
        return Ok(());
    }
    Err(invalid(format!("`{path}` is no path of a workspace")))
}

pub(super) fn content_type(text: &str) -> Result<&str, Error> {
    let is_one = text.len() <= 127
        && text
            .split_once('/')
            .is_some_and(|(kind, rest)| !kind.is_empty() && !rest.is_empty())
        && text
            .bytes()
            .all(|byte| byte == b' ' || byte.is_ascii_graphic());
    match is_one {
        true => Ok(text),
        false => Err(invalid(format!("`{text}` is no media type"))),
    }
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
