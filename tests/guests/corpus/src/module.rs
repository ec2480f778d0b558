//! A guest written by hand: a core module around one function body, with its component type embedded, which is what
//! compilers make too.

use std::path::PathBuf;

use crate::built::checkout;

use anyhow::Result;
use wit_component::{StringEncoding, embed_component_metadata};
use wit_parser::{Resolve, WorldId};

/// The version of the contract in this checkout.
const VERSION: &str = "1.0.0";

/// The packages that it uses, each after those that it uses itself.
const WASI: [&str; 3] = ["io", "clocks", "http"];

/// A world that a guest says it was built for.
pub(crate) struct Contract {
    resolve: Resolve,
    world: WorldId,
    version: String,
}

impl Contract {
    /// The contract of this checkout.
    pub(crate) fn ours() -> Result<Contract> {
        Contract::of_version(VERSION)
    }

    /// The same under another version.
    pub(crate) fn of_version(version: &str) -> Result<Contract> {
        Contract::read(
            version,
            "package cloister:corpus; world guest { include cloister:agent/agent@VERSION; }",
        )
    }

    /// The contract, and an import that is not part of it.
    pub(crate) fn with_an_import_from_elsewhere() -> Result<Contract> {
        Contract::read(
            VERSION,
            "package cloister:elsewhere@1.0.0;
             interface moon { phase: func() -> string; }
             world guest { include cloister:agent/agent@VERSION; import moon; }",
        )
    }

    fn read(version: &str, world: &str) -> Result<Contract> {
        let mut resolve = Resolve::default();
        for package in WASI {
            let path = folder().join(format!("deps/{package}.wit"));
            resolve.push_str(&path, &std::fs::read_to_string(&path)?)?;
        }
        resolve.push_str("contract.wit", &contract_text(version)?)?;
        let package = resolve.push_str("guest.wit", &world.replace("VERSION", version))?;
        let world = resolve.select_world(&[package], Some("guest"))?;
        let version = version.to_owned();
        Ok(Contract {
            resolve,
            world,
            version,
        })
    }
}

fn folder() -> PathBuf {
    checkout().join("guest-sdk/wit")
}

/// All files of the contract as one, under a version.
fn contract_text(version: &str) -> Result<String> {
    let header = format!("package cloister:agent@{VERSION};");
    let mut text = format!("package cloister:agent@{version};\n");
    for entry in std::fs::read_dir(folder())? {
        let path = entry?.path();
        if path.is_file() {
            text += &std::fs::read_to_string(path)?.replace(&header, "");
        }
    }
    Ok(text)
}

/// A module that exports the handler with this body. Its one parameter, 0, is where the event stands in memory.
pub(crate) fn guest(contract: &Contract, fields: &str, body: &str) -> Result<Vec<u8>> {
    let mut module = wat::parse_str(format!(
        r#"(module
            {fields}
            (memory (export "memory") 16)
            (global $free (mut i32) (i32.const 1024))
            (func $handle (export "cloister:agent/handler@{version}#handle") (param i32) (result i32)
                {body})
            ;; Gives out memory and never takes it back: parameters are old address, old size, alignment, new size.
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
                (global.set $free (i32.and
                    (i32.add (global.get $free) (i32.sub (local.get 2) (i32.const 1)))
                    (i32.sub (i32.const 0) (local.get 2))))
                global.get $free
                (global.set $free (i32.add (global.get $free) (local.get 3)))))"#,
        version = contract.version,
    ))?;
    embed_component_metadata(
        &mut module,
        &contract.resolve,
        contract.world,
        StringEncoding::UTF8,
    )?;
    Ok(module)
}

#[cfg(test)]
mod tests {
    use crate::MADE;
    use wit_component::ComponentEncoder;

    /// What is to be refused for its own reason must not be refused for another one.
    #[test]
    fn all_but_the_broken_ones_become_components() {
        for made in MADE {
            let bytes = (made.bytes)().unwrap();
            let component = ComponentEncoder::default()
                .module(&bytes)
                .and_then(|encoder| encoder.validate(true).encode());
            let is_broken = matches!(made.name, "not_wasm" | "truncated");
            assert_eq!(
                component.is_err(),
                is_broken,
                "{}: {component:?}",
                made.name
            );
        }
    }
}
