//! Grants: a grant is a capability that an owner allowed an agent, on terms. What was not granted answers the agent with
//! a typed error.

use std::collections::HashMap;

use serde_json::{Value, json};
use store::StoreError;
use store::agents::{self as rows, Agent, Grant};
use store::ids::AgentId;

use super::agents;
use super::audit::{self, Change};
use super::outside;
use super::placed::{self, Within};
use super::providers;
use super::toolsets;
use crate::auth::{Caller, Operation, Reach};
use crate::context::Context;
use crate::error::{Error, Result};

/// What only the host's own modules hold.
const HELD: [&str; 1] = ["projects"];
/// What has terms of its own.
const MODEL: &str = "model";
const HTTP: &str = "http";
const TOOLS: &str = "tools";
/// Bytes that terms may have as JSON.
const TERMS: usize = 16 << 10;

/// The grants of each agent, by the capability's name.
pub async fn of_agents(
    cx: &Context,
    reach: &Reach,
    agents: &[Within<AgentId>],
) -> Result<HashMap<Within<AgentId>, Vec<Grant>>> {
    let agents = placed::allowed(reach, agents, Operation::ReadProject);
    let ids = placed::ids(&agents);
    let mut grants: HashMap<AgentId, Vec<Grant>> = HashMap::new();
    for grant in rows::grants_of(&cx.store, reach.organization_id(), &ids).await? {
        grants.entry(grant.agent_id).or_default().push(grant);
    }
    let of = |agent: Within<AgentId>| (agent, grants.remove(&agent.id()).unwrap_or_default());
    Ok(agents.into_iter().map(of).collect())
}

/// Allows an agent a capability, or changes the terms on which it has it.
pub async fn allow(
    cx: &Context,
    caller: &Caller,
    agent: &str,
    capability: &str,
    terms: Option<Value>,
) -> Result<Agent> {
    let agent = agents::find_for(cx, caller, agent, Operation::ManageGrants).await?;
    check_capability(capability)?;
    let terms = terms.unwrap_or_else(|| json!({}));
    if !terms.is_object() || terms.to_string().len() > TERMS {
        let why = format!("must be a JSON object of at most {TERMS} bytes");
        return Err(Error::invalid("terms", why));
    }
    let terms = match capability {
        MODEL => providers::checked_terms(cx, &agent, terms).await?,
        HTTP => outside::checked_terms(&terms)?,
        TOOLS => toolsets::terms::checked_terms(&terms)?,
        _ => terms,
    };
    let owner = agent.organization_id;
    let change = Change::of("allowCapability", agent.project_id, "agent", agent.id);
    let change = change.with(json!({ "capability": capability, "terms": terms }));
    audit::change(cx, caller, change, async {
        match rows::grant(&cx.store, owner, agent.id, capability, terms).await {
            Ok(()) => agents::find(cx, caller, &agent.id.to_string()).await,
            Err(StoreError::NotFound) => Err(Error::not_found("Agent", agent.name)),
            Err(error) => Err(error.into()),
        }
    })
    .await
}

/// Takes a capability back from an agent: its next turn is without it.
pub async fn withdraw(
    cx: &Context,
    caller: &Caller,
    agent: &str,
    capability: &str,
) -> Result<Agent> {
    let agent = agents::find_for(cx, caller, agent, Operation::ManageGrants).await?;
    let owner = agent.organization_id;
    let change = Change::of("withdrawCapability", agent.project_id, "agent", agent.id);
    let change = change.with(json!({ "capability": capability }));
    audit::change(cx, caller, change, async {
        match rows::revoke(&cx.store, owner, agent.id, capability).await {
            Ok(()) => agents::find(cx, caller, &agent.id.to_string()).await,
            Err(StoreError::NotFound) => {
                let why = format!("was not granted `{capability}`");
                Err(Error::conflict(format!("Agent `{}`", agent.name), why))
            }
            Err(error) => Err(error.into()),
        }
    })
    .await
}

fn check_capability(name: &str) -> Result<()> {
    let mut all = sandbox::CAPABILITIES.to_vec();
    all.retain(|capability| !HELD.contains(capability));
    if all.contains(&name) {
        return Ok(());
    }
    let why = format!("`{name}` is none that can be granted: {}", all.join(", "));
    Err(Error::invalid("capability", why))
}
