//! Reading: a long poll that gives what was said since the cursor, and the next cursor ("Receiving").

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::account::Account;
use super::api::{Fault, base_info};
use super::update;
use crate::callback::Event;
use crate::http::HttpError;
use crate::poll::{Cursor, PollError, Polled, Update};

/// WeChat holds a question that it has no answer to for about 35 seconds.
const HELD: Duration = Duration::from_secs(45);
/// Bytes of one answer: it cannot be asked for less of it.
const MOST: usize = 16 << 20;
/// How long it may take to tell that one reads, or does not any more: no one waits for that.
const TELLING: Duration = Duration::from_secs(2);

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    msgs: Option<Vec<Value>>,
    #[serde(default)]
    get_updates_buf: Option<String>,
}

pub(super) async fn poll(
    account: &Account<'_>,
    cursor: Option<&Cursor>,
) -> Result<Polled, PollError> {
    let bot_id = &account.credential.bot_id;
    let before = cursor
        .and_then(|cursor| own(&cursor.text, bot_id))
        .unwrap_or("");
    let body = json!({ "get_updates_buf": before, "base_info": base_info() });
    let path = ("ilink/bot/getupdates", &[][..]);
    let answer: Result<Answer, Fault> = account
        .api
        .post(account.token(), path, &body, HELD, MOST)
        .await;
    let answer = match answer {
        Ok(answer) => answer,
        // Nothing was said for as long as it was held.
        Err(Fault::Http(HttpError::Timeout { sent: true })) => return Ok(Polled::default()),
        Err(fault) => return Err(failed(&fault)),
    };
    // An empty one says nothing of where reading goes on.
    let next = answer.get_updates_buf.filter(|next| !next.is_empty());
    let next = next.as_deref().unwrap_or(before);
    Ok(Polled {
        updates: updates(&answer.msgs.unwrap_or_default(), bot_id, before, next),
    })
}

/// All messages of an answer have one cursor, which is behind the last of them: until that one is stored, reading would go
/// on from where it did.
fn updates(messages: &[Value], bot_id: &str, before: &str, next: &str) -> Vec<Update> {
    let last = messages.len().checked_sub(1);
    let mut updates: Vec<Update> = messages
        .iter()
        .enumerate()
        .map(|(number, message)| {
            let (event, opens) = update::read(message, bot_id);
            let reached = if Some(number) == last { next } else { before };
            Update {
                event,
                cursor: key(bot_id, reached),
                opens,
            }
        })
        .collect();
    if updates.is_empty() && next != before {
        updates.push(Update {
            event: Event::Ignored {
                reason: "nothing_said",
            },
            cursor: key(bot_id, next),
            opens: None,
        });
    }
    updates
}

/// A cursor as this host keeps it: that of another account says nothing of this one.
fn key(bot_id: &str, cursor: &str) -> String {
    format!("{bot_id}|{cursor}")
}

fn own<'a>(kept: &'a str, bot_id: &str) -> Option<&'a str> {
    let (of, cursor) = kept.split_once('|')?;
    (of == bot_id).then_some(cursor)
}

fn failed(fault: &Fault) -> PollError {
    let what = fault.what();
    match fault.is_login_gone() {
        true => PollError::Expired { what },
        false => PollError::Later { after: None, what },
    }
}

/// Tells that this account is read from now on, or not any more. Not every server of the API has this.
pub(super) async fn attend(account: &Account<'_>, is_read: bool) {
    let path = match is_read {
        true => "ilink/bot/msg/notifystart",
        false => "ilink/bot/msg/notifystop",
    };
    let body = json!({ "base_info": base_info() });
    let _: Result<Value, Fault> = account
        .api
        .post(account.token(), (path, &[]), &body, TELLING, 4_096)
        .await;
}
