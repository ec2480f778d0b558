//! Calls of tools that wait for someone to say whether they may be made.

use std::collections::HashMap;

use serde_json::json;
use store::ids::{ProjectId, ToolCallId};
use store::page::{Listed, Stretch};
use store::tool_calls::{self as rows, By, CallStatus, ToolCall};

use super::audit::{self, Change};
use super::placed::{self, Within};
use super::projects;
use crate::auth::{Caller, Operation, Reach};
use crate::context::Context;
use crate::error::{Error, Result};

/// A stretch of the calls of a project that wait for someone, the oldest first. The project is named by slug or id, or it is the
/// caller's default one.
pub async fn stretch(
    cx: &Context,
    caller: &Caller,
    project: Option<&str>,
    stretch: &Stretch<ToolCallId>,
) -> Result<Listed<ToolCall>> {
    let operation = Operation::ReadConversations;
    let project = match project {
        Some(name) => projects::find_for(cx, caller, name, operation).await?.id,
        None => projects::default_for(cx, caller, operation).await?,
    };
    let owner = caller.organization_id;
    let mut lists = rows::asked_of_projects(&cx.store, owner, &[project], stretch).await?;
    Ok(lists.remove(&project).unwrap_or_default())
}

/// The calls that the caller may see among these.
pub async fn find_many(
    cx: &Context,
    reach: &Reach,
    ids: &[ToolCallId],
) -> Result<HashMap<ToolCallId, ToolCall>> {
    let found = rows::find_many(&cx.store, reach.organization_id(), ids).await?;
    let seen = |call: &ToolCall| reach.may(call.project_id, Operation::ReadConversations);
    Ok(found
        .into_iter()
        .filter(seen)
        .map(|call| (call.id, call))
        .collect())
}

/// A stretch of the calls of each project that wait for someone, the oldest first.
pub async fn of_projects(
    cx: &Context,
    reach: &Reach,
    projects: &[Within<ProjectId>],
    stretch: &Stretch<ToolCallId>,
) -> Result<HashMap<Within<ProjectId>, Listed<ToolCall>>> {
    let parents = placed::allowed(reach, projects, Operation::ReadConversations);
    let ids = placed::ids(&parents);
    let read = rows::asked_of_projects(&cx.store, reach.organization_id(), &ids, stretch).await?;
    Ok(placed::lists(parents, read, |call, _| call))
}

/// Says whether a call may be made that waits for it. Its turn goes on.
pub async fn decide(
    cx: &Context,
    caller: &Caller,
    id: ToolCallId,
    is_allowed: bool,
) -> Result<ToolCall> {
    let owner = caller.organization_id;
    let found = rows::find_many(&cx.store, owner, &[id]).await?;
    let found = found.into_iter().next();
    let found = found.ok_or_else(|| Error::not_found("Tool call", id))?;
    caller
        .require(cx, found.project_id, Operation::DecideToolCalls)
        .await?;
    let by = caller.maker()?;
    let decided = || {
        let what = format!(
            "the call of `{}`",
            found.name.as_deref().unwrap_or_default()
        );
        Error::conflict(what, "waits for nobody any more")
    };
    if found.status != CallStatus::Asked {
        return Err(decided());
    }
    let action = if is_allowed {
        "approveToolCall"
    } else {
        "declineToolCall"
    };
    let change = Change::of(action, found.project_id, "toolCall", id);
    let change = change.with(json!({ "tool": found.name, "agent": found.agent_id }));
    let call = audit::change(cx, caller, change, async {
        let call = rows::decide(&cx.store, owner, id, is_allowed, By::User(by)).await?;
        call.ok_or_else(decided)
    })
    .await?;
    cx.live
        .changed(crate::live::Topic::Turns(call.conversation_id));
    Ok(call)
}
