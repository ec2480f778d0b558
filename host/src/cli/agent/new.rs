//! `cloister agent new`: the project of an agent that says hello, ready to push.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::builtin::SCAFFOLD;
use crate::cli::Failure;
use crate::service::agents::check_name;

/// Write the project of a new agent into a folder of its name
#[derive(Args)]
pub(crate) struct New {
    /// The agent's name: letters, digits, `-` and `_`
    name: String,
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
        write(&folder, &self.name)?;
        say!(
            "The agent `{}` is in {}. Next:",
            self.name,
            folder.display()
        );
        say!("  cd {}", folder.display());
        say!("  $EDITOR src/lib.rs      # what it answers");
        say!("  cargo test              # its tests, without a host");
        say!("  cloister agent push     # build it, upload it, start it");
        Ok(())
    }
}

fn is_occupied(folder: &Path) -> bool {
    match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_some(),
        Err(_) => folder.exists(),
    }
}

/// Writes the project, and makes its build script a program.
fn write(folder: &Path, name: &str) -> Result<(), Failure> {
    for (path, contents) in SCAFFOLD {
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

    fn new(place: &Path, name: &str) -> Result<(), Failure> {
        let folder = Some(place.join("project"));
        New {
            name: name.to_owned(),
            folder,
        }
        .run()
    }

    #[test]
    fn the_project_has_its_name_and_a_build_that_can_be_run() {
        let place = tempfile::tempdir().unwrap();
        new(place.path(), "hello").unwrap();
        let project = place.path().join("project");
        let manifest = fs::read_to_string(project.join("Cargo.toml")).unwrap();
        assert!(manifest.contains("name = \"agent-hello\""), "{manifest}");
        assert_eq!(
            project
                .join("build")
                .metadata()
                .unwrap()
                .permissions()
                .mode()
                & 0o111,
            0o111
        );
        for part in [
            "src/lib.rs",
            ".gitignore",
            ".cloister/sdk/Cargo.toml",
            ".cloister/sdk/wit/world.wit",
        ] {
            assert!(project.join(part).exists(), "{part}");
        }
    }

    #[test]
    fn nothing_is_overwritten_and_a_bad_name_writes_nothing() {
        let place = tempfile::tempdir().unwrap();
        new(place.path(), "hello").unwrap();
        assert!(new(place.path(), "hello").is_err());
        let other = tempfile::tempdir().unwrap();
        assert!(new(other.path(), "../x").is_err());
        assert!(!other.path().join("project").exists());
    }
}
