//! Compiled modules on disk, a file each. A file is a signature and the code; the signature covers what the code was
//! compiled from and for, so that neither a changed file nor one under another's name is loaded. Losing a file costs a
//! compilation, so nothing is synced.
//!
//! Code of many megabytes, which has a language's runtime in it, is a file of its own beside its signature: it is mapped, so
//! that a turn reads of it what it needs, and hosts on one machine share it. No file is written once it has its name, and the
//! directory is ours alone; so what was checked is what is mapped. For the same reason each is checked once a process, as long as
//! it is the file that it was: that reads all of it, for which a turn would have to wait.

use std::collections::HashMap;
use std::fs::{self, DirBuilder, DirEntry, File, Metadata, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use super::Name;

const SIGNATURE: usize = blake3::OUT_LEN;
const UNFINISHED: &str = "unfinished-";
/// How long after its last write a file that is unfinished never will be.
const ABANDONED: Duration = Duration::from_secs(600);
/// Bytes of code from which on it is mapped.
const MAPPED: usize = 4 * 1024 * 1024;

/// How the names of files end: of code alone, and of its signature.
const LARGE: &str = "large";
const SIGNED: &str = "signed";

/// Code that was kept.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// In memory.
    Code(Vec<u8>),
    /// In a file of this many bytes, to be mapped.
    File(PathBuf, u64),
}

pub(crate) struct Disk {
    directory: PathBuf,
    key: [u8; 32],
    /// Bytes that all files together may have.
    limit: u64,
    /// Tells apart files that are being written.
    written: AtomicU64,
    /// The large files that were found to be what was signed.
    checked: Mutex<HashMap<PathBuf, Identity>>,
}

/// What is another where a file was replaced or written to.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Identity {
    device: u64,
    inode: u64,
    bytes: u64,
    /// Seconds and nanoseconds. Nobody but the kernel sets it.
    changed: (i64, i64),
}

impl Identity {
    fn of(data: &Metadata) -> Self {
        Self {
            device: data.dev(),
            inode: data.ino(),
            bytes: data.len(),
            changed: (data.ctime(), data.ctime_nsec()),
        }
    }
}

/// Who waits for a check.
#[derive(Clone, Copy, PartialEq, Eq)]
enum For {
    /// A turn: it takes all cores that have nothing to do.
    Now,
    /// Nobody yet.
    Later,
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
            // Left by a host that died; another may be writing one this moment.
            if entry.file_name().to_string_lossy().starts_with(UNFINISHED) && is_old(&entry) {
                let _ = fs::remove_file(entry.path());
            }
        }
        let disk = Self {
            directory: directory.to_owned(),
            key,
            limit,
            written: AtomicU64::new(0),
            checked: Mutex::default(),
        };
        disk.prune()?;
        Ok(disk)
    }

    /// The code that was kept, if it is whole and ours.
    pub(crate) fn read(&self, name: Name, fingerprint: &[u8; 32]) -> Option<Kept> {
        let path = self.path(name, fingerprint);
        let told = |path: &Path, error: io::Error| {
            if error.kind() != io::ErrorKind::NotFound {
                let path = path.display();
                tracing::warn!(%path, %error, "a file of compiled code is not used and will be replaced");
            }
        };
        match self.read_signed(&path, name, fingerprint) {
            Ok(code) => return Some(Kept::Code(code)),
            Err(error) => told(&path, error),
        }
        let large = path.with_extension(LARGE);
        match self.check_large(&large, name, fingerprint, For::Now) {
            Ok(length) => Some(Kept::File(large, length)),
            Err(error) => {
                told(&large, error);
                None
            }
        }
    }

    /// Checks code that will be read later, where that takes long. What is wrong with it is told by then.
    pub(crate) fn check_ahead(&self, name: Name, fingerprint: &[u8; 32]) {
        let large = self.path(name, fingerprint).with_extension(LARGE);
        let _ = self.check_large(&large, name, fingerprint, For::Later);
    }

    /// Keeps code: it is there whole or not at all. Where it has a file to be mapped, returns that.
    pub(crate) fn write(
        &self,
        name: Name,
        fingerprint: &[u8; 32],
        code: &[u8],
    ) -> io::Result<Option<PathBuf>> {
        let signature = self.sign(name, fingerprint, code);
        let path = self.path(name, fingerprint);
        let mut large = None;
        if code.len() < MAPPED {
            self.put(&path, &[signature.as_bytes(), code])?;
        } else {
            self.put(&path.with_extension(SIGNED), &[signature.as_bytes()])?;
            self.put(large.insert(path.with_extension(LARGE)), &[code])?;
        }
        self.prune()?;
        Ok(large)
    }

    /// Makes a file of these parts, whole or not at all.
    fn put(&self, path: &Path, parts: &[&[u8]]) -> io::Result<()> {
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
                parts.iter().try_for_each(|part| file.write_all(part))?;
                fs::rename(&unfinished, path)
            });
        if written.is_err() {
            let _ = fs::remove_file(&unfinished);
        }
        written
    }

    /// Removes what turned out to be of no use.
    pub(crate) fn remove(&self, name: Name, fingerprint: &[u8; 32]) {
        let path = self.path(name, fingerprint);
        for path in [
            path.with_extension(LARGE),
            path.with_extension(SIGNED),
            path,
        ] {
            let _ = fs::remove_file(path);
        }
    }

    /// Removes those files that were used longest ago, until the rest has room.
    fn prune(&self) -> io::Result<()> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.directory)? {
            let entry = entry?;
            // Another host on this directory may have been quicker.
            let Ok(data) = entry.metadata() else { continue };
            let path = entry.path();
            // Large code was used when its signature was.
            let used = match path.extension().is_some_and(|end| end == LARGE) {
                true => fs::metadata(path.with_extension(SIGNED)).and_then(|data| data.modified()),
                false => data.modified(),
            };
            files.push((used.or_else(|_| data.modified())?, data.len(), path));
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

    /// The length of a file of code alone, if it is the one that was signed.
    fn check_large(
        &self,
        path: &Path,
        name: Name,
        fingerprint: &[u8; 32],
        wanted: For,
    ) -> io::Result<u64> {
        let file = File::open(path)?;
        // Before it is read: one that is written to meanwhile is another.
        let identity = Identity::of(&file.metadata()?);
        let mut signed = File::open(path.with_extension(SIGNED))?;
        if self.known(path) != Some(identity) {
            let mut signature = [0; SIGNATURE];
            signed.read_exact(&mut signature)?;
            let mut hasher = self.hasher(name, fingerprint);
            match wanted {
                For::Now => hasher.update_mmap_rayon(path)?,
                For::Later => hasher.update_reader(&file)?,
            };
            // Compares in constant time.
            if hasher.finalize() != signature {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "its signature is wrong",
                ));
            }
            let mut checked = self.checked.lock().unwrap_or_else(PoisonError::into_inner);
            checked.insert(path.to_owned(), identity);
        }
        // The time of the last use; the file itself would be another with it.
        let _ = signed.set_modified(SystemTime::now());
        Ok(identity.bytes)
    }

    fn known(&self, path: &Path) -> Option<Identity> {
        let checked = self.checked.lock().unwrap_or_else(PoisonError::into_inner);
        checked.get(path).copied()
    }

    fn sign(&self, name: Name, fingerprint: &[u8; 32], code: &[u8]) -> blake3::Hash {
        self.hasher(name, fingerprint).update(code).finalize()
    }

    fn hasher(&self, name: Name, fingerprint: &[u8; 32]) -> blake3::Hasher {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        hasher.update(name.digest.as_bytes()).update(fingerprint);
        hasher
    }

    fn path(&self, name: Name, fingerprint: &[u8; 32]) -> PathBuf {
        let mut hasher = blake3::Hasher::new();
        hasher.update(name.digest.as_bytes()).update(fingerprint);
        self.directory
            .join(format!("{}.code", hasher.finalize().to_hex()))
    }
}

/// Whether nobody has written to a file for long.
fn is_old(entry: &DirEntry) -> bool {
    let modified = entry.metadata().and_then(|data| data.modified());
    modified.is_ok_and(|time| time.elapsed().is_ok_and(|age| age > ABANDONED))
}

#[cfg(test)]
mod tests {
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

    fn kept(code: &[u8]) -> Option<Kept> {
        Some(Kept::Code(code.to_vec()))
    }

    #[test]
    fn gives_back_what_it_keeps_and_only_to_its_own() {
        let directory = tempfile::tempdir().unwrap();
        let cache = directory.path().join("a/b");
        let disk = Disk::open(&cache, [7; 32], LIMIT).unwrap();
        disk.write(name(b"m"), &HERE, b"code").unwrap();
        assert_eq!(disk.read(name(b"m"), &HERE), kept(b"code"));
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
        assert_eq!(disk.read(name(b"m"), &HERE), kept(b"code"));
    }

    #[test]
    fn large_code_is_mapped_and_checked_all_the_same() {
        let directory = tempfile::tempdir().unwrap();
        let disk = Disk::open(directory.path(), [7; 32], 1 << 30).unwrap();
        let code = vec![3; MAPPED];
        let path = disk.write(name(b"m"), &HERE, &code).unwrap().unwrap();
        let whole = Some(Kept::File(path.clone(), MAPPED as u64));
        assert_eq!(disk.read(name(b"m"), &HERE), whole);
        assert_eq!(disk.read(name(b"n"), &HERE), None);
        // Also where it was checked a moment ago, and whichever of the two ways that was.
        let mut changed = code.clone();
        changed[MAPPED / 2] ^= 1;
        fs::write(&path, &changed).unwrap();
        disk.check_ahead(name(b"m"), &HERE);
        assert_eq!(disk.read(name(b"m"), &HERE), None);
        let other = directory.path().join("other");
        fs::write(&other, &changed).unwrap();
        fs::rename(&other, &path).unwrap();
        assert_eq!(disk.read(name(b"m"), &HERE), None);
        fs::write(&path, &code[1..]).unwrap();
        assert_eq!(disk.read(name(b"m"), &HERE), None);
        disk.write(name(b"m"), &HERE, &code).unwrap();
        assert_eq!(disk.read(name(b"m"), &HERE), whole);
        fs::remove_file(path.with_extension(SIGNED)).unwrap();
        assert_eq!(disk.read(name(b"m"), &HERE), None);
        disk.remove(name(b"m"), &HERE);
        assert!(!path.exists());
    }

    #[test]
    fn large_code_that_was_checked_ahead_is_not_read_again() {
        let directory = tempfile::tempdir().unwrap();
        let disk = Disk::open(directory.path(), [7; 32], 1 << 30).unwrap();
        let code = vec![3; MAPPED];
        let path = disk.write(name(b"m"), &HERE, &code).unwrap().unwrap();
        disk.check_ahead(name(b"m"), &HERE);
        // What it would be held against is gone.
        fs::write(path.with_extension(SIGNED), [0; SIGNATURE]).unwrap();
        let whole = Some(Kept::File(path.clone(), MAPPED as u64));
        assert_eq!(disk.read(name(b"m"), &HERE), whole);
        // Another process, or another file, is not taken at its word.
        let other = Disk::open(directory.path(), [7; 32], 1 << 30).unwrap();
        assert_eq!(other.read(name(b"m"), &HERE), None);
        fs::write(&path, &code).unwrap();
        assert_eq!(disk.read(name(b"m"), &HERE), None);
    }

    #[test]
    fn large_code_is_as_old_as_its_last_use() {
        let directory = tempfile::tempdir().unwrap();
        let disk = Disk::open(directory.path(), [7; 32], 2 * MAPPED as u64 + 200).unwrap();
        let code = vec![3; MAPPED];
        let put = |of| disk.write(name(of), &HERE, &code).unwrap().unwrap();
        let paths = [b"a", b"b"].map(|of| put(of));
        for (path, seconds) in paths.iter().zip([60, 30]) {
            let signed = File::open(path.with_extension(SIGNED)).unwrap();
            let time = SystemTime::now() - Duration::from_secs(seconds);
            signed.set_modified(time).unwrap();
        }
        assert!(disk.read(name(b"a"), &HERE).is_some());
        put(b"c");
        assert_eq!(paths.map(|path| path.exists()), [true, false]);
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
        let written = directory.path().join(format!("{UNFINISHED}2-1"));
        for path in [&left, &written] {
            fs::write(path, b"half").unwrap();
        }
        let file = File::open(&left).unwrap();
        file.set_modified(SystemTime::now() - 2 * ABANDONED)
            .unwrap();
        Disk::open(directory.path(), [7; 32], LIMIT).unwrap();
        assert_eq!([left, written].map(|path| path.exists()), [false, true]);
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
