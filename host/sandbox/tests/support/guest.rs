//! Guests written as text. A guest here is a core module with the contract's component type embedded, as a toolchain
//! would leave it: no toolchain is needed to write one.
//!
//! Its memory: the first 64 KiB are the guest's own, and what the host passes in lies above. The functions that every
//! guest has are in [`PRELUDE`].

#![allow(
    clippy::unwrap_used,
    reason = "what fails here fails a test or a benchmark"
)]

use wit_component::StringEncoding;
use wit_parser::{Resolve, SourceMap};

/// What every guest has. `$answer` makes the result of `handle`: `ok` of one reply with the given text.
const PRELUDE: &str = r#"
  (memory (export "memory") 2)
  (global $heap (mut i32) (i32.const 65536))
  (func $allocate (export "cabi_realloc") (param $old i32) (param $old_size i32) (param $align i32) (param $size i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and
      (i32.add (global.get $heap) (i32.sub (local.get $align) (i32.const 1)))
      (i32.sub (i32.const 0) (local.get $align))))
    (global.set $heap (i32.add (local.get $at) (local.get $size)))
    (block $fits
      (loop $more
        (br_if $fits (i32.le_u (global.get $heap) (i32.mul (memory.size) (i32.const 65536))))
        (if (i32.eq (memory.grow (i32.const 16)) (i32.const -1)) (then unreachable))
        (br $more)))
    (local.get $at))
  ;; The result lies at 1024, the list of one reply at 1040.
  (func $answer (param $text i32) (param $length i32) (result i32)
    (i32.store8 (i32.const 1024) (i32.const 0))
    (i32.store (i32.const 1028) (i32.const 1040))
    (i32.store (i32.const 1032) (i32.const 1))
    (memory.fill (i32.const 1040) (i32.const 0) (i32.const 60))
    (i32.store (i32.const 1040) (local.get $text))
    (i32.store (i32.const 1044) (local.get $length))
    (i32.const 1024))
"#;

/// An agent whose `handle` has this body. The event lies at `$event`: its id is the text at offset 0, length at 4. `imports`
/// may be followed by more of the module's items.
pub(crate) fn agent(imports: &str, body: &str) -> Vec<u8> {
    module(&agent_text(imports, body))
}

/// The text of such an agent.
pub(crate) fn agent_text(imports: &str, body: &str) -> String {
    format!(
        r#"(module {imports} {PRELUDE}
             (func $handle (export "cloister:agent/handler@1.0.0#handle") (param $event i32) (result i32) {body}))"#
    )
}

/// Answers with the id of the event.
pub(crate) const ECHO: &str =
    "(call $answer (i32.load (local.get $event)) (i32.load offset=4 (local.get $event)))";

/// An agent that answers with the id of the event.
pub(crate) fn echo() -> Vec<u8> {
    agent("", ECHO)
}

/// A core module with the component type of an agent of this host's version.
pub(crate) fn module(text: &str) -> Vec<u8> {
    module_in("agent", text)
}

/// A core module with the component type of one of the contract's worlds.
pub(crate) fn module_in(world: &str, text: &str) -> Vec<u8> {
    module_of(world, text, |wit| wit)
}

/// The same, for a contract that was changed.
pub(crate) fn module_of(world: &str, text: &str, change: impl Fn(String) -> String) -> Vec<u8> {
    module_with(&[], world, text, change)
}

/// The same, for a contract that was changed to use other packages, which are given as WIT.
#[expect(
    clippy::disallowed_methods,
    reason = "cargo speaks to what it runs through the environment"
)]
pub(crate) fn module_with(
    packages: &[&str],
    world: &str,
    text: &str,
    change: impl Fn(String) -> String,
) -> Vec<u8> {
    let mut bytes = wat::parse_str(text).unwrap();
    let mut resolve = Resolve::default();
    // As cargo says it now: the place where this was compiled may be another checkout's.
    let package = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    let directory = format!("{package}/../../guest-sdk/wit");
    // What the contract uses, each after what it uses itself.
    for package in ["io", "clocks", "http"] {
        let path = format!("{directory}/deps/{package}.wit");
        let text = std::fs::read_to_string(&path).unwrap();
        resolve.push_str(&path, &text).unwrap();
    }
    for package in packages {
        resolve.push_str("package.wit", package).unwrap();
    }
    let mut sources = SourceMap::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "wit") {
            sources.push(&path, change(std::fs::read_to_string(&path).unwrap()));
        }
    }
    let package = resolve.push_group(sources.parse().unwrap()).unwrap();
    let world = resolve.select_world(&[package], Some(world)).unwrap();
    wit_component::embed_component_metadata(&mut bytes, &resolve, world, StringEncoding::UTF8)
        .unwrap();
    bytes
}
