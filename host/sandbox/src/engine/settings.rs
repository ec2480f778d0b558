//! What an engine is made with, and why it could not be.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// The settings of an [`Engine`](super::Engine).
#[derive(Clone)]
pub struct EngineConfig {
    /// Where compiled modules are kept; created with mode 0700.
    pub cache_dir: PathBuf,
    /// Authenticates what is in `cache_dir`: compiled code that this key did not sign is not loaded.
    pub cache_key: [u8; 32],
    /// A program and its arguments that calls [`compiler::child_main`](crate::compiler::child_main).
    pub compiler: Vec<OsString>,
    /// Bytes of compiled code that stay in memory when nobody uses them.
    pub code_cache_bytes: u64,
    /// How many calls run at once; more wait for a slot.
    pub max_instances: u32,
    /// Address space of the compiler, in bytes.
    pub compile_memory: u64,
    /// How long a module may take to compile.
    pub compile_time: Duration,
}

impl std::fmt::Debug for EngineConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EngineConfig")
            .field("cache_dir", &self.cache_dir)
            .field("compiler", &self.compiler)
            .field("code_cache_bytes", &self.code_cache_bytes)
            .field("max_instances", &self.max_instances)
            .field("compile_memory", &self.compile_memory)
            .field("compile_time", &self.compile_time)
            .finish_non_exhaustive()
    }
}

/// Why there is no engine: all of it is the operator's to mend.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The cache directory cannot be made or used.
    #[error("the cache directory {} cannot be used", path.display())]
    CacheDirectory {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// No program was named to compile modules.
    #[error("no compiler program is set")]
    NoCompiler,
    /// wasmtime cannot be set up so on this machine.
    #[error("wasmtime cannot be set up with {max_instances} instances: {message}")]
    Wasmtime {
        /// As configured.
        max_instances: u32,
        /// What wasmtime says.
        message: String,
    },
    /// The thread that counts epochs could not be started.
    #[error("the epoch thread cannot be started")]
    Ticker(#[source] std::io::Error),
}
