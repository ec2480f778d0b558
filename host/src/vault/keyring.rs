//! A keyring is the master keys in use: the first seals, all of them open. As text it is one key a line (or separated by
//! commas), each 32 bytes in base64; a key's id is taken from the key itself.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

const ID: &str = "cloister 2026-11-20 id of a master key";

/// Which key sealed a value.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyId([u8; Self::LENGTH]);

/// The master keys, the newest first.
#[derive(Clone)]
pub struct Keyring {
    newest: (KeyId, [u8; 32]),
    older: Vec<(KeyId, [u8; 32])>,
}

/// Why there is no keyring.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    /// The text is not keys.
    #[error(
        "a master key is 32 bytes in base64, such as `openssl rand -base64 32` prints; several are separated by commas"
    )]
    NotKeys,
    /// The machine gives no random numbers.
    #[error("the machine gives no random numbers")]
    NoRandom,
    /// The file cannot be read or written.
    #[error("cannot use the key file {path}: {source}")]
    File {
        /// The file.
        path: String,
        /// Why.
        source: io::Error,
    },
}

impl KeyId {
    /// How many bytes an id has.
    pub const LENGTH: usize = 8;

    /// An id as it stands before a sealed value.
    pub fn from_bytes(bytes: [u8; Self::LENGTH]) -> Self {
        Self(bytes)
    }

    /// The same, the other way.
    pub fn as_bytes(&self) -> &[u8; Self::LENGTH] {
        &self.0
    }

    fn of(key: &[u8; 32]) -> Self {
        let long = blake3::derive_key(ID, key);
        let mut id = [0; Self::LENGTH];
        id.iter_mut().zip(long).for_each(|(to, from)| *to = from);
        Self(id)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Keyring {
    /// One new key.
    pub fn generate() -> Result<Self, KeyringError> {
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(|_| KeyringError::NoRandom)?;
        Ok(Self {
            newest: (KeyId::of(&key), key),
            older: Vec::new(),
        })
    }

    /// Keys from their text.
    pub fn parse(text: &str) -> Result<Self, KeyringError> {
        let mut keys = text
            .split([',', '\n'])
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .map(|line| {
                let bytes = BASE64_STANDARD
                    .decode(line)
                    .map_err(|_| KeyringError::NotKeys)?;
                let key: [u8; 32] = bytes.try_into().map_err(|_| KeyringError::NotKeys)?;
                Ok((KeyId::of(&key), key))
            })
            .collect::<Result<Vec<_>, _>>()?
            .into_iter();
        let newest = keys.next().ok_or(KeyringError::NotKeys)?;
        Ok(Self {
            newest,
            older: keys.collect(),
        })
    }

    /// The keys' text, as [`Keyring::parse`] reads it. It is as secret as they are.
    pub fn to_text(&self) -> String {
        self.keys()
            .map(|key| BASE64_STANDARD.encode(key) + "\n")
            .collect()
    }

    /// Reads the key file, or makes it with one new key, readable by its owner alone.
    pub fn load_or_create(path: &Path) -> Result<Self, KeyringError> {
        let failed = |source| KeyringError::File {
            path: path.display().to_string(),
            source,
        };
        let mut text = String::new();
        match File::open(path) {
            Ok(mut file) => {
                file.read_to_string(&mut text).map_err(failed)?;
                Self::parse(&text)
                    .map_err(|error| failed(io::Error::new(io::ErrorKind::InvalidData, error)))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let ring = Self::generate()?;
                ring.save(path).map_err(failed)?;
                Ok(ring)
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// Writes the key file whole or not at all: losing it would lose every secret.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        let beside = path.with_extension("new");
        let _ = std::fs::remove_file(&beside);
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&beside)?;
        file.write_all(self.to_text().as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&beside, path)?;
        match path.parent() {
            Some(folder) => File::open(folder)?.sync_all(),
            None => Ok(()),
        }
    }

    /// The same keys behind a new one, which seals from now on.
    pub fn rotated(&self) -> Result<Self, KeyringError> {
        let mut ring = Self::generate()?;
        ring.older.push(self.newest);
        ring.older.extend_from_slice(&self.older);
        Ok(ring)
    }

    /// The newest key alone, for when nothing is sealed with the others any more.
    pub fn newest_alone(&self) -> Self {
        Self {
            newest: self.newest,
            older: Vec::new(),
        }
    }

    /// The ids of all keys, the newest first.
    pub fn ids(&self) -> Vec<KeyId> {
        self.all().map(|(id, _)| *id).collect()
    }

    pub(super) fn newest(&self) -> (KeyId, &[u8; 32]) {
        (self.newest.0, &self.newest.1)
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &[u8; 32]> {
        self.all().map(|(_, key)| key)
    }

    pub(super) fn get(&self, id: KeyId) -> Option<&[u8; 32]> {
        self.all()
            .find(|(known, _)| *known == id)
            .map(|(_, key)| key)
    }

    fn all(&self) -> impl Iterator<Item = &(KeyId, [u8; 32])> {
        std::iter::once(&self.newest).chain(&self.older)
    }
}

/// Ids alone.
impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Keyring").field(&self.ids()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_key_file_is_made_once_and_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        let made = Keyring::load_or_create(&path).unwrap();
        let read = Keyring::load_or_create(&path).unwrap();
        assert_eq!(made.to_text(), read.to_text());
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_damaged_key_file_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        std::fs::write(&path, "half a ke").unwrap();
        assert!(Keyring::load_or_create(&path).is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "half a ke");
    }

    #[test]
    fn several_keys_are_read_in_their_order() {
        let ring = Keyring::generate().unwrap().rotated().unwrap();
        let with_commas = ring.to_text().trim().replace('\n', ",");
        assert_eq!(Keyring::parse(&with_commas).unwrap().ids(), ring.ids());
        assert_eq!(ring.newest_alone().ids(), ring.ids()[..1]);
    }

    #[test]
    fn what_is_not_a_key_is_refused() {
        for text in ["", ",", "c2hvcnQ=", "not base64 at all"] {
            assert!(Keyring::parse(text).is_err(), "{text}");
        }
    }
}
