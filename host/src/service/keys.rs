//! Keys: whether the master keys fit the database, and sealing every stored secret anew with the newest one.

use store::Store;
use store::page::Page;
use store::sealed;

use super::binding::credential_place;
use super::command_answers;
use super::project_settings::secret_place as secret_of_project;
use super::providers::key_place;
use super::repositories;
use super::secrets::value_place;
use super::toolsets::header_place;
use super::wallets::secret_place;
use super::wechat_login::handle_place;
use super::windows;
use crate::error::{Error, Result};
use crate::vault::{Aad, Vault, VaultError};

/// Rows that are read at once.
pub(super) const PAGE: u32 = 200;

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
    for credential in &sealed::credentials(store, Page::first(1)).await? {
        let value = credential.credential.as_deref().unwrap_or_default();
        opens(vault, value, &credential_place(&credential.id))?;
    }
    for wallet in &sealed::wallets(store, Page::first(1)).await? {
        opens(vault, &wallet.secret, &secret_place(&wallet.id))?;
    }
    for provider in &sealed::providers(store, Page::first(1)).await? {
        let value = provider.key.as_deref().unwrap_or_default();
        opens(vault, value, &key_place(&provider.id))?;
    }
    for toolset in &sealed::toolsets(store, Page::first(1)).await? {
        let value = toolset.header_value.as_deref().unwrap_or_default();
        opens(vault, value, &header_place(&toolset.id))?;
    }
    for secret in &sealed::agent_secrets(store, Page::first(1)).await? {
        opens(vault, &secret.value, &value_place(&secret.id))?;
    }
    for settings in &sealed::secrets(store, Page::first(1)).await? {
        let value = settings.webhook_secret.as_deref().unwrap_or_default();
        opens(vault, value, &secret_of_project(&settings.project_id))?;
    }
    Ok(())
}

/// Seals anew what an older key sealed. Run again after an interruption, it goes on.
pub async fn reseal_all(store: &Store, vault: &Vault) -> Result<Resealed> {
    let mut done = Resealed::default();
    credentials(store, vault, &mut done).await?;
    wallets(store, vault, &mut done).await?;
    providers(store, vault, &mut done).await?;
    toolsets(store, vault, &mut done).await?;
    tokens(store, vault, &mut done).await?;
    handles(store, vault, &mut done).await?;
    secrets(store, vault, &mut done).await?;
    agent_secrets(store, vault, &mut done).await?;
    command_answers::reseal_all(store, vault, &mut done).await?;
    repositories::reseal_all(store, vault, done).await
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
            let value = old.credential.as_deref().unwrap_or_default();
            if let Some(new) = done.reseal(vault, value, &credential_place(&old.id))? {
                let replaced = sealed::replace_credential(store, old, &new).await?;
                unchanged(replaced, || format!("Channel `{}`", old.id))?;
            }
        }
    }
}

async fn wallets(store: &Store, vault: &Vault, done: &mut Resealed) -> Result<()> {
    let mut page = Page::first(PAGE);
    loop {
        let wallets = sealed::wallets(store, page).await?;
        let Some(last) = wallets.last() else {
            return Ok(());
        };
        page = Page::after(last.id, PAGE);
        for old in &wallets {
            if let Some(new) = done.reseal(vault, &old.secret, &secret_place(&old.id))? {
                let replaced = sealed::replace_wallet(store, old, &new).await?;
                unchanged(replaced, || format!("Wallet `{}`", old.id))?;
            }
        }
    }
}

async fn toolsets(store: &Store, vault: &Vault, done: &mut Resealed) -> Result<()> {
    let mut page = Page::first(PAGE);
    loop {
        let toolsets = sealed::toolsets(store, page).await?;
        let Some(last) = toolsets.last() else {
            return Ok(());
        };
        page = Page::after(last.id, PAGE);
        for old in &toolsets {
            let value = old.header_value.as_deref().unwrap_or_default();
            if let Some(new) = done.reseal(vault, value, &header_place(&old.id))? {
                let replaced = sealed::replace_toolset(store, old, &new).await?;
                unchanged(replaced, || format!("Toolset `{}`", old.id))?;
            }
        }
    }
}

async fn providers(store: &Store, vault: &Vault, done: &mut Resealed) -> Result<()> {
    let mut page = Page::first(PAGE);
    loop {
        let providers = sealed::providers(store, page).await?;
        let Some(last) = providers.last() else {
            return Ok(());
        };
        page = Page::after(last.id, PAGE);
        for old in &providers {
            let value = old.key.as_deref().unwrap_or_default();
            if let Some(new) = done.reseal(vault, value, &key_place(&old.id))? {
                let replaced = sealed::replace_provider(store, old, &new).await?;
                unchanged(replaced, || format!("Provider `{}`", old.id))?;
            }
        }
    }
}

async fn tokens(store: &Store, vault: &Vault, done: &mut Resealed) -> Result<()> {
    let mut after = None;
    loop {
        let tokens = sealed::tokens(store, after.as_ref(), PAGE).await?;
        for old in &tokens {
            let value = old.token.as_deref().unwrap_or_default();
            let field = windows::field(&old.platform_chat_id);
            let place = windows::place(&old.channel_id, &field);
            if let Some(new) = done.reseal(vault, value, &place)? {
                let replaced = sealed::replace_token(store, old, &new).await?;
                unchanged(replaced, || format!("Channel `{}`", old.channel_id))?;
            }
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
            let value = old.handle.as_deref().unwrap_or_default();
            if let Some(new) = done.reseal(vault, value, &handle_place(&old.channel_id))? {
                let replaced = sealed::replace_handle(store, old, &new).await?;
                unchanged(replaced, || format!("Channel `{}`", old.channel_id))?;
            }
        }
    }
}

async fn secrets(store: &Store, vault: &Vault, done: &mut Resealed) -> Result<()> {
    let mut page = Page::first(PAGE);
    loop {
        let secrets = sealed::secrets(store, page).await?;
        let Some(last) = secrets.last() else {
            return Ok(());
        };
        page = Page::after(last.project_id, PAGE);
        for old in &secrets {
            let value = old.webhook_secret.as_deref().unwrap_or_default();
            if let Some(new) = done.reseal(vault, value, &secret_of_project(&old.project_id))? {
                let replaced = sealed::replace_secret(store, old, &new).await?;
                unchanged(replaced, || format!("Project `{}`", old.project_id))?;
            }
        }
    }
}

async fn agent_secrets(store: &Store, vault: &Vault, done: &mut Resealed) -> Result<()> {
    let mut page = Page::first(PAGE);
    loop {
        let secrets = sealed::agent_secrets(store, page).await?;
        let Some(last) = secrets.last() else {
            return Ok(());
        };
        page = Page::after(last.id, PAGE);
        for old in &secrets {
            if let Some(new) = done.reseal(vault, &old.value, &value_place(&old.id))? {
                let replaced = sealed::replace_agent_secret(store, old, &new).await?;
                unchanged(replaced, || format!("A secret of agent `{}`", old.agent_id))?;
            }
        }
    }
}

impl Resealed {
    /// The value sealed with the newest key, where it is not already; counted either way.
    pub(super) fn reseal(
        &mut self,
        vault: &Vault,
        old: &[u8],
        place: &Aad<'_>,
    ) -> Result<Option<Vec<u8>>> {
        let new = vault.reseal(old, place).map_err(Error::internal)?;
        match new {
            Some(_) => self.changed += 1,
            None => self.kept += 1,
        }
        Ok(new)
    }
}

fn opens(vault: &Vault, value: &[u8], place: &Aad<'_>) -> Result<()> {
    let advice =
        "set CLOISTER_MASTER_KEY to the key of the host that sealed it, or put back its master.key";
    let does_not =
        |error: VaultError| Error::conflict("the master key", format!("{error}; {advice}"));
    vault.open(value, place).map(drop).map_err(does_not)
}

/// What has changed since it was read was changed by a host that runs.
pub(super) fn unchanged(was_replaced: bool, what: impl Fn() -> String) -> Result<()> {
    if was_replaced {
        return Ok(());
    }
    let why = "changed while keys were rotated: stop every host on this database first";
    Err(Error::conflict(what(), why))
}
