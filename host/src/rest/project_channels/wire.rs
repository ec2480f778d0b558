//! The shapes of this API, with the names of its document.

use channels::{Kind, Secret};
use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::channels::{Channel, ChannelStatus};
use utoipa::{IntoParams, ToSchema};

use crate::error::{Error, Result};
use crate::request::fields::Fields;
use crate::service::channels::{Changes, Entry, NewChannel, Owned};
use crate::service::wechat_login::{Login, Phase};

const NAME: usize = 200;
const WORD: usize = 64;
const DIGITS: usize = 64;
/// Messages of an answer: usually, and at most.
const USUALLY: u32 = 100;
const MOST: u32 = 500;

/// "Create a channel".
pub(super) fn new_channel(body: Map<String, Value>) -> Result<NewChannel> {
    let mut body = body;
    let credential = body.remove("credential");
    let config = object(&mut body, "config")?;
    let fields = Fields::new(body);
    let kind = fields.required_text(&["channel_type"], WORD)?;
    let kind: Kind = kind.parse().map_err(|_| {
        let why = format!("`{kind}` is no kind of channel: `telegram` and `wechat` are");
        Error::invalid("channel_type", why)
    })?;
    Ok(NewChannel {
        kind,
        name: fields.required_text(&["display_name"], NAME)?,
        configuration: Value::Object(config.unwrap_or_default()),
        credential: credential_of(kind, credential)?,
        agent: fields.text(&["primary_agent_id"], NAME)?,
    })
}

/// The credential without what names its kind; none where nothing is left.
fn credential_of(kind: Kind, credential: Option<Value>) -> Result<Option<Secret<Value>>> {
    let mut fields = match credential {
        Some(Value::Object(fields)) => fields,
        None | Some(Value::Null) => {
            let why = format!(r#"is required: {{"type": "{kind}", …}}"#);
            return Err(Error::invalid("credential", why));
        }
        Some(_) => return Err(Error::invalid("credential", "must be an object")),
    };
    match fields.remove("type") {
        Some(Value::String(text)) if text == kind.as_str() => {}
        Some(Value::String(text)) => {
            let why = format!("`{text}` does not match the channel_type `{kind}`");
            return Err(Error::invalid("credential.type", why));
        }
        _ => {
            let why = format!("is required, and must be `{kind}` as the channel_type is");
            return Err(Error::invalid("credential.type", why));
        }
    }
    if kind == Kind::Wechat && !fields.is_empty() {
        let why =
            "has nothing but its type for WeChat: the account is connected by scanning its QR code";
        return Err(Error::invalid("credential", why));
    }
    Ok((!fields.is_empty()).then(|| Secret::new(Value::Object(fields))))
}

/// What to change of a channel.
pub(super) fn changes(body: Map<String, Value>) -> Result<Owned> {
    let mut body = body;
    if body.contains_key("credential") || body.contains_key("channel_type") {
        let why = "stays as it is: make another channel for another account";
        return Err(Error::invalid("credential", why));
    }
    let config = object(&mut body, "config")?;
    let is_cleared = matches!(body.get("primary_agent_id"), Some(Value::Null));
    let fields = Fields::new(body);
    let agent = fields.text(&["primary_agent_id"], NAME)?;
    let status = fields.text(&["status"], WORD)?;
    let status = status.map(|text| {
        text.parse::<ChannelStatus>()
            .map_err(|_| Error::invalid("status", "must be `active` or `disabled`"))
    });
    Ok(Owned {
        changes: Changes {
            name: fields.text(&["display_name"], NAME)?,
            agent: agent.map(Some).or(is_cleared.then_some(None)),
            configuration: config.map(Value::Object),
            ..Changes::default()
        },
        status: status.transpose()?,
    })
}

/// The digits that the phone shows.
pub(super) fn digits(body: Map<String, Value>) -> Result<String> {
    Fields::new(body).required_text(&["code", "verify_code"], DIGITS)
}

fn object(body: &mut Map<String, Value>, name: &str) -> Result<Option<Map<String, Value>>> {
    match body.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(fields)) => Ok(Some(fields)),
        Some(_) => Err(Error::invalid(name, "must be an object")),
    }
}

/// A channel.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = project_channels::Channel)]
pub(super) struct ChannelShown {
    #[schema(format = "uuid")]
    id: String,
    #[schema(format = "uuid")]
    project_id: String,
    #[schema(example = "telegram")]
    channel_type: String,
    #[schema(example = "Support Bot")]
    display_name: String,
    /// The agent that answers.
    #[schema(required, format = "uuid")]
    primary_agent_id: Option<String>,
    /// `disabled`, `awaiting_scan`, `active` or `expired`; `error` where it does not work at the moment and is tried again.
    #[schema(example = "active")]
    status: &'static str,
    /// Why it is in that status, where there is something to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    status_reason: Option<String>,
    /// What its driver was configured with, and what the platform said of the account.
    config: Value,
    #[schema(format = "date-time")]
    created_at: String,
}

impl ChannelShown {
    pub(super) fn of(channel: Channel) -> Self {
        let mut config = channel.configuration;
        if let Some(fields) = config.as_object_mut() {
            // Ours, to know a caller by.
            fields.remove("secret_digest");
        }
        Self {
            id: channel.id.to_string(),
            project_id: channel.project_id.to_string(),
            channel_type: channel.kind,
            display_name: channel.name,
            primary_agent_id: channel.primary_agent_id.map(|id| id.to_string()),
            status: channel.status.as_str(),
            status_reason: channel.status_reason,
            config,
            created_at: time(channel.created_at),
        }
    }
}

/// One channel.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = project_channels::OneChannel)]
pub(super) struct OneChannel {
    channel: ChannelShown,
}

impl OneChannel {
    pub(super) fn of(channel: Channel) -> Self {
        Self {
            channel: ChannelShown::of(channel),
        }
    }
}

/// Channels.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = project_channels::ChannelList)]
pub(super) struct ChannelList {
    channels: Vec<ChannelShown>,
}

impl ChannelList {
    pub(super) fn of(list: Vec<Channel>) -> Self {
        Self {
            channels: list.into_iter().map(ChannelShown::of).collect(),
        }
    }
}

/// A code to scan.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = project_channels::Code)]
pub(super) struct CodeShown {
    #[schema(example = "qr_0192f0c1b2a37d4e8f90a1b2c3d4e5f6")]
    qr_id: String,
    /// The text of the QR code.
    qr_payload: String,
    #[schema(format = "date-time")]
    expires_at: String,
}

impl CodeShown {
    pub(super) fn of(login: Login) -> Result<Self> {
        let over = || Error::conflict("the QR code", "was replaced at once; ask for its status");
        let code = login.code.ok_or_else(over)?;
        Ok(Self {
            qr_id: code.id.public(),
            qr_payload: code.payload,
            expires_at: time(code.expires_at),
        })
    }
}

/// Where a login is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = project_channels::Login)]
pub(super) struct LoginShown {
    /// `none`, `awaiting_scan`, `scanning`, `bound` or `expired`.
    #[schema(example = "awaiting_scan")]
    phase: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    qr_id: Option<String>,
    /// The text of the QR code, while it can be scanned.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    qr_payload: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = "date-time")]
    expires_at: Option<String>,
    /// WeChat shows digits on the phone: send them to `…/wechat/code`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    needs_code: bool,
    /// Why it is over, or what is wrong with the digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    error: Option<String>,
    /// The account that is bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "b0ba@im.bot")]
    ilink_bot_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = "date-time")]
    bound_at: Option<String>,
}

impl LoginShown {
    pub(super) fn of(login: Login) -> Self {
        let code = login.code;
        Self {
            phase: login.phase.as_str(),
            qr_id: code.as_ref().map(|code| code.id.public()),
            expires_at: code.as_ref().map(|code| time(code.expires_at)),
            qr_payload: code.map(|code| code.payload),
            needs_code: login.needs_digits,
            error: login.reason,
            ilink_bot_id: login.account,
            bound_at: login
                .bound_at
                .filter(|_| login.phase == Phase::Bound)
                .map(time),
        }
    }
}

/// Which stretch of the log: `?limit=100`.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Stretch {
    // Read by hand, so that a wrong one is told by its name, and a large one is cut.
    /// Messages; 100 where nothing is said, cut to between 1 and 500.
    #[param(value_type = Option<i64>)]
    limit: Option<String>,
}

impl Stretch {
    pub(super) fn limit(&self) -> Result<u32> {
        let Some(text) = self.limit.as_deref() else {
            return Ok(USUALLY);
        };
        let (is_negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text),
        };
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Error::invalid("limit", "must be a number"));
        }
        Ok(match digits.parse::<u32>() {
            _ if is_negative => 1,
            Ok(number) => number.clamp(1, MOST),
            Err(_) => MOST,
        })
    }
}

/// The log of a channel, the newest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = project_channels::Messages)]
pub(super) struct MessageList {
    messages: Vec<MessageShown>,
}

/// A message.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = project_channels::Message)]
struct MessageShown {
    #[schema(format = "uuid")]
    id: String,
    #[schema(format = "uuid")]
    channel_id: String,
    /// `inbound` or `outbound`.
    #[schema(example = "inbound")]
    direction: &'static str,
    /// The person, by the platform's id behind a word for the platform.
    #[schema(required, example = "tg:88102")]
    platform_user_id: Option<String>,
    #[schema(example = "tg:88102")]
    platform_chat_id: String,
    #[schema(required, example = "alice")]
    username: Option<String>,
    text: String,
    /// The agent that said it.
    #[schema(required, format = "uuid")]
    agent_id: Option<String>,
    /// The media type of the first file that goes with it, and its name.
    #[schema(required)]
    media_type: Option<String>,
    #[schema(required)]
    media_path: Option<String>,
    /// Why it has not arrived.
    #[schema(required)]
    error: Option<String>,
    #[schema(format = "date-time")]
    created_at: String,
}

impl MessageList {
    pub(super) fn of(channel: &Channel, entries: Vec<Entry>) -> Self {
        let prefix = channel.kind.parse::<Kind>();
        let prefix = prefix.map_or(channel.kind.as_str(), |kind| kind.prefix());
        let message = |entry: Entry| {
            let Entry { said, content } = entry;
            let file = content.attachments.into_iter().next();
            let (media_path, media_type) = file.map(|file| (file.name, file.content_type)).unzip();
            let mut told = content.metadata.into_iter();
            let username = told.find(|(name, _)| name == "username");
            let username = username.map(|(_, value)| value).or(said.display_name);
            MessageShown {
                id: said.id.to_string(),
                channel_id: channel.id.to_string(),
                direction: if said.is_inbound {
                    "inbound"
                } else {
                    "outbound"
                },
                platform_user_id: said.platform_user_id.map(|id| format!("{prefix}:{id}")),
                platform_chat_id: format!("{prefix}:{}", said.platform_chat_id),
                username: username.filter(|_| said.is_inbound),
                text: said.text,
                agent_id: said.agent_id.map(|id| id.to_string()),
                media_type,
                media_path,
                error: said.error,
                created_at: time(said.created_at),
            }
        };
        Self {
            messages: entries.into_iter().map(message).collect(),
        }
    }
}

fn time(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}
