//! Sealing the tokens of repositories anew, when the master key changes.

use store::Store;
use store::page::Page;
use store::sealed;

use super::token_place;
use crate::error::{Error, Result};
use crate::service::keys::Resealed;
use crate::vault::Vault;

const PAGE: u32 = 200;

/// Seals anew what an older key sealed, and counts on.
pub async fn reseal_all(store: &Store, vault: &Vault, mut done: Resealed) -> Result<Resealed> {
    let mut page = Page::first(PAGE);
    loop {
        let tokens = sealed::repository_tokens(store, page).await?;
        let Some(last) = tokens.last() else {
            return Ok(done);
        };
        page = Page::after(last.id, PAGE);
        for old in &tokens {
            let value = old.token.as_deref().unwrap_or_default();
            let new = vault
                .reseal(value, &token_place(&old.id))
                .map_err(Error::internal)?;
            let Some(new) = new else {
                done.kept += 1;
                continue;
            };
            if !sealed::replace_repository_token(store, old, &new).await? {
                let why = "changed while keys were rotated: stop every host on this database first";
                return Err(Error::conflict(format!("Repository `{}`", old.id), why));
            }
            done.changed += 1;
        }
    }
}
