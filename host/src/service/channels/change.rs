//! Making and changing a channel of any kind whose driver this host has. What is secret goes in and is never shown again;
//! what the driver makes itself is shown once.

use channels::{Kind, Scanned, Secret, Settings};
use serde_json::{Value, json};
use store::channels::{Access, Channel, ChannelChanges, ChannelStatus};
use store::ids::ChannelId;
use store::scans::Account;

use super::connect::{hang_up, identified, listen, listen_again, listening_at, taken};
use super::create::{NewChannel, Place, agent_for, install, is_unbound, named_agent, settings};
use super::{change_of, find_for, new_key, parse_id, update};
use crate::auth::{Caller, Operation};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::live::Topic;
use crate::service::audit::{self, Change};
use crate::service::{binding, projects};

/// Characters that a channel's name may have.
const NAME: usize = 200;

/// A channel that was just made, with what is shown once.
#[derive(Debug)]
pub struct Made {
    /// The channel.
    pub channel: Channel,
    /// The key of what a program tells us on a webhook channel.
    pub api_key: Option<Secret<String>>,
    /// The secret that the driver made: what signs a webhook's deliveries, what a site vouches for its visitors with.
    pub secret: Option<Secret<String>>,
}

/// What to change of a channel; what is none stays.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// Another name.
    pub name: Option<String>,
    /// Who answers, by name or id; `Some(None)` for no one.
    pub agent: Option<Option<String>>,
    /// Who may talk.
    pub access: Option<Access>,
    /// Whether those who are let in may go to other projects of whoever made it, by talking.
    pub navigates: Option<bool>,
    /// Another configuration, whole.
    pub configuration: Option<Value>,
}

/// Makes a channel of any kind in a project, by slug or id, or in the caller's default one.
pub async fn make(
    cx: &Context,
    caller: &Caller,
    project: Option<&str>,
    new: NewChannel,
) -> Result<Made> {
    let operation = Operation::ManageChannels;
    let project = match project {
        Some(name) => projects::find_for(cx, caller, name, operation).await?.id,
        None => projects::default_for(cx, caller, operation).await?,
    };
    check_name(&new.name)?;
    let agent = agent_for(cx, caller, project, new.agent.as_deref()).await?;
    let place = Place {
        organization_id: caller.organization_id,
        project_id: project,
        created_by: caller.maker()?,
        access: Access::Open,
    };
    let maker = caller.maker()?;
    let (kind, was_given) = (new.kind, new.credential.is_some());
    let id = ChannelId::new();
    let change = Change::of("createChannel", project, "channel", binding::public_id(id));
    let change = change.with(json!({ "kind": kind.as_str(), "name": new.name }));
    audit::change(cx, caller, change, async {
        let (channel, credential) = install(cx, place, id, new, agent).await?;
        let api_key = match kind {
            Kind::Webhook => Some(new_key(cx, channel.organization_id, channel.id, maker).await?),
            _ => None,
        };
        Ok(Made {
            secret: credential
                .filter(|_| !was_given)
                .and_then(|credential| made(&credential)),
            channel,
            api_key,
        })
    })
    .await
}

/// Changes a channel. Another configuration also ends an error that the old one had caused.
pub async fn change(cx: &Context, caller: &Caller, id: &str, wanted: Changes) -> Result<Channel> {
    let channel = managed(cx, caller, id).await?;
    if let Some(name) = &wanted.name {
        check_name(name)?;
    }
    let mut changes = ChannelChanges {
        name: wanted.name,
        access: wanted.access,
        navigates: wanted.navigates,
        ..ChannelChanges::default()
    };
    match wanted.agent {
        Some(Some(name)) => {
            let agent = named_agent(cx, caller, channel.project_id, &name).await?;
            changes.primary_agent_id = Some(Some(agent.id));
        }
        Some(None) => changes.primary_agent_id = Some(None),
        None => {}
    }
    if let Some(configuration) = wanted.configuration {
        let credential = binding::open(cx, &channel)?.credential;
        let known = (!credential.expose().is_null()).then_some(&credential);
        let settings = settings(cx, &channel.kind, &configuration, known).await?;
        listening_at(cx, &channel.kind, channel.id, &settings.configuration)?;
        let settings = identified(cx, &channel.kind, settings).await?;
        changes.configuration = Some(settings.configuration);
        mend(&channel, &mut changes);
    }
    let is_new = changes.configuration.is_some();
    let row = change_of("updateChannel", &channel).with(json!({
        "name": changes.name, "agent": changes.primary_agent_id, "access": changes.access,
        "navigates": changes.navigates, "configuration": changes.configuration.is_some()
    }));
    audit::change(cx, caller, row, async {
        let channel = update(cx, &channel, changes).await?;
        if is_new && channel.status == ChannelStatus::Active {
            listen_again(cx, &channel).await?;
        }
        Ok(channel)
    })
    .await
}

/// Gives a channel another credential, which is sealed and never shown.
pub async fn set_credential(
    cx: &Context,
    caller: &Caller,
    id: &str,
    credential: Secret<Value>,
) -> Result<Channel> {
    let channel = secret_holder(cx, caller, id).await?;
    let settings = settings(cx, &channel.kind, &channel.configuration, Some(&credential)).await?;
    let settings = identified(cx, &channel.kind, settings).await?;
    let row = change_of("setChannelCredential", &channel);
    audit::change(cx, caller, row, async {
        let channel = seal(cx, &channel, &settings).await?;
        if channel.status == ChannelStatus::Active {
            listen_again(cx, &channel).await?;
        }
        Ok(channel)
    })
    .await
}

/// Has the driver make a channel's secret anew; the old one ends at once. For kinds whose secret is ours to make.
pub async fn rotate_secret(
    cx: &Context,
    caller: &Caller,
    id: &str,
) -> Result<(Channel, Secret<String>)> {
    let channel = secret_holder(cx, caller, id).await?;
    let settings = settings(cx, &channel.kind, &channel.configuration, None).await?;
    let secret = settings.credential.as_ref().and_then(made);
    let secret = secret.ok_or_else(|| {
        let why = format!(
            "is of kind {}, which has no secret of its own making",
            channel.kind
        );
        Error::conflict(format!("Channel `{id}`"), why)
    })?;
    let row = change_of("rotateChannelSecret", &channel);
    let changed = audit::change(cx, caller, row, seal(cx, &channel, &settings)).await?;
    Ok((changed, secret))
}

/// Switches a channel on or off. Switched off it takes nothing in and sends nothing out.
pub async fn switch(cx: &Context, caller: &Caller, id: &str, on: bool) -> Result<Channel> {
    let channel = managed(cx, caller, id).await?;
    if on {
        check_account(cx, &channel)?;
    }
    let status = if on {
        ChannelStatus::Active
    } else {
        ChannelStatus::Disabled
    };
    let changes = ChannelChanges {
        status: Some(status),
        status_reason: Some(None),
        ..ChannelChanges::default()
    };
    let action = if on {
        "enableChannel"
    } else {
        "disableChannel"
    };
    let row = change_of(action, &channel);
    audit::change(cx, caller, row, async {
        // A platform that cannot be told to be quiet is not listened to all the same.
        if on {
            listen(cx, &channel).await?;
        } else {
            hang_up(cx, &channel).await;
        }
        update(cx, &channel, changes).await
    })
    .await
}

/// Refuses to switch a channel on whose account is not connected yet.
pub(super) fn check_account(cx: &Context, channel: &Channel) -> Result<()> {
    if !is_unbound(cx, &channel.kind, channel.credential.is_some()) {
        return Ok(());
    }
    let why = "has no account yet: scan its QR code, which switches it on";
    let what = format!("Channel `{}`", binding::public_id(channel.id));
    Err(Error::conflict(what, why))
}

/// What a channel keeps of an account that was got by scanning a code: checked as what an owner gives is, and sealed.
pub async fn scanned(cx: &Context, channel: &Channel, scanned: &Scanned) -> Result<Account> {
    let empty = json!({});
    let settings = settings(cx, &channel.kind, &empty, Some(&scanned.credential)).await?;
    let credential = settings
        .credential
        .ok_or_else(|| Error::invalid("credential", "there is none"))?;
    let place = binding::credential_place(&channel.id);
    let sealed = cx.vault.seal_json(credential.expose(), &place);
    let name = settings.configuration.get("bot_id").and_then(Value::as_str);
    Ok(Account {
        name: name.unwrap_or_default().to_owned(),
        settings: Some((
            settings.configuration.clone(),
            sealed.map_err(Error::internal)?,
        )),
    })
}

async fn secret_holder(cx: &Context, caller: &Caller, id: &str) -> Result<Channel> {
    find_for(cx, caller, parse_id(id)?, Operation::ManageCredentials).await
}

async fn managed(cx: &Context, caller: &Caller, id: &str) -> Result<Channel> {
    find_for(cx, caller, parse_id(id)?, Operation::ManageChannels).await
}

async fn seal(cx: &Context, channel: &Channel, settings: &Settings) -> Result<Channel> {
    let sealed = match &settings.credential {
        Some(credential) => {
            let place = binding::credential_place(&channel.id);
            let sealed = cx.vault.seal_json(credential.expose(), &place);
            Some(sealed.map_err(Error::internal)?)
        }
        None => None,
    };
    let mut changes = ChannelChanges {
        configuration: Some(settings.configuration.clone()),
        credential: Some(sealed),
        ..ChannelChanges::default()
    };
    mend(channel, &mut changes);
    let owner = channel.organization_id;
    let changed = store::channels::update(&cx.store, owner, channel.id, changes).await;
    let changed = changed.map_err(|error| taken(&channel.kind, error))?;
    cx.live.changed(Topic::Channels(changed.project_id));
    cx.live.changed(Topic::Outbox);
    Ok(changed)
}

/// What was out of order is tried again with other settings; what its owner switched off stays off.
fn mend(channel: &Channel, changes: &mut ChannelChanges) {
    if matches!(
        channel.status,
        ChannelStatus::Error | ChannelStatus::Expired
    ) {
        changes.status = Some(ChannelStatus::Active);
        changes.status_reason = Some(None);
    }
}

/// The one secret of a credential that a driver made.
fn made(credential: &Secret<Value>) -> Option<Secret<String>> {
    let fields = credential.expose().as_object()?;
    let secret = fields.values().find_map(Value::as_str)?;
    Some(Secret::new(secret.to_owned()))
}

fn check_name(name: &str) -> Result<()> {
    if (1..=NAME).contains(&name.chars().count()) && !name.contains('\0') {
        return Ok(());
    }
    let why = format!("must have 1 to {NAME} characters");
    Err(Error::invalid("name", why))
}
