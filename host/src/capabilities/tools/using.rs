//! What a turn uses of tools, and what it has been answered so far.

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicU32, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use sandbox::Limits;
use sandbox::types::toolbox::{Cause, Problem};
use serde::Serialize;
use serde::de::DeserializeOwned;
use store::StoreError;
use store::ids::{ProjectId, ToolCallId, UserId};
use store::journal::Leased;
use store::tool_calls::{self as rows, Asked, CallStatus, ToolCall};
use store::toolsets::{self, Toolset};
use tokio::sync::OnceCell;

use crate::capabilities::model::Lease;
use crate::capabilities::turn::Turn;
use crate::context::Context;
use crate::error::chain;
use crate::service::toolsets::MOST;
use crate::service::toolsets::asked::{self, Sessions, problem};
use crate::service::toolsets::terms::Terms;
use crate::tools::{Listing, Tool};

/// What a turn may use of tools.
#[derive(Clone, Debug)]
pub struct Toolbox {
    /// The agent's project.
    pub project_id: ProjectId,
    /// The terms of its grant.
    pub terms: Terms,
    /// What the agent was granted: the modules of tools have no more.
    pub grants: Vec<String>,
    /// What the agent may use: nor have they more of that.
    pub limits: Limits,
    /// Who speaks, where that is a user.
    pub speaker: Option<UserId>,
}

/// What a turn uses of tools, and what it has been answered so far.
pub(in crate::capabilities) struct Using {
    pub(super) cx: Context,
    pub(super) toolbox: Toolbox,
    pub(super) sessions: Sessions,
    lease: Lease,
    /// Questions that were begun.
    places: AtomicI32,
    /// Calls of tools that were begun.
    calls: AtomicU32,
    /// What was answered when the turn was run before: read once.
    before: OnceCell<Vec<ToolCall>>,
    opened: OnceCell<Vec<Opened>>,
}

/// Where a question stands.
pub(super) enum Place<T> {
    /// It was answered before.
    Kept(Result<T, Problem>),
    /// It has to be asked, with what someone has said to that.
    Open(Asked, Said),
}

/// What someone has said to a call before it was made.
pub(super) enum Said {
    /// That it may be made.
    Yes,
    /// That it may not, and who that was.
    No(&'static str),
    /// Nothing yet.
    Nothing,
}

/// A call before which someone is asked.
#[derive(Debug)]
pub struct Waiting {
    /// What the agent asks for.
    pub asked: Asked,
    /// The agent's project.
    pub project_id: ProjectId,
}

/// A toolset, as this turn has found it.
pub(super) struct Opened {
    pub(super) toolset: Toolset,
    pub(super) listing: Result<Arc<Listing>, Problem>,
}

/// A tool with the toolset that it is of.
pub(super) struct Found<'a> {
    pub(super) toolset: &'a Toolset,
    pub(super) tool: &'a Tool,
}

impl Using {
    pub(in crate::capabilities) fn new(cx: Context, toolbox: Toolbox, lease: Lease) -> Self {
        Self {
            cx,
            toolbox,
            sessions: Sessions::default(),
            lease,
            places: AtomicI32::new(0),
            calls: AtomicU32::new(0),
            before: OnceCell::new(),
            opened: OnceCell::new(),
        }
    }

    pub(super) fn count(&self, outcome: &'static str, took: Duration) {
        self.cx.metrics.tool_ended(outcome, took);
    }

    /// Counts one more call of a tool.
    pub(super) fn one_more(&self) -> Result<(), Problem> {
        let most = self.toolbox.terms.calls;
        match self.calls.fetch_add(1, Ordering::SeqCst) < most {
            true => Ok(()),
            false => {
                let message = format!("A turn may make {most} calls of tools.");
                Err(problem(Cause::Limit, message))
            }
        }
    }

    /// Begins the next question of the turn: with what was answered before, or with what is to be asked.
    pub(super) async fn begin<T: DeserializeOwned>(
        &self,
        turn: &Turn,
        name: Option<&str>,
        arguments: Option<&str>,
    ) -> Result<Place<T>, Problem> {
        let call = self.places.fetch_add(1, Ordering::SeqCst);
        let request = digest(name, arguments);
        let read = || rows::of_turn(&self.cx.store, turn.organization_id, turn.turn_id);
        let before = self.before.get_or_try_init(read).await;
        let mut before = before.map_err(no_database)?.iter();
        let same = before.find(|entry| entry.call == call && entry.request == request);
        let answer = same.filter(|entry| entry.status == CallStatus::Answered);
        if let Some(answer) = answer.and_then(|entry| entry.answer.as_ref()) {
            let kept: Kept<T> = serde_json::from_slice(answer).map_err(unreadable)?;
            return Ok(Place::Kept(kept.into()));
        }
        let said = match same {
            Some(entry) if entry.status == CallStatus::Approved => Said::Yes,
            Some(entry) if entry.status == CallStatus::Declined => Said::No(declined(entry)),
            _ => Said::Nothing,
        };
        let asked = Asked {
            call,
            id: same.map_or_else(ToolCallId::new, |entry| entry.id),
            name: name.map(str::to_owned),
            arguments: arguments.map(str::to_owned),
            request,
        };
        Ok(Place::Open(asked, said))
    }

    /// The toolsets that the agent may use, with what each tells of its tools.
    pub(super) async fn opened(&self, turn: &Turn, within: Duration) -> Result<&[Opened], Problem> {
        let open = async || {
            let most = i64::try_from(MOST).unwrap_or(i64::MAX);
            let (store, owner) = (&self.cx.store, turn.organization_id);
            let all = toolsets::of_project(store, owner, self.toolbox.project_id, most).await?;
            let all = all.into_iter();
            let all = all.filter(|toolset| self.toolbox.terms.covers(&toolset.name));
            let opened = all.map(|toolset| async move {
                let listing = asked::listing(&self.cx, &toolset, &self.sessions, within).await;
                Opened { toolset, listing }
            });
            Ok::<_, StoreError>(join_all(opened).await)
        };
        let opened = self.opened.get_or_try_init(open).await;
        opened.map(Vec::as_slice).map_err(no_database)
    }

    /// The tool that agents call by this name.
    pub(super) async fn find(
        &self,
        turn: &Turn,
        name: &str,
        within: Duration,
    ) -> Result<Found<'_>, Problem> {
        let all = self.opened(turn, within).await?;
        for Opened { toolset, listing } in all {
            match listing {
                Ok(listing) => {
                    if let Some(tool) = listing.tools.iter().find(|tool| tool.name == name) {
                        return Ok(Found { toolset, tool });
                    }
                }
                Err(problem) => {
                    let own = name.strip_prefix(toolset.name.as_str());
                    if own.is_some_and(|rest| rest.starts_with("__")) {
                        return Err(problem.clone());
                    }
                }
            }
        }
        let shown: String = name.chars().take(64).collect();
        let message = format!("There is no tool `{shown}` for this agent.");
        Err(problem(Cause::NotFound, message))
    }

    /// Writes an answer down, before anyone has it.
    pub(super) async fn keep<T: Serialize>(
        &self,
        turn: &Turn,
        asked: &Asked,
        answer: &Result<T, Problem>,
    ) -> Result<(), Problem> {
        let answer = serde_json::to_vec(&Written::from(answer)).map_err(unreadable)?;
        let kept = rows::record(&self.cx.store, &self.leased(turn), asked, &answer).await;
        match kept.map_err(no_database)? {
            true => Ok(()),
            false => Err(problem(Cause::Unavailable, LOST)),
        }
    }

    pub(super) fn leased(&self, turn: &Turn) -> Leased {
        Leased {
            organization_id: turn.organization_id,
            conversation_id: turn.conversation_id,
            host: self.cx.host_id,
            fence: self.lease.fence,
            turn_id: turn.turn_id,
            agent_id: turn.agent_id,
            project_id: self.toolbox.project_id,
            module: self.lease.module,
        }
    }
}

/// What a turn hears that is no longer this host's.
pub(super) const LOST: &str =
    "This turn was taken over by another host, or its conversation by people.";

/// An answer as it is written down.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Written<'a, T> {
    Answer(&'a T),
    Problem(&'a Problem),
}

impl<'a, T> From<&'a Result<T, Problem>> for Written<'a, T> {
    fn from(answer: &'a Result<T, Problem>) -> Self {
        match answer {
            Ok(answer) => Written::Answer(answer),
            Err(problem) => Written::Problem(problem),
        }
    }
}

/// An answer as it is read again.
#[derive(serde::Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kept<T> {
    Answer(T),
    Problem(Problem),
}

impl<T> From<Kept<T>> for Result<T, Problem> {
    fn from(kept: Kept<T>) -> Self {
        match kept {
            Kept::Answer(answer) => Ok(answer),
            Kept::Problem(problem) => Err(problem),
        }
    }
}

fn declined(entry: &ToolCall) -> &'static str {
    match (entry.decided_by, entry.decided_by_contact) {
        (Some(_), _) => "The owner did not allow this call.",
        (None, Some(_)) => "The person who was asked did not allow this call.",
        (None, None) => "Nobody allowed this call in time.",
    }
}

fn digest(name: Option<&str>, arguments: Option<&str>) -> Vec<u8> {
    let mut hasher = blake3::Hasher::new();
    for part in [name, arguments] {
        // Told apart by their lengths; what is not there has none.
        let length = part.map_or(-1, |part| i64::try_from(part.len()).unwrap_or(i64::MAX));
        hasher.update(&length.to_le_bytes());
        hasher.update(part.unwrap_or_default().as_bytes());
    }
    hasher.finalize().as_bytes().to_vec()
}

fn unreadable(error: serde_json::Error) -> Problem {
    tracing::error!(
        error = &error as &dyn std::error::Error,
        "an answer of a tool cannot be kept or read again"
    );
    problem(Cause::Other, "The host cannot keep what was answered.")
}

/// What a guest is told of the store's failures: that it may try again, and no more.
fn no_database(error: StoreError) -> Problem {
    tracing::warn!(
        cause = chain(&error),
        "an answer of a tool could not be kept or read again"
    );
    let what = "The host cannot reach its database; try again later.";
    problem(Cause::Unavailable, what)
}
