//! Workflows: a workflow picks which agent, team or canned reply handles the messages of the channels that it is put on.

use std::collections::HashMap;

use serde_json::{Value, json};
use store::StoreError;
use store::agents;
use store::channels::Channel;
use store::ids::{ChannelId, OrganizationId, ProjectId, WorkflowId};
use store::page::{Listed, Stretch};
use store::text::{storable, storable_json};
use store::workflows::{self as rows, NewWorkflow, Workflow, WorkflowChanges};

use super::audit::{self, Change};
use super::placed::{self, Within};
use super::{channels, projects};
use crate::auth::{Caller, Operation, Reach};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::workflow::{self, Named};

/// Characters of a name at most.
const NAME: usize = 100;
const NAME_KEY: &str = "workflows_name_key";

/// Makes a workflow, in the project that is named or in the caller's default one.
pub async fn create(
    cx: &Context,
    caller: &Caller,
    project: Option<&str>,
    name: &str,
    rules: Value,
) -> Result<Workflow> {
    let project = project_for(cx, caller, project, Operation::ManageWorkflows).await?;
    let name = checked_name(name)?;
    let rules = checked_rules(cx, caller.organization_id, project, rules).await?;
    let new = NewWorkflow {
        organization_id: caller.organization_id,
        id: WorkflowId::new(),
        project_id: project,
        name,
        rules,
    };
    let change =
        Change::of("createWorkflow", project, "workflow", new.id).with(json!({ "name": new.name }));
    audit::change(cx, caller, change, async {
        rows::create(&cx.store, new).await.map_err(told)
    })
    .await
}

/// A workflow.
pub async fn find(cx: &Context, caller: &Caller, id: WorkflowId) -> Result<Workflow> {
    find_for(cx, caller, id, Operation::ReadProject).await
}

/// A stretch of the workflows of a project, by slug or id, or of the caller's default one, oldest first.
pub async fn stretch(
    cx: &Context,
    caller: &Caller,
    project: Option<&str>,
    stretch: &Stretch<WorkflowId>,
) -> Result<Listed<Workflow>> {
    let project = project_for(cx, caller, project, Operation::ReadProject).await?;
    let owner = caller.organization_id;
    let mut lists = rows::of_projects(&cx.store, owner, &[project], stretch).await?;
    Ok(lists.remove(&project).unwrap_or_default())
}

/// The workflows that the caller may see among these.
pub async fn find_many(
    cx: &Context,
    reach: &Reach,
    ids: &[WorkflowId],
) -> Result<HashMap<WorkflowId, Workflow>> {
    let found = rows::find_many(&cx.store, reach.organization_id(), ids).await?;
    let seen = |workflow: &Workflow| reach.may(workflow.project_id, Operation::ReadProject);
    Ok(found
        .into_iter()
        .filter(seen)
        .map(|workflow| (workflow.id, workflow))
        .collect())
}

/// A stretch of the workflows of each project, oldest first.
pub async fn of_projects(
    cx: &Context,
    reach: &Reach,
    projects: &[Within<ProjectId>],
    stretch: &Stretch<WorkflowId>,
) -> Result<HashMap<Within<ProjectId>, Listed<Workflow>>> {
    let parents = placed::allowed(reach, projects, Operation::ReadProject);
    let ids = placed::ids(&parents);
    let read = rows::of_projects(&cx.store, reach.organization_id(), &ids, stretch).await?;
    Ok(placed::lists(parents, read, |workflow, _| workflow))
}

/// A stretch of the channels that each workflow is on, oldest first.
pub async fn channels_of(
    cx: &Context,
    reach: &Reach,
    workflows: &[Within<WorkflowId>],
    stretch: &Stretch<ChannelId>,
) -> Result<HashMap<Within<WorkflowId>, Listed<Channel>>> {
    let parents = placed::allowed(reach, workflows, Operation::ReadProject);
    let ids = placed::ids(&parents);
    let owner = reach.organization_id();
    let read = store::channels::of_workflows(&cx.store, owner, &ids, stretch).await?;
    Ok(placed::lists(parents, read, |channel, _| channel))
}

/// Changes a workflow: its name, its rules or both. Messages that come from now on are routed by the new rules.
pub async fn update(
    cx: &Context,
    caller: &Caller,
    id: WorkflowId,
    name: Option<&str>,
    rules: Option<Value>,
) -> Result<Workflow> {
    let found = find_for(cx, caller, id, Operation::ManageWorkflows).await?;
    let owner = found.organization_id;
    let rules = match rules {
        Some(rules) => Some(checked_rules(cx, owner, found.project_id, rules).await?),
        None => None,
    };
    let name = name.map(checked_name).transpose()?;
    let changes = WorkflowChanges { name, rules };
    let change = Change::of("updateWorkflow", found.project_id, "workflow", id)
        .with(json!({ "name": changes.name }));
    audit::change(cx, caller, change, async {
        rows::update(&cx.store, owner, id, changes)
            .await
            .map_err(told)
    })
    .await
}

/// Deletes a workflow: its channels go back to their primary agents. It is returned as it was.
pub async fn delete(cx: &Context, caller: &Caller, id: WorkflowId) -> Result<Workflow> {
    let found = find_for(cx, caller, id, Operation::ManageWorkflows).await?;
    let change = Change::of("deleteWorkflow", found.project_id, "workflow", id);
    audit::change(cx, caller, change, async {
        rows::delete(&cx.store, found.organization_id, id)
            .await
            .map_err(told)
    })
    .await?;
    Ok(found)
}

/// Lets a workflow of the channel's project route its messages; with none, the primary agent answers all.
pub async fn attach(
    cx: &Context,
    caller: &Caller,
    channel: ChannelId,
    workflow: Option<WorkflowId>,
) -> Result<Channel> {
    let operation = Operation::ManageWorkflows;
    let channel = channels::find_for(cx, caller, channel, operation).await?;
    if let Some(id) = workflow {
        let workflow = find_for(cx, caller, id, operation).await?;
        if workflow.project_id != channel.project_id {
            let why = "lives in another project than the channel";
            return Err(Error::invalid("workflowId", why));
        }
    }
    let name = channels::public_id(channel.id);
    let change = Change::of("attachWorkflow", channel.project_id, "channel", name)
        .with(json!({ "workflow": workflow }));
    audit::change(cx, caller, change, async {
        rows::attach(&cx.store, channel.organization_id, channel.id, workflow)
            .await
            .map_err(told)
    })
    .await?;
    channels::find(cx, caller, &channel.id.public()).await
}

async fn find_for(
    cx: &Context,
    caller: &Caller,
    id: WorkflowId,
    operation: Operation,
) -> Result<Workflow> {
    let found = rows::find(&cx.store, caller.organization_id, id).await?;
    let found = found.ok_or_else(|| Error::not_found("Workflow", id))?;
    caller.require(cx, found.project_id, operation).await?;
    Ok(found)
}

async fn project_for(
    cx: &Context,
    caller: &Caller,
    project: Option<&str>,
    operation: Operation,
) -> Result<ProjectId> {
    match project {
        Some(name) => {
            let project = projects::find(cx, caller, name).await?.id;
            caller.require(cx, project, operation).await?;
            Ok(project)
        }
        None => projects::default_for(cx, caller, operation).await,
    }
}

fn checked_name(name: &str) -> Result<String> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > NAME {
        let why = format!("must have 1 to {NAME} characters that show");
        return Err(Error::invalid("name", why));
    }
    Ok(storable(name.to_owned()))
}

/// Rules that can be read, and whose agents are the project's.
async fn checked_rules(
    cx: &Context,
    owner: OrganizationId,
    project: ProjectId,
    rules: Value,
) -> Result<Value> {
    let rules = storable_json(rules);
    let parsed =
        workflow::parse(&rules).map_err(|mistake| Error::invalid(mistake.place, mistake.why))?;
    for (place, named) in parsed.named() {
        let Named::Agent(id) = named else { continue };
        let agent = agents::find(&cx.store, owner, id).await?;
        if agent.is_none_or(|agent| agent.project_id != project) {
            let why = format!("this project has no agent `{id}`");
            return Err(Error::invalid(format!("rules[{place}].then.agent"), why));
        }
    }
    Ok(rules)
}

fn told(error: StoreError) -> Error {
    if error.is_conflict_of(NAME_KEY) {
        return Error::conflict("this name", "another workflow of the project has it");
    }
    match error {
        StoreError::NotFound => Error::not_found("Workflow or channel", "it was deleted just now"),
        error => error.into(),
    }
}
