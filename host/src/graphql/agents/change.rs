//! Changing agents, and their lives.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject, Upload};
use store::agents::Agent;

use super::AgentNode;
use crate::graphql::modules::{ModuleNode, read_digest};
use crate::graphql::resolve::library;
use crate::graphql::scalars::Json;
use crate::graphql::{asked_by, failure, uploaded};
use crate::service::agents::{self, Changes, NewAgentInput, Pushed};
use crate::service::modules;

/// An agent to make: stopped, and without a module until one is given or pushed.
#[derive(InputObject)]
struct CreateAgentInput {
    /// The project, by slug or id; else the caller's default one.
    project: Option<String>,
    /// Its name: 1 to 63 letters, digits, `-` and `_`, a letter or digit first.
    name: String,
    /// What its module gets with every event: a JSON object.
    configuration: Option<Json>,
    /// Limits lower than the host's: a JSON object, such as `{"memory": 33554432, "guest_time_ms": 5000}`.
    limits: Option<Json>,
    /// The module to point at, by id or digest.
    module: Option<ID>,
}

/// What to change of an agent; what is left out stays.
#[derive(InputObject)]
struct UpdateAgentInput {
    /// Another name.
    name: Option<String>,
    /// Another configuration, whole: a JSON object.
    configuration: Option<Json>,
    /// Other limits, whole: a JSON object.
    limits: Option<Json>,
    /// Another module to point at, by id or digest. The one before can be rolled back to.
    module: Option<ID>,
}

/// What came of pushing a module to an agent.
#[derive(SimpleObject)]
#[graphql(crate = "library")]
struct PushAgentModulePayload {
    /// The agent, which runs now.
    agent: AgentNode,
    /// The module that it points at.
    module: ModuleNode,
    /// Whether the push made the agent.
    is_new: bool,
    /// Whether the agent points at another module than before.
    is_changed: bool,
}

#[derive(Default)]
pub(in crate::graphql) struct AgentsMutation;

#[Object]
impl AgentsMutation {
    /// Makes an agent, stopped.
    async fn create_agent(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to make.")] input: CreateAgentInput,
    ) -> Result<AgentNode> {
        let (cx, caller) = asked_by(context)?;
        let module = input
            .module
            .map(|id| read_digest("module", &id))
            .transpose()?;
        let new = NewAgentInput {
            project: input.project,
            name: input.name,
            configuration: input.configuration.map(|json| json.0),
            limits: input.limits.map(|json| json.0),
            module,
        };
        shown(agents::create(cx, caller, new).await)
    }

    /// Changes what an agent is called, configured with and limited to, and which module it points at.
    async fn update_agent(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The agent, by id or name.")] id: ID,
        #[graphql(desc = "What to change.")] input: UpdateAgentInput,
    ) -> Result<AgentNode> {
        let (cx, caller) = asked_by(context)?;
        let module = input
            .module
            .map(|id| read_digest("module", &id))
            .transpose()?;
        let changes = Changes {
            module,
            name: input.name,
            configuration: input.configuration.map(|json| json.0),
            limits: input.limits.map(|json| json.0),
        };
        shown(agents::update(cx, caller, &id, changes).await)
    }

    /// Lets an agent answer, also what has waited for it.
    async fn start_agent(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The agent, by id or name.")] id: ID,
    ) -> Result<AgentNode> {
        let (cx, caller) = asked_by(context)?;
        shown(agents::start(cx, caller, &id).await)
    }

    /// Keeps an agent from answering: what arrives for it waits.
    async fn stop_agent(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The agent, by id or name.")] id: ID,
    ) -> Result<AgentNode> {
        let (cx, caller) = asked_by(context)?;
        shown(agents::stop(cx, caller, &id).await)
    }

    /// Stops an agent and starts it again, which ends a failure.
    async fn restart_agent(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The agent, by id or name.")] id: ID,
    ) -> Result<AgentNode> {
        let (cx, caller) = asked_by(context)?;
        shown(agents::restart(cx, caller, &id).await)
    }

    /// Deletes an agent: it answers nowhere any more, and what it said stays to be read. It is returned as it was.
    async fn delete_agent(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The agent, by id or name.")] id: ID,
    ) -> Result<AgentNode> {
        let (cx, caller) = asked_by(context)?;
        shown(agents::delete(cx, caller, &id).await)
    }

    /// Points an agent at a module that it pointed at before, or ends the trial of another module.
    async fn roll_back_agent(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The agent, by id or name.")] id: ID,
        #[graphql(
            desc = "The module, by id or digest; else the present one where another is tried, and the one before where none is."
        )]
        module: Option<ID>,
    ) -> Result<AgentNode> {
        let (cx, caller) = asked_by(context)?;
        let module = module.map(|id| read_digest("module", &id)).transpose()?;
        shown(agents::roll_back(cx, caller, &id, module).await)
    }

    /// Uploads a module, points the agent of this name at it and starts the agent, which is made if there is none.
    async fn push_agent_module(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The agent's name in the caller's default project.")] name: String,
        #[graphql(desc = "The component, as the multipart request specification sends it.")]
        file: Upload,
    ) -> Result<PushAgentModulePayload> {
        let (cx, caller) = asked_by(context)?;
        agents::may_push(cx, caller, &name)
            .await
            .map_err(failure::told)?;
        let module = uploaded(context, file).await?;
        let digest = module.digest;
        let pushed = agents::push(cx, caller, &name, module).await;
        let Pushed {
            agent,
            is_new,
            is_changed,
            ..
        } = pushed.map_err(failure::told)?;
        let module = modules::find(cx, caller, digest)
            .await
            .map_err(failure::told)?;
        Ok(PushAgentModulePayload {
            agent: AgentNode(Arc::new(agent)),
            module: ModuleNode(Arc::new(module)),
            is_new,
            is_changed,
        })
    }
}

fn shown(agent: crate::error::Result<Agent>) -> Result<AgentNode> {
    agent.map(Arc::new).map(AgentNode).map_err(failure::told)
}
