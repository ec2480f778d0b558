//! Trials of modules, and what the turns did that each module ran.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result, Upload};
use store::agents::{Agent, RanOn};

use super::AgentNode;
use crate::error::Error;
use crate::graphql::loaders::{self, RanOnOfAgent};
use crate::graphql::modules::{ModuleNode, candidate};
use crate::graphql::resolve::library;
use crate::graphql::scalars::Time;
use crate::graphql::{asked_by, failure};
use crate::service::agents::{self, DAYS};
use crate::service::placed::Rooted;

/// A module that is tried.
pub(in crate::graphql) struct TrialNode(pub(super) Arc<Agent>);

/// A module that answers in a share of an agent's conversations, each of which stays on its side.
#[Object(name = "AgentTrial", crate = "library")]
impl TrialNode {
    /// The module.
    async fn module(&self, context: &Context<'_>) -> Result<Option<ModuleNode>> {
        let module = loaders::maybe(context, self.0.trial_digest).await?;
        Ok(module.map(ModuleNode))
    }

    /// In so many of a hundred conversations.
    async fn share(&self) -> i32 {
        self.0.trial_share.unwrap_or_default().into()
    }

    /// Since when it is tried.
    async fn since(&self) -> Time {
        Time(self.0.trial_since.unwrap_or(self.0.updated_at))
    }
}

/// What the turns did that one module ran.
pub(in crate::graphql) struct VersionNode {
    digest: store::modules::ModuleDigest,
    share: i32,
    ran: Option<RanOn>,
}

/// A module of an agent, with what the turns did that it ran.
#[Object(name = "AgentVersion", crate = "library")]
impl VersionNode {
    /// The module.
    async fn module(&self, context: &Context<'_>) -> Result<Option<ModuleNode>> {
        let module = loaders::one(context, self.digest).await?;
        Ok(module.map(ModuleNode))
    }

    /// In so many of a hundred conversations it answers now.
    async fn share(&self) -> i32 {
        self.share
    }

    /// Turns that it ran to their end.
    async fn turns(&self) -> i64 {
        self.ran.as_ref().map_or(0, |ran| ran.turns)
    }

    /// Those among them that failed.
    async fn failed(&self) -> i64 {
        self.ran.as_ref().map_or(0, |ran| ran.failed)
    }

    /// When the last of them was queued.
    async fn last_turn_at(&self) -> Option<Time> {
        self.ran.as_ref().map(|ran| Time(ran.last_at))
    }
}

impl VersionNode {
    /// What an agent points at first, then what it tries, then what else ran its turns.
    pub(super) async fn of_agent(
        context: &Context<'_>,
        agent: &Agent,
        days: i32,
    ) -> Result<Vec<VersionNode>> {
        if !(1..=DAYS).contains(&days) {
            let why = format!("is 1 to {DAYS}; this is {days}");
            return Err(failure::told(Error::invalid("days", why)));
        }
        let parent = agent.place();
        let ran = loaders::one(context, RanOnOfAgent { parent, days }).await?;
        let mut ran = ran.map(|ran| Vec::clone(&ran)).unwrap_or_default();
        let tried = i32::from(agent.trial_share.unwrap_or_default());
        let now = [
            (agent.module_digest, 100 - tried),
            (agent.trial_digest, tried),
        ];
        let now = now
            .into_iter()
            .filter_map(|(digest, share)| Some((digest?, share)));
        let mut versions = Vec::new();
        for (digest, share) in now {
            let place = ran.iter().position(|ran| ran.module_digest == digest);
            let ran = place.map(|place| ran.remove(place));
            versions.push(VersionNode { digest, share, ran });
        }
        versions.extend(ran.into_iter().map(|ran| VersionNode {
            digest: ran.module_digest,
            share: 0,
            ran: Some(ran),
        }));
        Ok(versions)
    }
}

/// A module to try.
#[derive(InputObject)]
struct TryAgentModuleInput {
    /// The agent, by id or name.
    agent: ID,
    /// The module, by id or digest.
    module: Option<ID>,
    /// Or the component, as the multipart request specification sends it.
    file: Option<Upload>,
    /// In so many of a hundred conversations: 1 to 99. Where it grows, those that were on the trial's side stay there.
    share: i32,
}

#[derive(Default)]
pub(in crate::graphql) struct TrialsMutation;

#[Object]
impl TrialsMutation {
    /// Has a module answer in a share of an agent's conversations; called again, in a greater one. `rollBackAgent` ends the trial.
    async fn try_agent_module(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which, and in how many.")] input: TryAgentModuleInput,
    ) -> Result<AgentNode> {
        let (cx, caller) = asked_by(context)?;
        let candidate = candidate(context, input.module, input.file).await?;
        let candidate = candidate.ok_or_else(|| {
            let why = "or `input.file` has to name the module to try";
            failure::told(Error::invalid("input.module", why))
        })?;
        let tried = agents::try_module(cx, caller, &input.agent, candidate, input.share).await;
        tried.map(Arc::new).map(AgentNode).map_err(failure::told)
    }

    /// Points an agent at the module that it tries: it answers in all conversations from now on.
    async fn adopt_agent_module(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The agent, by id or name.")] id: ID,
    ) -> Result<AgentNode> {
        let (cx, caller) = asked_by(context)?;
        let adopted = agents::adopt(cx, caller, &id).await;
        adopted.map(Arc::new).map(AgentNode).map_err(failure::told)
    }
}
