//! Inspection: whether bytes can be a module of this host, and what the module asks for. It reads and converts, and
//! compiles nothing; it takes a thread for some milliseconds.

mod contract;
mod version;

use std::fmt;

use serde::{Deserialize, Serialize};
use wit_component::ComponentEncoder;

use crate::digest::Digest;
use crate::refusal::Refusal;

pub use contract::INTERFACE_VERSION;

use contract::{Contract, Names};

/// The largest module that is looked at, in bytes.
pub const MODULE_BYTES: usize = 64 * 1024 * 1024;

/// What an inspection found.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inspection {
    /// The name of the module: of the bytes that were given.
    pub digest: Digest,
    /// The component; where a core module was given, what it was turned into.
    #[serde(skip)]
    pub component: Vec<u8>,
    /// The version of `cloister:agent` that it was built against.
    pub interface_version: String,
    /// What it can be called for.
    pub exports: Exports,
    /// All it imports, by full name.
    pub imports: Vec<String>,
    /// The capabilities among the imports, by short name, such as `state`.
    pub capabilities: Vec<String>,
}

/// What a component names, whether or not this host has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outline {
    /// All it imports, by full name.
    pub imports: Vec<String>,
    /// All the interfaces that it exports, by full name.
    pub exports: Vec<String>,
}

/// What a module can be called for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exports {
    /// An agent.
    pub handler: bool,
    /// A set of tools.
    pub toolset: bool,
}

impl fmt::Debug for Inspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inspection")
            .field("digest", &self.digest)
            .field("bytes", &self.component.len())
            .field("interface_version", &self.interface_version)
            .field("exports", &self.exports)
            .field("imports", &self.imports)
            .finish_non_exhaustive()
    }
}

/// Inspects a component, or a core module that carries its component type, which is turned into one.
///
/// That turning is done here, by code that some bytes can bring down together with the process: what comes from strangers
/// goes through [`Engine::inspect`](crate::Engine::inspect), which has the compiler's process do it.
pub fn inspect(bytes: &[u8]) -> Result<Inspection, Refusal> {
    let component = match check(bytes)? {
        Format::Component => bytes.to_vec(),
        Format::Module => encode(bytes).map_err(|message| Refusal::NotAComponent { message })?,
    };
    describe(Digest::of(bytes), component)
}

/// What a component imports and exports. Nothing for a core module, whose imports are no component's yet.
pub fn outline(bytes: &[u8]) -> Result<Outline, Refusal> {
    if check(bytes)? == Format::Module {
        return Ok(Outline::default());
    }
    let Names { imports, exports } = Names::read(bytes).map_err(broken)?;
    Ok(Outline { imports, exports })
}

/// Checks that bytes are WebAssembly, and the structure of a core module; [`describe`] checks a component's.
pub(crate) fn check(bytes: &[u8]) -> Result<Format, Refusal> {
    if bytes.len() > MODULE_BYTES {
        return Err(Refusal::TooLarge {
            size: bytes.len(),
            limit: MODULE_BYTES,
        });
    }
    let format = format(bytes)?;
    if format == Format::Module {
        Names::read(bytes).map_err(broken)?;
    }
    Ok(format)
}

/// Turns a core module into a component, or says why it cannot be.
pub(crate) fn encode(module: &[u8]) -> Result<Vec<u8>, String> {
    ComponentEncoder::default()
        .validate(true)
        .module(module)
        .and_then(|mut encoder| encoder.encode())
        .map_err(|error| format!("{error:#}"))
}

/// What a component is and asks for. The digest is that of the bytes that it was made of.
pub(crate) fn describe(digest: Digest, component: Vec<u8>) -> Result<Inspection, Refusal> {
    let contract = Contract::read(&component)?;
    Ok(Inspection {
        digest,
        component,
        interface_version: contract.version.to_string(),
        exports: contract.exports,
        imports: contract.imports,
        capabilities: contract.capabilities,
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Module,
    Component,
}

/// Tells by the first eight bytes: `\0asm`, a version, and a layer.
fn format(bytes: &[u8]) -> Result<Format, Refusal> {
    match bytes {
        [b'\0', b'a', b's', b'm', 1, 0, 0, 0, ..] => Ok(Format::Module),
        [b'\0', b'a', b's', b'm', 0x0d, 0, 1, 0, ..] => Ok(Format::Component),
        [b'\0', b'a', b's', b'm', _, _, _, _, ..] => Err(Refusal::Invalid {
            message: "its version of the WebAssembly format is not known here".to_owned(),
        }),
        [] => Err(Refusal::NotWasm {
            hint: "there are no bytes",
        }),
        short if short.len() < 8 && b"\0asm".starts_with(short.get(..4).unwrap_or(short)) => {
            Err(Refusal::Truncated {
                message: format!("it has only {} bytes", short.len()),
            })
        }
        text if text.trim_ascii_start().starts_with(b"(") => Err(Refusal::NotWasm {
            hint: "it is the text format; upload the binary that it is turned into",
        }),
        [b'P', b'K', ..] => Err(Refusal::NotWasm {
            hint: "it is a zip archive; upload the .wasm file in it",
        }),
        [0x1f, 0x8b, ..] => Err(Refusal::NotWasm {
            hint: "it is compressed; upload the .wasm file itself",
        }),
        _ => Err(Refusal::NotWasm {
            hint: "a module starts with the bytes 00 61 73 6d",
        }),
    }
}

/// What the parser says of bytes that it cannot read; it has no type for which kind it is.
fn broken(error: wasmparser::Error) -> Refusal {
    let message = error.to_string();
    match message.contains("unexpected end") {
        true => Refusal::Truncated { message },
        false => Refusal::Invalid { message },
    }
}
