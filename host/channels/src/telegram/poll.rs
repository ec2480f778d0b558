//! Long polling ("getUpdates"): an update counts as received once a higher offset is asked for.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use serde_json::Value;
use teloxide_core::payloads::{GetUpdates, GetUpdatesSetters};

use super::api::{Bot, Fault};
use super::settings::Account;
use super::{UPDATES, update};
use crate::poll::{Cursor, PollError, Polled, Update};

/// How long Telegram holds a question that it has no answer to.
const WAIT: Duration = Duration::from_secs(50);
/// Updates of one answer: as many long ones as the host reads of one.
const MOST: u8 = 20;
/// Telegram may number afresh after a week without updates; what was confirmed does not come again without an offset
/// either.
const OFFSET_HOLDS: TimeDelta = TimeDelta::days(6);

pub(super) async fn poll(
    bot: &Bot<'_>,
    account: &Account,
    cursor: Option<&Cursor>,
) -> Result<Polled, PollError> {
    let mut request = GetUpdates::new()
        .limit(MOST)
        .timeout(u32::try_from(WAIT.as_secs()).unwrap_or(0))
        .allowed_updates(UPDATES);
    request.offset = cursor.and_then(|cursor| offset(cursor, account));
    let answered: Result<Vec<Value>, Fault> = match bot.call(&request).await {
        // More may stand there than is read of one answer, and would stand there for ever: one by one it gets through.
        Err(Fault::Strange(_)) => bot.call(&request.clone().limit(1)).await,
        answered => answered,
    };
    let updates = answered.map_err(failed)?;
    // Where the next question begins: behind the highest of all before.
    let mut next = request.offset.map_or(0, i64::from);
    let updates = updates
        .iter()
        .map(|raw| {
            let read = update::read(raw, account);
            next = next.max(read.id.map_or(next, |id| id + 1));
            Update {
                event: read.event,
                cursor: account.key(next),
                opens: None,
            }
        })
        .collect();
    Ok(Polled { updates })
}

/// Where reading goes on; the cursor of a bot that was here before says nothing of this one.
fn offset(cursor: &Cursor, account: &Account) -> Option<i32> {
    if Utc::now() - cursor.moved_at > OFFSET_HOLDS {
        return None;
    }
    account
        .number(&cursor.text)
        .and_then(|next| next.try_into().ok())
}

fn failed(fault: Fault) -> PollError {
    let what = fault.what();
    match fault {
        Fault::Refused {
            code: 401 | 404, ..
        } => PollError::Expired { what },
        Fault::Refused { code: 409, .. } => PollError::Taken { what },
        Fault::Refused { retry_after, .. } => PollError::Later {
            after: retry_after,
            what,
        },
        Fault::Http(_) | Fault::Strange(_) => PollError::Later { after: None, what },
    }
}
