//! The folders in the data directory: who owns them, who may enter, and which host has them.

use std::fs::{DirBuilder, File, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::account::Account;
use super::error::EmbeddedError;

/// The data directory, held by this process for as long as this lives.
#[derive(Debug)]
pub(super) struct DataDir {
    path: PathBuf,
    _lock: File,
}

impl DataDir {
    /// Makes the directory if it is not there, and keeps other hosts out.
    pub(super) fn hold(path: &Path) -> Result<DataDir, EmbeddedError> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
        made.and_then(|()| std::fs::canonicalize(path))
            .map_err(EmbeddedError::path(path))
            .and_then(|path| {
                let lock = lock(&path)?;
                Ok(DataDir { path, _lock: lock })
            })
    }

    /// Its absolute path.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The cluster in it.
    pub(super) fn cluster(&self) -> PathBuf {
        self.path.join("postgres")
    }

    /// Lets the server's user pass through the directory itself, which is ours to open. Its files stay closed.
    pub(super) fn let_through(&self, account: &Account) -> Result<(), EmbeddedError> {
        let found = std::fs::metadata(&self.path).map_err(EmbeddedError::path(&self.path))?;
        let (mode, own) = (found.mode(), rustix::process::geteuid().as_raw());
        if found.uid() == own && own != account.uid() && mode & 0o001 == 0 {
            let opened = Permissions::from_mode((mode & 0o7777) | 0o001);
            std::fs::set_permissions(&self.path, opened)
                .map_err(EmbeddedError::path(&self.path))?;
        }
        Ok(())
    }
}

/// The system ends the lock with the process, however it ends.
fn lock(data_dir: &Path) -> Result<File, EmbeddedError> {
    let path = data_dir.join("postgres.lock");
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path);
    let file = file.map_err(EmbeddedError::path(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(EmbeddedError::Locked {
            folder: data_dir.to_owned(),
        }),
        Err(TryLockError::Error(error)) => Err(EmbeddedError::path(&path)(error)),
    }
}

/// Makes a folder of the server's user that no one else can enter. One that exists stays whose it is.
pub(super) fn make_private(folder: &Path, account: &Account) -> Result<(), EmbeddedError> {
    match DirBuilder::new().mode(0o700).create(folder) {
        Ok(()) => account.own(folder),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(EmbeddedError::path(folder)(error)),
    }
}
