//! `cloister keys list` and `cloister keys rotate`: the master keys of a stopped host.

use clap::{Args, Subcommand};

use super::{Failure, wait};
use crate::app::Offline;
use crate::config::{Identity, Place};
use crate::service::keys::reseal_all;
use crate::vault::{KeyId, Keyring, Vault};

/// See and rotate the master keys of a stopped host
#[derive(Subcommand)]
pub(super) enum Command {
    /// Show the ids of the master keys, the one that seals first
    List(Box<Keys>),
    /// Make a new master key and seal every stored secret with it
    Rotate(Box<Rotate>),
}

/// Where the keys are
#[derive(Args)]
pub(super) struct Keys {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    identity: Identity,
}

/// Make a new master key and seal every stored secret with it
#[derive(Args)]
pub(super) struct Rotate {
    #[command(flatten)]
    keys: Keys,
    /// Forget the older keys: visitors of web channels start over, compiled modules are compiled anew
    #[arg(long)]
    forget_older: bool,
}

pub(super) fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::List(keys) => keys.list(),
        Command::Rotate(rotate) => wait(rotate.run())?,
    }
}

impl Keys {
    fn list(&self) -> Result<(), Failure> {
        tell(&self.ring()?.ids());
        Ok(())
    }

    /// The keys of the environment, or of the folder's file: none is made here.
    fn ring(&self) -> Result<Keyring, Failure> {
        if let Some(ring) = &self.identity.master_key {
            return Ok(ring.clone());
        }
        let path = self.place.data_dir.join(crate::vault::KEY_FILE);
        let text = std::fs::read_to_string(&path).map_err(|error| {
            Failure::not_found(format!("cannot read {}: {error}", path.display()))
        })?;
        Keyring::parse(&text)
            .map_err(|error| Failure::failed(format!("{}: {error}", path.display())))
    }
}

impl Rotate {
    async fn run(self) -> Result<(), Failure> {
        let ring = self.keys.ring()?;
        let offline = Offline::open(&self.keys.place).await?;
        let done = self.reseal(&offline, ring).await;
        offline.close().await;
        done
    }

    async fn reseal(&self, offline: &Offline, ring: Keyring) -> Result<(), Failure> {
        let is_given = self.keys.identity.master_key.is_some();
        // Of the environment's, the operator has put the new key before the old ones.
        let ring = if is_given {
            ring
        } else {
            self.renew(offline, &ring)?
        };
        let done = reseal_all(offline.store(), &Vault::new(ring.clone()))
            .await
            .map_err(|error| Failure::failed(crate::error::chain(&error)))?;
        say!(
            "{} stored secrets were sealed with the new key, {} had it already.",
            done.changed,
            done.kept
        );
        if self.forget_older && !is_given {
            self.save(offline, &ring.newest_alone())?;
            tell(&ring.newest_alone().ids());
        } else {
            tell(&ring.ids());
        }
        Ok(())
    }

    /// Puts a new key before the others, on disk before anything is sealed with it.
    fn renew(&self, offline: &Offline, ring: &Keyring) -> Result<Keyring, Failure> {
        let ring = ring
            .rotated()
            .map_err(|error| Failure::failed(error.to_string()))?;
        self.save(offline, &ring)?;
        Ok(ring)
    }

    fn save(&self, offline: &Offline, ring: &Keyring) -> Result<(), Failure> {
        let path = offline.master_key();
        ring.save(&path)
            .map_err(|error| Failure::failed(format!("cannot write {}: {error}", path.display())))
    }
}

fn tell(ids: &[KeyId]) {
    for (index, id) in ids.iter().enumerate() {
        say!("{id}  {}", if index == 0 { "seals" } else { "opens" });
    }
}
