//! The scaffold: the project that `cloister agent new` writes, with the SDK in it, so that the binary alone can write it.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// Returns the table of the project's files, with what has to be made of them written into `out`.
pub(crate) fn table(checkout: &Path, out: &Path) -> Result<String, String> {
    let mut table = String::from(
        "/// The project of a new agent: path and contents, with `{{name}}` to fill in.\n\
         pub const SCAFFOLD: &[(&str, &str)] = &[\n",
    );
    let mut add = |path: &str, file: PathBuf| {
        let _never_fails = writeln!(table, "    ({path:?}, include_str!({file:?})),");
    };

    let template = checkout.join("guest-sdk/scaffold");
    for path in super::files(&template)? {
        // Under its own name this file would hide the template's files from git.
        let name = if path == Path::new("gitignore") {
            ".gitignore".into()
        } else {
            path.to_string_lossy()
        };
        add(&name, template.join(&path));
    }
    add("build", checkout.join("scripts/build-guest"));

    for part in ["src", "wit"] {
        let directory = checkout.join("guest-sdk").join(part);
        for path in super::files(&directory)? {
            let name = Path::new(".cloister/sdk").join(part).join(&path);
            add(&name.to_string_lossy(), directory.join(&path));
        }
    }
    add(".cloister/sdk/Cargo.toml", manifest(checkout, out)?);
    table.push_str("];\n");
    Ok(table)
}

/// The SDK's manifest without the lints of the workspace that it leaves.
fn manifest(checkout: &Path, out: &Path) -> Result<PathBuf, String> {
    let path = checkout.join("guest-sdk/Cargo.toml");
    let text = fs::read_to_string(&path).map_err(|error| super::told(&path, &error))?;
    let alone = text.replace("\n[lints]\nworkspace = true\n", "");
    if alone.contains("workspace = true") {
        return Err(format!(
            "{}: only [lints] may be inherited from the workspace",
            path.display()
        ));
    }
    let written = out.join("sdk-Cargo.toml");
    fs::write(&written, alone).map_err(|error| super::told(&written, &error))?;
    Ok(written)
}
