//! Trials: another module answers in a share of an agent's conversations, and then in all of them, or in none any more.

use serde_json::json;
use store::StoreError;
use store::agents::{self as rows, Agent};
use store::modules::ModuleDigest;

use super::change::{change_of, check_handler, named, point_at, runnable};
use super::find_for;
use crate::auth::{Caller, Operation};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::service::audit;
use crate::service::modules::{self, Candidate};

/// Has a module answer in so many of a hundred of an agent's conversations, or in more of them than before. No conversation that a
/// trial has taken in is let go before its end.
pub async fn try_module(
    cx: &Context,
    caller: &Caller,
    name: &str,
    candidate: Candidate,
    share: i32,
) -> Result<Agent> {
    let agent = find_for(cx, caller, name, Operation::ManageAgents).await?;
    let owner = agent.organization_id;
    let share = i16::try_from(share)
        .ok()
        .filter(|share| (1..=99).contains(share));
    let share = share.ok_or_else(|| {
        let why = "is 1 to 99, of a hundred conversations; `adoptAgentModule` has the module answer in all of them";
        Error::invalid("input.share", why)
    })?;
    let module = candidate.digest();
    let what = || format!("Agent `{}`", agent.name);
    if agent.module_digest.is_none() {
        let why = "has no module yet, beside which another one could be tried; push one";
        return Err(Error::conflict(what(), why));
    }
    if agent.module_digest == Some(module) {
        let why = format!("points at module {module} already, in all of its conversations");
        return Err(Error::conflict(what(), why));
    }
    if let (Some(tried), Some(now)) = (agent.trial_digest, agent.trial_share) {
        if tried != module {
            let why = format!(
                "tries module {tried} already: `adoptAgentModule` has that one answer in all conversations, `rollBackAgent` in none"
            );
            return Err(Error::conflict(what(), why));
        }
        if share < now {
            let why = format!(
                "tries it in {now} of a hundred conversations already, each of which stays with it: `rollBackAgent` ends that"
            );
            return Err(Error::conflict(what(), why));
        }
    }
    let change = change_of("tryAgentModule", &agent);
    let change = change.with(json!({ "module": module.to_string(), "share": share }));
    audit::change(cx, caller, change, async {
        match candidate {
            Candidate::Upload(upload) => {
                let inspection = modules::accept(cx, owner, upload).await?;
                check_handler(inspection.exports.handler)?;
            }
            Candidate::Kept(module) => runnable(cx, caller, module).await?,
        }
        let tried = rows::begin_trial(&cx.store, owner, agent.id, module, share).await;
        tried.map_err(|error| match error {
            StoreError::NotFound => {
                Error::conflict(what(), "was changed at the same time; look at it again")
            }
            error => named(&agent.name, error),
        })
    })
    .await
}

/// Points an agent at the module that is tried, so that it answers in all of its conversations.
pub async fn adopt(cx: &Context, caller: &Caller, name: &str) -> Result<Agent> {
    let agent = find_for(cx, caller, name, Operation::ManageAgents).await?;
    let nothing = || {
        let what = format!("Agent `{}`", agent.name);
        Error::conflict(what, "tries no module: `tryAgentModule` begins with one")
    };
    let module = agent.trial_digest.ok_or_else(nothing)?;
    let change = change_of("adoptAgentModule", &agent);
    let from = agent.module_digest.map(|module| module.to_string());
    let change = change.with(json!({ "from": from, "to": module.to_string() }));
    audit::change(cx, caller, change, point_at(cx, &agent, module)).await
}

/// Ends the trial of a module: the agent's own answers in all conversations again.
pub(super) async fn give_up(cx: &Context, caller: &Caller, agent: &Agent) -> Result<Agent> {
    let change = change_of("rollBackAgent", agent);
    let told = |module: Option<ModuleDigest>| module.map(|module| module.to_string());
    let change = change.with(json!({
        "from": told(agent.trial_digest), "to": told(agent.module_digest), "share": agent.trial_share
    }));
    audit::change(cx, caller, change, async {
        let ended = rows::end_trial(&cx.store, agent.organization_id, agent.id).await;
        ended.map_err(|error| named(&agent.name, error))
    })
    .await
}
