//! Replays: turns that are run again, of which nothing comes.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject, Upload};

use super::loaders;
use super::modules::{candidate, public};
use super::resolve::library;
use super::scalars::{Json, Time};
use super::turns::TurnNode;
use super::{asked_by, connection, failure, read_id};
use crate::error::Error;
use crate::service::replays::{self, Ending, Replay, Said, Verdict, Wanted};

/// Turns of one request, where nothing is said and at most.
const USUAL: i32 = 200;
const MOST: i32 = 1_000;

/// How a replay compares with its turn.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
enum ReplayVerdict {
    /// The same came of it.
    Same,
    /// Something else came of it.
    Changed,
    /// On its own module, it asked the host for something else.
    Diverged,
    /// On another module, it asked for what is not known: an answer of a model to another question, above all.
    Unanswered,
    /// It cannot be run again: what its agent heard is not kept.
    Missing,
}

/// A turn that was run again.
pub(super) struct ReplayNode(Replay);

/// A turn that was run again. Nothing came of it.
#[Object(name = "Replay", crate = "library")]
impl ReplayNode {
    /// The id of the turn.
    async fn turn_id(&self) -> ID {
        self.0.turn.public().into()
    }

    /// The turn.
    async fn turn(&self, context: &Context<'_>) -> Result<Option<TurnNode>> {
        let turn = loaders::one(context, self.0.turn).await?;
        Ok(turn.map(TurnNode))
    }

    /// The id of the module that it was run on; none where it was not run.
    async fn module_id(&self) -> Option<ID> {
        let digest = self.0.module?;
        Some(public((*digest.as_bytes()).into()))
    }

    /// How it compares.
    async fn verdict(&self) -> ReplayVerdict {
        match self.0.verdict {
            Verdict::Same => ReplayVerdict::Same,
            Verdict::Changed => ReplayVerdict::Changed,
            Verdict::Diverged => ReplayVerdict::Diverged,
            Verdict::Unanswered => ReplayVerdict::Unanswered,
            Verdict::Missing => ReplayVerdict::Missing,
        }
    }

    /// Where it first went another way, or why that cannot be told.
    async fn why(&self) -> Option<&str> {
        self.0.why.as_deref()
    }

    /// What came of the turn.
    async fn before(&self) -> ReplayEnding {
        ReplayEnding::of(&self.0.before)
    }

    /// What came of it now; none where it was not run.
    async fn after(&self) -> Option<ReplayEnding> {
        self.0.after.as_ref().map(ReplayEnding::of)
    }

    /// What was said before and now, a line each: after `- ` those that went, after `+ ` those that came, after two spaces those
    /// that stayed.
    async fn diff(&self) -> Vec<String> {
        self.0.diff()
    }

    /// What did not come from the turn's journal, a sentence each.
    async fn notes(&self) -> &[String] {
        &self.0.notes
    }

    /// What the agent logged.
    async fn log(&self) -> &[String] {
        &self.0.log
    }
}

/// What comes of a turn.
#[derive(SimpleObject)]
#[graphql(crate = "library")]
struct ReplayEnding {
    /// What it says, in order.
    replies: Vec<ReplayReply>,
    /// A stable name of what went wrong, such as `deadline` or `trap`.
    error_code: Option<String>,
    /// What went wrong.
    error: Option<String>,
}

/// A reply.
#[derive(SimpleObject)]
#[graphql(crate = "library")]
struct ReplayReply {
    /// Its text.
    text: String,
    /// The rest: attachments, choices, format, structured content.
    content: Option<Json>,
}

impl ReplayEnding {
    fn of(ending: &Ending) -> Self {
        let (replies, failure) = match ending {
            Ending::Replied(said) => (said.as_slice(), None),
            Ending::Failed { code, why } => (&[][..], Some((code.clone(), why.clone()))),
        };
        let reply = |said: &Said| ReplayReply {
            text: said.text.clone(),
            content: said.content.clone().map(Json),
        };
        let (error_code, error) = failure.unzip();
        Self {
            replies: replies.iter().map(reply).collect(),
            error_code,
            error: error.flatten(),
        }
    }
}

/// What came of many turns that were run again.
#[derive(SimpleObject)]
#[graphql(crate = "library")]
struct Replays {
    /// How many were looked at.
    turns: usize,
    /// Of how many the same came.
    same: usize,
    /// Those of which it did not, the newest first.
    others: Vec<ReplayNode>,
    /// Where to go on, for `after`; none where there are no more.
    end_cursor: Option<String>,
}

/// A turn to run again.
#[derive(InputObject)]
struct ReplayTurnInput {
    /// Its id.
    id: ID,
    /// Another module to run it on: one that was uploaded before.
    module: Option<ID>,
    /// Or one that is not to be kept, as the multipart request specification sends it.
    file: Option<Upload>,
}

/// Turns of an agent to run again.
#[derive(InputObject)]
struct ReplayTurnsInput {
    /// The agent, by id or name.
    agent: ID,
    /// Those that were queued then or later.
    since: Time,
    /// Another module to run them on: one that was uploaded before.
    module: Option<ID>,
    /// Or one that is not to be kept, as the multipart request specification sends it.
    file: Option<Upload>,
    /// The newest so many: 200 unless said, at most 1,000.
    first: Option<i32>,
    /// Those after this cursor, which are older.
    after: Option<String>,
}

#[derive(Default)]
pub(super) struct ReplaysMutation;

#[Object]
impl ReplaysMutation {
    /// Runs a turn again on what its agent heard then, on its own module or on another. Nothing comes of it but the audit
    /// log's row.
    #[graphql(complexity = "5 + child_complexity")]
    async fn replay_turn(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which, and on what.")] input: ReplayTurnInput,
    ) -> Result<ReplayNode> {
        let (cx, caller) = asked_by(context)?;
        let id = read_id("input.id", &input.id)?;
        let candidate = candidate(context, input.module, input.file).await?;
        let replay = Box::pin(replays::one(cx, caller, id, candidate)).await;
        replay.map(ReplayNode).map_err(failure::told)
    }

    /// Runs turns of an agent again, side by side. Nothing comes of them but the audit log's row.
    #[graphql(complexity = "50 + 10 * child_complexity")]
    async fn replay_turns(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which, and on what.")] input: ReplayTurnsInput,
    ) -> Result<Replays> {
        let (cx, caller) = asked_by(context)?;
        let first = input.first.unwrap_or(USUAL);
        if !(1..=MOST).contains(&first) {
            let why = format!("is 1 to {MOST}; this is {first}");
            return Err(failure::told(Error::invalid("input.first", why)));
        }
        let after = input.after.as_deref();
        let wanted = Wanted {
            since: input.since.0,
            after: after
                .map(|cursor| connection::after("input.after", cursor))
                .transpose()?,
            first: first.unsigned_abs(),
        };
        let candidate = candidate(context, input.module, input.file).await?;
        let done = replays::many(cx, caller, &input.agent, wanted, candidate).await;
        let done = done.map_err(failure::told)?;
        Ok(Replays {
            turns: done.same + done.others.len(),
            same: done.same,
            others: done.others.into_iter().map(ReplayNode).collect(),
            end_cursor: done.next.map(|moment| connection::cursor(&moment)),
        })
    }
}
