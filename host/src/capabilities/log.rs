//! `log`: lines for the agent's owner.

use std::sync::Arc;

use sandbox::Log;
use sandbox::types::Level;

use super::turn::{Line, Turn};

pub(super) struct TurnLog(pub(super) Arc<Turn>);

impl Log for TurnLog {
    fn write(&self, level: Level, message: String, fields: Vec<(String, String)>) {
        let level = match level {
            Level::Debug => "debug",
            Level::Info => "info",
            Level::Warn => "warn",
            Level::Error => "error",
        };
        self.0.buffer().log.push(Line {
            level,
            message,
            fields,
        });
    }
}
