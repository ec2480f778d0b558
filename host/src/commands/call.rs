//! A call is a command that is being done: who gave it, where, and with what.

use store::agents::Agent;
use store::groups::Place as Group;
use store::ids::ConversationId;

use super::arguments::Arguments;
use super::declined::Declined;
use super::near::near;
use crate::auth::Caller;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::service::speakers::{Loaded, Speaker};
use crate::service::{groups, own_agents};

/// What helps where an agent was not found.
const SEE_LIST: &str = "/list shows what there is";

/// See the module.
pub struct Call<'a> {
    /// All that the host has.
    pub cx: &'a Context,
    /// Who gave it, and where.
    pub speaker: &'a Speaker,
    /// The same, to services.
    pub caller: Caller,
    /// What it was given.
    pub arguments: Arguments,
}

impl Call<'_> {
    /// The name that has to be there.
    pub(super) fn agent_name(&self) -> Result<&str> {
        let given = self.arguments.agent.as_deref();
        given.ok_or_else(|| Error::invalid("name", "is required (also accepted as agentName)"))
    }

    /// The text that has to be there.
    pub(super) fn text(&self) -> Result<&str> {
        let given = self.arguments.text.as_deref();
        given.ok_or_else(|| Error::invalid("prompt", "is required"))
    }

    /// The conversation where it was given.
    pub(super) fn conversation(&self) -> Result<ConversationId> {
        let unknown = || Error::internal("a command was kept and has no conversation");
        self.speaker.row.conversation_id.ok_or_else(unknown)
    }

    /// The group where it was given.
    pub(super) fn group(&self) -> Result<Group, Declined> {
        self.speaker.group().ok_or_else(|| Declined::Misplaced {
            field: "isGroup",
            why: "this is for groups: it takes isGroup true and groupExternalId".to_owned(),
        })
    }

    /// One of the caller's own agents, by name.
    pub(super) async fn own(&self, name: &str) -> Result<Agent, Declined> {
        let own = own_agents::list(self.cx, &self.caller).await?;
        let is_it = |agent: &Agent| agent.name.eq_ignore_ascii_case(name);
        match own.iter().find(|agent| is_it(agent)) {
            Some(agent) => Ok(agent.clone()),
            None => Err(unknown(name, "of yours", &own)),
        }
    }

    /// An agent that the caller can talk to here, by name: an own one first, then one that is shared in the group.
    pub(super) async fn reachable(&self, name: &str) -> Result<Agent, Declined> {
        let mut all = own_agents::list(self.cx, &self.caller).await?;
        let mut place = "of yours";
        if let Some(group) = self.speaker.group() {
            all.extend(groups::shared(self.cx, &group).await?);
            place = "of yours or shared here";
        }
        let is_it = |agent: &&Agent| agent.name.eq_ignore_ascii_case(name);
        let found = all.iter().find(is_it).cloned();
        found.ok_or_else(|| unknown(name, place, &all))
    }

    /// The same the other way round: one that is shared in the group first, then an own one.
    pub(super) async fn shared_or_own(&self, name: &str) -> Result<Agent, Declined> {
        if let Some(group) = self.speaker.group() {
            let shared = groups::shared(self.cx, &group).await?;
            let is_it = |agent: &&Agent| agent.name.eq_ignore_ascii_case(name);
            if let Some(agent) = shared.iter().find(is_it) {
                return Ok(agent.clone());
            }
        }
        self.reachable(name).await
    }

    /// The agent that is named, else the loaded one.
    pub async fn named_or_loaded(&self) -> Result<Agent, Declined> {
        if let Some(name) = &self.arguments.agent {
            return self.reachable(name).await;
        }
        let loaded = self.loaded()?;
        let owner = self.caller.organization_id;
        let agent = store::agents::find(&self.cx.store, owner, loaded.id).await?;
        agent.ok_or(Declined::NotLoaded)
    }

    /// The loaded agent.
    pub fn loaded(&self) -> Result<Loaded, Declined> {
        self.speaker.loaded().ok_or(Declined::NotLoaded)
    }
}

fn unknown(name: &str, place: &'static str, known: &[Agent]) -> Declined {
    Declined::Unknown {
        what: "agent",
        name: name.to_owned(),
        place,
        near: near(name, known.iter().map(|agent| agent.name.as_str())),
        also: SEE_LIST,
    }
}
