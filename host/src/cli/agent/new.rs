//! `cloister agent new`: the project of an agent that says hello, ready to push, in one of three languages.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::builtin::{JS, PYTHON, RUST};
use crate::cli::Failure;
use crate::service::agents::check_name;

/// Write the project of a new agent into a folder of its name
#[derive(Args)]
pub(crate) struct New {
    /// The agent's name: letters, digits, `-` and `_`
    name: String,
    /// The language to write it in
    #[arg(long, value_enum, default_value_t = Language::Rust)]
    lang: Language,
    /// The folder to write, in place of one with the agent's name
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

impl New {
    pub(super) fn run(self) -> Result<(), Failure> {
        check_name(&self.name).map_err(|error| Failure::wrong(error.to_string()))?;
        let folder = self.folder.unwrap_or_else(|| PathBuf::from(&self.name));
        if is_occupied(&folder) {
            return Err(Failure::failed(format!(
                "{} exists already and is not empty",
                folder.display()
            )));
        }
        write(&folder, self.lang, &self.name)?;
        say!(
            "The agent `{}` is in {}. Next:",
            self.name,
            folder.display()
        );
        say!("  cd {}", folder.display());
        for (command, what) in self.lang.next_steps() {
            say!("  {command:<23} # {what}");
        }
        Ok(())
    }
}

/// A language that agents are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Language {
    /// Rust
    Rust,
    /// Python
    Python,
    /// JavaScript or TypeScript
    Js,
}

impl Language {
    fn scaffold(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Language::Rust => RUST,
            Language::Python => PYTHON,
            Language::Js => JS,
        }
    }

    /// What whoever has the project does then.
    fn next_steps(self) -> Vec<(&'static str, &'static str)> {
        let (set_up, edit, test) = match self {
            Language::Rust => (None, "$EDITOR src/lib.rs", "cargo test"),
            Language::Python => (
                Some("./build --setup"),
                "$EDITOR agent.py",
                "./build --test",
            ),
            Language::Js => (
                Some("./build --setup"),
                "$EDITOR agent.js",
                "./build --test",
            ),
        };
        let set_up = set_up.map(|command| (command, "installs what building takes, once"));
        let rest = [
            (edit, "what it answers"),
            (test, "its tests, without a host"),
            ("cloister agent push", "build it, upload it, start it"),
        ];
        set_up.into_iter().chain(rest).collect()
    }
}

fn is_occupied(folder: &Path) -> bool {
    match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_some(),
        Err(_) => folder.exists(),
    }
}

/// Writes the project, and makes its build script a program.
fn write(folder: &Path, lang: Language, name: &str) -> Result<(), Failure> {
    for (path, contents) in lang.scaffold() {
        let path = folder.join(path);
        let failed = |error| Failure::failed(format!("cannot write {}: {error}", path.display()));
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(failed)?;
        }
        fs::write(&path, contents.replace("{{name}}", name)).map_err(failed)?;
        if contents.starts_with("#!") {
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).map_err(failed)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(place: &Path, lang: Language, name: &str) -> Result<(), Failure> {
        let folder = Some(place.join("project"));
        New {
            name: name.to_owned(),
            lang,
            folder,
        }
        .run()
    }

    #[test]
    fn the_project_has_its_name_and_a_build_that_can_be_run() {
        for (lang, named, parts) in [
            (
                Language::Rust,
                ("Cargo.toml", "name = \"agent-hello\""),
                ["src/lib.rs", ".cloister/sdk/Cargo.toml"],
            ),
            (
                Language::Python,
                ("cloister.toml", "name = \"hello\""),
                ["agent.py", ".cloister/sdk/cloister/__init__.py"],
            ),
            (
                Language::Js,
                ("cloister.toml", "name = \"hello\""),
                ["agent.js", ".cloister/sdk/index.js"],
            ),
        ] {
            let place = tempfile::tempdir().unwrap();
            new(place.path(), lang, "hello").unwrap();
            let project = place.path().join("project");
            let (file, words) = named;
            let manifest = fs::read_to_string(project.join(file)).unwrap();
            assert!(manifest.contains(words), "{lang:?}: {manifest}");
            let build = project.join("build").metadata().unwrap();
            assert_eq!(build.permissions().mode() & 0o111, 0o111, "{lang:?}");
            let shared = [".gitignore", "README.md", ".cloister/sdk/wit/world.wit"];
            for part in parts.into_iter().chain(shared) {
                assert!(project.join(part).exists(), "{lang:?}: {part}");
            }
            // What only a run of Python leaves is none of it.
            let sdk = project.join(".cloister/sdk/cloister/__pycache__");
            assert!(!sdk.exists(), "{lang:?}");
        }
    }

    #[test]
    fn nothing_is_overwritten_and_a_bad_name_writes_nothing() {
        let place = tempfile::tempdir().unwrap();
        new(place.path(), Language::Rust, "hello").unwrap();
        assert!(new(place.path(), Language::Python, "hello").is_err());
        let other = tempfile::tempdir().unwrap();
        assert!(new(other.path(), Language::Js, "../x").is_err());
        assert!(!other.path().join("project").exists());
    }
}
