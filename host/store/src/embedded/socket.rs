//! The socket is how the host reaches its server: a file in a folder that no one else can enter.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::account::Account;
use super::error::EmbeddedError;
use super::folder;

/// The kernel takes 107 bytes; the server adds `/.s.PGSQL.5432.lock` for its own.
const LONGEST: usize = 107 - "/.s.PGSQL.5432.lock".len();

/// Makes the folder: in the data directory, or where that path is too long, under the system's own.
pub(super) fn make_folder(data_dir: &Path, account: &Account) -> Result<PathBuf, EmbeddedError> {
    let mut chosen = data_dir.join("run");
    if chosen.as_os_str().len() > LONGEST {
        chosen = elsewhere(data_dir);
    }
    folder::make_private(&chosen, account)?;
    // In a folder that everyone writes to, the name may have been taken by someone else.
    let found = std::fs::symlink_metadata(&chosen).map_err(EmbeddedError::path(&chosen))?;
    if !found.is_dir() || found.uid() != account.uid() {
        return Err(EmbeddedError::Foreign {
            folder: chosen,
            owner: found.uid(),
        });
    }
    Ok(chosen)
}

fn elsewhere(data_dir: &Path) -> PathBuf {
    let mut hasher = DefaultHasher::new();
    data_dir.hash(&mut hasher);
    let name = format!("cloister-{:016x}", hasher.finish());
    let own = rustix::process::geteuid();
    let system = if own.is_root() {
        PathBuf::from("/run")
    } else {
        PathBuf::from(format!("/run/user/{own}"))
    };
    if system.is_dir() {
        system.join(name)
    } else {
        Path::new("/tmp").join(name)
    }
}

/// The address of `database` on the server whose socket is in `folder`.
pub(super) fn url(folder: &Path, database: &str) -> String {
    let mut host = String::new();
    for byte in folder.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => {
                host.push(*byte as char)
            }
            _ => host.push_str(&format!("%{byte:02X}")),
        }
    }
    format!("postgres:///{database}?host={host}&user=postgres")
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio_postgres::config::{Config, Host};

    #[test]
    fn an_address_survives_strange_folders() {
        let folder = Path::new("/srv/a b/100%/é&x=1");
        let config: Config = url(folder, "cloister").parse().unwrap();
        assert_eq!(config.get_hosts(), [Host::Unix(folder.to_owned())]);
        assert_eq!(
            (config.get_dbname(), config.get_user()),
            (Some("cloister"), Some("postgres"))
        );
    }

    #[test]
    fn a_long_data_directory_has_its_socket_elsewhere() {
        let long = PathBuf::from(format!("/{}", "d".repeat(100)));
        assert!(elsewhere(&long).as_os_str().len() < LONGEST);
        assert_ne!(elsewhere(&long), elsewhere(&long.join("other")));
    }
}
