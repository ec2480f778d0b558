//! Changing agents: making one, what its module is configured with and limited to, which module it points at, and its end.

use serde_json::{Value, json};
use store::agents::{self as rows, Agent, AgentChanges, NewAgent};
use store::ids::AgentId;
use store::modules::ModuleDigest;
use store::{StoreError, turns};

use super::lists::missing;
use super::{GRANTED, NAME_KEY, check_name, find_for, trial};
use crate::auth::{Caller, Operation};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::service::audit::{self, Change};
use crate::service::{modules, projects, workspaces};

/// Bytes that a configuration may have as JSON.
const CONFIGURATION: usize = 64 << 10;

/// An agent to make: stopped, and without a module until one is given or pushed.
#[derive(Clone, Debug)]
pub struct NewAgentInput {
    /// The project, by slug or id; else the caller's default one.
    pub project: Option<String>,
    /// Its name.
    pub name: String,
    /// What its module gets with every event: an object.
    pub configuration: Option<Value>,
    /// Limits lower than the host's: an object.
    pub limits: Option<Value>,
    /// A module of the organization to point at.
    pub module: Option<ModuleDigest>,
}

/// What to change of an agent; what is none stays.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// Another name.
    pub name: Option<String>,
    /// Another configuration, whole.
    pub configuration: Option<Value>,
    /// Other limits, whole.
    pub limits: Option<Value>,
    /// Another module of the organization to point at.
    pub module: Option<ModuleDigest>,
}

/// Makes an agent, with the grants that reach nothing outside.
pub async fn create(cx: &Context, caller: &Caller, new: NewAgentInput) -> Result<Agent> {
    let operation = Operation::ManageAgents;
    let project = match &new.project {
        Some(name) => projects::find_for(cx, caller, name, operation).await?.id,
        None => projects::default_for(cx, caller, operation).await?,
    };
    check_name(&new.name)?;
    let owner = caller.organization_id;
    if let Some(module) = new.module {
        runnable(cx, caller, module).await?;
    }
    let row = NewAgent {
        organization_id: owner,
        id: AgentId::new(),
        project_id: project,
        name: new.name.clone(),
        configuration: object("configuration", new.configuration)?,
        limits: limits(cx, new.limits)?,
        capabilities: GRANTED.map(str::to_owned).into(),
    };
    let change = Change::of("createAgent", project, "agent", row.id);
    let change = change.with(json!({ "name": new.name, "module": told_module(new.module) }));
    audit::change(cx, caller, change, async {
        let made = rows::create(&cx.store, row).await;
        let agent = made.map_err(|error| named(&new.name, error))?;
        match new.module {
            Some(module) => Ok(rows::point_at(&cx.store, owner, agent.id, module).await?),
            None => Ok(agent),
        }
    })
    .await
}

/// Changes what an agent is called, configured with and limited to, and which module it points at.
pub async fn update(cx: &Context, caller: &Caller, name: &str, changes: Changes) -> Result<Agent> {
    let agent = find_for(cx, caller, name, Operation::ManageAgents).await?;
    if let Some(name) = &changes.name {
        check_name(name)?;
    }
    let given = |field, value: Option<Value>| value.map(|value| object(field, Some(value)));
    let row = AgentChanges {
        name: changes.name.clone(),
        configuration: given("configuration", changes.configuration).transpose()?,
        limits: changes
            .limits
            .map(|value| limits(cx, Some(value)))
            .transpose()?,
    };
    let module = changes
        .module
        .filter(|module| agent.module_digest != Some(*module));
    if let Some(module) = module {
        runnable(cx, caller, module).await?;
    }
    let called = changes.name.unwrap_or_else(|| agent.name.clone());
    let change = change_of("updateAgent", &agent).with(json!({
        "name": row.name, "configuration": row.configuration.is_some(), "limits": row.limits,
        "module": told_module(module)
    }));
    audit::change(cx, caller, change, async {
        let owner = agent.organization_id;
        let updated = rows::update(&cx.store, owner, agent.id, row).await;
        let updated = updated.map_err(|error| named(&called, error))?;
        match module {
            Some(module) => point_at(cx, &updated, module).await,
            None => Ok(updated),
        }
    })
    .await
}

/// Deletes an agent: it answers nowhere any more, its name is free, and what it said stays to be read. It is returned as
/// it was.
pub async fn delete(cx: &Context, caller: &Caller, name: &str) -> Result<Agent> {
    let agent = find_for(cx, caller, name, Operation::ManageAgents).await?;
    audit::change(cx, caller, change_of("deleteAgent", &agent), async {
        rows::delete(&cx.store, agent.organization_id, agent.id)
            .await
            .map_err(|error| named(name, error))
    })
    .await?;
    Ok(agent)
}

/// Points an agent at a module that it pointed at before: at the one named, or at the one before the present one. Where another
/// module is tried and none is named, or the present one, the trial is over and the present one stays.
pub async fn roll_back(
    cx: &Context,
    caller: &Caller,
    name: &str,
    wanted: Option<ModuleDigest>,
) -> Result<Agent> {
    let agent = find_for(cx, caller, name, Operation::ManageAgents).await?;
    let owner = agent.organization_id;
    if agent.trial_digest.is_some() && (wanted.is_none() || wanted == agent.module_digest) {
        return trial::give_up(cx, caller, &agent).await;
    }
    let nothing = || {
        let why = match wanted {
            Some(module) => format!("never pointed at module {module}, or points at it now"),
            None => "pointed at no other module before".to_owned(),
        };
        Error::conflict(format!("Agent `{}`", agent.name), why)
    };
    let current = agent.module_digest.ok_or_else(nothing)?;
    let before = rows::pointed_before(&cx.store, owner, agent.id, current, wanted).await?;
    let module = before.ok_or_else(nothing)?;
    let change = change_of("rollBackAgent", &agent);
    let change = change.with(json!({ "from": current.to_string(), "to": module.to_string() }));
    audit::change(cx, caller, change, point_at(cx, &agent, module)).await
}

/// Points an agent at another module, which takes up what has waited for it.
pub(super) async fn point_at(cx: &Context, agent: &Agent, module: ModuleDigest) -> Result<Agent> {
    let owner = agent.organization_id;
    let agent = rows::point_at(&cx.store, owner, agent.id, module)
        .await
        .map_err(|error| named(&agent.name, error))?;
    turns::wake_agent(&cx.store, owner, agent.id).await?;
    Ok(agent)
}

/// Makes sure that a module of the organization can be an agent's.
pub(super) async fn runnable(cx: &Context, caller: &Caller, module: ModuleDigest) -> Result<()> {
    let found = modules::find(cx, caller, module).await?;
    check_handler(found.inspection.pointer("/exports/handler") == Some(&json!(true)))
}

/// Makes sure that a module that exports a handler, or not, can be an agent's.
pub(super) fn check_handler(is_handler: bool) -> Result<()> {
    if is_handler {
        return Ok(());
    }
    let why =
        "exports no `cloister:agent/handler`: it is a set of tools, and no one can talk to it";
    Err(Error::invalid("module", why))
}

pub(super) fn change_of(action: &'static str, agent: &Agent) -> Change {
    Change::of(action, agent.project_id, "agent", agent.id)
}

fn told_module(module: Option<ModuleDigest>) -> Option<String> {
    module.map(|module| module.to_string())
}

fn object(field: &str, value: Option<Value>) -> Result<Value> {
    let value = value.unwrap_or_else(|| json!({}));
    if !value.is_object() {
        return Err(Error::invalid(field, "must be a JSON object"));
    }
    if value.to_string().len() > CONFIGURATION {
        let why = format!("is larger than {CONFIGURATION} bytes");
        return Err(Error::invalid(field, why));
    }
    Ok(value)
}

fn limits(cx: &Context, value: Option<Value>) -> Result<Value> {
    let value = object("limits", value)?;
    let fits = workspaces::limits(&cx.config.limits, &value);
    fits.map_err(|error| Error::invalid("limits", error.to_string()))?;
    Ok(value)
}

pub(super) fn named(name: &str, error: StoreError) -> Error {
    match error {
        StoreError::NotFound => missing(name),
        error if error.is_conflict_of(NAME_KEY) => Error::conflict(
            format!("Agent `{name}`"),
            "is there already, in this project: choose another name",
        ),
        error => error.into(),
    }
}
