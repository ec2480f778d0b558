//! Signs of life: "typing", for which one needs a ticket of the person's ("Typing"). An answer that grows is not shown: each
//! message counts.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::{Value, json};

use super::account::Account;
use super::api::Fault;
use crate::driver::SendError;
use crate::message::{Sign, Target};

/// How long a ticket is good for; WeChat says a day.
const GOOD: Duration = Duration::from_secs(12 * 60 * 60);
/// Tickets that are kept.
const KEPT: usize = 4_096;

/// Tickets by bot and person, so that they need not be asked for each time. Losing them costs a request.
#[derive(Debug, Default)]
pub(super) struct Tickets(Mutex<HashMap<(String, String), Ticket>>);

#[derive(Clone)]
struct Ticket {
    text: String,
    since: Instant,
}

impl std::fmt::Debug for Ticket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ticket(…)")
    }
}

#[derive(Deserialize)]
struct Given {
    #[serde(default)]
    typing_ticket: String,
}

pub(super) async fn show(
    account: &Account<'_>,
    tickets: &Tickets,
    target: &Target,
    sign: &Sign,
) -> Result<(), SendError> {
    if let Sign::Withdrawn { .. } = sign {
        return Ok(());
    }
    let person = &target.platform_chat_id;
    let key = (account.credential.bot_id.clone(), person.clone());
    let ticket = match tickets.find(&key) {
        Some(ticket) => ticket,
        None => {
            let body = json!({ "ilink_user_id": person });
            let asked = account
                .api
                .call(account.token(), "ilink/bot/getconfig", body);
            let given: Given = asked.await.map_err(Fault::of_repeatable)?;
            if given.typing_ticket.is_empty() {
                return Ok(());
            }
            tickets.keep(key.clone(), given.typing_ticket)
        }
    };
    let body = json!({ "ilink_user_id": person, "typing_ticket": ticket, "status": 1 });
    let shown = account
        .api
        .call(account.token(), "ilink/bot/sendtyping", body);
    let shown: Result<Value, Fault> = shown.await;
    shown.map(drop).map_err(|fault| {
        tickets.forget(&key);
        fault.of_repeatable()
    })
}

impl Tickets {
    fn find(&self, key: &(String, String)) -> Option<String> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let ticket = kept.get(key).filter(|ticket| ticket.since.elapsed() < GOOD);
        ticket.map(|ticket| ticket.text.clone())
    }

    fn keep(&self, key: (String, String), text: String) -> String {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.clear();
        }
        let since = Instant::now();
        kept.insert(
            key,
            Ticket {
                text: text.clone(),
                since,
            },
        );
        text
    }

    fn forget(&self, key: &(String, String)) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.remove(key);
    }
}
