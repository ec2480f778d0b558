//! Windows: how far a chat may be answered on platforms that let one answer for a while and only so often. What the platform
//! wants back with an answer is sealed, and opened for the driver alone.

use channels::{Opening, Secret, Window};
use store::ids::{ChannelId, OrganizationId};
use store::windows::{self as rows, Opens};

use crate::content::without_nul;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::vault::Aad;

/// A window, and which opening of it.
#[derive(Debug, Clone)]
pub struct OpenWindow {
    /// As the driver sees it.
    pub window: Window,
    /// Which time it was opened.
    pub opening: i64,
}

/// The name of a chat's token within its channel.
pub fn field(platform_chat_id: &str) -> String {
    format!("token/{platform_chat_id}")
}

/// Where the token of a chat is sealed.
pub fn place<'a>(channel: &ChannelId, field: &'a str) -> Aad<'a> {
    Aad {
        table: "reply_windows",
        row: channel.uuid(),
        field,
    }
}

/// What is stored of a chat that may be answered anew.
pub fn opens(cx: &Context, channel: ChannelId, opening: &Opening) -> Result<Opens> {
    let platform_chat_id = without_nul(&opening.platform_chat_id);
    let field = field(&platform_chat_id);
    let token = opening.token.expose().as_bytes();
    let token = cx.vault.seal(token, &place(&channel, &field));
    Ok(Opens {
        token: token.map_err(Error::internal)?,
        platform_chat_id,
        at: opening.at,
    })
}

/// How far a chat may be answered; none where nobody has spoken in it.
pub async fn find(
    cx: &Context,
    owner: OrganizationId,
    channel: ChannelId,
    chat: &str,
) -> Result<Option<OpenWindow>> {
    let Some(row) = rows::find(&cx.store, owner, channel, chat).await? else {
        return Ok(None);
    };
    let Some(sealed) = &row.token else {
        return Ok(None);
    };
    let field = field(chat);
    let token = cx.vault.open(sealed, &place(&channel, &field));
    let token = String::from_utf8(token.map_err(Error::internal)?.into_inner());
    Ok(Some(OpenWindow {
        window: Window {
            token: Secret::new(token.map_err(Error::internal)?),
            opened_at: row.opened_at,
            sent: row.sent.unsigned_abs(),
            is_closed: row.is_closed,
        },
        opening: row.opening,
    }))
}
