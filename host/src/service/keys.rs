//! Keys: whether the master keys fit the database, and sealing every stored secret anew with the newest one.

use store::Store;
use store::ids::ChannelId;
use store::page::Page;
use store::sealed;

use super::binding::credential_place;
use super::windows;
use crate::error::{Error, Result};
use crate::service::wechat_login::handle_place;
use crate::vault::{Aad, Vault};

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
    credentials(store, vault, &mut done).await?;
    tokens(store, vault, &mut done).await?;
    handles(store, vault, &mut done).await?;
    Ok(done)
}

async fn credentials(store: &Store, vault: &Vault, done: &mut Resealed) -> Result<()> {
    let mut page = Page::first(PAGE);
    loop {
        let credentials = sealed::credentials(store, page).await?;
        let Some(last) = credentials.last() else {
            return Ok(());
        };
        page = Page::after(last.id, PAGE);
        for old in &credentials {
            let place = credential_place(&old.id);
            let Some(new) = done.reseal(vault, old.credential.as_deref(), &place)? else {
                continue;
            };
            let replaced = sealed::replace_credential(store, old, &new).await?;
            unchanged(replaced, old.id)?;
        }
    }
}

async fn tokens(store: &Store, vault: &Vault, done: &mut Resealed) -> Result<()> {
    let mut after = None;
    loop {
        let tokens = sealed::tokens(store, after.as_ref(), PAGE).await?;
        for old in &tokens {
            let field = windows::field(&old.platform_chat_id);
            let place = windows::place(&old.channel_id, &field);
            let Some(new) = done.reseal(vault, old.token.as_deref(), &place)? else {
                continue;
            };
            let replaced = sealed::replace_token(store, old, &new).await?;
            unchanged(replaced, old.channel_id)?;
        }
        after = tokens.into_iter().next_back();
        if after.is_none() {
            return Ok(());
        }
    }
}

async fn handles(store: &Store, vault: &Vault, done: &mut Resealed) -> Result<()> {
    let mut page = Page::first(PAGE);
    loop {
        let handles = sealed::handles(store, page).await?;
        let Some(last) = handles.last() else {
            return Ok(());
        };
        page = Page::after(last.channel_id, PAGE);
        for old in &handles {
            let place = handle_place(&old.channel_id);
            let Some(new) = done.reseal(vault, old.handle.as_deref(), &place)? else {
                continue;
            };
            let replaced = sealed::replace_handle(store, old, &new).await?;
            unchanged(replaced, old.channel_id)?;
        }
    }
}

impl Resealed {
    /// A value sealed anew; none where the newest key had sealed it.
    fn reseal(
        &mut self,
        vault: &Vault,
        value: Option<&[u8]>,
        place: &Aad<'_>,
    ) -> Result<Option<Vec<u8>>> {
        let value = value.unwrap_or_default();
        let new = vault.reseal(value, place).map_err(Error::internal)?;
        match new {
            Some(_) => self.changed += 1,
            None => self.kept += 1,
        }
        Ok(new)
    }
}

fn unchanged(replaced: bool, channel: ChannelId) -> Result<()> {
    if replaced {
        return Ok(());
    }
    let why = "changed while keys were rotated: stop every host on this database first";
    Err(Error::conflict(format!("Channel `{channel}`"), why))
}
