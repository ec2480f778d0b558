//! A project that a message makes, as the audit log has it. It is made together with the message, or not at all.

use std::future::Future;

use serde_json::json;
use store::projects::NewProject;

use crate::auth::Caller;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::service::audit::{self, Change};

/// See the module.
pub(crate) struct Founding {
    speaker: Caller,
    change: Change,
}

impl Founding {
    /// That of a project which someone makes by talking in a session.
    pub(super) fn of(speaker: Caller, project: &NewProject, session: &str) -> Self {
        let (id, name, slug) = (project.id, &project.name, &project.slug);
        let change = Change::of("createProject", id, "project", id)
            .with(json!({ "name": name, "slug": slug, "session": session }));
        Self { speaker, change }
    }

    /// Stores the message by `work`, with the row before it and what came of it after; `is_made` says whether it was stored.
    pub(crate) async fn noted<T>(
        self,
        cx: &Context,
        work: impl Future<Output = Result<T>>,
        is_made: impl Fn(&T) -> bool,
    ) -> Result<T> {
        let mut instead = None;
        let made = audit::change(cx, &self.speaker, self.change, async {
            let done = work.await?;
            if is_made(&done) {
                return Ok(done);
            }
            instead = Some(done);
            Err(Error::conflict("the session", "has changed meanwhile"))
        })
        .await;
        match (made, instead) {
            (Err(_), Some(instead)) => Ok(instead),
            (made, _) => made,
        }
    }
}
