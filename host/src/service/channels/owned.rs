//! The channels of a project as its owners see and change them, signed in as people: each is named together with its
//! project, and asking for the one right of owners comes first.

use store::channels::{Channel, ChannelStatus};
use store::ids::ProjectId;

use super::change::check_account;
use super::create::NewChannel;
use super::{Changes, change, delete, find_for, list, make, parse_id, switch};
use crate::auth::{Caller, Operation};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::service::projects;

/// What to change of a channel; what is none stays.
#[derive(Clone, Debug, Default)]
pub struct Owned {
    /// What any manager may change.
    pub changes: Changes,
    /// Another status: active or disabled.
    pub status: Option<ChannelStatus>,
}

/// The project, of which the caller is an owner.
pub async fn require_owner(cx: &Context, caller: &Caller, project: &str) -> Result<ProjectId> {
    let project = projects::find_for(cx, caller, project, Operation::ConnectAccounts).await?;
    Ok(project.id)
}

/// The channels of a project, oldest first.
pub async fn list_owned(cx: &Context, caller: &Caller, project: &str) -> Result<Vec<Channel>> {
    let project = require_owner(cx, caller, project).await?;
    list(cx, caller, project).await
}

/// A channel; where it is named together with a project, of that one alone.
pub async fn find_owned(
    cx: &Context,
    caller: &Caller,
    project: Option<&str>,
    id: &str,
) -> Result<Channel> {
    let project = match project {
        Some(project) => Some(require_owner(cx, caller, project).await?),
        None => None,
    };
    let operation = Operation::ConnectAccounts;
    let channel = find_for(cx, caller, parse_id(id)?, operation).await?;
    match project.is_none_or(|project| channel.project_id == project) {
        true => Ok(channel),
        false => Err(Error::not_found("Channel", id)),
    }
}

/// Makes a channel.
pub async fn make_owned(
    cx: &Context,
    caller: &Caller,
    project: &str,
    new: NewChannel,
) -> Result<Channel> {
    let project = require_owner(cx, caller, project).await?;
    let made = make(cx, caller, Some(&project.to_string()), new).await?;
    Ok(made.channel)
}

/// Changes a channel.
pub async fn change_owned(
    cx: &Context,
    caller: &Caller,
    project: &str,
    id: &str,
    wanted: Owned,
) -> Result<Channel> {
    let mut channel = find_owned(cx, caller, Some(project), id).await?;
    let Owned { changes, status } = wanted;
    let on = match status {
        None => None,
        Some(ChannelStatus::Active) => Some(true),
        Some(ChannelStatus::Disabled) => Some(false),
        Some(other) => {
            let why = format!("`{other}` comes about by itself: set `active` or `disabled`");
            return Err(Error::invalid("status", why));
        }
    };
    // What cannot be is refused before anything is changed.
    if on == Some(true) && channel.status != ChannelStatus::Active {
        check_account(cx, &channel)?;
    }
    if changes.is_any() {
        channel = change(cx, caller, id, changes).await?;
    }
    // Setting what is so already changes nothing; one that is out of order is tried anew.
    let is_so = |on: bool| match on {
        true => channel.status == ChannelStatus::Active,
        false => channel.status == ChannelStatus::Disabled,
    };
    match on {
        Some(on) if !is_so(on) => switch(cx, caller, id, on).await,
        _ => Ok(channel),
    }
}

/// Deletes a channel, whose platform is told first.
pub async fn delete_owned(cx: &Context, caller: &Caller, project: &str, id: &str) -> Result<()> {
    find_owned(cx, caller, Some(project), id).await?;
    delete(cx, caller, id).await?;
    Ok(())
}

impl Changes {
    fn is_any(&self) -> bool {
        self.name.is_some()
            || self.agent.is_some()
            || self.access.is_some()
            || self.configuration.is_some()
            || self.navigates.is_some()
    }
}
