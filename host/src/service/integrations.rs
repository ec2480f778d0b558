//! Integrations: the one channel of a kind that an account knows as its own, in its default project. It is set up from a
//! credential alone, and looked at and changed as a whole.

use std::collections::BTreeMap;

use channels::{Kind, Secret};
use serde_json::Value;
use store::channels::{Access, Channel, ChannelStatus};
use store::reading::SetAside;

use super::access::{self, Admission, NewCode};
use super::channels::{self as channel_service, Connection, public_id};
use crate::auth::Caller;
use crate::context::Context;
use crate::error::{Error, Result};

/// An integration as its owner sees it.
#[derive(Clone, Debug)]
pub struct Integration {
    /// Its channel.
    pub channel: Channel,
    /// The credential with only the ends of its texts to be seen.
    pub credential: BTreeMap<String, String>,
    /// Who is let in.
    pub admission: Admission,
    /// What could not be read of late, the newest first.
    pub set_aside: Vec<SetAside>,
}

/// What to change; what is none stays.
#[derive(Debug, Default)]
pub struct Wanted {
    /// Fields of the configuration.
    pub configuration: Option<Value>,
    /// Fields of the credential.
    pub credential: Option<Secret<Value>>,
    /// Those who are let in, and no one else.
    pub people: Option<Vec<String>>,
    /// Who may talk.
    pub access: Option<Access>,
    /// Whether those who are let in may go to other projects by talking.
    pub navigates: Option<bool>,
}

/// The integration of a kind, if there is one.
pub async fn look(cx: &Context, caller: &Caller, kind: Kind) -> Result<Option<Integration>> {
    let Some(channel) = channel_service::integration(cx, caller, kind).await? else {
        return Ok(None);
    };
    let id = public_id(channel.id);
    Ok(Some(Integration {
        credential: channel_service::masked(cx, caller, &id).await?,
        admission: access::admission(cx, caller, &id).await?,
        set_aside: channel_service::set_aside(cx, caller, &id).await?,
        channel,
    }))
}

/// Sets an integration up, or connects it again.
pub async fn set_up(
    cx: &Context,
    caller: &Caller,
    connection: Connection,
) -> Result<Option<Integration>> {
    let kind = connection.kind;
    channel_service::connect(cx, caller, connection).await?;
    look(cx, caller, kind).await
}

/// Changes an integration; one that is not there yet is set up, as is usual but for what is wanted.
pub async fn change(
    cx: &Context,
    caller: &Caller,
    usual: Connection,
    wanted: Wanted,
) -> Result<Option<Integration>> {
    let kind = usual.kind;
    let channel = channel_service::integration(cx, caller, kind).await?;
    let known = channel.as_ref().map(|channel| &channel.configuration);
    let asked = wanted.configuration;
    let differs = asked
        .as_ref()
        .is_some_and(|asked| !known.is_some_and(|known| has(known, asked)));
    if differs || wanted.credential.is_some() {
        let connection = Connection {
            configuration: over(known.unwrap_or(&usual.configuration), asked.as_ref()),
            credential: wanted.credential,
            ..usual
        };
        channel_service::connect(cx, caller, connection).await?;
    }
    if let Some(people) = wanted.people {
        access::allow_only(cx, caller, &id_of(cx, caller, kind).await?, people).await?;
    }
    if let Some(policy) = wanted.access {
        access::set_policy(cx, caller, &id_of(cx, caller, kind).await?, policy).await?;
    }
    if let Some(navigates) = wanted.navigates {
        let changes = channel_service::Changes {
            navigates: Some(navigates),
            ..channel_service::Changes::default()
        };
        let id = id_of(cx, caller, kind).await?;
        channel_service::change(cx, caller, &id, changes).await?;
    }
    look(cx, caller, kind).await
}

/// Disconnects an integration. As it is from now on, and whether its platform could be told.
pub async fn disconnect(
    cx: &Context,
    caller: &Caller,
    kind: Kind,
) -> Result<(Option<Integration>, bool)> {
    let id = id_of(cx, caller, kind).await?;
    let (_, told) = channel_service::disconnect(cx, caller, &id).await?;
    Ok((look(cx, caller, kind).await?, told))
}

/// Makes a code that lets one person in.
pub async fn create_code(
    cx: &Context,
    caller: &Caller,
    kind: Kind,
    minutes: Option<i64>,
) -> Result<NewCode> {
    let id = id_of(cx, caller, kind).await?;
    access::create_code(cx, caller, &id, minutes).await
}

/// What the platform says of the calls that it makes; `None` where nothing is set up.
pub async fn inspect(cx: &Context, caller: &Caller, kind: Kind) -> Result<Option<Value>> {
    match channel_service::integration(cx, caller, kind).await? {
        Some(channel) => channel_service::inspect(cx, caller, &public_id(channel.id)).await,
        None => Ok(None),
    }
}

/// Listens to the platform in this way from now on.
pub async fn listen(
    cx: &Context,
    caller: &Caller,
    kind: Kind,
    configuration: Value,
) -> Result<Channel> {
    let id = id_of(cx, caller, kind).await?;
    channel_service::reconnect(cx, caller, &id, configuration, None).await
}

/// Stops listening in this way, where that is how the platform is listened to.
pub async fn stop(
    cx: &Context,
    caller: &Caller,
    kind: Kind,
    configuration: &Value,
) -> Result<Channel> {
    let channel = channel_service::integration(cx, caller, kind).await?;
    let channel = channel.ok_or_else(not_set_up)?;
    if channel.status == ChannelStatus::Disabled || !has(&channel.configuration, configuration) {
        let what = format!("the {kind} integration");
        return Err(Error::conflict(what, "is not listened to in this way"));
    }
    channel_service::silence(cx, caller, &public_id(channel.id)).await
}

async fn id_of(cx: &Context, caller: &Caller, kind: Kind) -> Result<String> {
    let channel = channel_service::integration(cx, caller, kind).await?;
    Ok(public_id(channel.ok_or_else(not_set_up)?.id))
}

fn not_set_up() -> Error {
    Error::invalid("bot_token", "no bot is set up; give its token first")
}

/// Whether a configuration has these fields already.
fn has(configuration: &Value, fields: &Value) -> bool {
    let mut fields = fields.as_object().into_iter().flatten();
    fields.all(|(name, value)| configuration.get(name) == Some(value))
}

/// A configuration with other fields in it.
fn over(configuration: &Value, fields: Option<&Value>) -> Value {
    let mut configuration = configuration.clone();
    if let (Some(known), Some(fields)) = (
        configuration.as_object_mut(),
        fields.and_then(Value::as_object),
    ) {
        known.extend(fields.clone());
    }
    configuration
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_there_already_is_no_change() {
        let known = json!({ "mode": "polling", "bot_id": 7 });
        assert!(has(&known, &json!({ "mode": "polling" })));
        assert!(!has(&known, &json!({ "mode": "webhook" })));
        assert!(!has(&json!({}), &json!({ "mode": "polling" })));
        let other = over(&known, Some(&json!({ "mode": "webhook" })));
        assert_eq!(other, json!({ "mode": "webhook", "bot_id": 7 }));
        assert_eq!(over(&known, None), known);
    }
}
