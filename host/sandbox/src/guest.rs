//! A guest: what the host keeps beside one instance while it runs.

use serde::Serialize;
use serde::de::DeserializeOwned;
use wasmtime::UpdateDeadline;
use wasmtime::component::ResourceTable;

use crate::capability::{Answer, Capabilities, Lines, Pending, denied};
use crate::limits::Limits;
use crate::meter::Meter;
use crate::quota::Quota;
use crate::recording::{Asked, Tape};
use crate::stop::{Stop, Usage};
use crate::types::Level;
use crate::wasi::Wasi;

pub(crate) struct Guest {
    pub(crate) capabilities: Capabilities,
    pub(crate) meter: Meter,
    pub(crate) quota: Quota,
    pub(crate) lines: Lines,
    pub(crate) wasi: Option<Box<Wasi>>,
    /// What the guest has open of the host: answers of models.
    pub(crate) table: ResourceTable,
    pub(crate) open_streams: usize,
    /// What takes down what the guest hears, or tells it.
    pub(crate) tape: Tape,
}

/// A [`Stop`] on its way out through the guest's frames.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(crate) struct Halt(pub(crate) Stop);

impl Guest {
    pub(crate) fn new(
        capabilities: Capabilities,
        tape: Tape,
        limits: &Limits,
        has_runtime: bool,
    ) -> Self {
        Self {
            capabilities,
            meter: Meter::new(limits),
            quota: Quota::new(limits, has_runtime),
            lines: Lines::new(limits),
            wasi: None,
            table: ResourceTable::new(),
            open_streams: 0,
            tape,
        }
    }

    /// Called at each epoch in which the guest's own code is busy.
    pub(crate) fn tick(&mut self) -> Result<UpdateDeadline, Stop> {
        self.tape.go_on()?;
        self.meter.tick()
    }

    /// What is asked of the host, for the tape that runs along. `name` is the interface and the function, with a dot between,
    /// and `input` all that the function was given.
    pub(crate) fn asked(&self, name: &'static str, input: &impl Serialize) -> Asked {
        self.tape.asked(name, input)
    }

    /// What a recording answers, where one is played. It counts as any call does.
    pub(crate) fn replayed<T: DeserializeOwned>(
        &mut self,
        asked: Asked,
    ) -> wasmtime::Result<Option<T>> {
        if matches!(self.tape, Tape::Plays(_)) {
            self.meter.count().map_err(halt)?;
        }
        self.tape.answer(asked).map_err(halt)
    }

    /// Makes a call of the host under the call's bounds, where the capability is granted, and takes down what is answered.
    pub(crate) async fn call<C: ?Sized + Sync, T: Serialize + DeserializeOwned>(
        &mut self,
        asked: Asked,
        slot: impl Fn(&Capabilities) -> Option<&C> + Send,
        call: impl for<'a> FnOnce(&'a C) -> Pending<'a, T> + Send,
    ) -> Answer<T> {
        if let Some(answer) = self.replayed(asked)? {
            return Ok(answer);
        }
        let name = asked.name;
        let answer = match slot(&self.capabilities) {
            Some(capability) => self.meter.call(name, call(capability)).await,
            None => {
                // A denied call counts as well, so that asking over and over comes to an end.
                let answer = async { denied(name.split('.').next().unwrap_or(name)) };
                self.meter.call(name, answer).await.map(Err)
            }
        };
        let answer = answer.map_err(halt)?;
        self.tape.keep(asked, &answer);
        Ok(answer)
    }

    /// Hands on what was printed, and says what was used.
    pub(crate) fn finish(&mut self) -> Usage {
        if let (Some(wasi), Some(log)) = (&self.wasi, &self.capabilities.log) {
            for (stream, line) in wasi.take_lines() {
                let stream = ("stream".to_owned(), stream.to_owned());
                self.lines
                    .write(log.as_ref(), Level::Debug, line, vec![stream]);
            }
        }
        let (guest_time, host_time, host_calls) = self.meter.read();
        Usage {
            guest_time,
            host_time,
            host_calls,
            memory_peak: self.quota.memory_peak(),
        }
    }
}

pub(crate) fn halt(stop: Stop) -> wasmtime::Error {
    wasmtime::Error::new(Halt(stop))
}
