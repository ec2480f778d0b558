//! `tools`, whose interface is `toolbox`: using tools. They may take long, so whoever answers is told how much time there is: an
//! answer that would come too late is a typed problem, rather than the end of the turn.

use std::time::Duration;

use async_trait::async_trait;

use super::{TOOLS, denied};
use crate::bindings::imports;
use crate::bindings::imports::toolbox::{Catalogue, Cause, Outcome, Problem};
use crate::guest::{Guest, halt};
use crate::stop::Stop;

/// Tools of others.
#[async_trait]
pub trait Tools: Send + Sync {
    /// All that there are, within this time.
    async fn tools(&self, within: Duration) -> Result<Catalogue, Problem>;
    /// Calls one, and gives what it answers within this time.
    async fn call(&self, name: String, arguments: String, within: Duration) -> Called;
}

/// What came of a call.
#[derive(Debug)]
pub enum Called {
    /// The tool answered, or there is no answer of it.
    Answered(Result<Outcome, Problem>),
    /// Someone has to say first whether it may be called: the guest is stopped, to be run again when they have.
    Waits,
}

/// What the host says of tools to a guest.
type Said<T> = wasmtime::Result<Result<T, Problem>>;

impl imports::toolbox::Host for Guest {
    async fn tools(&mut self) -> Said<Catalogue> {
        let Some(tools) = self.capabilities.tools.clone() else {
            return self.without_tools("toolbox.tools").await;
        };
        let asked = self.meter.tell("toolbox.tools", |within| async move {
            tools.tools(within).await
        });
        asked.await.map_err(halt)
    }

    async fn call(&mut self, name: String, arguments: String) -> Said<Outcome> {
        let Some(tools) = self.capabilities.tools.clone() else {
            return self.without_tools("toolbox.call").await;
        };
        let asked = self.meter.tell("toolbox.call", |within| async move {
            tools.call(name, arguments, within).await
        });
        match asked.await.map_err(halt)? {
            Called::Answered(answer) => Ok(answer),
            Called::Waits => Err(halt(Stop::Waits)),
        }
    }
}

impl Guest {
    /// What a guest hears that was not granted tools. It counts as a call, so that asking over and over comes to an end.
    async fn without_tools<T>(&mut self, name: &'static str) -> Said<T> {
        let refusal = Problem {
            cause: Cause::Denied,
            message: denied(TOOLS).message,
        };
        let counted = self.meter.call(name, async { refusal });
        counted.await.map(Err).map_err(halt)
    }
}
