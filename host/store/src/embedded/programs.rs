//! The server programs, as a distribution installs them: `postgres`, `initdb` and their kin in one folder a major
//! version.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Options;
use super::error::EmbeddedError;

/// Where distributions keep a folder for each major version, and what follows the version in its path.
const INSTALLED: [(&str, &str, &str); 3] = [
    ("/usr/lib/postgresql", "", "bin"),
    ("/usr/libexec/postgresql", "", ""),
    ("/usr", "pgsql-", "bin"),
];

/// One folder of server programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Programs {
    folder: PathBuf,
}

impl Programs {
    /// The folder that was named; else the installed one of the version that the cluster has, or the newest; else
    /// the one on the search path.
    pub(super) fn find(
        options: &Options,
        cluster: Option<&str>,
    ) -> Result<Programs, EmbeddedError> {
        if let Some(folder) = &options.programs {
            return Programs::at(folder)
                .ok_or_else(|| not_installed(&[folder.display().to_string()]));
        }
        let mut installed: Vec<_> = INSTALLED.iter().flat_map(installed_under).collect();
        installed
            .sort_by_key(|(version, _)| (cluster == Some(version.to_string().as_str()), *version));
        if let Some((_, programs)) = installed.pop() {
            return Ok(programs);
        }
        options
            .search_path
            .iter()
            .flat_map(|path| std::env::split_paths(path).collect::<Vec<_>>())
            .find_map(|folder| Programs::at(&folder))
            .ok_or_else(|| not_installed(&["/usr/lib/postgresql/*/bin".into(), "PATH".into()]))
    }

    fn at(folder: &Path) -> Option<Programs> {
        let has = |name: &str| folder.join(name).is_file();
        (has("postgres") && has("initdb")).then(|| Programs {
            folder: folder.to_owned(),
        })
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The major version, as a cluster's `PG_VERSION` has it.
    pub(super) fn version(&self) -> Result<String, EmbeddedError> {
        let program = self.path("postgres");
        let output = Command::new(&program)
            .arg("--version")
            .output()
            .map_err(EmbeddedError::program(&program))?;
        let said = String::from_utf8_lossy(&output.stdout);
        // "postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)"
        let number = said.split_whitespace().nth(2).unwrap_or_default();
        Ok(number.chars().take_while(char::is_ascii_digit).collect())
    }
}

fn installed_under((parent, prefix, suffix): &(&str, &str, &str)) -> Vec<(u32, Programs)> {
    let entries = std::fs::read_dir(parent).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| {
            let version = version_in(&entry.file_name(), prefix)?;
            Some((version, Programs::at(&entry.path().join(suffix))?))
        })
        .collect()
}

fn version_in(name: &OsStr, prefix: &str) -> Option<u32> {
    name.to_str()?.strip_prefix(prefix)?.parse().ok()
}

fn not_installed(looked: &[String]) -> EmbeddedError {
    EmbeddedError::NotInstalled {
        looked: looked.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_without_the_programs_is_named_in_the_error() {
        let empty = tempfile::tempdir().unwrap();
        let options = Options::new("data").programs(Some(empty.path().to_owned()));
        let error = Programs::find(&options, None).unwrap_err().to_string();
        assert!(
            error.contains(&empty.path().display().to_string()),
            "{error}"
        );
        assert!(error.contains("CLOISTER_POSTGRES_BIN"), "{error}");
    }

    #[test]
    fn the_search_path_is_the_last_resort() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["postgres", "initdb"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        assert_eq!(
            Programs::at(folder.path()),
            Some(Programs {
                folder: folder.path().to_owned()
            })
        );
    }

    #[test]
    fn the_installed_programs_know_their_version() {
        let programs = Programs::find(&Options::new("data"), None).unwrap();
        let version: u32 = programs.version().unwrap().parse().unwrap();
        assert!(version >= 14, "{version}");
    }
}
