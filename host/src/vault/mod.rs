//! The vault keeps what must not be read from the database alone: it seals values with a key that the database does not
//! hold, bound to the row and field they belong to, so that a ciphertext moved elsewhere does not open. It also makes
//! tokens and hashes tokens and passwords, which never need to be opened again.

mod keyring;
mod passwords;
mod tokens;

use std::fmt;
use std::sync::Arc;

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{Key, KeyInit, XChaCha20Poly1305, XNonce};

pub use channels::Secret;
pub use keyring::{KeyId, Keyring, KeyringError};
pub use passwords::Passwords;
pub use tokens::{FreshToken, hash_token, kind_of, masked, prefix};

/// First byte of all that is sealed: the layout that follows (key id, nonce, ciphertext with its tag).
const LAYOUT: u8 = 1;
const NONCE: usize = 24;
const HEAD: usize = 1 + KeyId::LENGTH + NONCE;
/// The name of the key file in the data folder.
pub const KEY_FILE: &str = "master.key";
const SEALING: &str = "cloister 2026-11-20 sealing of database fields";

/// Seals and opens. Cheap to clone.
#[derive(Clone)]
pub struct Vault {
    ring: Arc<Keyring>,
    /// Password hashing, a few at a time.
    pub passwords: Passwords,
}

/// Where a sealed value lives. The same value does not open anywhere else.
#[derive(Clone, Copy, Debug)]
pub struct Aad<'a> {
    /// The table's name.
    pub table: &'a str,
    /// The row's id.
    pub row: uuid::Uuid,
    /// The column, or a name below it.
    pub field: &'a str,
}

/// Why a sealed value did not open.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum VaultError {
    /// Its key is not in the ring.
    #[error("sealed with key {0}, which is not among the master keys")]
    UnknownKey(KeyId),
    /// It was changed, cut, or belongs to another row or field.
    #[error("a sealed value does not open: it was changed or belongs elsewhere")]
    Broken,
    /// The value is not in the shape that its reader expects.
    #[error("a sealed value is not in the expected shape")]
    Shape,
    /// The machine gives no random numbers.
    #[error("the machine gives no random numbers")]
    NoRandom,
}

impl Vault {
    /// A vault with the keys of `ring`.
    pub fn new(ring: Keyring) -> Self {
        Self {
            ring: Arc::new(ring),
            passwords: Passwords::default(),
        }
    }

    /// Seals a value for its place, with the newest key.
    pub fn seal(&self, plaintext: &[u8], place: &Aad<'_>) -> Result<Vec<u8>, VaultError> {
        let (id, key) = self.ring.newest();
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).map_err(|_| VaultError::NoRandom)?;
        let payload = Payload {
            msg: plaintext,
            aad: &place.bytes(),
        };
        let ciphertext = cipher(key)
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| VaultError::Shape)?;

        let mut sealed = Vec::with_capacity(HEAD + ciphertext.len());
        sealed.push(LAYOUT);
        sealed.extend_from_slice(id.as_bytes());
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&ciphertext);
        Ok(sealed)
    }

    /// Opens a value in its place, with whichever key sealed it.
    pub fn open(&self, sealed: &[u8], place: &Aad<'_>) -> Result<Secret<Vec<u8>>, VaultError> {
        let (id, nonce, ciphertext) = parts(sealed)?;
        let key = self.ring.get(id).ok_or(VaultError::UnknownKey(id))?;
        let payload = Payload {
            msg: ciphertext,
            aad: &place.bytes(),
        };
        let plaintext = cipher(key)
            .decrypt(&XNonce::from(nonce), payload)
            .map_err(|_| VaultError::Broken)?;
        Ok(Secret::new(plaintext))
    }

    /// Seals JSON.
    pub fn seal_json(
        &self,
        value: &serde_json::Value,
        place: &Aad<'_>,
    ) -> Result<Vec<u8>, VaultError> {
        self.seal(value.to_string().as_bytes(), place)
    }

    /// Opens JSON.
    pub fn open_json(
        &self,
        sealed: &[u8],
        place: &Aad<'_>,
    ) -> Result<Secret<serde_json::Value>, VaultError> {
        let plaintext = self.open(sealed, place)?;
        let value = serde_json::from_slice(plaintext.expose()).map_err(|_| VaultError::Shape)?;
        Ok(Secret::new(value))
    }

    /// Seals anew what an older key sealed; `None` where the newest key already did.
    pub fn reseal(&self, sealed: &[u8], place: &Aad<'_>) -> Result<Option<Vec<u8>>, VaultError> {
        let (id, _, _) = parts(sealed)?;
        if id == self.ring.newest().0 {
            return Ok(None);
        }
        self.seal(self.open(sealed, place)?.expose(), place)
            .map(Some)
    }

    /// A key for one purpose, which tells nothing of the master key or of other purposes. It changes with the newest
    /// master key: what has to be recognised after a rotation is checked against [`Vault::derive_all`].
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        derived(self.ring.newest().1, purpose)
    }

    /// The keys for one purpose under every master key, the newest first.
    pub fn derive_all(&self, purpose: &str) -> Vec<[u8; 32]> {
        self.ring.keys().map(|key| derived(key, purpose)).collect()
    }

    /// The ids of the keys in use, the newest first.
    pub fn key_ids(&self) -> Vec<KeyId> {
        self.ring.ids()
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Vault").field(&self.ring).finish()
    }
}

impl Aad<'_> {
    /// Each part with its length before it, so that no two places have the same bytes.
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for part in [
            self.table.as_bytes(),
            self.row.as_bytes(),
            self.field.as_bytes(),
        ] {
            bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bytes.extend_from_slice(part);
        }
        bytes
    }
}

fn cipher(master: &[u8; 32]) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(&Key::from(derived(master, SEALING)))
}

fn derived(master: &[u8; 32], purpose: &str) -> [u8; 32] {
    blake3::derive_key(purpose, master)
}

fn parts(sealed: &[u8]) -> Result<(KeyId, [u8; NONCE], &[u8]), VaultError> {
    let rest = match sealed.split_first() {
        Some((&LAYOUT, rest)) => rest,
        _ => return Err(VaultError::Broken),
    };
    let (id, rest) = rest.split_first_chunk().ok_or(VaultError::Broken)?;
    let (nonce, ciphertext) = rest.split_first_chunk().ok_or(VaultError::Broken)?;
    Ok((KeyId::from_bytes(*id), *nonce, ciphertext))
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const HERE: Aad<'static> = Aad {
        table: "channels",
        row: Uuid::nil(),
        field: "credential",
    };

    fn vault() -> Vault {
        Vault::new(Keyring::generate().unwrap())
    }

    #[test]
    fn what_was_sealed_opens_in_its_place_alone() {
        let vault = vault();
        let sealed = vault.seal(b"token", &HERE).unwrap();
        assert_eq!(vault.open(&sealed, &HERE).unwrap().expose(), b"token");

        let elsewhere = [
            Aad {
                table: "agents",
                ..HERE
            },
            Aad {
                row: Uuid::max(),
                ..HERE
            },
            Aad {
                field: "other",
                ..HERE
            },
        ];
        for place in elsewhere {
            assert_eq!(vault.open(&sealed, &place).unwrap_err(), VaultError::Broken);
        }
    }

    #[test]
    fn every_changed_byte_is_noticed() {
        let vault = vault();
        let sealed = vault.seal(b"token", &HERE).unwrap();
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(vault.open(&changed, &HERE).is_err(), "byte {at}");
            assert!(vault.open(&sealed[..at], &HERE).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn the_same_value_is_sealed_differently_each_time() {
        let vault = vault();
        assert_ne!(vault.seal(b"x", &HERE), vault.seal(b"x", &HERE));
    }

    #[test]
    fn after_a_rotation_old_values_open_and_are_sealed_anew() {
        let old = Keyring::generate().unwrap();
        let sealed = Vault::new(old.clone()).seal(b"token", &HERE).unwrap();
        let rotated = Vault::new(old.rotated().unwrap());

        assert_eq!(rotated.open(&sealed, &HERE).unwrap().expose(), b"token");
        let resealed = rotated.reseal(&sealed, &HERE).unwrap().unwrap();
        assert_eq!(rotated.reseal(&resealed, &HERE).unwrap(), None);

        let without_the_new_key = Vault::new(old);
        assert!(matches!(
            without_the_new_key.open(&resealed, &HERE),
            Err(VaultError::UnknownKey(_))
        ));
    }

    #[test]
    fn purposes_have_their_own_keys_and_old_ones_are_known_after_a_rotation() {
        let ring = Keyring::generate().unwrap();
        let vault = Vault::new(ring.clone());
        assert_ne!(vault.derive("one"), vault.derive("two"));
        let rotated = Vault::new(ring.rotated().unwrap());
        assert_eq!(
            rotated.derive_all("one"),
            [rotated.derive("one"), vault.derive("one")]
        );
    }

    #[test]
    fn nothing_secret_shows_in_a_debug_text() {
        let ring = Keyring::generate().unwrap();
        let text = ring.to_text();
        let shown = format!("{:?}", Vault::new(ring));
        assert!(!shown.contains(text.trim()), "{shown}");
    }
}
