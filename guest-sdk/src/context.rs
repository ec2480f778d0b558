//! The context: all that an agent may call while it handles one event. What its owner has not granted answers an
//! [`Error`](crate::Error) with the code `Denied`.

use crate::history::History;
use crate::http::Http;
use crate::log::Log;
use crate::model::Model;
use crate::outbox::Outbox;
use crate::port::Port;
use crate::progress::Progress;
use crate::projects::Projects;
use crate::schedule::Schedule;
use crate::secrets::Secrets;
use crate::state::State;
use crate::tools::Tools;
use crate::workspace::Workspace;

/// The host, as one call of the agent sees it.
pub struct Context {
    pub(crate) port: Port,
}

impl Context {
    /// The context of the call that this instance was made for.
    #[cfg(target_arch = "wasm32")]
    pub(crate) fn of_this_call() -> Context {
        Context {
            port: Port::of_this_call(),
        }
    }

    /// Lines for the agent's owner.
    pub fn log(&self) -> Log<'_> {
        Log::new(&self.port)
    }

    /// What the agent remembers.
    pub fn state(&self) -> State<'_> {
        State::new(&self.port)
    }

    /// What was said in this conversation before.
    pub fn history(&self) -> History<'_> {
        History::new(&self.port)
    }

    /// Signs of life while a turn runs.
    pub fn progress(&self) -> Progress<'_> {
        Progress::new(&self.port)
    }

    /// Timers of this conversation.
    pub fn schedule(&self) -> Schedule<'_> {
        Schedule::new(&self.port)
    }

    /// Speaking first: messages that answer nothing.
    pub fn outbox(&self) -> Outbox<'_> {
        Outbox::new(&self.port)
    }

    /// The agent's files.
    pub fn workspace(&self) -> Workspace<'_> {
        Workspace::new(&self.port)
    }

    /// Asking a language model.
    pub fn model(&self) -> Model<'_> {
        Model::new(&self.port)
    }

    /// Requests to the outside.
    pub fn http(&self) -> Http<'_> {
        Http::new(&self.port)
    }

    /// What the owner has stored to be put into requests.
    pub fn secrets(&self) -> Secrets<'_> {
        Secrets::new(&self.port)
    }

    /// Tools of the project's toolsets.
    pub fn tools(&self) -> Tools<'_> {
        Tools::new(&self.port)
    }

    /// The projects of whoever speaks; for the host's own navigator.
    pub fn projects(&self) -> Projects<'_> {
        Projects::new(&self.port)
    }
}
