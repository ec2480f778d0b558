//! Files that came with a message and are still at its platform are fetched before the agent runs, which cannot reach them.
//! One that cannot be had keeps its name, with the reason beside it: the agent sees that there was one.

use std::time::Duration;

use channels::SendError;
use sandbox::types::{Attachment, AttachmentSource, Event, EventBody};
use store::turns::LoadedTurn;
use tokio::time::Instant;

use crate::context::Context;
use crate::service::binding;

/// Bytes of all files of a message together: an agent has 64 MiB for everything.
const MOST: usize = 8 << 20;
/// How long all of them may take.
const LIMIT: Duration = Duration::from_secs(25);
/// What tells the agent why a file is not there.
const WHY: &str = "not_fetched";

/// Fetches the files of a turn's event. An error is one that may pass: the turn is to be tried again.
pub(super) async fn fetch(
    cx: &Context,
    turn: &LoadedTurn,
    event: &mut Event,
) -> Result<(), String> {
    let EventBody::Message(message) = &mut event.body else {
        return Ok(());
    };
    let driver = turn.channel_kind.parse().ok();
    let Some(driver) = driver.and_then(|kind| cx.drivers.get(kind)) else {
        return Ok(());
    };
    let named = |attachment: &&mut Attachment| matches!(&attachment.source, AttachmentSource::Url(url) if driver.names_file(url));
    let mut files = message.attachments.iter_mut().filter(named).peekable();
    if files.peek().is_none() {
        return Ok(());
    }
    let bound = binding::bound(cx, turn.organization_id.into(), turn.channel_id.into()).await;
    let bound = bound.map_err(|error| error.to_string())?;
    let until = Instant::now() + LIMIT;
    let mut left = MOST;
    for file in files {
        let AttachmentSource::Url(address) = &file.source else {
            continue;
        };
        let asked = driver.fetch(&cx.outgoing, &bound, address, left);
        let fetched = tokio::time::timeout_at(until, asked).await;
        let late = |_| SendError::Unknown {
            what: format!("not here within {} s", LIMIT.as_secs()),
        };
        match fetched.map_err(late).and_then(|fetched| fetched) {
            Ok(bytes) => {
                left = left.saturating_sub(bytes.len());
                file.size = u64::try_from(bytes.len()).ok();
                file.source = AttachmentSource::Inline(bytes.into());
            }
            Err(SendError::Retry { what, .. } | SendError::Unknown { what })
                if turn.attempts < super::run::TRIES =>
            {
                return Err(format!("a file could not be fetched: {what}"));
            }
            Err(error) => {
                tracing::info!(turn = %turn.turn_id, %error, "a file is left where it is");
                file.metadata.push((WHY.to_owned(), error.to_string()));
            }
        }
    }
    Ok(())
}
