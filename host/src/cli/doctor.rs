//! `cloister doctor`: what this machine has and lacks, a line a thing, with what mends it.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;

use super::{Failure, wait};
use crate::config::Config;

/// Check what this machine has for running the host and building agents
#[derive(Args)]
pub(super) struct Doctor {
    #[command(flatten)]
    config: Config,
}

/// One thing that was looked at.
struct Check {
    what: &'static str,
    /// What was found, or what is wrong and what mends it.
    found: Result<String, String>,
    /// Whether the host cannot run without it.
    is_needed: bool,
}

impl Doctor {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = &self.config;
        let uses_own = config.place.database_url.is_none();
        let checks = [
            Check {
                what: "data folder",
                found: data_folder(&config.place.data_dir),
                is_needed: true,
            },
            Check {
                what: "port",
                found: port(config),
                is_needed: true,
            },
            Check {
                what: "server programs",
                found: server_programs(config),
                is_needed: uses_own,
            },
            Check {
                what: "way to the folder",
                found: way(&config.place.data_dir),
                is_needed: uses_own,
            },
            Check {
                what: "database",
                found: database(config)?,
                is_needed: !uses_own,
            },
            Check {
                what: "wasm toolchain",
                found: toolchain(),
                is_needed: false,
            },
        ];
        for Check { what, found, .. } in &checks {
            match found {
                Ok(found) => say!("ok       {what:<18} {found}"),
                Err(wrong) => say!("problem  {what:<18} {wrong}"),
            }
        }
        match checks
            .iter()
            .filter(|check| check.is_needed && check.found.is_err())
            .count()
        {
            0 => Ok(()),
            count => Err(Failure::failed(format!(
                "{count} of these keep the host from running"
            ))),
        }
    }
}

/// Whether the folder is there and ours, or can be made; nothing is made.
fn data_folder(path: &Path) -> Result<String, String> {
    let shown = path.display();
    if is_in_use(path) {
        return Ok(format!("{shown} is used by a host that runs"));
    }
    if path.join("lock").exists() {
        return Ok(format!("{shown} is a host's"));
    }
    let nearest = nearest(path);
    let owner_may = rustix::fs::access(
        &nearest,
        rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK,
    );
    match owner_may {
        Ok(()) => Ok(format!("{shown} can be made")),
        Err(error) => Err(format!(
            "{} cannot be written: {error}; set CLOISTER_DATA_DIR",
            nearest.display()
        )),
    }
}

/// Whether a host runs on the folder: it holds the lock.
fn is_in_use(folder: &Path) -> bool {
    let lock = std::fs::File::open(folder.join("lock"));
    lock.is_ok_and(|lock| {
        matches!(
            lock.try_lock_shared(),
            Err(std::fs::TryLockError::WouldBlock)
        )
    })
}

fn nearest(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let found = absolute.ancestors().find(|folder| folder.exists());
    found.map_or_else(|| PathBuf::from("/"), Path::to_owned)
}

fn port(config: &Config) -> Result<String, String> {
    let address = config.web.listen;
    match TcpListener::bind(address) {
        Ok(_) => Ok(format!("{address} is free")),
        Err(_) if is_in_use(&config.place.data_dir) => {
            Ok(format!("{address} is taken, and a host runs"))
        }
        Err(error) => Err(format!(
            "{address}: {error}; choose another one with CLOISTER_LISTEN"
        )),
    }
}

fn server_programs(config: &Config) -> Result<String, String> {
    let missing = "no Postgres server programs: install the package `postgresql`, name their folder in \
                   CLOISTER_POSTGRES_BIN, or set CLOISTER_DATABASE_URL";
    let mut folders: Vec<PathBuf> = config.place.postgres_bin.iter().cloned().collect();
    if let Ok(versions) = std::fs::read_dir("/usr/lib/postgresql") {
        folders.extend(versions.flatten().map(|version| version.path().join("bin")));
    }
    folders.extend(
        config
            .place
            .search_path
            .iter()
            .flat_map(std::env::split_paths),
    );
    let found = folders
        .iter()
        .find(|folder| folder.join("initdb").exists() && folder.join("postgres").exists());
    found
        .map(|folder| folder.display().to_string())
        .ok_or_else(|| missing.to_owned())
}

/// As root, Postgres runs as another user, whom every folder on the way has to let through.
fn way(path: &Path) -> Result<String, String> {
    use std::os::unix::fs::PermissionsExt;
    if !rustix::process::geteuid().is_root() {
        return Ok("the server runs as this user".to_owned());
    }
    let folder = nearest(path);
    let above = folder.ancestors().skip(usize::from(path.exists()));
    let closed = above.filter(|step| {
        let mode = step.metadata().map(|found| found.permissions().mode());
        mode.is_ok_and(|mode| mode & 0o001 == 0)
    });
    match closed.last() {
        None => Ok("every folder lets user `postgres` through".to_owned()),
        Some(step) => Err(format!(
            "{0} may not let user `postgres` through: `chmod o+x {0}`, or set CLOISTER_DATA_DIR elsewhere",
            step.display()
        )),
    }
}

fn database(config: &Config) -> Result<Result<String, String>, Failure> {
    let Some(url) = &config.place.database_url else {
        return Ok(Ok("the embedded one".to_owned()));
    };
    let answer = wait(store::Store::connect(url.expose(), 1))?;
    Ok(match answer {
        Ok(_) => Ok("CLOISTER_DATABASE_URL answers".to_owned()),
        Err(error) => Err(format!(
            "CLOISTER_DATABASE_URL: {}",
            crate::error::chain(&error)
        )),
    })
}

/// What `agent push` needs: a compiler for wasm32-unknown-unknown.
fn toolchain() -> Result<String, String> {
    let libraries = Command::new("rustc")
        .args([
            "--print",
            "target-libdir",
            "--target",
            "wasm32-unknown-unknown",
        ])
        .output();
    let has_target = libraries.is_ok_and(|output| {
        let folder = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        output.status.success() && Path::new(&folder).is_dir()
    });
    if has_target {
        return Ok("rustc has wasm32-unknown-unknown".to_owned());
    }
    let debian = Command::new("dpkg")
        .args(["-L", "rustc-web", "rust-web-src"])
        .output();
    if debian.is_ok_and(|output| output.status.success()) {
        return Ok("Debian's rustc-web".to_owned());
    }
    Err(
        "no compiler for wasm32-unknown-unknown: run `./build --setup` in an agent's folder"
            .to_owned(),
    )
}
