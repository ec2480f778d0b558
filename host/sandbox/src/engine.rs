//! The engine: what all modules share, made once a process. It holds wasmtime's engine with its pool of instances, the
//! linker, and the way from a digest to a [`Module`]: memory, then disk, then the compiler.

mod load;
mod settings;
mod ticker;
mod tier;
pub(crate) mod tuning;

use std::sync::{Arc, OnceLock};

use crate::cache::{Disk, Flights, Memory, Refusals};
use crate::compiler::Compiler;

pub use load::LoadError;
pub use settings::{EngineConfig, EngineError};

use tier::Tier;

/// Bytes of compiled code that stay on disk.
const DISK_BYTES: u64 = 8 * 1024 * 1024 * 1024;

/// Loads modules and gives them room to run. Clones share everything.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    plain: Tier,
    /// For modules whose fuel is metered, which takes other code; made when the first one is loaded.
    metered: OnceLock<Tier>,
    max_instances: u32,
    memory: Memory,
    disk: Disk,
    flights: Flights<LoadError>,
    refusals: Refusals,
    compiler: Compiler,
}

impl Engine {
    /// An engine with these settings; creates the cache directory.
    pub fn new(config: EngineConfig) -> Result<Self, EngineError> {
        let plain = Tier::new(false, config.max_instances)?;
        let disk =
            Disk::open(&config.cache_dir, config.cache_key, DISK_BYTES).map_err(|source| {
                EngineError::CacheDirectory {
                    path: config.cache_dir.clone(),
                    source,
                }
            })?;
        let compiler = Compiler::new(&config)?;
        Ok(Self {
            inner: Arc::new(Inner {
                plain,
                metered: OnceLock::new(),
                max_instances: config.max_instances,
                memory: Memory::new(config.code_cache_bytes),
                disk,
                flights: Flights::default(),
                refusals: Refusals::default(),
                compiler,
            }),
        })
    }

    /// Forgets the modules and refusals that are in memory; what is on disk stays. For tests and benchmarks.
    pub fn evict_memory(&self) {
        self.inner.memory.clear();
        self.inner.refusals.clear();
    }
}

impl Inner {
    fn tier(&self, metered: bool) -> Result<&Tier, EngineError> {
        if !metered {
            return Ok(&self.plain);
        }
        if let Some(tier) = self.metered.get() {
            return Ok(tier);
        }
        // Two threads may come here at once: one of the two engines is dropped again.
        let tier = Tier::new(true, self.max_instances)?;
        Ok(self.metered.get_or_init(|| tier))
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").finish_non_exhaustive()
    }
}
