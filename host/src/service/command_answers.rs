//! What a command with an id answered is kept sealed, since it may be a link that signs in: where, and sealing it anew when the
//! master key changes.

use store::Store;
use store::ids::ChannelId;
use store::sealed;

use super::keys::{PAGE, Resealed, unchanged};
use crate::error::Result;
use crate::vault::{Aad, Vault};

/// Where the answer of a command is sealed.
pub fn place<'a>(channel: &ChannelId, platform_event_id: &'a str) -> Aad<'a> {
    Aad {
        table: "commands",
        row: channel.uuid(),
        field: platform_event_id,
    }
}

/// Seals anew what an older key sealed.
pub(super) async fn reseal_all(store: &Store, vault: &Vault, done: &mut Resealed) -> Result<()> {
    let mut after = None;
    loop {
        let answers = sealed::answers(store, after.as_ref(), PAGE).await?;
        for old in &answers {
            let value = old.answer.as_deref().unwrap_or_default();
            let place = place(&old.channel_id, &old.platform_event_id);
            if let Some(new) = done.reseal(vault, value, &place)? {
                let replaced = sealed::replace_answer(store, old, &new).await?;
                unchanged(replaced, || format!("Channel `{}`", old.channel_id))?;
            }
        }
        after = answers.into_iter().next_back();
        if after.is_none() {
            return Ok(());
        }
    }
}
