//! Guests that no compiler would make.

use anyhow::Result;

use crate::Fate;
use crate::module::{Contract, guest};

/// One of them.
#[derive(Clone, Copy, Debug)]
pub struct Made {
    /// What it is called.
    pub name: &'static str,
    /// Its bytes.
    pub bytes: fn() -> Result<Vec<u8>>,
    /// How it must fare.
    pub fate: Fate,
}

/// All of them.
pub const MADE: &[Made] = &[
    Made {
        name: "not_wasm",
        bytes: not_wasm,
        fate: Fate::Refused("WebAssembly"),
    },
    Made {
        name: "truncated",
        bytes: truncated,
        fate: Fate::Refused(""),
    },
    Made {
        name: "unknown_import",
        bytes: unknown_import,
        fate: Fate::Refused("cloister:elsewhere/moon"),
    },
    Made {
        name: "wrong_version",
        bytes: wrong_version,
        fate: Fate::Refused("9.0.0"),
    },
    Made {
        name: "compile_bomb",
        bytes: compile_bomb,
        fate: Fate::DoesNotCompile,
    },
    Made {
        name: "table_growth",
        bytes: table_growth,
        fate: Fate::Stopped("table_limit"),
    },
];

/// Nested `if`s of the compile bomb.
const BOMB_DEPTH: usize = 60_000;

fn not_wasm() -> Result<Vec<u8>> {
    Ok(b"#!/bin/sh\necho I am an agent\n".to_vec())
}

/// Half of a guest that is all right.
fn truncated() -> Result<Vec<u8>> {
    let mut bytes = guest(&Contract::ours()?, "", "unreachable")?;
    bytes.truncate(bytes.len() / 2);
    Ok(bytes)
}

/// Asks for what no host has.
fn unknown_import() -> Result<Vec<u8>> {
    let import = r#"(import "cloister:elsewhere/moon@1.0.0" "phase" (func (param i32)))"#;
    guest(
        &Contract::with_an_import_from_elsewhere()?,
        import,
        "unreachable",
    )
}

/// Built against a contract that has not been written yet.
fn wrong_version() -> Result<Vec<u8>> {
    guest(&Contract::of_version("9.0.0")?, "", "unreachable")
}

/// One function that takes the compiler more memory and time than a module is worth.
fn compile_bomb() -> Result<Vec<u8>> {
    let body = "local.get 0 if ".repeat(BOMB_DEPTH) + &"end ".repeat(BOMB_DEPTH) + "unreachable";
    guest(&Contract::ours()?, "", &body)
}

/// Makes its table larger for as long as it may.
fn table_growth() -> Result<Vec<u8>> {
    let body = "loop $again
                    ref.null func  i32.const 1000  table.grow $table
                    i32.const -1  i32.ne  br_if $again
                end
                unreachable";
    guest(&Contract::ours()?, "(table $table 1 funcref)", body)
}
