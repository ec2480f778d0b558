//! Makes the cluster, once: in a folder beside, which gets its name when it is whole.

use std::path::Path;

use super::account::{Account, SETPRIV};
use super::error::EmbeddedError;
use super::folder::{self, DataDir};
use super::programs::Programs;

/// Text sorts by its bytes, which no upgrade of the system changes; upper and lower case are Unicode's where the
/// system knows that locale.
const LOCALES: [&str; 2] = ["C.UTF-8", "C"];

/// Makes a cluster in `data_dir`, whose cluster is not there.
pub(super) fn make_cluster(
    data_dir: &DataDir,
    account: &Account,
    programs: &Programs,
    durable: bool,
) -> Result<(), EmbeddedError> {
    let making = data_dir.path().join("postgres.new");
    let mut output = String::new();
    for locale in LOCALES {
        remove_unfinished(&making)?;
        folder::make_private(&making, account)?;
        match initdb(&making, account, programs, locale, durable)? {
            None => {
                return std::fs::rename(&making, data_dir.cluster())
                    .map_err(EmbeddedError::path(&making));
            }
            Some(said) => output = said,
        }
        if !output.contains("locale") {
            break;
        }
    }
    Err(EmbeddedError::Init { output })
}

/// What it said, if it failed.
fn initdb(
    making: &Path,
    account: &Account,
    programs: &Programs,
    character_type: &str,
    durable: bool,
) -> Result<Option<String>, EmbeddedError> {
    let program = programs.path("initdb");
    let mut command = account.command(&program, Some("KILL"));
    command
        .arg("-D")
        .arg(making)
        .args(["--username=postgres", "--auth=trust", "--encoding=UTF8"]);
    command
        .args(["--locale=C", "--data-checksums", "--no-instructions"])
        .arg(format!("--lc-ctype={character_type}"));
    if !durable {
        command.arg("--no-sync");
    }
    let output = command
        .output()
        .map_err(EmbeddedError::program(Path::new(SETPRIV)))?;
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Ok((!output.status.success()).then_some(said))
}

fn remove_unfinished(making: &Path) -> Result<(), EmbeddedError> {
    match std::fs::remove_dir_all(making) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(EmbeddedError::path(making)(error))
        }
        _ => Ok(()),
    }
}
