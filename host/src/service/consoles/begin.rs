//! Conversations that people begin with an agent by themselves, beside the one from its live page: each has a title, and is
//! ended when they are done with it.

use serde_json::json;
use store::agents::Agent;
use store::consoles::{self, KIND};
use store::conversations::{self, Conversation, NewConversation};
use store::ids::{ConversationId, ProjectId};
use store::page::{Listed, Stretch};
use store::projects::Project;

use super::channel;
use crate::auth::{Caller, Operation};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::service::audit::{self, Change};
use crate::service::placed::Placed;
use crate::service::{agents, conversations as all, names, projects};

/// A stretch of the conversations of a project that go on, the newest first.
pub async fn of_project(
    cx: &Context,
    caller: &Caller,
    project: ProjectId,
    stretch: &Stretch<ConversationId>,
) -> Result<Listed<Conversation>> {
    caller
        .require(cx, project, Operation::ReadConversations)
        .await?;
    let owner = caller.organization_id;
    Ok(conversations::of_project(&cx.store, owner, project, stretch).await?)
}

/// A conversation of a project.
pub async fn in_project(
    cx: &Context,
    caller: &Caller,
    project: ProjectId,
    id: ConversationId,
) -> Result<Placed<Conversation>> {
    let found = all::find(cx, caller, id).await?;
    match found.project() == project {
        true => Ok(found),
        false => Err(Error::not_found("Conversation", id.public())),
    }
}

/// Begins a conversation of the caller with an agent that lives in the project: the one named, or its lead.
pub async fn begin(
    cx: &Context,
    caller: &Caller,
    project: &Project,
    agent: Option<&str>,
    title: Option<&str>,
) -> Result<Conversation> {
    caller
        .require(cx, project.id, Operation::WriteConversations)
        .await?;
    let user = projects::viewer(cx, caller).await?;
    let title = title.map(|text| names::name("title", text)).transpose()?;
    let agent = with(cx, caller, project, agent).await?;
    let channel = channel::of(cx, caller, &agent).await?;
    let (owner, id) = (caller.organization_id, ConversationId::new());
    let change = Change::of("beginConversation", project.id, "conversation", id.public())
        .with(json!({ "agent": agent.id, "title": title }));
    audit::change(cx, caller, change, async {
        let contact = consoles::contact(&cx.store, owner, channel, &user).await?;
        let chat = format!("{}/{}", channel::chat(&agent, user.id), id.uuid().simple());
        let new = NewConversation {
            organization_id: owner,
            id,
            channel_id: channel,
            platform_chat_id: chat,
            contact_id: Some(contact),
            is_group: false,
            title,
        };
        conversations::create(&cx.store, new).await?;
        Ok(conversations::set_agent(&cx.store, owner, id, Some(agent.id)).await?)
    })
    .await
}

/// Calls a conversation something else.
pub async fn rename(
    cx: &Context,
    caller: &Caller,
    project: ProjectId,
    id: ConversationId,
    title: Option<&str>,
) -> Result<Conversation> {
    begun(cx, caller, project, id).await?;
    let title = title.map(|text| names::name("title", text)).transpose()?;
    let change = Change::of("renameConversation", project, "conversation", id.public())
        .with(json!({ "title": title }));
    let renamed = audit::change(cx, caller, change, async {
        let owner = caller.organization_id;
        Ok(conversations::set_title(&cx.store, owner, id, title.as_deref()).await?)
    })
    .await?;
    cx.live.changed(id);
    Ok(renamed)
}

/// Ends a conversation that someone began by themselves; what was said in it stays.
pub async fn end(
    cx: &Context,
    caller: &Caller,
    project: ProjectId,
    id: ConversationId,
) -> Result<()> {
    begun(cx, caller, project, id).await?;
    let change = Change::of("endConversation", project, "conversation", id.public());
    audit::change(cx, caller, change, async {
        match conversations::end(&cx.store, caller.organization_id, id).await? {
            true => Ok(()),
            false => Err(Error::not_found("Conversation", id.public())),
        }
    })
    .await?;
    cx.live.changed(id);
    Ok(())
}

/// A conversation of the project that no platform knows.
async fn begun(
    cx: &Context,
    caller: &Caller,
    project: ProjectId,
    id: ConversationId,
) -> Result<()> {
    let found = in_project(cx, caller, project, id).await?;
    caller
        .require(cx, project, Operation::WriteConversations)
        .await?;
    let channel = found.channel_id;
    let channel = store::channels::find(&cx.store, caller.organization_id, channel).await?;
    match channel.is_some_and(|channel| channel.kind == KIND) {
        true => Ok(()),
        false => Err(Error::conflict(
            format!("Conversation `{}`", id.public()),
            "is its platform's: it is named and ended there",
        )),
    }
}

async fn with(
    cx: &Context,
    caller: &Caller,
    project: &Project,
    agent: Option<&str>,
) -> Result<Agent> {
    let lead = project.primary_agent_id.map(|id| id.to_string());
    let name = agent.map(str::to_owned).or(lead);
    let name =
        name.ok_or_else(|| Error::invalid("agent_id", "is required: this project has no lead"))?;
    let nobody = || Error::invalid("agent_id", "is no agent that lives in this project");
    match agents::find(cx, caller, &name).await {
        Ok(agent) if agent.project_id == project.id => Ok(agent),
        Ok(_) | Err(Error::NotFound { .. }) => Err(nobody()),
        Err(error) => Err(error),
    }
}
