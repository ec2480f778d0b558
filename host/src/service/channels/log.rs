//! What was said on a channel, in all its conversations.

use store::channels::Channel;
use store::channels::said::{self, Said};

use super::owned::find_owned;
use crate::auth::Caller;
use crate::content::Content;
use crate::context::Context;
use crate::error::Result;

/// One message of a channel, and what came of it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The message.
    pub said: Said,
    /// What it has beside its text.
    pub content: Content,
}

/// The newest messages of a channel, the newest first, at most so many.
pub async fn log(
    cx: &Context,
    caller: &Caller,
    project: &str,
    id: &str,
    limit: u32,
) -> Result<(Channel, Vec<Entry>)> {
    let channel = find_owned(cx, caller, Some(project), id).await?;
    let newest = said::newest(&cx.store, channel.organization_id, channel.id, limit).await?;
    let entry = |said: Said| Entry {
        content: Content::read(said.content.as_ref()),
        said,
    };
    Ok((channel, newest.into_iter().map(entry).collect()))
}
