//! A call: the store and the instance of one turn, from a free slot to what it used.

use std::time::Duration;

use tokio::sync::OwnedSemaphorePermit;
use wasmtime::component::Instance;
use wasmtime::{Store, StoreContextMut};

use super::Module;
use super::answer::Measured;
use crate::capability::Capabilities;
use crate::guest::{Guest, halt};
use crate::limits::Limits;
use crate::meter::SLICE;
use crate::recording::Tape;
use crate::stop::{Run, Stop, Usage};
use crate::trap::{self, Phase};
use crate::types::Failure;

/// Resources that one guest may hold at once; only WASI has any.
const HANDLES: usize = 10_000;

pub(super) struct Call {
    pub(super) store: Store<Guest>,
    pub(super) instance: Instance,
    /// Until when it has to be over, where its own clock cannot see to that.
    pub(super) until: Option<tokio::time::Instant>,
    /// Whether putting back what it used takes longer than having someone else do it.
    is_large: bool,
    /// Given back when the store is gone.
    slot: OwnedSemaphorePermit,
}

/// A call that ended before the guest was called.
pub(super) struct Stillborn {
    stop: Stop,
    usage: Usage,
}

impl Stillborn {
    pub(super) fn failed<T>(self) -> Run<T> {
        Run {
            outcome: Err(self.stop),
            usage: self.usage,
        }
    }
}

impl Module {
    /// Waits for a slot and makes a fresh instance in it.
    pub(super) async fn begin(
        &self,
        capabilities: Capabilities,
        tape: Tape,
        limits: &Limits,
    ) -> Result<Call, Stillborn> {
        let host = |message: String| Stillborn {
            stop: Stop::Host { message },
            usage: Usage::default(),
        };
        if limits.fuel.is_some() && !self.traits.metered {
            return Err(host(
                "the limits ask for fuel, but the module was loaded without metering".to_owned(),
            ));
        }
        let slots = self.slots.clone();
        let slot = slots
            .acquire_owned()
            .await
            .map_err(|error| host(error.to_string()))?;
        // A guest without a model waits for none.
        let models = match &capabilities.model {
            Some(_) => limits.model_time,
            None => Duration::ZERO,
        };
        let guest = Guest::new(capabilities, tape, limits, self.traits.has_runtime);
        let mut store = Store::new(self.instances.engine(), guest);
        store.limiter(|guest| &mut guest.quota);
        store.set_epoch_deadline(SLICE);
        store.epoch_deadline_callback(|mut store: StoreContextMut<'_, Guest>| {
            store.data_mut().tick().map_err(halt)
        });
        store.set_hostcall_fuel(trap::crossing_bytes(limits));
        store.set_max_component_handles(HANDLES);
        if self.traits.metered {
            store
                .set_fuel(limits.fuel.unwrap_or(u64::MAX))
                .map_err(|error| host(error.to_string()))?;
        }
        let until = self
            .traits
            .wasi
            .then(|| tokio::time::Instant::now() + limits.guest_time + limits.host_time + models);
        match within(until, limits, self.instances.instantiate_async(&mut store)).await {
            Ok(instance) => Ok(Call {
                store,
                instance,
                until,
                is_large: self.traits.has_runtime,
                slot,
            }),
            Err(error) => {
                let guest = store.data_mut();
                let stop = trap::stop(&error, guest, limits, Phase::Instantiation);
                Err(Stillborn {
                    stop,
                    usage: guest.finish(),
                })
            }
        }
    }
}

/// Waits for a guest up to a time. A guest that waits in WASI runs no code that would be interrupted.
pub(super) async fn within<T>(
    until: Option<tokio::time::Instant>,
    limits: &Limits,
    guest: impl Future<Output = wasmtime::Result<T>>,
) -> wasmtime::Result<T> {
    let Some(until) = until else {
        return guest.await;
    };
    match tokio::time::timeout_at(until, guest).await {
        Ok(answer) => answer,
        Err(_) => Err(halt(Stop::Deadline {
            limit: limits.guest_time,
        })),
    }
}

impl Call {
    /// What came of it, from what the guest's export gave. Where that takes a while, what it used is put back beside what is
    /// done with the answer.
    pub(super) fn end<T: Measured>(
        mut self,
        answer: wasmtime::Result<Result<T, Failure>>,
        limits: &Limits,
    ) -> (Run<T>, Tape) {
        let guest = self.store.data_mut();
        let tape = std::mem::take(&mut guest.tape);
        let usage = guest.finish();
        let outcome = match answer {
            Ok(Ok(answer)) => match answer.bytes() {
                size if size > limits.reply_bytes => Err(Stop::ReplyTooLarge {
                    size,
                    limit: limits.reply_bytes,
                }),
                _ => Ok(answer),
            },
            Ok(Err(failure)) => Err(Stop::Failed(failure)),
            Err(error) => Err(trap::stop(&error, guest, limits, Phase::Call)),
        };
        if self.is_large {
            let Self { store, slot, .. } = self;
            // The store goes first, then its slot.
            tokio::task::spawn_blocking(move || drop((store, slot)));
        }
        (Run { outcome, usage }, tape)
    }
}
