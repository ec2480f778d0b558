//! Capabilities: what a guest may reach, a trait and a slot an interface. The caller of a guest implements the traits; an
//! empty slot answers `denied`, never a missing import. One more is a file here, a slot, and a line in [`link`].

mod history;
mod http;
mod log;
mod model;
mod outbox;
mod progress;
mod projects;
mod schedule;
mod secrets;
mod state;
mod toolbox;
mod workspace;

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use wasmtime::component::{HasSelf, Linker};

use crate::bindings::imports;
use crate::guest::Guest;
use crate::types::{Error, ErrorCode};

pub use history::History;
pub use http::{Http, HttpRequest, HttpResponse, Unanswered};
pub use log::Log;
pub use model::{CompletionStream, Model, OpenStream};
pub use outbox::Outbox;
pub use progress::Progress;
pub use projects::Projects;
pub use schedule::Schedule;
pub use secrets::Secrets;
pub use state::State;
pub use toolbox::{Called, Tools};
pub use workspace::Workspace;

pub(crate) use log::Lines;

/// What one call of a guest was granted.
#[derive(Clone, Default)]
pub struct Capabilities {
    /// `cloister:agent/log`.
    pub log: Option<Arc<dyn Log>>,
    /// `cloister:agent/state`.
    pub state: Option<Arc<dyn State>>,
    /// `cloister:agent/history`.
    pub history: Option<Arc<dyn History>>,
    /// `cloister:agent/progress`.
    pub progress: Option<Arc<dyn Progress>>,
    /// `cloister:agent/schedule`.
    pub schedule: Option<Arc<dyn Schedule>>,
    /// `cloister:agent/outbox`.
    pub outbox: Option<Arc<dyn Outbox>>,
    /// `cloister:agent/workspace`.
    pub workspace: Option<Arc<dyn Workspace>>,
    /// `cloister:agent/projects`.
    pub projects: Option<Arc<dyn Projects>>,
    /// `cloister:agent/model`.
    pub model: Option<Arc<dyn Model>>,
    /// `cloister:agent/secrets`.
    pub secrets: Option<Arc<dyn Secrets>>,
    /// `cloister:agent/toolbox`.
    pub tools: Option<Arc<dyn Tools>>,
    /// `wasi:http/outgoing-handler`.
    pub http: Option<Arc<dyn Http>>,
}

impl fmt::Debug for Capabilities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Capabilities")
            .field("log", &self.log.is_some())
            .field("state", &self.state.is_some())
            .field("history", &self.history.is_some())
            .field("progress", &self.progress.is_some())
            .field("schedule", &self.schedule.is_some())
            .field("outbox", &self.outbox.is_some())
            .field("workspace", &self.workspace.is_some())
            .field("projects", &self.projects.is_some())
            .field("model", &self.model.is_some())
            .field("secrets", &self.secrets.is_some())
            .field("tools", &self.tools.is_some())
            .field("http", &self.http.is_some())
            .finish()
    }
}

/// What the host says to a guest: an answer or a typed error; the outer error stops the guest.
pub(crate) type Answer<T> = wasmtime::Result<Result<T, Error>>;

/// What a capability's trait gives: `async_trait`'s future.
pub(crate) type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

/// Puts every capability's interface into the linker. The list that [`crate::inspect`] reads stands beside it.
pub(crate) fn link(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    imports::types::add_to_linker::<_, HasSelf<Guest>>(linker, |guest| guest)?;
    imports::log::add_to_linker::<_, HasSelf<Guest>>(linker, |guest| guest)?;
    imports::state::add_to_linker::<_, HasSelf<Guest>>(linker, |guest| guest)?;
    imports::history::add_to_linker::<_, HasSelf<Guest>>(linker, |guest| guest)?;
    imports::progress::add_to_linker::<_, HasSelf<Guest>>(linker, |guest| guest)?;
    imports::schedule::add_to_linker::<_, HasSelf<Guest>>(linker, |guest| guest)?;
    imports::outbox::add_to_linker::<_, HasSelf<Guest>>(linker, |guest| guest)?;
    imports::workspace::add_to_linker::<_, HasSelf<Guest>>(linker, |guest| guest)?;
    imports::projects::add_to_linker::<_, HasSelf<Guest>>(linker, |guest| guest)?;
    imports::model::add_to_linker::<_, HasSelf<Guest>>(linker, |guest| guest)?;
    imports::secrets::add_to_linker::<_, HasSelf<Guest>>(linker, |guest| guest)?;
    imports::toolbox::add_to_linker::<_, HasSelf<Guest>>(linker, |guest| guest)
}

/// The capability whose interface is WASI's, and is linked with it.
pub(crate) const HTTP: &str = "http";

/// The capability whose interface is called otherwise: the contract has a world of this name.
pub(crate) const TOOLS: &str = "tools";
const TOOLBOX: &str = "toolbox";

/// The capability that an interface of the contract is, if any.
pub(crate) fn of_interface(name: &str) -> Option<&'static str> {
    let wanted = match name {
        TOOLBOX => TOOLS,
        // Neither is an interface of the contract.
        TOOLS | HTTP => return None,
        name => name,
    };
    NAMES.into_iter().find(|known| *known == wanted)
}

/// The names of what can be granted, as [`link`] links them.
pub const NAMES: [&str; 12] = [
    "log",
    "state",
    "history",
    "progress",
    "schedule",
    "outbox",
    "workspace",
    "projects",
    "model",
    "secrets",
    TOOLS,
    HTTP,
];

impl imports::types::Host for Guest {}

/// What a guest hears of a capability that it was not granted.
pub(crate) fn denied(capability: &str) -> Error {
    Error {
        code: ErrorCode::Denied,
        message: format!(
            "The owner has not granted this agent `{capability}`; ask them to, or do without."
        ),
    }
}
