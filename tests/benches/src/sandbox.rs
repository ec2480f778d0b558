//! The sandbox alone: `cargo bench -p sandbox` prints its numbers, a bare loop's and their ratio; `scripts/bench` hands
//! over what it printed.

use std::path::Path;

use anyhow::{Context, Result};

use crate::table::Table;

/// What has a language's runtime in it, and how fast a call shall be.
const LANGUAGES: [(&str, &str); 2] = [("Python", "≤ 2 ms"), ("JavaScript", "≤ 1 ms")];

/// Takes the numbers over.
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
    for (language, reach) in LANGUAGES {
        table.row(
            &format!("sandbox: the same in {language}"),
            after(&format!("{language} through the host"))?,
            format!("bare: {}", after(&format!("{language} bare wasmtime"))?),
            format!("{} ×", after(&format!("{language} ratio"))?),
            reach,
        );
        table.row(
            &format!("sandbox: first call in {language}, compiled code on disk only"),
            after(&format!("{language} first call from disk"))?,
            format!(
                "bare: {}",
                after(&format!("{language} bare first call from disk"))?
            ),
            String::new(),
            "≤ 15 ms",
        );
    }
    Ok(())
}
