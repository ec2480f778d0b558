//! What a turn may reach, and what it has of that by now.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use sandbox::Unanswered;
use tokio::sync::OnceCell;

use super::hide::Hidden;
use super::journal::Journal;
use super::{Failed, failed};
use crate::capabilities::turn::Turn;
use crate::context::Context;
use crate::error::chain;
use crate::outgoing::Outgoing;
use crate::service::outside::Outside;
use crate::service::secrets::{self, Opened};

/// What a turn may reach.
pub(in crate::capabilities) struct Reaching {
    cx: Context,
    outside: Outside,
    /// Whether it was granted `secrets`.
    has_secrets: bool,
    requests: AtomicU32,
    /// Read at the first request, or when it asks what there is.
    secrets: OnceCell<Vec<Opened>>,
    hidden: std::sync::OnceLock<Hidden>,
    journal: Journal,
}

impl Reaching {
    pub(in crate::capabilities) fn new(
        cx: Context,
        outside: Outside,
        has_secrets: bool,
        journal: Journal,
    ) -> Self {
        Self {
            cx,
            outside,
            has_secrets,
            requests: AtomicU32::new(0),
            secrets: OnceCell::new(),
            hidden: std::sync::OnceLock::new(),
            journal,
        }
    }

    pub(super) fn outside(&self) -> &Outside {
        &self.outside
    }

    pub(super) fn journal(&self) -> &Journal {
        &self.journal
    }

    pub(super) fn outgoing(&self) -> &Outgoing {
        &self.cx.outgoing
    }

    pub(super) fn count(&self, outcome: &'static str, took: Duration) {
        self.cx.metrics.agent_request_ended(outcome, took);
    }

    /// Counts one more request.
    pub(super) fn begin(&self) -> Result<(), Failed> {
        let most = self.outside.requests;
        match self.requests.fetch_add(1, Ordering::SeqCst) < most {
            true => Ok(()),
            false => {
                let told = format!("a turn may make {most} requests");
                Err(failed(Unanswered::TooMany, told))
            }
        }
    }

    /// The agent's secrets, in the time of this turn.
    pub(super) async fn secrets(&self, turn: &Turn) -> Result<&[Opened], Failed> {
        let read = self.read(turn).await;
        read.map_err(|error| {
            let told = "the host cannot read the agent's secrets; try again later";
            tracing::error!(agent = %turn.agent_id, cause = chain(&error), "secrets of an agent cannot be read");
            failed(Unanswered::Other(told.to_owned()), told)
        })
    }

    pub(in crate::capabilities) async fn read(
        &self,
        turn: &Turn,
    ) -> Result<&[Opened], crate::error::Error> {
        if !self.has_secrets {
            return Ok(&[]);
        }
        let opened = || secrets::opened(&self.cx, turn.organization_id, turn.agent_id);
        Ok(self.secrets.get_or_try_init(opened).await?.as_slice())
    }

    /// What hides them.
    pub(super) fn hidden(&self, secrets: &[Opened]) -> Result<&Hidden, Failed> {
        if let Some(hidden) = self.hidden.get() {
            return Ok(hidden);
        }
        let made = Hidden::of(secrets).map_err(|error| {
            let told = "the host cannot look for secrets in it";
            tracing::error!(cause = chain(&error), "what hides secrets cannot be made");
            failed(Unanswered::Other(told.to_owned()), told)
        })?;
        Ok(self.hidden.get_or_init(|| made))
    }
}
