//! A refusal: why bytes are no module that this host can run. It is the uploader's to mend, so each says what was found
//! and what to do; only [`Refusal::CompilerFailed`] may be the host's own fault.

use std::time::Duration;

/// Why a module was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// More bytes than are looked at.
    #[error("the module has {size} bytes; at most {limit} are accepted")]
    TooLarge {
        /// Bytes.
        size: usize,
        /// Bytes.
        limit: usize,
    },
    /// The bytes do not start as WebAssembly does.
    #[error("this is not WebAssembly: {hint}")]
    NotWasm {
        /// What it looks like instead, and what to do.
        hint: &'static str,
    },
    /// The bytes end in the middle.
    #[error("the module is cut off: {message}; upload the whole file")]
    Truncated {
        /// Where it ends.
        message: String,
    },
    /// WebAssembly, but broken.
    #[error("the module is not valid: {message}")]
    Invalid {
        /// What is wrong, and where.
        message: String,
    },
    /// A core module that cannot be turned into a component.
    #[error(
        "the core module cannot be turned into a component: {message}; build it with the guest SDK, or as a component"
    )]
    NotAComponent {
        /// What stood in the way.
        message: String,
    },
    /// Made for a version of the contract that this host does not speak.
    #[error("the module uses `{interface}` of version {wanted}; this host supports {supported}")]
    UnsupportedVersion {
        /// Such as `cloister:agent/log`.
        interface: String,
        /// The version that the module was built against, or `none`.
        wanted: String,
        /// What this host supports, such as `1.0.0 and compatible earlier ones`.
        supported: String,
    },
    /// The module needs something that no host of this version has.
    #[error("the module imports `{name}`, which this host does not have")]
    UnknownImport {
        /// The import as the module names it.
        name: String,
    },
    /// Neither an agent nor a toolset.
    #[error("the module exports neither `cloister:agent/handler` nor `cloister:agent/toolset`")]
    NoExport,
    /// An import or export has the right name and another type.
    #[error("the module does not fit the contract: {message}")]
    Mismatch {
        /// Which one, and how.
        message: String,
    },
    /// It wants more memories, tables or instances, or larger ones, than any module can have.
    #[error("the module wants more than a module can have: {message}")]
    TooDemanding {
        /// More of what.
        message: String,
    },
    /// The compiler was stopped for taking too long.
    #[error("compiling the module took more than {} ms", .limit.as_millis())]
    CompileTooSlow {
        /// What it was given.
        limit: Duration,
    },
    /// The compiler was stopped for using too much memory.
    #[error("compiling the module took more than {limit} bytes of memory")]
    CompileTooMuchMemory {
        /// What it was given.
        limit: u64,
    },
    /// The compiled code is too large to keep.
    #[error("the compiled module has more than {limit} bytes")]
    CompiledTooLarge {
        /// Bytes.
        limit: u64,
    },
    /// The compiler crashed, which this module can make it do again.
    #[error("the compiler crashed on the module: {message}")]
    CompilerCrashed {
        /// How it ended and what it said.
        message: String,
    },
    /// The compiler could not be run.
    #[error("the compiler failed: {message}")]
    CompilerFailed {
        /// How it ended and what it said.
        message: String,
    },
}

impl Refusal {
    /// A stable name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "module_too_large",
            Self::NotWasm { .. } => "not_wasm",
            Self::Truncated { .. } => "truncated",
            Self::Invalid { .. } => "invalid_module",
            Self::NotAComponent { .. } => "not_a_component",
            Self::UnsupportedVersion { .. } => "unsupported_version",
            Self::UnknownImport { .. } => "unknown_import",
            Self::NoExport => "no_export",
            Self::Mismatch { .. } => "contract_mismatch",
            Self::TooDemanding { .. } => "too_demanding",
            Self::CompileTooSlow { .. } => "compile_too_slow",
            Self::CompileTooMuchMemory { .. } => "compile_too_much_memory",
            Self::CompiledTooLarge { .. } => "compiled_too_large",
            Self::CompilerCrashed { .. } => "compiler_crashed",
            Self::CompilerFailed { .. } => "compiler_failed",
        }
    }

    /// Whether the host's operator should look at it, rather than the uploader.
    pub fn is_host_fault(&self) -> bool {
        matches!(self, Self::CompilerFailed { .. })
    }
}
