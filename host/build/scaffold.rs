//! Scaffolds: the projects that `cloister agent new` writes, one a language, with the SDK in them, so that the binary alone
//! can write them.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// What a language's project is made of.
struct Language {
    /// The table's name.
    table: &'static str,
    /// The folder of the files that an author edits.
    template: &'static str,
    /// What builds it.
    build: &'static str,
    /// Folders that go into `.cloister/sdk`, and under which name there.
    sdk: &'static [(&'static str, &'static str)],
}

const WIT: (&str, &str) = ("guest-sdk/wit", "wit");

const LANGUAGES: [Language; 3] = [
    Language {
        table: "RUST",
        template: "guest-sdk/scaffold",
        build: "scripts/build-guest",
        sdk: &[("guest-sdk/src", "src"), WIT],
    },
    Language {
        table: "PYTHON",
        template: "guest-sdk/python/scaffold",
        build: "scripts/build-python",
        sdk: &[("guest-sdk/python/sdk", ""), WIT],
    },
    Language {
        table: "JS",
        template: "guest-sdk/js/scaffold",
        build: "scripts/build-js",
        sdk: &[("guest-sdk/js/sdk", ""), WIT],
    },
];

/// Returns the tables of the projects' files, with what has to be made of them written into `out`.
pub(crate) fn table(checkout: &Path, out: &Path) -> Result<String, String> {
    let mut tables = String::new();
    for language in &LANGUAGES {
        let mut files = language.files(checkout)?;
        if language.table == "RUST" {
            let manifest = PathBuf::from(".cloister/sdk/Cargo.toml");
            files.push((manifest, manifest_alone(checkout, out)?));
        }
        let _never_fails = writeln!(
            tables,
            "/// The project of a new agent: path and contents, with `{{{{name}}}}` to fill in.\n\
             pub const {}: &[(&str, &str)] = &[",
            language.table
        );
        for (path, file) in files {
            let _never_fails = writeln!(tables, "    ({path:?}, include_str!({file:?})),");
        }
        tables.push_str("];\n");
    }
    Ok(tables)
}

impl Language {
    /// Where each file stands in the project, and where its contents are.
    fn files(&self, checkout: &Path) -> Result<Vec<(PathBuf, PathBuf)>, String> {
        let mut files = Vec::new();
        let template = checkout.join(self.template);
        for path in super::files(&template)? {
            // Under its own name this file would hide the template's files from git.
            let name = match path == Path::new("gitignore") {
                true => PathBuf::from(".gitignore"),
                false => path.clone(),
            };
            files.push((name, template.join(path)));
        }
        let build = checkout.join(self.build);
        println!("cargo::rerun-if-changed={}", build.display());
        files.push((PathBuf::from("build"), build));
        for (folder, name) in self.sdk {
            let folder = checkout.join(folder);
            for path in super::files(&folder)? {
                let place = Path::new(".cloister/sdk").join(name).join(&path);
                files.push((place, folder.join(path)));
            }
        }
        Ok(files)
    }
}

/// The Rust SDK's manifest without the lints of the workspace that it leaves.
fn manifest_alone(checkout: &Path, out: &Path) -> Result<PathBuf, String> {
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
