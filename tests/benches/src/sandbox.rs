//! The sandbox alone: `cargo bench -p sandbox` prints its numbers, a bare loop's and their ratio; `scripts/bench` hands
//! over what it printed.

use std::path::Path;

use anyhow::{Context, Result};

use crate::table::Table;

/// Takes the three numbers over.
pub(crate) fn read(printed: &Path, table: &mut Table) -> Result<()> {
    let text = std::fs::read_to_string(printed)?;
    let after = |words: &str| {
        let line = text
            .lines()
            .find_map(|line| line.trim().strip_prefix(words));
        let found = line.map(|rest| rest.trim().to_owned());
        found.with_context(|| {
            format!("no `{words}` in what the sandbox's benchmark printed: {text}")
        })
    };
    table.row(
        "sandbox: a fresh instance and one call of echo",
        after("through the host")?,
        format!("a bare wasmtime loop: {}", after("bare wasmtime")?),
        format!("{} ×", after("ratio")?),
        "≤ 1.5 ×",
    );
    Ok(())
}
