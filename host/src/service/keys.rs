//! Keys: whether the master keys fit the database, and sealing every stored secret anew with the newest one.

use store::Store;
use store::page::Page;
use store::sealed::{self, SealedCredential};

use super::binding::credential_place;
use crate::error::{Error, Result};
use crate::vault::Vault;

const PAGE: u32 = 200;

/// What came of sealing anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resealed {
    /// Values that an older key had sealed.
    pub changed: usize,
    /// Values that the newest key had sealed already.
    pub kept: usize,
}

/// Makes sure that this host can open what is sealed in the database: hosts that share one share their master keys.
pub async fn check(store: &Store, vault: &Vault) -> Result<()> {
    let credentials = sealed::credentials(store, Page::first(1)).await?;
    for credential in &credentials {
        let value = credential.credential.as_deref().unwrap_or_default();
        vault.open(value, &credential_place(&credential.id)).map_err(|error| {
            let advice = "set CLOISTER_MASTER_KEY to the key of the host that sealed it, or put back its master.key";
            Error::conflict("the master key", format!("{error}; {advice}"))
        })?;
    }
    Ok(())
}

/// Seals anew what an older key sealed. Run again after an interruption, it goes on.
pub async fn reseal_all(store: &Store, vault: &Vault) -> Result<Resealed> {
    let mut done = Resealed::default();
    let mut page = Page::first(PAGE);
    loop {
        let credentials = sealed::credentials(store, page).await?;
        let Some(last) = credentials.last() else {
            return Ok(done);
        };
        page = Page::after(last.id, PAGE);
        for credential in &credentials {
            if reseal(store, vault, credential).await? {
                done.changed += 1;
            } else {
                done.kept += 1;
            }
        }
    }
}

async fn reseal(store: &Store, vault: &Vault, old: &SealedCredential) -> Result<bool> {
    let value = old.credential.as_deref().unwrap_or_default();
    let place = credential_place(&old.id);
    let Some(new) = vault.reseal(value, &place).map_err(Error::internal)? else {
        return Ok(false);
    };
    if !sealed::replace_credential(store, old, &new).await? {
        let why = "changed while keys were rotated: stop every host on this database first";
        return Err(Error::conflict(format!("Channel `{}`", old.id), why));
    }
    Ok(true)
}
