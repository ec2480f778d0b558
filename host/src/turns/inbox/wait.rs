//! Waiting: what the one who sent a message is told, and when.

use std::time::Duration;

use store::ids::{ChannelId, OrganizationId, TurnId};
use tokio::time::Instant;

use super::{Stored, TurnsInbox};
use crate::content::Content;
use crate::error::Error;
use crate::inbound::{Accepted, Answer, StoredReply};
use crate::turns::waiters::Waiter;

/// How often one who waits for a turn that may run elsewhere looks.
const LOOK: Duration = Duration::from_secs(1);
/// How long one who was taken as the answer's receiver waits for the commit past the own limit.
const GRACE: Duration = Duration::from_secs(10);

impl TurnsInbox {
    /// What a message that is stored is answered with, by `until`. The waiter is its own turn's, from before it was stored.
    pub(super) async fn answer(
        &self,
        organization: OrganizationId,
        stored: Stored,
        waiter: Waiter,
        until: Instant,
    ) -> Result<Answer, Error> {
        let Some(turn) = stored.turn else {
            self.keep(organization, &stored.accepted).await?;
            return Ok(Answer::NoAgent);
        };
        let waiter = if stored.accepted.duplicate {
            self.waiters.register(turn)
        } else {
            waiter
        };
        let answer = self
            .wait(organization, turn, waiter, until, stored.may_be_settled)
            .await?;
        if let Answer::Later | Answer::Stopped = answer {
            self.keep(organization, &stored.accepted).await?;
        }
        Ok(answer)
    }

    /// Makes sure of a message that no end of a turn has taken to the disk with it, before its sender is told that it is
    /// here: a server that died in the meantime may have forgotten it.
    async fn keep(&self, organization: OrganizationId, accepted: &Accepted) -> Result<(), Error> {
        store::inbox::flush(&self.store).await?;
        let (conversation, message) = (accepted.conversation_id, accepted.message_id);
        match store::messages::find(&self.store, organization, conversation, message).await? {
            Some(_) => Ok(()),
            None => Err(Error::Unavailable {
                what: "the database",
                source: "the message was lost with a server that died".into(),
            }),
        }
    }

    /// Why a channel hears nothing.
    pub(super) async fn no_channel(
        &self,
        organization: OrganizationId,
        channel: ChannelId,
    ) -> Result<Error, Error> {
        let found = store::channels::find(&self.store, organization, channel).await?;
        Ok(match found {
            Some(_) => Error::conflict(
                format!("Channel `{}`", channel.public()),
                "is disabled: nothing is heard on it until it is enabled",
            ),
            None => Error::not_found("Channel", channel.public()),
        })
    }

    /// Waits for a turn that some host runs, or has run.
    async fn wait(
        &self,
        organization: OrganizationId,
        turn: TurnId,
        mut waiter: Waiter,
        until: Instant,
        look_first: bool,
    ) -> Result<Answer, Error> {
        let mut look_at = if look_first {
            Instant::now()
        } else {
            Instant::now() + LOOK
        };
        loop {
            tokio::select! {
                biased;
                answer = waiter.answer() => return Ok(answer.unwrap_or(Answer::Later)),
                () = tokio::time::sleep_until(look_at.min(until)) => {}
            }
            if let Some(answer) = self.past_answer(organization, turn).await? {
                // Where this caller was taken as its receiver, the answer itself is on the way: left there, it would be
                // delivered a second time.
                if waiter.leave() {
                    return Ok(answer);
                }
                let handed = tokio::time::timeout(GRACE, waiter.answer()).await;
                return Ok(handed.ok().flatten().unwrap_or(answer));
            }
            if Instant::now() >= until {
                if waiter.leave() {
                    return Ok(Answer::Later);
                }
                let answer = tokio::time::timeout(GRACE, waiter.answer()).await;
                return Ok(answer.ok().flatten().unwrap_or(Answer::Later));
            }
            look_at = Instant::now() + LOOK;
        }
    }

    /// The answer of a turn that is over, or that will not run before its agent is started.
    async fn past_answer(
        &self,
        organization: OrganizationId,
        turn: TurnId,
    ) -> Result<Option<Answer>, Error> {
        let Some(status) = store::turns::status(&self.store, organization, turn).await? else {
            return Ok(None);
        };
        if status.status == "queued" {
            return Ok(status.waits_for_start.then_some(Answer::Stopped));
        }
        let replies = store::turns::replies(&self.store, organization, turn).await?;
        if status.status == "skipped" {
            return Ok(Some(Answer::NoAgent));
        }
        if status.status == "failed" {
            let apology = replies
                .into_iter()
                .map(|reply| reply.text)
                .next()
                .unwrap_or_default();
            return Ok(Some(Answer::Failed { apology }));
        }
        Ok(Some(Answer::Replies(
            replies
                .into_iter()
                .map(|reply| {
                    let content = Content::read(reply.content.as_ref());
                    StoredReply {
                        message_id: reply.id.into(),
                        files: content.sent_files(organization),
                        structured: content.structured,
                        text: reply.text,
                    }
                })
                .collect(),
        )))
    }
}
