//! A file that someone sent. Telegram names it, and tells where its bytes are when it is asked ("getFile"): at an address
//! that has the bot's token in it, so that the host alone goes there.

use bytes::Bytes;
use serde::Deserialize;
use teloxide_core::payloads::GetFile;
use teloxide_core::types::FileId;

use super::api::Bot;
use crate::driver::SendError;

/// What begins the address of a file in [`crate::HeardAttachment`].
pub(super) const NAMED: &str = "telegram:file/";

#[derive(Deserialize)]
struct Found {
    file_path: Option<String>,
    file_size: Option<usize>,
}

pub(super) async fn fetch(bot: &Bot<'_>, address: &str, most: usize) -> Result<Bytes, SendError> {
    let id = address
        .strip_prefix(NAMED)
        .ok_or_else(|| never("it is no file of Telegram's".to_owned()))?;
    let found: Found = bot.call(&GetFile::new(FileId(id.to_owned()))).await?;
    let too_large = || never(format!("it has more than {most} bytes"));
    if found.file_size.is_some_and(|size| size > most) {
        return Err(too_large());
    }
    let path = found
        .file_path
        .ok_or_else(|| never("Telegram does not tell where it is".to_owned()))?;
    let bytes = bot.download(&path, most.saturating_add(1)).await?;
    match bytes.len() > most {
        true => Err(too_large()),
        false => Ok(bytes),
    }
}

fn never(what: String) -> SendError {
    SendError::Permanent { status: None, what }
}
