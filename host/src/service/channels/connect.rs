//! Connecting: a channel whose platform is asked whose credential it is, and told how it is listened to, before the channel
//! counts as one that works.

use std::collections::BTreeMap;

use channels::{BoundChannel, Kind, Secret, SendError, Settings};
use serde_json::{Value, json};
use store::StoreError;
use store::channels::{self as rows, Access, Channel, ChannelChanges, ChannelStatus};
use store::ids::ChannelId;
use store::page::Page;
use store::reading::SetAside;
use url::Url;

use super::create::{NewChannel, Place, agent_for, install, settings};
use super::{MOST, change_of, driver, find_for, parse_id, public_id, update};
use crate::auth::{Caller, Operation};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::live::Topic;
use crate::service::audit::{self, Change};
use crate::service::{binding, projects};

/// What was set aside that is shown.
const ASIDES: u32 = 20;

/// A platform account to connect.
#[derive(Clone, Debug)]
pub struct Connection {
    /// The platform.
    pub kind: Kind,
    /// The channel's name for people, where it is a new one.
    pub name: String,
    /// What its driver needs to know and anyone may see.
    pub configuration: Value,
    /// What its driver needs and no one may see; with none, what the channel has already.
    pub credential: Option<Secret<Value>>,
    /// Who may talk, where the channel is a new one.
    pub access: Access,
    /// Whether those who are let in may go to other projects of whoever connects it, where the channel is a new one.
    pub navigates: bool,
}

/// The channel of a kind in the caller's default project, which integrations of one account know as theirs: the first.
pub async fn integration(cx: &Context, caller: &Caller, kind: Kind) -> Result<Option<Channel>> {
    let project = projects::default_for(cx, caller, Operation::ManageChannels).await?;
    let list = rows::list(
        &cx.store,
        caller.organization_id,
        project,
        Page::first(MOST),
    )
    .await?;
    Ok(list
        .into_iter()
        .find(|channel| channel.kind == kind.as_str()))
}

/// Connects the integration of a kind in the caller's default project: the one that is there, or a new one.
pub async fn connect(cx: &Context, caller: &Caller, connection: Connection) -> Result<Channel> {
    match integration(cx, caller, connection.kind).await? {
        Some(channel) => {
            let change = change_of("connectChannel", &channel);
            let again =
                reconnect_channel(cx, channel, connection.configuration, connection.credential);
            audit::change(cx, caller, change, again).await
        }
        None => connect_new(cx, caller, connection).await,
    }
}

/// Connects a channel again, with another configuration, another credential, or as it is.
pub async fn reconnect(
    cx: &Context,
    caller: &Caller,
    id: &str,
    configuration: Value,
    credential: Option<Secret<Value>>,
) -> Result<Channel> {
    let channel = find_for(cx, caller, parse_id(id)?, Operation::ManageChannels).await?;
    let change = change_of("connectChannel", &channel);
    let again = reconnect_channel(cx, channel, configuration, credential);
    audit::change(cx, caller, change, again).await
}

/// Disconnects a channel: its platform is told, its credential forgotten, and it stays switched off. Whether the platform
/// could be told.
pub async fn disconnect(cx: &Context, caller: &Caller, id: &str) -> Result<(Channel, bool)> {
    let channel = find_for(cx, caller, parse_id(id)?, Operation::ManageChannels).await?;
    let changes = ChannelChanges {
        status: Some(ChannelStatus::Disabled),
        status_reason: Some(Some("disconnected".to_owned())),
        configuration: Some(Value::Object(serde_json::Map::new())),
        credential: Some(None),
        ..ChannelChanges::default()
    };
    let change = change_of("disconnectChannel", &channel);
    audit::change(cx, caller, change, async {
        let told = hang_up(cx, &channel).await;
        let channel = update(cx, &channel, changes).await?;
        let (owner, id) = (channel.organization_id, channel.id);
        store::reading::forget_cursor(&cx.store, owner, id).await?;
        Ok((channel, told))
    })
    .await
}

/// Stops listening to a channel; it keeps its credential, and can be connected again as it is.
pub async fn silence(cx: &Context, caller: &Caller, id: &str) -> Result<Channel> {
    let channel = find_for(cx, caller, parse_id(id)?, Operation::ManageChannels).await?;
    let changes = ChannelChanges {
        status: Some(ChannelStatus::Disabled),
        status_reason: Some(None),
        ..ChannelChanges::default()
    };
    let change = change_of("silenceChannel", &channel);
    audit::change(cx, caller, change, async {
        hang_up(cx, &channel).await;
        update(cx, &channel, changes).await
    })
    .await
}

/// What a channel's platform says of the calls that it makes.
pub async fn inspect(cx: &Context, caller: &Caller, id: &str) -> Result<Option<Value>> {
    let channel = find_for(cx, caller, parse_id(id)?, Operation::ManageChannels).await?;
    if channel.credential.is_none() {
        return Ok(None);
    }
    let bound = binding::open(cx, &channel)?;
    let said = driver(cx, &channel.kind)?
        .inspect(&cx.outgoing, &bound)
        .await;
    said.map_err(|error| refused(&error))
}

/// What a channel's platform brought of late that could not be read, the newest first.
pub async fn set_aside(cx: &Context, caller: &Caller, id: &str) -> Result<Vec<SetAside>> {
    let channel = find_for(cx, caller, parse_id(id)?, Operation::ManageChannels).await?;
    let owner = channel.organization_id;
    Ok(store::reading::asides(&cx.store, owner, channel.id, ASIDES).await?)
}

/// A channel's credential with only the ends of its texts to be seen, for its owner to recognise.
pub async fn masked(cx: &Context, caller: &Caller, id: &str) -> Result<BTreeMap<String, String>> {
    let channel = find_for(cx, caller, parse_id(id)?, Operation::ManageChannels).await?;
    let bound = binding::open(cx, &channel)?;
    let Some(fields) = bound.credential.expose().as_object() else {
        return Ok(BTreeMap::new());
    };
    let texts = fields.iter().filter_map(|(name, value)| {
        let text = value.as_str().filter(|text| !text.is_empty())?;
        Some((name.clone(), mask(text)))
    });
    Ok(texts.collect())
}

/// The first six and the last four characters; of a text that is too short for that, none.
pub fn mask(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    match (
        chars.get(..6),
        chars.len().checked_sub(4).and_then(|at| chars.get(at..)),
    ) {
        (Some(first), Some(last)) if chars.len() >= 16 => {
            let (first, last): (String, String) = (first.iter().collect(), last.iter().collect());
            format!("{first}****{last}")
        }
        _ => "****".to_owned(),
    }
}

/// Tells the platform that no one listens any more, as far as it can be told.
pub(super) async fn hang_up(cx: &Context, channel: &Channel) -> bool {
    let (Ok(driver), Ok(bound)) = (driver(cx, &channel.kind), binding::open(cx, channel)) else {
        return false;
    };
    if channel.credential.is_none() {
        return false;
    }
    let told = driver.listen(&cx.outgoing, &bound, None).await;
    if let Err(error) = &told {
        tracing::info!(%error, channel = bound.id, "a platform could not be told that a channel ends");
    }
    told.is_ok()
}

/// Where the platform is to call a channel: nowhere while no public https address leads here.
pub fn callback_url(cx: &Context, channel: &Channel) -> Option<Url> {
    address(cx, channel.id)
}

fn address(cx: &Context, channel: ChannelId) -> Option<Url> {
    let public = cx.config.web.public_url.as_ref()?;
    if public.scheme() != "https" {
        return None;
    }
    let base = public.as_str().trim_end_matches('/');
    Url::parse(&format!("{base}/hooks/{}", public_id(channel))).ok()
}

/// Where the platform is to call a channel of these settings; nowhere where it does not call. Asked before anything is
/// stored, so that settings that cannot work leave the channel as it is.
pub(super) fn listening_at(
    cx: &Context,
    kind: &str,
    id: ChannelId,
    configuration: &Value,
) -> Result<Option<Url>> {
    match driver(cx, kind)?.is_called(configuration) {
        true => address(cx, id).map(Some).ok_or_else(no_public_address),
        false => Ok(None),
    }
}

async fn connect_new(cx: &Context, caller: &Caller, connection: Connection) -> Result<Channel> {
    let project = projects::default_for(cx, caller, Operation::ManageChannels).await?;
    let agent = agent_for(cx, caller, project, None).await?;
    let place = Place {
        organization_id: caller.organization_id,
        project_id: project,
        created_by: caller.maker()?,
        access: connection.access,
    };
    let new = NewChannel {
        kind: connection.kind,
        name: connection.name,
        configuration: connection.configuration,
        credential: connection.credential,
        agent: None,
    };
    let id = ChannelId::new();
    let change = Change::of("createChannel", project, "channel", public_id(id));
    let change = change.with(json!({ "kind": new.kind.as_str(), "name": new.name }));
    let changes = ChannelChanges {
        navigates: Some(connection.navigates),
        ..ChannelChanges::default()
    };
    audit::change(cx, caller, change, async {
        let (channel, _) = install(cx, place, id, new, agent).await?;
        update(cx, &channel, changes).await
    })
    .await
}

async fn reconnect_channel(
    cx: &Context,
    channel: Channel,
    configuration: Value,
    credential: Option<Secret<Value>>,
) -> Result<Channel> {
    let stored = match &channel.credential {
        Some(_) => Some(binding::open(cx, &channel)?.credential),
        None => None,
    };
    let credential = merged(stored, credential);
    let settings = settings(cx, &channel.kind, &configuration, credential.as_ref()).await?;
    listening_at(cx, &channel.kind, channel.id, &settings.configuration)?;
    let settings = identified(cx, &channel.kind, settings).await?;
    let sealed = match &settings.credential {
        Some(credential) => {
            let place = binding::credential_place(&channel.id);
            let sealed = cx.vault.seal_json(credential.expose(), &place);
            Some(sealed.map_err(Error::internal)?)
        }
        None => None,
    };
    let changes = ChannelChanges {
        status: Some(ChannelStatus::Active),
        status_reason: Some(None),
        configuration: Some(settings.configuration),
        credential: Some(sealed),
        ..ChannelChanges::default()
    };
    let owner = channel.organization_id;
    let changed = rows::update(&cx.store, owner, channel.id, changes).await;
    let channel = changed.map_err(|error| taken(&channel.kind, error))?;
    cx.live.changed(Topic::Channels(channel.project_id));
    cx.live.changed(Topic::Outbox);
    listen_again(cx, &channel).await?;
    Ok(channel)
}

/// What is given, over what is stored already.
fn merged(stored: Option<Secret<Value>>, given: Option<Secret<Value>>) -> Option<Secret<Value>> {
    match (
        stored.map(Secret::into_inner),
        given.map(Secret::into_inner),
    ) {
        (Some(Value::Object(mut stored)), Some(Value::Object(given))) => {
            stored.extend(given);
            Some(Secret::new(Value::Object(stored)))
        }
        (stored, given) => given.or(stored).map(Secret::new),
    }
}

/// Asks a platform whether it knows a credential, and stores nothing.
pub(in crate::service) async fn validate(
    cx: &Context,
    kind: Kind,
    credential: &Secret<Value>,
) -> Result<()> {
    let settings = settings(cx, kind.as_str(), &json!({}), Some(credential)).await?;
    identified(cx, kind.as_str(), settings).await?;
    Ok(())
}

/// Settings with what the platform says of their credential.
pub(super) async fn identified(
    cx: &Context,
    kind: &str,
    mut settings: Settings,
) -> Result<Settings> {
    let bound = BoundChannel {
        id: String::new(),
        configuration: settings.configuration.clone(),
        credential: settings
            .credential
            .clone()
            .unwrap_or(Secret::new(Value::Null)),
    };
    let known = driver(cx, kind)?.identify(&cx.outgoing, &bound).await;
    if let Some(configuration) = known.map_err(|error| refused(&error))? {
        settings.configuration = configuration;
    }
    Ok(settings)
}

/// Tells a channel's platform how it is listened to from now on.
pub(super) async fn listen(cx: &Context, channel: &Channel) -> Result<()> {
    let driver = driver(cx, &channel.kind)?;
    let bound = binding::open(cx, channel)?;
    let url = listening_at(cx, &channel.kind, channel.id, &channel.configuration)?;
    let told = driver.listen(&cx.outgoing, &bound, url.as_ref()).await;
    told.map_err(|error| refused(&error))
}

/// The same for a channel that was changed: one whose platform cannot be told is out of order until it can.
pub(super) async fn listen_again(cx: &Context, channel: &Channel) -> Result<()> {
    let Err(error) = listen(cx, channel).await else {
        return Ok(());
    };
    let (owner, id, why) = (channel.organization_id, channel.id, error.to_string());
    binding::out_of_order(cx, owner, id, ChannelStatus::Error, &why).await?;
    Err(error)
}

/// A bot has one reader, whosever it is.
pub(super) fn taken(kind: &str, error: StoreError) -> Error {
    match error.is_conflict_of("channels_bot_key") {
        true => Error::conflict(
            format!("this {kind} account"),
            "is connected to another channel already; disconnect or delete that one first",
        ),
        false => error.into(),
    }
}

fn no_public_address() -> Error {
    let why = "`webhook` takes a public https address of this host (CLOISTER_PUBLIC_URL); `polling` works anywhere";
    Error::invalid("mode", why)
}

fn refused(error: &SendError) -> Error {
    match error {
        SendError::Retry { what, .. } | SendError::Unknown { what } => Error::Unavailable {
            what: "the platform",
            source: what.clone().into(),
        },
        error => Error::invalid("credential", error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_recognised_by_its_ends_alone() {
        assert_eq!(
            mask("123456789:AAabcdefghijklmnopqrstuvwxyz0123456"),
            "123456****3456"
        );
        assert_eq!(mask("short secret"), "****");
        assert_eq!(mask(""), "****");
    }

    #[test]
    fn what_is_given_goes_over_what_is_stored() {
        let secret = |value| Some(Secret::new(value));
        let both = merged(secret(json!({"a": 1, "b": 2})), secret(json!({"b": 3})));
        assert_eq!(both.unwrap().into_inner(), json!({"a": 1, "b": 3}));
        assert_eq!(
            merged(None, secret(json!({"b": 3}))).unwrap().into_inner(),
            json!({"b": 3})
        );
        assert!(merged(None, None).is_none());
    }
}
