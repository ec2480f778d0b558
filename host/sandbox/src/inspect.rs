//! Inspection: whether bytes can be a module of this host, and what the module asks for. It reads and converts, and
//! compiles nothing; it takes a thread for some milliseconds.

mod contract;
mod version;

use std::fmt;
use std::panic;

use serde::{Deserialize, Serialize};
use wit_component::ComponentEncoder;

use crate::digest::Digest;
use crate::refusal::Refusal;

pub use contract::INTERFACE_VERSION;

use contract::Contract;

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
pub fn inspect(bytes: &[u8]) -> Result<Inspection, Refusal> {
    if bytes.len() > MODULE_BYTES {
        return Err(Refusal::TooLarge {
            size: bytes.len(),
            limit: MODULE_BYTES,
        });
    }
    let component = match format(bytes)? {
        Format::Component => bytes.to_vec(),
        Format::Module => componentize(bytes)?,
    };
    let contract = Contract::read(&component)?;
    Ok(Inspection {
        digest: Digest::of(bytes),
        component,
        interface_version: contract.version.to_string(),
        exports: contract.exports,
        imports: contract.imports,
        capabilities: contract.capabilities,
    })
}

enum Format {
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

fn componentize(module: &[u8]) -> Result<Vec<u8>, Refusal> {
    // The encoder trusts the structure and panics on some that is broken, so that is checked first, and what it does is
    // kept from spreading.
    contract::Names::read(module).map_err(broken)?;
    let encode = || {
        ComponentEncoder::default()
            .validate(true)
            .module(module)
            .and_then(|mut encoder| encoder.encode())
    };
    match panic::catch_unwind(encode) {
        Ok(Ok(component)) => Ok(component),
        Ok(Err(error)) => Err(Refusal::NotAComponent {
            message: format!("{error:#}"),
        }),
        Err(_) => Err(Refusal::NotAComponent {
            message: "its component type cannot be read".to_owned(),
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
