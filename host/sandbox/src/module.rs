//! A module: one uploaded component, compiled and linked, ready to be called any number of times at once. Each call has
//! its own store and instance, which are gone when it ends.

mod answer;
mod call;
mod exports;

use std::sync::Arc;

use tokio::sync::Semaphore;
use wasmtime::component::InstancePre;

use crate::capability::Capabilities;
use crate::digest::Digest;
use crate::guest::Guest;
use crate::limits::Limits;
use crate::recording::{Divergence, Recording, Tape};
use crate::refusal::Refusal;
use crate::stop::{Run, Stop};
use crate::types::{Call as ToolCall, Event, Outcome, Reply, Tool};
use call::within;
use exports::Exports;

/// What about a module decides how it is called.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Traits {
    /// Whether it was compiled to use fuel.
    pub(crate) metered: bool,
    /// Whether it imports WASI, and so can wait in calls that nobody here times.
    pub(crate) wasi: bool,
    /// Whether it brings the runtime of a language with it, and so may have more memory.
    pub(crate) has_runtime: bool,
}

/// A module in memory. Cheap to share; it holds its compiled code for as long as it lives.
pub struct Module {
    digest: Digest,
    instances: InstancePre<Guest>,
    /// One permit an instance that the pool has room for.
    slots: Arc<Semaphore>,
    traits: Traits,
    exports: Exports,
}

impl Module {
    pub(crate) fn new(
        digest: Digest,
        instances: InstancePre<Guest>,
        slots: Arc<Semaphore>,
        traits: Traits,
    ) -> Result<Self, Refusal> {
        Ok(Self {
            digest,
            exports: Exports::find(&instances)?,
            instances,
            slots,
            traits,
        })
    }

    /// Which module it is.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Has the agent handle one event.
    pub async fn handle(
        &self,
        event: Event,
        capabilities: Capabilities,
        limits: &Limits,
    ) -> Run<Vec<Reply>> {
        let (run, _) = self.run(&event, capabilities, Tape::Off, limits).await;
        run
    }

    /// The same, and takes down what the agent heard; nothing where that is more than `most` bytes.
    pub async fn record(
        &self,
        event: &Event,
        capabilities: Capabilities,
        limits: &Limits,
        most: usize,
    ) -> (Run<Vec<Reply>>, Option<Recording>) {
        let tape = Tape::recording(most);
        let (run, tape) = self.run(event, capabilities, tape, limits).await;
        (run, tape.recorded())
    }

    /// Has the agent handle an event as it did when it was recorded: all answers are the recording's, and of `capabilities`
    /// only the log is written to. Where it asks for something else it is stopped with [`Stop::Diverged`].
    pub async fn replay(
        &self,
        event: &Event,
        recording: Recording,
        capabilities: Capabilities,
        limits: &Limits,
    ) -> (Run<Vec<Reply>>, Option<Divergence>) {
        let tape = Tape::playing(recording);
        let (run, tape) = self.run(event, capabilities, tape, limits).await;
        (run, tape.divergence())
    }

    /// Has another agent handle a recorded event: the clocks and the random numbers are the recording's, and the capabilities
    /// answer, perhaps out of its [`Deck`](crate::Deck).
    pub async fn rehearse(
        &self,
        event: &Event,
        recording: &Recording,
        capabilities: Capabilities,
        limits: &Limits,
    ) -> Run<Vec<Reply>> {
        let tape = Tape::rehearsing(recording);
        let (run, _) = self.run(event, capabilities, tape, limits).await;
        run
    }

    async fn run(
        &self,
        event: &Event,
        capabilities: Capabilities,
        tape: Tape,
        limits: &Limits,
    ) -> (Run<Vec<Reply>>, Tape) {
        let Some(handler) = &self.exports.handler else {
            return (not_exported("cloister:agent/handler"), Tape::Off);
        };
        let mut call = match self.begin(capabilities, tape, limits).await {
            Ok(call) => call,
            Err(run) => return (run.failed(), Tape::Off),
        };
        let answer = match handler.load(&mut call.store, &call.instance) {
            Ok(guest) => {
                let handled = guest.call_handle(&mut call.store, event);
                within(call.until, limits, handled).await
            }
            Err(error) => Err(error),
        };
        call.end(answer, limits)
    }

    /// Asks the toolset what it has.
    pub async fn tools(&self, capabilities: Capabilities, limits: &Limits) -> Run<Vec<Tool>> {
        let Some(toolset) = &self.exports.toolset else {
            return not_exported("cloister:agent/toolset");
        };
        let mut call = match self.begin(capabilities, Tape::Off, limits).await {
            Ok(call) => call,
            Err(run) => return run.failed(),
        };
        let answer = match toolset.load(&mut call.store, &call.instance) {
            Ok(guest) => within(call.until, limits, guest.call_tools(&mut call.store)).await,
            Err(error) => Err(error),
        };
        let (run, _) = call.end(answer, limits);
        run
    }

    /// Calls one of the toolset's tools.
    pub async fn call_tool(
        &self,
        tool: ToolCall,
        capabilities: Capabilities,
        limits: &Limits,
    ) -> Run<Outcome> {
        let Some(toolset) = &self.exports.toolset else {
            return not_exported("cloister:agent/toolset");
        };
        let mut call = match self.begin(capabilities, Tape::Off, limits).await {
            Ok(call) => call,
            Err(run) => return run.failed(),
        };
        let answer = match toolset.load(&mut call.store, &call.instance) {
            Ok(guest) => within(call.until, limits, guest.call_run(&mut call.store, &tool)).await,
            Err(error) => Err(error),
        };
        let (run, _) = call.end(answer, limits);
        run
    }
}

impl std::fmt::Debug for Module {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Module")
            .field("digest", &self.digest)
            .finish_non_exhaustive()
    }
}

fn not_exported<T>(interface: &'static str) -> Run<T> {
    Run {
        outcome: Err(Stop::NotExported { interface }),
        usage: Default::default(),
    }
}
