//! The bodies of this API.

use std::collections::BTreeMap;

use channels::telegram::{Configuration, Mode};
use channels::{CallbackAnswer, Kind};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use store::channels::{Access, Channel, ChannelStatus};
use store::page::Time;
use store::reading::SetAside;
use utoipa::ToSchema;

use crate::context::Context;
use crate::error::{Error, Result};
use crate::request::fields::Fields;
use crate::service::access::{self, NewCode};
use crate::service::channels::{Connection, callback_url, public_id};
use crate::service::front_desk::{Arrived, Meaning};
use crate::service::integrations::{Integration, Wanted};
use crate::vault::Secret;

/// Characters of a token or a secret.
const SECRET: usize = 300;
/// What stands for what is not shown.
const MASK: &str = "****";

/// The settings as a caller sees them: what is secret of them is masked.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = telegram::Settings)]
pub(super) struct Settings {
    /// The bot's channel, where one is set up.
    channel_id: Option<String>,
    /// The token, masked; empty where there is none.
    #[schema(example = "123456****3456")]
    bot_token: String,
    /// The webhook's secret, masked.
    webhook_secret: String,
    /// The address under which this host is reached, if it was told.
    public_base_url: String,
    /// `webhook` or `polling`.
    mode: &'static str,
    /// `none`, `disabled`, `active`, `expired` or `error`.
    status: String,
    /// Why, where there is something to say.
    status_reason: Option<String>,
    /// Who may talk: `open`, `allow_list` or `paired`.
    #[schema(value_type = Option<String>)]
    access: Option<Access>,
    /// Whether those who are let in may go to other projects of the account by talking, in chats of their own. Not where
    /// `access` is `open`.
    navigation: bool,
    /// The bot's name behind the `@`.
    bot_username: Option<String>,
    /// Where people find it.
    bot_link: Option<String>,
    /// The project that it talks for.
    default_project_id: Option<String>,
    /// The Telegram ids of those who are let in.
    allowed_user_ids: Vec<String>,
    /// Access codes that work.
    pending_access_codes: i64,
    /// What could not be read of late, the newest first: it holds up nothing else.
    set_aside: Vec<Aside>,
    /// Where the secrets come from.
    sources: Sources,
    /// When the bot's channel was last changed.
    #[schema(value_type = Option<String>)]
    updated_at: Option<Time>,
}

/// An update that could not be read or stored.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = telegram::Aside)]
pub(super) struct Aside {
    /// Its id, where that could be read.
    update_id: Option<String>,
    /// What is wrong with it.
    why: String,
    /// As it came, cut to what is worth keeping.
    raw: String,
    /// When it came.
    #[schema(value_type = String)]
    created_at: Time,
}

/// `stored` or `none`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = telegram::Sources)]
pub(super) struct Sources {
    /// Of the token.
    bot_token: &'static str,
    /// Of the webhook's secret.
    webhook_secret: &'static str,
}

impl Settings {
    pub(super) fn of(cx: &Context, found: Option<&Integration>) -> Self {
        found.map_or_else(|| Self::none(cx), |found| Self::shown(cx, found))
    }

    fn none(cx: &Context) -> Self {
        Self {
            channel_id: None,
            bot_token: String::new(),
            webhook_secret: String::new(),
            public_base_url: public_url(cx),
            mode: usual_mode(cx).as_str(),
            status: "none".to_owned(),
            status_reason: None,
            access: None,
            navigation: true,
            bot_username: None,
            bot_link: None,
            default_project_id: None,
            allowed_user_ids: Vec::new(),
            pending_access_codes: 0,
            set_aside: Vec::new(),
            sources: Sources::of(&BTreeMap::new()),
            updated_at: None,
        }
    }

    fn shown(cx: &Context, found: &Integration) -> Self {
        let channel = &found.channel;
        let masked = |name: &str| found.credential.get(name).cloned().unwrap_or_default();
        let username = configuration_of(channel).bot_username;
        Self {
            channel_id: Some(public_id(channel.id)),
            bot_token: masked("bot_token"),
            webhook_secret: masked("webhook_secret"),
            public_base_url: public_url(cx),
            mode: mode(channel).as_str(),
            status: channel.status.to_string(),
            status_reason: channel.status_reason.clone(),
            access: Some(channel.access),
            navigation: channel.navigates,
            bot_link: username.as_deref().map(link),
            bot_username: username,
            default_project_id: Some(channel.project_id.to_string()),
            allowed_user_ids: found.admission.people.clone(),
            pending_access_codes: found.admission.codes,
            set_aside: found.set_aside.iter().map(Aside::of).collect(),
            sources: Sources::of(&found.credential),
            updated_at: Some(channel.updated_at),
        }
    }
}

impl Aside {
    fn of(row: &SetAside) -> Self {
        Self {
            update_id: row.platform_event_id.clone(),
            why: row.why.clone(),
            raw: row.raw.clone(),
            created_at: row.created_at,
        }
    }
}

impl Sources {
    fn of(credential: &BTreeMap<String, String>) -> Self {
        let source = |name: &str| match credential.contains_key(name) {
            true => "stored",
            false => "none",
        };
        Self {
            bot_token: source("bot_token"),
            webhook_secret: source("webhook_secret"),
        }
    }
}

/// What a `PUT` of the settings wants. Masked texts stand for what is stored.
pub(super) fn changes(fields: &Fields) -> Result<Wanted> {
    let secret = |name| {
        let text = fields.text(&[name], SECRET)?;
        Ok::<_, Error>(text.filter(|text| !text.contains(MASK)))
    };
    let access = fields.text(&["access"], 20)?;
    let allowed = fields.list("allowedUserIds", access::PEOPLE)?;
    let (token, webhook_secret) = (secret("botToken")?, secret("webhookSecret")?);
    Ok(Wanted {
        credential: credential(token.as_deref(), webhook_secret.as_deref()),
        configuration: given_mode(fields)?.map(configuration),
        people: match fields.has("allowedUserIds") {
            true => Some(allowed.iter().map(person).collect::<Result<_>>()?),
            false => None,
        },
        navigates: given_flag(fields, "navigation")?,
        access: match access {
            Some(word) => Some(word.parse().map_err(|error: store::UnknownWord| {
                Error::invalid("access", error.to_string())
            })?),
            None => None,
        },
    })
}

/// A flag, where it is given.
fn given_flag(fields: &Fields, name: &'static str) -> Result<Option<bool>> {
    match fields.has(name) {
        true => fields.flag(name).map(Some),
        false => Ok(None),
    }
}

/// A user's id, which Telegram gives as a number.
fn person(value: &Value) -> Result<String> {
    let id = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_owned(),
        _ => String::new(),
    };
    let digits = id.strip_prefix('-').unwrap_or(&id);
    let fits = (1..=20).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    match fits {
        true => Ok(id),
        false => Err(Error::invalid(
            "allowedUserIds",
            "must be a list of Telegram user ids, which are whole numbers",
        )),
    }
}

/// What `setup` asks for: a token is all it takes.
pub(super) fn setup(cx: &Context, fields: &Fields) -> Result<Connection> {
    let token = fields.text(&["botToken"], SECRET)?;
    let token = token.filter(|token| !token.contains(MASK));
    let usual = usual(cx);
    Ok(Connection {
        configuration: given_mode(fields)?.map_or(usual.configuration, configuration),
        credential: credential(token.as_deref(), None),
        ..usual
    })
}

/// A bot as it is set up where nothing else is said.
pub(super) fn usual(cx: &Context) -> Connection {
    Connection {
        kind: Kind::Telegram,
        name: "Telegram".to_owned(),
        configuration: configuration(usual_mode(cx)),
        credential: None,
        access: Access::AllowList,
        navigates: true,
    }
}

fn credential(token: Option<&str>, webhook_secret: Option<&str>) -> Option<Secret<Value>> {
    let fields = [("bot_token", token), ("webhook_secret", webhook_secret)];
    let given: Map<String, Value> = fields
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?.into())))
        .collect();
    (!given.is_empty()).then(|| Secret::new(Value::Object(given)))
}

fn given_mode(fields: &Fields) -> Result<Option<Mode>> {
    let Some(word) = fields.text(&["mode"], 20)? else {
        return Ok(None);
    };
    match word.as_str() {
        "webhook" => Ok(Some(Mode::Webhook)),
        "polling" => Ok(Some(Mode::Polling)),
        "auto" => Ok(None),
        _ => Err(Error::invalid(
            "mode",
            "must be `webhook`, `polling` or `auto`",
        )),
    }
}

/// What a driver is configured with that has not asked yet whose token it is.
pub(super) fn configuration(mode: Mode) -> Value {
    json!({ "mode": mode })
}

/// How a channel is listened to.
fn mode(channel: &Channel) -> Mode {
    configuration_of(channel).mode
}

fn configuration_of(channel: &Channel) -> Configuration {
    Configuration::deserialize(&channel.configuration).unwrap_or(Configuration {
        mode: Mode::default(),
        bot_id: None,
        bot_username: None,
        bot_name: None,
        secret_digest: None,
    })
}

/// Telegram calls where it can.
fn usual_mode(cx: &Context) -> Mode {
    match cx.config.web.is_secure() {
        true => Mode::Webhook,
        false => Mode::Polling,
    }
}

fn public_url(cx: &Context) -> String {
    let url = cx.config.web.public_url.as_ref();
    url.map_or_else(String::new, |url| {
        url.as_str().trim_end_matches('/').to_owned()
    })
}

fn link(username: &str) -> String {
    format!("https://t.me/{username}")
}

/// The answer to `setup`.
pub(super) fn connected(cx: &Context, found: Option<&Integration>) -> Value {
    let channel = found.map(|found| &found.channel);
    let mode = channel.map_or_else(|| usual_mode(cx), mode);
    let username = channel.and_then(|channel| configuration_of(channel).bot_username);
    let open = match &username {
        Some(name) => format!("Open https://t.me/{name} and write to it."),
        None => "Open the bot and write to it.".to_owned(),
    };
    let how = match mode {
        Mode::Webhook => "Telegram is connected by webhook.",
        Mode::Polling => "Telegram is connected by polling.",
    };
    let mut answer = json!({
        "success": true,
        "message": format!("{how} {open}"),
        "mode": mode,
        "botUsername": username,
        "botLink": username.as_deref().map(link),
        "settings": Settings::of(cx, found),
    });
    if let (Mode::Webhook, Some(fields)) = (mode, answer.as_object_mut()) {
        let url = channel.and_then(|channel| callback_url(cx, channel));
        fields.insert("webhookUrl".to_owned(), json!(url));
    }
    answer
}

/// An object that says first that it worked.
pub(super) fn success(mut settings: Value) -> Value {
    if let Some(fields) = settings.as_object_mut() {
        fields.insert("success".to_owned(), Value::Bool(true));
    }
    settings
}

/// How many minutes a code is to work.
pub(super) fn minutes(object: Map<String, Value>) -> Result<Option<i64>> {
    match object.get("ttlMinutes") {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value
            .as_i64()
            .or_else(|| value.as_str()?.trim().parse().ok())
        {
            Some(minutes) => Ok(Some(minutes)),
            None => Err(Error::invalid(
                "ttlMinutes",
                "must be a whole number of minutes",
            )),
        },
    }
}

/// The answer to `access-code`.
pub(super) fn code(code: &NewCode) -> Value {
    json!({
        "success": true,
        "code": code.code.expose(),
        "createdAt": code.created_at,
        "expiresAt": code.expires_at,
    })
}

/// What Telegram says of its calls, in the words of this API.
pub(super) fn webhook(said: Option<&Value>) -> Value {
    let Some(said) = said else {
        return json!({ "configured": false, "webhook": null, "message": "No bot is set up." });
    };
    let told = |name: &str| said.get(name).cloned().unwrap_or(Value::Null);
    json!({
        "configured": true,
        "webhook": {
            "url": said.get("url").and_then(Value::as_str).unwrap_or_default(),
            "hasCustomCertificate": told("has_custom_certificate") == Value::Bool(true),
            "pendingUpdateCount": said.get("pending_update_count").and_then(Value::as_i64).unwrap_or(0),
            "ipAddress": told("ip_address"),
            "lastErrorDate": told("last_error_date"),
            "lastErrorMessage": told("last_error_message"),
            "maxConnections": told("max_connections"),
        },
    })
}

/// Whether the bot is polled, and could be.
pub(super) fn polling(channel: Option<&Channel>) -> Value {
    let mode = channel.map(mode);
    json!({
        "status": "ok",
        "polling": running(channel),
        "config": {
            "mode": mode,
            "detectedMode": mode,
            "canStartPolling": channel.is_some_and(|channel| channel.credential.is_some()),
        },
    })
}

/// Whether the bot is polled.
pub(super) fn running(channel: Option<&Channel>) -> Value {
    let polls = |channel: &Channel| {
        matches!(channel.status, ChannelStatus::Active | ChannelStatus::Error)
            && mode(channel) == Mode::Polling
    };
    json!({
        "isRunning": channel.is_some_and(polls),
        "error": channel.and_then(|channel| channel.status_reason.clone()),
    })
}

/// The answer to a call: what came of the update, and the method that the driver wants called, if it does.
pub(super) fn taken(answer: &CallbackAnswer, arrived: &[Arrived]) -> Value {
    let mut told = match arrived.first() {
        Some(arrived) => came_of(arrived),
        None => json!({ "ok": true }),
    };
    if let (Some(told), Ok(Value::Object(method))) =
        (told.as_object_mut(), serde_json::from_slice(&answer.body))
    {
        told.extend(method);
    }
    told
}

fn came_of(arrived: &Arrived) -> Value {
    if arrived.duplicate {
        return json!({ "ok": true, "duplicate": true });
    }
    let ignored = |reason: &str| json!({ "ok": true, "ignored": true, "reason": reason });
    match &arrived.meaning {
        Meaning::Said => json!({ "ok": true }),
        Meaning::Command(name) => json!({ "ok": true, "command": name }),
        Meaning::Granted(person) => json!({ "ok": true, "accessGranted": true, "userId": person }),
        Meaning::NotAllowed => ignored("user_not_allowed"),
        Meaning::Ignored(reason) => ignored(reason),
        Meaning::Moved => ignored("chat_moved"),
        Meaning::SetAside => ignored("set_aside"),
    }
}
