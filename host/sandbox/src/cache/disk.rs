//! Compiled modules on disk, a file each. A file is a signature and the code; the signature covers what the code was
//! compiled from and for, so that neither a changed file nor one under another's name is loaded. Losing a file costs a
//! compilation, so nothing is synced.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use super::Name;

const SIGNATURE: usize = blake3::OUT_LEN;
const UNFINISHED: &str = "unfinished-";

pub(crate) struct Disk {
    directory: PathBuf,
    key: [u8; 32],
    /// Bytes that all files together may have.
    limit: u64,
    /// Tells apart files that are being written.
    written: AtomicU64,
}

impl Disk {
    /// The files in this directory, which only we can read; made where it is missing.
    pub(crate) fn open(directory: &Path, key: [u8; 32], limit: u64) -> io::Result<Self> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory)?;
        fs::set_permissions(directory, Permissions::from_mode(0o700))?;
        for entry in fs::read_dir(directory)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
                // Left by a host that died.
                let _ = fs::remove_file(entry.path());
            }
        }
        let disk = Self {
            directory: directory.to_owned(),
            key,
            limit,
            written: AtomicU64::new(0),
        };
        disk.prune()?;
        Ok(disk)
    }

    /// The code that was kept, if it is whole and ours.
    pub(crate) fn read(&self, name: Name, fingerprint: &[u8; 32]) -> Option<Vec<u8>> {
        let path = self.path(name, fingerprint);
        match self.read_signed(&path, name, fingerprint) {
            Ok(code) => Some(code),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => {
                let path = path.display();
                tracing::warn!(%path, %error, "a file of compiled code is not used and will be replaced");
                None
            }
        }
    }

    /// Keeps code: the file is there whole or not at all.
    pub(crate) fn write(&self, name: Name, fingerprint: &[u8; 32], code: &[u8]) -> io::Result<()> {
        let count = self.written.fetch_add(1, Ordering::Relaxed);
        let unfinished = self
            .directory
            .join(format!("{UNFINISHED}{}-{count}", process::id()));
        let written = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&unfinished)
            .and_then(|mut file| {
                file.write_all(self.sign(name, fingerprint, code).as_bytes())?;
                file.write_all(code)?;
                fs::rename(&unfinished, self.path(name, fingerprint))
            });
        if written.is_err() {
            let _ = fs::remove_file(&unfinished);
        }
        written.and_then(|()| self.prune())
    }

    /// Removes what turned out to be of no use.
    pub(crate) fn remove(&self, name: Name, fingerprint: &[u8; 32]) {
        let _ = fs::remove_file(self.path(name, fingerprint));
    }

    /// Removes those files that were used longest ago, until the rest has room.
    fn prune(&self) -> io::Result<()> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.directory)? {
            let entry = entry?;
            // Another host on this directory may have been quicker.
            let Ok(data) = entry.metadata() else { continue };
            files.push((data.modified()?, data.len(), entry.path()));
        }
        files.sort();
        let mut bytes: u64 = files.iter().map(|(_, length, _)| length).sum();
        for (_, length, path) in files {
            if bytes <= self.limit {
                break;
            }
            let _ = fs::remove_file(path);
            bytes -= length;
        }
        Ok(())
    }

    fn read_signed(&self, path: &Path, name: Name, fingerprint: &[u8; 32]) -> io::Result<Vec<u8>> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        if length > self.limit {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "it is too large",
            ));
        }
        let mut signature = [0; SIGNATURE];
        file.read_exact(&mut signature)?;
        let length = usize::try_from(length).map_err(io::Error::other)?;
        let mut code = Vec::with_capacity(length.saturating_sub(SIGNATURE));
        file.read_to_end(&mut code)?;
        // Compares in constant time.
        if self.sign(name, fingerprint, &code) != signature {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "its signature is wrong",
            ));
        }
        // The time of the last use, for `prune`; without it, it counts as older than it is.
        let _ = file.set_modified(SystemTime::now());
        Ok(code)
    }

    fn sign(&self, name: Name, fingerprint: &[u8; 32], code: &[u8]) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        hasher
            .update(name.digest.as_bytes())
            .update(fingerprint)
            .update(code);
        hasher.finalize()
    }

    fn path(&self, name: Name, fingerprint: &[u8; 32]) -> PathBuf {
        let mut hasher = blake3::Hasher::new();
        hasher.update(name.digest.as_bytes()).update(fingerprint);
        self.directory
            .join(format!("{}.code", hasher.finalize().to_hex()))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::digest::Digest;

    const HERE: [u8; 32] = [1; 32];
    const LIMIT: u64 = 1024;

    fn name(of: &[u8]) -> Name {
        Name {
            digest: Digest::of(of),
            metered: false,
        }
    }

    #[test]
    fn gives_back_what_it_keeps_and_only_to_its_own() {
        let directory = tempfile::tempdir().unwrap();
        let cache = directory.path().join("a/b");
        let disk = Disk::open(&cache, [7; 32], LIMIT).unwrap();
        disk.write(name(b"m"), &HERE, b"code").unwrap();
        assert_eq!(
            disk.read(name(b"m"), &HERE).as_deref(),
            Some(b"code".as_slice())
        );
        assert_eq!(disk.read(name(b"n"), &HERE), None);
        assert_eq!(disk.read(name(b"m"), &[2; 32]), None);
        assert_eq!(
            Disk::open(&cache, [8; 32], LIMIT)
                .unwrap()
                .read(name(b"m"), &HERE),
            None
        );
        assert_eq!(
            fs::metadata(&cache).unwrap().permissions().mode() & 0o777,
            0o700
        );
        let path = disk.path(name(b"m"), &HERE);
        assert_eq!(
            fs::metadata(path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }

    #[test]
    fn takes_no_file_that_was_changed() {
        let directory = tempfile::tempdir().unwrap();
        let disk = Disk::open(directory.path(), [7; 32], LIMIT).unwrap();
        let path = disk.path(name(b"m"), &HERE);
        disk.write(name(b"m"), &HERE, b"code").unwrap();
        let whole = fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            fs::write(&path, &changed).unwrap();
            assert_eq!(disk.read(name(b"m"), &HERE), None, "byte {at}");
            fs::write(&path, &whole[..at]).unwrap();
            assert_eq!(disk.read(name(b"m"), &HERE), None, "cut at {at}");
        }
        disk.write(name(b"m"), &HERE, b"code").unwrap();
        assert_eq!(
            disk.read(name(b"m"), &HERE).as_deref(),
            Some(b"code".as_slice())
        );
    }

    #[test]
    fn takes_no_file_of_another() {
        let directory = tempfile::tempdir().unwrap();
        let disk = Disk::open(directory.path(), [7; 32], LIMIT).unwrap();
        disk.write(name(b"m"), &HERE, b"code").unwrap();
        fs::rename(disk.path(name(b"m"), &HERE), disk.path(name(b"n"), &HERE)).unwrap();
        assert_eq!(disk.read(name(b"n"), &HERE), None);
    }

    #[test]
    fn clears_away_what_was_not_finished() {
        let directory = tempfile::tempdir().unwrap();
        let left = directory.path().join(format!("{UNFINISHED}1-1"));
        fs::write(&left, b"half").unwrap();
        Disk::open(directory.path(), [7; 32], LIMIT).unwrap();
        assert!(!left.exists());
    }

    #[test]
    fn makes_room_by_removing_what_was_used_longest_ago() {
        let directory = tempfile::tempdir().unwrap();
        let size = SIGNATURE as u64 + 4;
        let disk = Disk::open(directory.path(), [7; 32], 2 * size).unwrap();
        let age = |of, seconds| {
            let file = File::open(disk.path(name(of), &HERE)).unwrap();
            file.set_modified(SystemTime::now() - Duration::from_secs(seconds))
                .unwrap();
        };
        disk.write(name(b"a"), &HERE, b"code").unwrap();
        disk.write(name(b"b"), &HERE, b"code").unwrap();
        age(b"a", 60);
        age(b"b", 30);
        // A use makes it young again.
        assert!(disk.read(name(b"a"), &HERE).is_some());
        disk.write(name(b"c"), &HERE, b"code").unwrap();
        let there = [b"a", b"b", b"c"].map(|of| disk.read(name(of), &HERE).is_some());
        assert_eq!(there, [true, false, true]);
    }
}
