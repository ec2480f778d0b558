//! Agents of one's own: making them, choosing which one answers, and their end.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use store::agents::Agent;

use super::call::Call;
use super::declined::Declined;
use super::invoke::exhausted;
use super::outcome::Outcome;
use super::table::{AGENT, Command, PLAIN, Place, Run};
use crate::error::{Error, Result};
use crate::service::own_agents::{self, NewAgent};
use crate::service::{accounts, agents, conversations, groups};

pub(super) const COMMANDS: &[Command] = &[
    Command {
        names: &["create"],
        routes: &["create"],
        arguments: &[AGENT],
        place: Place::Direct,
        is_counted: true,
        changes: true,
        summary: "makes an agent of yours, and loads it",
        run: Run::Host(create),
        ..PLAIN
    },
    Command {
        names: &["list"],
        routes: &["list"],
        summary: "lists your agents, or those that are shared in this group",
        run: Run::Host(list),
        ..PLAIN
    },
    Command {
        names: &["load"],
        routes: &["load"],
        arguments: &[AGENT],
        changes: true,
        summary: "has an agent answer what you write from now on",
        run: Run::Host(load),
        ..PLAIN
    },
    Command {
        names: &["deload", "unload"],
        routes: &["deload"],
        place: Place::Direct,
        changes: true,
        summary: "lets the loaded agent be",
        run: Run::Host(deload),
        ..PLAIN
    },
    Command {
        names: &["delete"],
        routes: &["delete"],
        arguments: &[AGENT],
        changes: true,
        summary: "deletes an agent of yours",
        run: Run::Host(delete),
        ..PLAIN
    },
];

fn create<'a>(call: &'a Call<'a>) -> BoxFuture<'a, Result<Outcome, Declined>> {
    async move {
        let agent = make(call).await?;
        set_loaded(call, Some(&agent)).await?;
        Ok(Outcome::say(format!(
            "Agent '{}' created and starting...",
            agent.name
        )))
    }
    .boxed()
}

/// Makes an agent of the caller's own by the name that was given.
pub(super) async fn make(call: &Call<'_>) -> Result<Agent, Declined> {
    make_named(call, call.agent_name()?).await
}

/// The same by another name.
pub(super) async fn make_named(call: &Call<'_>, name: &str) -> Result<Agent, Declined> {
    let new = NewAgent {
        project_id: call.speaker.row.project_id,
        name: name.to_owned(),
        module: None,
        most: accounts::most_agents(call.cx, call.speaker),
    };
    match own_agents::create(call.cx, &call.caller, new).await? {
        Some(agent) => Ok(agent),
        None => Err(exhausted(call, "agents").await?),
    }
}

/// Has an agent answer in the direct chat, or none.
pub(super) async fn set_loaded(call: &Call<'_>, agent: Option<&Agent>) -> Result<(), Declined> {
    let conversation = call.conversation()?;
    let owner = call.caller.organization_id;
    let agent = agent.map(|agent| agent.id);
    conversations::load(call.cx, owner, conversation, agent).await?;
    Ok(())
}

fn list<'a>(call: &'a Call<'a>) -> BoxFuture<'a, Result<Outcome, Declined>> {
    async move {
        let loaded = call.speaker.loaded().map(|agent| agent.id);
        let line = |agent: &Agent| {
            let mark = if Some(agent.id) == loaded {
                " (loaded)"
            } else {
                ""
            };
            format!("{}: {}{mark}", agent.name, agent.status)
        };
        let (list, title, nothing) = match call.speaker.group() {
            Some(group) => (
                groups::shared(call.cx, &group).await?,
                "Agents that are shared in this group:",
                "No agents are shared in this group. /share NAME shares one of yours.",
            ),
            None => (
                own_agents::list(call.cx, &call.caller).await?,
                "Your agents:",
                "You have no agents. /create NAME makes one.",
            ),
        };
        if list.is_empty() {
            return Ok(Outcome::say(nothing));
        }
        let lines: Vec<String> = list.iter().map(line).collect();
        Ok(Outcome::say(format!("{title}\n{}", lines.join("\n"))))
    }
    .boxed()
}

fn load<'a>(call: &'a Call<'a>) -> BoxFuture<'a, Result<Outcome, Declined>> {
    async move {
        let name = call.agent_name()?;
        let Some(group) = call.speaker.group() else {
            let agent = call.own(name).await?;
            set_loaded(call, Some(&agent)).await?;
            return Ok(Outcome::say(format!(
                "Agent '{}' is loaded ({}).",
                agent.name, agent.status
            )));
        };
        let agent = call.reachable(name).await?;
        let shared = groups::shared(call.cx, &group).await?;
        if shared.iter().any(|shared| shared.id == agent.id) {
            groups::load(call.cx, &group, Some(agent.id)).await?;
            return Ok(Outcome::say(format!(
                "Agent '{}' is loaded in this group ({}).",
                agent.name, agent.status
            )));
        }
        // One's own answers its owner without being shared.
        let target = store::groups::Target::Agent(agent.id);
        groups::aim(call.cx, call.speaker, target).await?;
        Ok(Outcome::say(format!(
            "You talk to '{0}' here now. The others do once you have shared it: /share {0}",
            agent.name
        )))
    }
    .boxed()
}

fn deload<'a>(call: &'a Call<'a>) -> BoxFuture<'a, Result<Outcome, Declined>> {
    async move {
        let loaded = call.speaker.loaded();
        set_loaded(call, None).await?;
        Ok(Outcome::say(match loaded {
            Some(agent) => format!("Agent '{}' is not loaded any more.", agent.name),
            None => "No agent is loaded.".to_owned(),
        }))
    }
    .boxed()
}

fn delete<'a>(call: &'a Call<'a>) -> BoxFuture<'a, Result<Outcome, Declined>> {
    async move {
        let agent = owned(call, call.agent_name()?).await?;
        agents::delete(call.cx, &call.caller, &agent.id.to_string()).await?;
        Ok(Outcome::say(format!("Agent '{}' is deleted.", agent.name)))
    }
    .boxed()
}

/// An agent that the caller may change: one of their own. One that is shared here is another's.
pub(super) async fn owned(call: &Call<'_>, name: &str) -> Result<Agent, Declined> {
    let agent = call.reachable(name).await?;
    mine(call, agent)
}

/// The same of an agent that was found already.
pub(super) fn mine(call: &Call<'_>, agent: Agent) -> Result<Agent, Declined> {
    if agent.owner_id.is_some() && agent.owner_id == call.speaker.row.user_id {
        return Ok(agent);
    }
    Err(Declined::Error(Error::Forbidden {
        what: format!("do this to '{}': it is not yours", agent.name),
    }))
}
