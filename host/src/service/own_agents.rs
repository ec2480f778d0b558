//! Agents that people make for themselves where they talk: each is its maker's, and lives in the project of the channel.

use serde_json::json;
use store::agents::{self, Agent, NewOwnAgent};
use store::ids::{AgentId, ProjectId};
use store::modules::ModuleDigest;

use super::agents::{GRANTED, check_name};
use super::audit::{self, Change};
use super::modules::{self, Upload};
use crate::auth::Caller;
use crate::builtin;
use crate::context::Context;
use crate::error::{Error, Result};

/// Agents of one person that are looked at.
const MOST: u32 = 500;
const NAME_KEY: &str = "agents_own_name_key";

/// The caller's own agents, oldest first.
pub async fn list(cx: &Context, caller: &Caller) -> Result<Vec<Agent>> {
    let owner = caller.organization_id;
    Ok(agents::list_own(&cx.store, owner, caller.person()?, MOST).await?)
}

/// An agent to make.
#[derive(Clone, Debug)]
pub struct NewAgent {
    /// Where it lives: in the project of the channel.
    pub project_id: ProjectId,
    /// Its name.
    pub name: String,
    /// The module that it points at; else the built-in one for everybody.
    pub module: Option<ModuleDigest>,
    /// How many its maker may have, where that is limited.
    pub most: Option<i64>,
}

/// Makes an agent of the caller's own, which runs. None: the caller has as many as they may.
pub async fn create(cx: &Context, caller: &Caller, new: NewAgent) -> Result<Option<Agent>> {
    check_name(&new.name)?;
    let owner_id = caller.person()?;
    let module = match new.module {
        Some(module) => module,
        None => default_module(cx, caller).await?,
    };
    let row = NewOwnAgent {
        organization_id: caller.organization_id,
        id: AgentId::new(),
        project_id: new.project_id,
        owner_id,
        name: new.name.clone(),
        module,
        capabilities: GRANTED.map(str::to_owned).into(),
    };
    let change = Change::of("createAgent", new.project_id, "agent", row.id)
        .with(json!({ "name": new.name, "owner": owner_id }));
    audit::change(cx, caller, change, async {
        let made = agents::create_own(&cx.store, row, new.most).await;
        made.map_err(|error| match error {
            error if error.is_conflict_of(NAME_KEY) => Error::conflict(
                format!("Agent '{}'", new.name),
                "you have one of this name already; /load it, or choose another name",
            ),
            error => error.into(),
        })
    })
    .await
}

/// The module of an agent that is made without one, which the organization gets with the first of them.
pub async fn default_module(cx: &Context, caller: &Caller) -> Result<ModuleDigest> {
    let upload = Upload::of(builtin::default_agent().to_vec());
    let digest = upload.digest;
    let owner = caller.organization_id;
    let found = store::modules::find_many(&cx.store, owner, &[digest]).await?;
    if found.is_empty() {
        modules::accept(cx, owner, upload).await?;
    }
    Ok(digest)
}
