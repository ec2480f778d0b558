//! Capabilities: the host side of what a guest may import, a file an interface. A turn hands its guest those that the
//! owner granted; the rest answer `denied` in the sandbox. State, files, schedules and speech are buffered in the [`Turn`] and
//! reach the database with its commit; log lines and progress go out at once.

mod files;
mod history;
mod http;
mod log;
mod model;
mod outbox;
mod progress;
mod schedule;
mod secrets;
mod state;
mod tools;
mod turn;
mod workspace;

use std::sync::Arc;

use sandbox::Capabilities;
use sandbox::types::{Error, ErrorCode};
use store::StoreError;

pub use files::{Draft, Files};
pub use model::Lease;
pub use tools::{Toolbox, Waiting};
pub use turn::{Buffer, Line, Spoken, Turn};

/// What an agent is granted that has files.
pub const WORKSPACE: &str = "workspace";
/// What an agent is granted whose owner may store secrets for it.
pub const SECRETS: &str = "secrets";

type Grant = fn(Arc<Turn>, &mut Capabilities);

/// Every capability by the name that it is granted under. One more is a file here and a line there. Only `projects` is
/// none of them: it is held by the navigator alone, which `service::navigation` runs.
const ALL: [(&str, Grant); 11] = [
    ("log", |turn, to| {
        to.log = Some(Arc::new(log::TurnLog(turn)))
    }),
    ("state", |turn, to| {
        to.state = Some(Arc::new(state::TurnState(turn)))
    }),
    ("history", |turn, to| {
        to.history = Some(Arc::new(history::TurnHistory(turn)))
    }),
    ("progress", |turn, to| {
        to.progress = Some(Arc::new(progress::TurnProgress(turn)))
    }),
    ("schedule", |turn, to| {
        to.schedule = Some(Arc::new(schedule::TurnSchedule(turn)))
    }),
    ("outbox", |turn, to| {
        to.outbox = Some(Arc::new(outbox::TurnOutbox(turn)))
    }),
    (WORKSPACE, |turn, to| {
        to.workspace = Some(Arc::new(workspace::TurnWorkspace(turn)))
    }),
    ("model", |turn, to| {
        to.model = Some(Arc::new(model::TurnModel(turn)))
    }),
    (SECRETS, |turn, to| {
        to.secrets = Some(Arc::new(secrets::TurnSecrets(turn)))
    }),
    ("tools", |turn, to| {
        to.tools = Some(Arc::new(tools::TurnTools(turn)))
    }),
    ("http", |turn, to| {
        to.http = Some(Arc::new(http::TurnHttp::of(turn)))
    }),
];

/// The names that can be granted.
pub fn names() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|(name, _)| *name)
}

/// What a guest gets for one turn.
pub fn granted(turn: &Arc<Turn>, grants: &[String]) -> Capabilities {
    let mut capabilities = Capabilities::default();
    for (name, grant) in ALL {
        if grants.iter().any(|granted| granted == name) {
            grant(turn.clone(), &mut capabilities);
        }
    }
    capabilities
}

/// What a module of tools gets for the call at this place of a turn.
fn granted_to_tool(turn: &Arc<Turn>, grants: &[String], place: i32) -> Capabilities {
    let mut capabilities = granted(turn, grants);
    if capabilities.http.is_some() {
        let http = http::TurnHttp::of_tool(turn.clone(), place);
        capabilities.http = Some(Arc::new(http));
    }
    capabilities
}

/// What a guest is told of the store's failures: that it may try again, and no more.
fn unavailable(error: StoreError) -> Error {
    tracing::warn!(
        error = &error as &dyn std::error::Error,
        "a capability could not reach the store"
    );
    refusal(
        ErrorCode::Unavailable,
        "The host cannot reach its database; try again later.",
    )
}

fn refusal(code: ErrorCode, message: impl Into<String>) -> Error {
    Error {
        code,
        message: message.into(),
    }
}
