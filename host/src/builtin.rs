//! What the binary carries: the built-in agents, and the project that `cloister agent new` writes. The build script makes
//! both tables from their sources.

include!(concat!(env!("OUT_DIR"), "/builtin.rs"));
