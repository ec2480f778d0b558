//! Approvals: what people say to whether a tool may be called. A turn that waits is at the head of its conversation, and held by no
//! one; the next message of whoever is asked says yes or no. One that says something else means no, and is heard by the agent
//! after that turn.

use std::sync::Arc;
use std::time::Duration;

use store::StoreError;
use store::tool_calls::{self, By, Open};

use super::Signals;
use crate::context::Context;

/// Calls of one look.
const BATCH: i64 = 256;
/// How long it waits between two looks.
const PAUSE: Duration = Duration::from_millis(500);

pub(super) fn start(cx: &Context, signals: Arc<Signals>) {
    let context = cx.clone();
    cx.tasks.spawn("approvals", async move {
        while !context.tasks.is_stopping() {
            match look(&context).await {
                Ok(0) => {}
                Ok(_) => signals.turns.notify_one(),
                Err(error) => tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "what people say to calls of tools could not be read"
                ),
            }
            tokio::select! {
                () = tokio::time::sleep(PAUSE) => {}
                () = context.tasks.stopping() => {}
            }
        }
    });
}

/// How many turns may go on.
async fn look(cx: &Context) -> Result<usize, StoreError> {
    let mut decided = 0;
    for open in tool_calls::open(&cx.store, BATCH).await? {
        let (is_allowed, by) = said(&open);
        let (owner, id) = (open.organization_id, open.id);
        let call = tool_calls::decide(&cx.store, owner, id, is_allowed, by).await?;
        if let Some(call) = call {
            tracing::info!(call = %call.id, turn = %call.turn_id, is_allowed, "someone said whether a tool may be called");
            decided += 1;
        }
    }
    Ok(decided + tool_calls::wake(&cx.store).await?)
}

/// What was said, and by whom.
fn said(open: &Open) -> (bool, By) {
    let (false, Some(position), Some(contact)) = (open.is_over, open.position, open.contact_id)
    else {
        return (false, By::Nobody);
    };
    let meant = meant(
        open.text.as_deref().unwrap_or_default(),
        &open.id.to_string(),
    );
    let by = By::Contact {
        contact,
        position,
        is_all: meant.is_some(),
    };
    (meant == Some(true), by)
}

/// What a button says, before the id of its call.
pub(super) const YES: &str = "allow ";
pub(super) const NO: &str = "decline ";

/// Whether this says yes or no to a call; nothing where it says something else.
fn meant(text: &str, call: &str) -> Option<bool> {
    for (button, meaning) in [(YES, true), (NO, false)] {
        if text.strip_prefix(button) == Some(call) {
            return Some(meaning);
        }
    }
    let bare = |c: char| c.is_whitespace() || matches!(c, '.' | '!' | ',' | '。' | '！' | '，');
    let text = text.trim_matches(bare).to_lowercase();
    let yes = [
        "yes",
        "y",
        "yes please",
        "ok",
        "okay",
        "sure",
        "allow",
        "go ahead",
        "do it",
        "👍",
        "да",
        "ага",
        "ок",
        "хорошо",
        "давай",
        "можно",
        "разрешаю",
        "是",
        "是的",
        "好",
        "好的",
        "可以",
        "行",
        "同意",
        "确认",
    ];
    let no = [
        "no",
        "n",
        "no thanks",
        "nope",
        "don't",
        "do not",
        "decline",
        "stop",
        "cancel",
        "👎",
        "нет",
        "не надо",
        "нельзя",
        "отмена",
        "стоп",
        "不",
        "不是",
        "不要",
        "不行",
        "不可以",
        "否",
        "取消",
        "不同意",
    ];
    match (yes.contains(&text.as_str()), no.contains(&text.as_str())) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_say_it_in_their_own_words() {
        for yes in ["Yes", "yes!", " ok. ", "Да", "好的。", "👍", "allow c1"] {
            assert_eq!(meant(yes, "c1"), Some(true), "{yes}");
        }
        for no in ["No", "no, ", "Нет!", "不要", "decline c1"] {
            assert_eq!(meant(no, "c1"), Some(false), "{no}");
        }
        for else_ in [
            "",
            "yes, but what does it do?",
            "not now",
            "allow c2",
            "nothing",
        ] {
            assert_eq!(meant(else_, "c1"), None, "{else_}");
        }
    }
}
