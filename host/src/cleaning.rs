//! Cleaning: what has had its time goes: sessions, links and keys that have expired, answers of commands of last week, what of
//! the audit log the operator does not want kept, answers that no turn needs any more, the journal, files of agents that were
//! deleted, and contents that no file points at. Every host does it; what one has removed the others do not find.

use std::time::Duration;

use chrono::{Days, Utc};
use store::{
    StoreError, audit, commands, files, http_answers, journal, live_links, recordings, tokens,
    tool_calls,
};

use crate::context::Context;

/// How long it waits from one time to the next.
const PAUSE: Duration = Duration::from_secs(60 * 60);
/// Rows of one statement.
const BATCH: u32 = 1_000;
/// Contents, and answers to requests, of one statement: each may be large.
const CONTENTS: u32 = 50;
/// Seconds that a content is kept for the turn that stored it ahead, and files for the last turn of a deleted agent.
const LOOSE: f64 = 60.0 * 60.0;
/// Seconds that one is kept that a message was sent with, after its file has gone.
const SENT: f64 = 7.0 * 24.0 * 60.0 * 60.0;

/// Starts it on the context's supervisor, with a first time at once.
pub(crate) fn start(cx: &Context) {
    let context = cx.clone();
    cx.tasks.spawn("cleaning", async move {
        loop {
            match clean(&context).await {
                Ok(Removed::NOTHING) => {}
                Ok(removed) => {
                    tracing::info!(
                        tokens = removed.tokens,
                        audit_rows = removed.audit_rows,
                        answers = removed.answers,
                        contents = removed.contents,
                        journaled = removed.journaled,
                        "what had had its time was removed"
                    );
                }
                Err(error) => tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "what has had its time could not be removed; it is tried again"
                ),
            }
            tokio::select! {
                () = tokio::time::sleep(PAUSE) => {}
                () = context.tasks.stopping() => return,
            }
        }
    });
}

/// How many rows went.
#[derive(PartialEq, Eq)]
struct Removed {
    /// With links to live pages.
    tokens: usize,
    audit_rows: usize,
    /// Of commands.
    answers: usize,
    /// Of files.
    contents: usize,
    /// Of models, servers and tools, and what else agents heard.
    journaled: usize,
}

impl Removed {
    const NOTHING: Removed = Removed {
        tokens: 0,
        audit_rows: 0,
        answers: 0,
        contents: 0,
        journaled: 0,
    };
}

/// Removes all that there is to remove.
async fn clean(cx: &Context) -> Result<Removed, StoreError> {
    let mut removed_tokens = all(cx, BATCH, || tokens::delete_expired(&cx.store, BATCH)).await?;
    removed_tokens += all(cx, BATCH, || live_links::delete_expired(&cx.store, BATCH)).await?;
    let days = cx
        .config
        .place
        .audit_days
        .map(|days| Days::new(days.into()));
    let answers = all(cx, BATCH, || commands::delete_old(&cx.store, BATCH)).await?;
    let kept = Days::new(cx.config.journal.days.into());
    let mut journaled = 0;
    if let Some(time) = Utc::now().checked_sub_days(kept) {
        journaled += all(cx, BATCH, || journal::delete_before(&cx.store, time, BATCH)).await?;
        let tools = || tool_calls::delete_before(&cx.store, time, BATCH);
        journaled += all(cx, BATCH, tools).await?;
        let outside = || http_answers::delete_before(&cx.store, time, CONTENTS);
        journaled += all(cx, CONTENTS, outside).await?;
        let recorded = || recordings::delete_before(&cx.store, time, CONTENTS);
        journaled += all(cx, CONTENTS, recorded).await?;
    }
    let removed_rows = match days.and_then(|days| Utc::now().checked_sub_days(days)) {
        Some(time) => all(cx, BATCH, || audit::delete_before(&cx.store, time, BATCH)).await?,
        None => 0,
    };
    let cleared = || files::clear_deleted(&cx.store, LOOSE, CONTENTS);
    all(cx, CONTENTS, cleared).await?;
    let contents = || files::clean(&cx.store, LOOSE, SENT, CONTENTS);
    let contents = all(cx, CONTENTS, contents).await?;
    Ok(Removed {
        tokens: removed_tokens,
        audit_rows: removed_rows,
        answers,
        contents,
        journaled,
    })
}

/// One batch after the other, until one is not full or the host is to stop.
async fn all<Batch>(cx: &Context, most: u32, batch: impl Fn() -> Batch) -> Result<usize, StoreError>
where
    Batch: Future<Output = Result<usize, StoreError>>,
{
    let mut removed = 0;
    loop {
        let count = batch().await?;
        removed += count;
        if count < most as usize || cx.tasks.is_stopping() {
            return Ok(removed);
        }
    }
}
