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
        let asked = self.asked("toolbox.tools", &());
        if let Some(answer) = self.replayed(asked)? {
            return Ok(answer);
        }
        let answer = match self.capabilities.tools.clone() {
            Some(tools) => {
                let told =
                    self.meter.tell(
                        asked.name,
                        |within| async move { tools.tools(within).await },
                    );
                told.await.map_err(halt)?
            }
            None => self.without_tools(asked.name).await?,
        };
        self.tape.keep(asked, &answer);
        Ok(answer)
    }

    async fn call(&mut self, name: String, arguments: String) -> Said<Outcome> {
        let asked = self.asked("toolbox.call", &(&name, &arguments));
        if let Some(answer) = self.replayed(asked)? {
            return Ok(answer);
        }
        let answer = match self.capabilities.tools.clone() {
            Some(tools) => {
                let told = self.meter.tell(asked.name, |within| async move {
                    tools.call(name, arguments, within).await
                });
                match told.await.map_err(halt)? {
                    Called::Answered(answer) => answer,
                    // The run ends here, and the next one hears what they said.
                    Called::Waits => return Err(halt(Stop::Waits)),
                }
            }
            None => self.without_tools(asked.name).await?,
        };
        self.tape.keep(asked, &answer);
        Ok(answer)
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
