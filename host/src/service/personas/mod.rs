//! Personas: a persona is an agent as the persona API speaks of it. Its id is the agent's; its channels are those whose
//! primary agent it is.

mod line;

use channels::{Kind, Secret};
use serde_json::{Map, Value, json};
use store::agents::{Agent, AgentStatus};
use store::channels::{self as rows, Access, Channel, ChannelChanges};
use store::ids::{AgentId, ChannelId};
use store::page::{Stretch, Time};

pub use self::line::{Entry, conversation, hear, watch};
use super::agents::{self, NewAgentInput};
use super::audit::{self, Change};
use super::channels::{self as channel_service, NewChannel, Place, public_id};
use super::{modules, pairing, projects};
use crate::auth::{Caller, Operation};
use crate::builtin::BUILTIN;
use crate::context::Context;
use crate::error::{Error, Result};

/// Channels of one persona that are shown.
const CHANNELS: u32 = 200;
/// What a persona runs that was made without a module.
const MODULE: &str = "echo";

/// An agent with its channels.
#[derive(Clone, Debug)]
pub struct Persona {
    /// The agent.
    pub agent: Agent,
    /// Its channels, oldest first, and since when each listens to an account that was paired with it.
    pub channels: Vec<(Channel, Option<Time>)>,
}

/// A persona to make.
#[derive(Clone, Debug)]
pub struct NewPersona {
    /// Its name.
    pub name: String,
    /// The module that it runs; with none, the built-in one.
    pub module: Option<store::modules::ModuleDigest>,
    /// What it thinks with, for its module to read.
    pub thinking: Value,
    /// Platforms and their credentials.
    pub channels: Vec<(Kind, Secret<Value>)>,
}

/// A channel that was not accepted, of which kind and why.
#[derive(Debug)]
pub enum Refused {
    /// The provider, or the shape of the credential.
    Channel(Kind, Error),
    /// Anything else.
    Other(Error),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Refused::Other(error)
    }
}

/// The personas of the caller's default project, oldest first.
pub async fn list(cx: &Context, caller: &Caller) -> Result<Vec<Persona>> {
    let agents = agents::list_default(cx, caller).await?;
    with_channels(cx, caller, agents).await
}

/// The persona with an id.
pub async fn find(cx: &Context, caller: &Caller, id: &str) -> Result<Persona> {
    let agent = agent(cx, caller, id, Operation::ReadProject).await?;
    let found = with_channels(cx, caller, vec![agent]).await?;
    let persona = found.into_iter().next();
    persona.ok_or_else(|| Error::not_found("Persona", id))
}

/// The same, which has to run.
pub async fn running(cx: &Context, caller: &Caller, id: &str) -> Result<Persona> {
    let inactive = || Error::conflict("Persona", "is not active.");
    match find(cx, caller, id).await {
        Ok(persona) if persona.is_running() => Ok(persona),
        Ok(_) | Err(Error::NotFound { .. }) => Err(inactive()),
        Err(error) => Err(error),
    }
}

/// Makes a persona and starts it. Its channels are asked for before anything is stored.
pub async fn create(cx: &Context, caller: &Caller, new: NewPersona) -> Result<Persona, Refused> {
    projects::default_for(cx, caller, Operation::ManageAgents).await?;
    agents::check_name(&new.name)?;
    for (kind, credential) in &new.channels {
        projects::default_for(cx, caller, Operation::ManageChannels).await?;
        channel_service::validate(cx, *kind, credential)
            .await
            .map_err(|error| Refused::Channel(*kind, error))?;
    }
    let module = match new.module {
        Some(module) => module,
        None => built_in(cx, caller).await?,
    };
    let input = NewAgentInput {
        project: None,
        name: new.name,
        configuration: Some(json!({ "thinking": new.thinking })),
        limits: None,
        module: Some(module),
    };
    let agent = agents::create(cx, caller, input).await?;
    for (kind, credential) in new.channels {
        let id = agent.id.to_string();
        if let Err(refused) = add_channel(cx, caller, &id, kind, credential).await {
            // Half a persona is none: its name is to be free for the next try.
            agents::delete(cx, caller, &id).await?;
            return Err(refused);
        }
    }
    let id = agent.id.to_string();
    agents::start(cx, caller, &id).await?;
    Ok(find(cx, caller, &id).await?)
}

/// Adds a channel to a persona: its provider is asked whose the credential is before anything is stored. It listens to no
/// one until it is paired.
pub async fn add_channel(
    cx: &Context,
    caller: &Caller,
    persona: &str,
    kind: Kind,
    credential: Secret<Value>,
) -> Result<Channel, Refused> {
    let agent = agent(cx, caller, persona, Operation::ManageChannels).await?;
    let place = Place {
        organization_id: agent.organization_id,
        project_id: agent.project_id,
        created_by: caller.maker()?,
        access: Access::Paired,
    };
    let new = NewChannel {
        kind,
        name: kind.to_string(),
        configuration: json!({}),
        credential: Some(credential),
        agent: None,
    };
    let id = ChannelId::new();
    let change = Change::of("createChannel", agent.project_id, "channel", public_id(id));
    let change = change.with(json!({ "kind": kind.as_str(), "agent": agent.id }));
    let install = channel_service::install(cx, place, id, new, Some(agent));
    let installed = audit::change(cx, caller, change, install).await;
    let (channel, _) = installed.map_err(|error| Refused::Channel(kind, error))?;
    // Until an account has claimed it, it is called by the bot.
    let Some(name) = channel
        .configuration
        .get("bot_username")
        .and_then(Value::as_str)
    else {
        return Ok(channel);
    };
    let changes = ChannelChanges {
        name: Some(name.to_owned()),
        ..ChannelChanges::default()
    };
    Ok(channel_service::update(cx, &channel, changes).await?)
}

/// Removes the channels of a persona that have this name. How many there were.
pub async fn remove_channel(
    cx: &Context,
    caller: &Caller,
    persona: &str,
    name: &str,
) -> Result<usize> {
    let agent = agent(cx, caller, persona, Operation::ManageChannels).await?;
    let found = with_channels(cx, caller, vec![agent]).await?;
    let channels = found.into_iter().flat_map(|persona| persona.channels);
    let mut removed = 0;
    for (channel, _) in channels.filter(|(channel, _)| channel.name == name) {
        channel_service::delete(cx, caller, &public_id(channel.id)).await?;
        removed += 1;
    }
    Ok(removed)
}

/// Claims a code that a persona, which has to run, has shown on one of its channels. The persona and the channel.
pub async fn pair(
    cx: &Context,
    caller: &Caller,
    persona: &str,
    code: &str,
) -> Result<(Persona, Channel, Time)> {
    let found = running(cx, caller, persona).await?;
    let (channel, at) = pairing::claim(cx, caller, &found.agent, code).await?;
    Ok((find(cx, caller, persona).await?, channel, at))
}

/// Starts a persona. Whether it was not running already.
pub async fn start(cx: &Context, caller: &Caller, persona: &str) -> Result<bool> {
    let agent = agent(cx, caller, persona, Operation::ManageAgents).await?;
    if is_running(&agent) {
        return Ok(false);
    }
    agents::start(cx, caller, &agent.id.to_string()).await?;
    Ok(true)
}

/// Stops a persona, which has to run: its channels are not listened to any more, and what it was told waits.
pub async fn stop(cx: &Context, caller: &Caller, persona: &str) -> Result<()> {
    let agent = agent(cx, caller, persona, Operation::ManageAgents).await?;
    if !is_running(&agent) {
        return Err(Error::not_found("Persona", persona));
    }
    agents::stop(cx, caller, &agent.id.to_string()).await?;
    Ok(())
}

/// Stops a persona and starts it again, or starts it.
pub async fn restart(cx: &Context, caller: &Caller, persona: &str) -> Result<()> {
    let agent = agent(cx, caller, persona, Operation::ManageAgents).await?;
    agents::restart(cx, caller, &agent.id.to_string()).await?;
    Ok(())
}

/// Changes what a persona thinks with.
pub async fn think_with(
    cx: &Context,
    caller: &Caller,
    persona: &str,
    thinking: Value,
) -> Result<()> {
    let agent = agent(cx, caller, persona, Operation::ManageAgents).await?;
    let mut configuration = match agent.configuration {
        Value::Object(configuration) => configuration,
        _ => Map::new(),
    };
    configuration.insert("thinking".to_owned(), thinking);
    let changes = agents::Changes {
        configuration: Some(Value::Object(configuration)),
        ..agents::Changes::default()
    };
    agents::update(cx, caller, &agent.id.to_string(), changes).await?;
    Ok(())
}

/// Deletes a persona and its channels. It is returned as it was.
pub async fn delete(cx: &Context, caller: &Caller, persona: &str) -> Result<Persona> {
    let agent = agent(cx, caller, persona, Operation::ManageAgents).await?;
    caller
        .require(cx, agent.project_id, Operation::ManageChannels)
        .await?;
    let id = agent.id.to_string();
    let found = find(cx, caller, &id).await?;
    for (channel, _) in &found.channels {
        channel_service::delete(cx, caller, &public_id(channel.id)).await?;
    }
    agents::delete(cx, caller, &id).await?;
    Ok(found)
}

impl Persona {
    /// Whether it answers.
    pub fn is_running(&self) -> bool {
        is_running(&self.agent)
    }
}

fn is_running(agent: &Agent) -> bool {
    matches!(agent.status, AgentStatus::Running | AgentStatus::Starting)
}

/// A persona is named by its id alone.
async fn agent(
    cx: &Context,
    caller: &Caller,
    persona: &str,
    operation: Operation,
) -> Result<Agent> {
    let missing = || Error::not_found("Persona", persona);
    let id: AgentId = persona.parse().map_err(|_| missing())?;
    match agents::find_for(cx, caller, &id.to_string(), operation).await {
        Err(Error::NotFound { .. }) => Err(missing()),
        found => found,
    }
}

/// Agents that the caller may see, each with its channels but its own line.
async fn with_channels(cx: &Context, caller: &Caller, agents: Vec<Agent>) -> Result<Vec<Persona>> {
    let owner = caller.organization_id;
    let ids: Vec<AgentId> = agents.iter().map(|agent| agent.id).collect();
    let stretch = Stretch::first(CHANNELS);
    let mut lists = rows::of_agents(&cx.store, owner, &ids, &stretch).await?;
    let paired = |channel: &&Channel| channel.access == Access::Paired;
    let paired: Vec<ChannelId> = lists
        .values()
        .flat_map(|list| list.rows.iter().filter(paired).map(|channel| channel.id))
        .collect();
    let verified = pairing::verified(cx, owner, &paired).await?;
    let persona = |agent: Agent| {
        let list = lists.remove(&agent.id).unwrap_or_default();
        let shown = list.rows.into_iter();
        let shown = shown.filter(|channel| !line::is_line(&agent, channel));
        let with_time = |channel: Channel| {
            let at = verified.get(&channel.id).copied();
            (channel, at)
        };
        Persona {
            channels: shown.map(with_time).collect(),
            agent,
        }
    };
    Ok(agents.into_iter().map(persona).collect())
}

/// The built-in module, in the caller's organization.
async fn built_in(cx: &Context, caller: &Caller) -> Result<store::modules::ModuleDigest> {
    let found = BUILTIN.iter().find(|(name, _)| *name == MODULE);
    let (_, module) = found.ok_or_else(|| Error::internal("there is no built-in module"))?;
    let upload = modules::Upload::of(module.to_vec());
    let inspection = modules::accept(cx, caller.organization_id, upload).await?;
    Ok(modules::digest(&inspection.digest))
}
