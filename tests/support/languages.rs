//! Agents in other languages than Rust: projects as `cloister agent new` writes them, tested and built as their authors do it.
//! Building takes many seconds of a processor, so what was built is kept under the user's cache folder, by all that it is made
//! of.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::installed;
use crate::{place, process};

/// How long a component is kept that no test asks for.
const KEPT: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// A language that agents are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Python.
    Python,
    /// JavaScript or TypeScript.
    Js,
}

impl Language {
    /// As `cloister agent new --lang` calls it.
    pub fn name(self) -> &'static str {
        match self {
            Language::Python => "python",
            Language::Js => "js",
        }
    }
}

/// The project of an agent, in a folder of its own.
pub struct Project {
    folder: TempDir,
}

impl Project {
    /// One as `cloister agent new` writes it.
    pub fn new(language: Language) -> Project {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().to_string_lossy().into_owned();
        let words = ["agent", "new", "hello", "--lang", language.name()];
        let arguments = [&words[..], &["--folder", &path]].concat();
        let written = process::command(&arguments, &BTreeMap::new())
            .output()
            .expect("the binary starts");
        let errors = String::from_utf8_lossy(&written.stderr);
        assert!(written.status.success(), "{errors}");
        Project { folder }
    }

    /// The same with the agent of a folder of this checkout.
    pub fn of(language: Language, agent: &str) -> Project {
        let project = Project::new(language);
        for name in ["agent.py", "agent.js"] {
            let _ = fs::remove_file(project.folder().join(name));
        }
        let _ = fs::remove_dir_all(project.folder().join("tests"));
        let from = place::checkout().join(agent);
        for (path, contents) in files(&from) {
            let to = project.folder().join(path);
            fs::create_dir_all(to.parent().expect("a folder")).expect("the project is written");
            fs::write(to, contents).expect("the project is written");
        }
        project
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Runs its build script with a flag, and returns the last line that this prints.
    pub fn run(&self, flag: Option<&str>) -> Result<String, String> {
        let output = Command::new(self.folder().join("build"))
            .args(flag)
            .stdin(Stdio::null())
            .output()
            .expect("scripts/setup-tests installs Python and Node");
        let (said, errors) = (
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        match output.status.success() {
            true => Ok(said.lines().last().unwrap_or_default().to_owned()),
            false => Err(format!("{said}\n{errors}")),
        }
    }

    /// Its component, built unless that was done before.
    pub fn built(&self) -> PathBuf {
        let shelf = installed::kept("components");
        let kept = shelf.join(format!("{}.wasm", self.name()));
        if kept.exists() {
            // Used now, and so not to be cleared away.
            let touched =
                fs::File::open(&kept).and_then(|file| file.set_modified(SystemTime::now()));
            touched.expect("the cache can be written");
            return kept;
        }
        let path = self.run(None).unwrap_or_else(|errors| panic!("{errors}"));
        fs::create_dir_all(&shelf).expect("the cache can be written");
        clear(&shelf);
        let beside = shelf.join(format!("{}-{}", std::process::id(), self.name()));
        fs::copy(path, &beside).expect("the script names what it has built");
        fs::rename(beside, &kept).expect("the cache can be written");
        kept
    }

    /// A name for all that decides about the component.
    fn name(&self) -> String {
        let mut hasher = Sha256::new();
        for (path, contents) in files(self.folder()) {
            let is_source = !path.starts_with("out") && !path.starts_with("tests");
            if is_source {
                hasher.update(path.to_string_lossy().as_bytes());
                hasher.update((contents.len() as u64).to_le_bytes());
                hasher.update(contents);
            }
        }
        hex::encode(hasher.finalize())
    }
}

/// Removes what nobody has asked for in a while.
fn clear(shelf: &Path) {
    for entry in fs::read_dir(shelf)
        .expect("the cache can be read")
        .flatten()
    {
        let used = entry.metadata().and_then(|data| data.modified());
        let age = used.ok().and_then(|used| used.elapsed().ok());
        if age.is_some_and(|age| age > KEPT) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// The files below a folder, by their paths there.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![PathBuf::new()];
    while let Some(below) = waiting.pop() {
        for entry in fs::read_dir(folder.join(&below)).expect("a folder") {
            let name = entry.expect("a name").file_name();
            let path = below.join(&name);
            let whole = folder.join(&path);
            if whole.is_dir() && name != "__pycache__" {
                waiting.push(path);
            } else if whole.is_file() {
                found.insert(path, fs::read(whole).expect("a file"));
            }
        }
    }
    found
}
