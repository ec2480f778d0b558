//! Making a channel of any kind.

use channels::{Kind, Secret, Settings};
use serde_json::{Value, json};
use store::agents::{self, Agent};
use store::channels::{self as rows, Access, Channel, ChannelStatus};
use store::ids::{ChannelId, OrganizationId, ProjectId, UserId};
use store::page::Page;

use super::connect::{identified, listen, listening_at, taken};
use super::driver;
use super::webhook::is_nowhere;
use crate::auth::{Caller, Operation};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::service::audit::{self, Change};
use crate::service::{agents as agent_service, binding, projects};

/// A channel to make.
#[derive(Clone, Debug)]
pub struct NewChannel {
    /// The platform.
    pub kind: Kind,
    /// Its name for people.
    pub name: String,
    /// What its driver needs to know and anyone may see.
    pub configuration: Value,
    /// What its driver needs and no one may see; a driver makes what is its own to make.
    pub credential: Option<Secret<Value>>,
    /// Who answers, by name or id: else the project's newest agent.
    pub agent: Option<String>,
}

/// Agents among which the newest is looked for.
const MOST: u32 = 500;

/// Makes a channel in the caller's default project.
pub async fn create(cx: &Context, caller: &Caller, new: NewChannel) -> Result<Channel> {
    let project = projects::default_for(cx, caller, Operation::ManageChannels).await?;
    let agent = agent_for(cx, caller, project, new.agent.as_deref()).await?;
    let place = Place {
        organization_id: caller.organization_id,
        project_id: project,
        created_by: caller.maker()?,
        access: Access::Open,
    };
    let id = ChannelId::new();
    let change = Change::of("createChannel", project, "channel", binding::public_id(id));
    let change = change.with(json!({ "kind": new.kind.as_str(), "name": new.name }));
    let install = install(cx, place, id, new, agent);
    let (channel, _) = audit::change(cx, caller, change, install).await?;
    Ok(channel)
}

/// Where a channel goes.
#[derive(Clone, Copy, Debug)]
pub(in crate::service) struct Place {
    pub organization_id: OrganizationId,
    pub project_id: ProjectId,
    pub created_by: UserId,
    pub access: Access,
}

/// What [`create`] does, for a caller who has been authorised, or for the host itself. The credential comes back open.
pub(in crate::service) async fn install(
    cx: &Context,
    place: Place,
    id: ChannelId,
    new: NewChannel,
    agent: Option<Agent>,
) -> Result<(Channel, Option<Secret<Value>>)> {
    let settings = settings(
        cx,
        new.kind.as_str(),
        &new.configuration,
        new.credential.as_ref(),
    )
    .await?;
    listening_at(cx, new.kind.as_str(), id, &settings.configuration)?;
    let settings = identified(cx, new.kind.as_str(), settings).await?;
    let credential = match &settings.credential {
        Some(credential) => {
            let sealed = cx
                .vault
                .seal_json(credential.expose(), &binding::credential_place(&id));
            Some(sealed.map_err(Error::internal)?)
        }
        None => None,
    };
    // One whose account is connected by scanning a code waits for that.
    let status = match is_unbound(cx, new.kind.as_str(), credential.is_some()) {
        true => ChannelStatus::Disabled,
        false => ChannelStatus::Active,
    };
    let row = rows::NewChannel {
        organization_id: place.organization_id,
        id,
        project_id: place.project_id,
        kind: new.kind.as_str().to_owned(),
        name: new.name,
        primary_agent_id: agent.map(|agent| agent.id),
        access: place.access,
        status,
        configuration: settings.configuration,
        credential,
        created_by: place.created_by,
    };
    let made = rows::create(&cx.store, row).await;
    let channel = made.map_err(|error| taken(new.kind.as_str(), error))?;
    if status == ChannelStatus::Active
        && let Err(error) = listen(cx, &channel).await
    {
        // A channel that its platform knows nothing of is none.
        rows::delete(&cx.store, channel.organization_id, channel.id).await?;
        return Err(error);
    }
    Ok((channel, settings.credential))
}

/// Whether a channel has no account yet, and gets one by a code that someone scans.
pub(super) fn is_unbound(cx: &Context, kind: &str, has_credential: bool) -> bool {
    let scans = |driver: &dyn channels::Driver| driver.scan().is_some();
    !has_credential && driver(cx, kind).is_ok_and(scans)
}

/// What the kind's driver makes of settings, whose addresses the guard has let pass.
pub(super) async fn settings(
    cx: &Context,
    kind: &str,
    configuration: &Value,
    credential: Option<&Secret<Value>>,
) -> Result<Settings> {
    let settings = driver(cx, kind)?
        .parse_settings(configuration, credential.map(Secret::expose))
        .map_err(|error| Error::invalid(error.field, error.why))?;
    for address in settings
        .addresses
        .iter()
        .filter(|address| !is_nowhere(address))
    {
        // Where the guard lets nothing go, and a name that does not resolve, are the caller's to mend.
        let checked = cx.outgoing.check(address).await;
        checked.map_err(|error| Error::invalid("callbackUrl", error.to_string()))?;
    }
    Ok(settings)
}

/// The agent that answers on a channel of `project`: the one named, or the project's newest.
pub(in crate::service) async fn agent_for(
    cx: &Context,
    caller: &Caller,
    project: ProjectId,
    name: Option<&str>,
) -> Result<Option<Agent>> {
    let Some(name) = name else {
        let list = agents::list(
            &cx.store,
            caller.organization_id,
            project,
            Page::first(MOST),
        )
        .await?;
        // Agents that people made for themselves answer them alone.
        let mut own = list.into_iter().filter(|agent| agent.owner_id.is_none());
        return Ok(own.next_back());
    };
    named_agent(cx, caller, project, name).await.map(Some)
}

/// An agent of `project`.
pub(super) async fn named_agent(
    cx: &Context,
    caller: &Caller,
    project: ProjectId,
    name: &str,
) -> Result<Agent> {
    let agent = agent_service::find(cx, caller, name).await?;
    if agent.project_id != project {
        return Err(Error::invalid(
            "agent",
            format!("`{name}` lives in another project"),
        ));
    }
    Ok(agent)
}
