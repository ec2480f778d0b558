//! A tier: one wasmtime engine with its linker and its slots. There is one for plain modules and one for metered ones.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use tokio::sync::Semaphore;
use wasmtime::component::{Component, Linker};

use super::EngineError;
use super::ticker::Ticker;
use super::tuning;
use crate::capability;
use crate::digest::Digest;
use crate::guest::Guest;
use crate::module::{Module, Traits};
use crate::refusal::Refusal;
use crate::wasi;

/// Pages of memory, of 64 KiB, that a module begins with which has a language's runtime in it, and hardly another: that of
/// JavaScript begins with 9 MiB, that of Python with 12.
const RUNTIME: u64 = 64;

pub(super) struct Tier {
    pub(super) engine: wasmtime::Engine,
    pub(super) metered: bool,
    /// Names what code this engine makes and loads: version, tuning, CPU features.
    pub(super) fingerprint: [u8; 32],
    linker: Linker<Guest>,
    slots: Arc<Semaphore>,
    _ticker: Ticker,
}

impl Tier {
    pub(super) fn new(metered: bool, max_instances: u32) -> Result<Self, EngineError> {
        let wasmtime = |error: wasmtime::Error| EngineError::Wasmtime {
            max_instances,
            message: format!("{error:#}"),
        };
        let engine =
            wasmtime::Engine::new(&tuning::pooled(metered, max_instances)).map_err(wasmtime)?;
        let mut linker = Linker::new(&engine);
        capability::link(&mut linker)
            .and_then(|()| wasi::link(&mut linker))
            .map_err(wasmtime)?;
        Ok(Self {
            fingerprint: fingerprint(&engine),
            metered,
            linker,
            slots: Arc::new(Semaphore::new(
                usize::try_from(max_instances).unwrap_or(Semaphore::MAX_PERMITS),
            )),
            _ticker: Ticker::start(engine.weak()).map_err(EngineError::Ticker)?,
            engine,
        })
    }

    /// Links a compiled component: what it imports and exports must be the contract's, types included.
    pub(super) fn module(&self, digest: Digest, component: &Component) -> Result<Module, Refusal> {
        let instances =
            self.linker
                .instantiate_pre(component)
                .map_err(|error| Refusal::Mismatch {
                    message: format!("{error:#}"),
                })?;
        // The memory image is made now rather than by the first call.
        component
            .initialize_copy_on_write_image()
            .map_err(|error| Refusal::CompilerFailed {
                message: format!("{error:#}"),
            })?;
        let wasi = component
            .component_type()
            .imports(&self.engine)
            .any(|(name, _)| wasi::is_wasi(name));
        let starts_with = component
            .resources_required()
            .and_then(|required| required.max_initial_memory_size)
            .unwrap_or(0);
        let traits = Traits {
            metered: self.metered,
            wasi,
            has_runtime: starts_with >= RUNTIME,
        };
        Module::new(digest, instances, self.slots.clone(), traits)
    }
}

/// blake3 as a `std` hasher, since the names of files must not change with Rust's.
struct Fingerprint(blake3::Hasher);

impl Hasher for Fingerprint {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        let mut first = [0; 8];
        self.0.finalize_xof().fill(&mut first);
        u64::from_le_bytes(first)
    }
}

fn fingerprint(engine: &wasmtime::Engine) -> [u8; 32] {
    let mut hasher = Fingerprint(blake3::Hasher::new());
    engine.precompile_compatibility_hash().hash(&mut hasher);
    hasher.0.finalize().into()
}
