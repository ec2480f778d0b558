//! The data folder: keys, the embedded database, compiled modules, and what the first run leaves for its owner. One
//! process at a time has it.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use store::ids::InstanceId;

use super::StartError;
use crate::service::bootstrap::ADDRESS;

/// The folder, held for as long as this lives.
#[derive(Debug)]
pub(super) struct DataFolder {
    path: PathBuf,
    instance: InstanceId,
    _lock: File,
}

impl DataFolder {
    /// Makes the folder if it is not there, and keeps other processes out.
    pub(super) fn hold(path: &Path) -> Result<Self, StartError> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(failed(path))?;
        let path = path.canonicalize().map_err(failed(path))?;
        let lock = lock(&path)?;
        let instance = instance(&path.join("instance"))?;
        Ok(Self {
            path,
            instance,
            _lock: lock,
        })
    }

    /// Its absolute path.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Its name in the database, the same for every process that ever has it.
    pub(super) fn instance(&self) -> InstanceId {
        self.instance
    }

    /// The master keys.
    pub(super) fn master_key(&self) -> PathBuf {
        self.path.join(crate::vault::KEY_FILE)
    }

    /// Leaves the address that commands on this machine reach the host at.
    pub(super) fn leave_address(&self, mut address: SocketAddr) -> Result<(), StartError> {
        if address.ip().is_unspecified() {
            address.set_ip(Ipv4Addr::LOCALHOST.into());
        }
        let path = self.path.join(ADDRESS);
        std::fs::write(&path, format!("http://{address}\n")).map_err(failed(&path))
    }

    /// Compiled modules.
    pub(super) fn compiled(&self) -> PathBuf {
        self.path.join("compiled")
    }
}

/// The system ends the lock with the process, however it ends.
fn lock(folder: &Path) -> Result<File, StartError> {
    let path = folder.join("lock");
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(&path)
        .map_err(failed(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StartError::InUse(folder.to_owned())),
        Err(TryLockError::Error(error)) => Err(failed(&path)(error)),
    }
}

fn instance(path: &Path) -> Result<InstanceId, StartError> {
    match std::fs::read_to_string(path) {
        Ok(text) => text
            .trim()
            .parse()
            .map_err(|error| failed(path)(io::Error::new(io::ErrorKind::InvalidData, error))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let instance = InstanceId::new();
            let mut file = File::create_new(path).map_err(failed(path))?;
            file.write_all(format!("{instance}\n").as_bytes())
                .and_then(|()| file.sync_all())
                .map_err(failed(path))?;
            Ok(instance)
        }
        Err(error) => Err(failed(path)(error)),
    }
}

fn failed(path: &Path) -> impl Fn(io::Error) -> StartError {
    let path = path.to_owned();
    move |source| StartError::Folder {
        path: path.clone(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn one_process_has_it_and_the_next_one_knows_it_again() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("new/data");
        let held = DataFolder::hold(&path).unwrap();
        let instance = held.instance();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o700);
        assert!(matches!(DataFolder::hold(&path), Err(StartError::InUse(_))));

        drop(held);
        assert_eq!(DataFolder::hold(&path).unwrap().instance(), instance);
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("file");
        std::fs::write(&file, "").unwrap();
        let told = DataFolder::hold(&file.join("data")).unwrap_err().told();
        assert!(
            told.contains("file/data") && told.contains("CLOISTER_DATA_DIR"),
            "{told}"
        );
    }
}
