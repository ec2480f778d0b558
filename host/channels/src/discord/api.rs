//! The HTTP API: a request is a route and JSON or a form, the answer JSON, or `{code, message}` under a status that says no
//! ("Reference", "Opcodes and Status Codes").

use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use super::limits::{Account, Limits};
use super::settings::BotToken;
use crate::driver::SendError;
use crate::http::{ANSWER, Headers, Http, HttpError, Method, Request, Response};

/// How long a request may take.
const TIMEOUT: Duration = Duration::from_secs(20);
/// How long one with files may take.
const UPLOAD: Duration = Duration::from_secs(50);
/// Characters of a refusal that are worth telling.
const REFUSAL: usize = 300;
/// What every bot has to say of itself ("User Agent").
const USER_AGENT: &str = concat!(
    "DiscordBot (https://github.com/cloister-host/cloister, ",
    env!("CARGO_PKG_VERSION"),
    ")"
);

/// One bot's way to the API.
pub(super) struct Bot<'a> {
    http: &'a dyn Http,
    api: &'a Url,
    limits: &'a Limits,
    account: Account,
    token: BotToken,
}

/// Where a request goes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Route<'a> {
    /// The bot itself.
    Me,
    /// Its application.
    Application,
    /// Where its gateway is.
    Gateway,
    /// The messages of a channel.
    Messages(&'a str),
    /// A hundred of them behind an id.
    Behind(&'a str, u64),
    /// One of them.
    Message(&'a str, &'a str),
    /// That someone types in a channel.
    Typing(&'a str),
    /// The answer to an interaction, by its id and token.
    Callback(&'a str, &'a str),
    /// The message that answers an interaction, by the application's id and the interaction's token.
    Original(&'a str, &'a str),
}

/// A result that nobody reads, also where there is none.
#[derive(Debug)]
pub(super) struct Ignored;

impl<'de> Deserialize<'de> for Ignored {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        serde::de::IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

/// Why a request had no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// No answer.
    Http(HttpError),
    /// Not sent: it would have been one too many.
    Limited(Duration),
    /// An answer that says no.
    Refused {
        status: u16,
        /// What kind of no, by Discord's own count.
        code: u64,
        message: String,
        retry_after: Option<Duration>,
    },
    /// An answer that says yes and makes no sense.
    Strange(String),
}

#[derive(Default, Deserialize)]
struct Refusal {
    #[serde(default)]
    code: u64,
    #[serde(default)]
    message: String,
}

impl<'a> Bot<'a> {
    pub(super) fn new(
        http: &'a dyn Http,
        api: &'a Url,
        limits: &'a Limits,
        token: BotToken,
    ) -> Self {
        Self {
            http,
            api,
            limits,
            account: Account::of(token.expose()),
            token,
        }
    }

    /// The token, for the gateway.
    pub(super) fn token(&self) -> &BotToken {
        &self.token
    }

    /// How long to wait until the bot may identify, which counts as done then.
    pub(super) fn identify_in(&self, every: Duration) -> Duration {
        self.limits.identify(self.account, every)
    }

    /// Asks for something.
    pub(super) async fn get<T: DeserializeOwned>(&self, route: &Route<'_>) -> Result<T, Fault> {
        self.send(Method::Get, route, None, Bytes::new()).await
    }

    /// Sends JSON.
    pub(super) async fn json<T: DeserializeOwned>(
        &self,
        method: Method,
        route: &Route<'_>,
        body: &Value,
    ) -> Result<T, Fault> {
        let content = Bytes::from(body.to_string());
        self.send(method, route, Some("application/json"), content)
            .await
    }

    /// Says something that takes no words.
    pub(super) async fn say(&self, route: &Route<'_>) -> Result<(), Fault> {
        let _: Ignored = self.send(Method::Post, route, None, Bytes::new()).await?;
        Ok(())
    }

    /// Takes something away.
    pub(super) async fn delete(&self, route: &Route<'_>) -> Result<(), Fault> {
        let _: Ignored = self.send(Method::Delete, route, None, Bytes::new()).await?;
        Ok(())
    }

    /// Sends a form.
    pub(super) async fn form<T: DeserializeOwned>(
        &self,
        method: Method,
        route: &Route<'_>,
        (content_type, body): (String, Bytes),
    ) -> Result<T, Fault> {
        self.send(method, route, Some(&content_type), body).await
    }

    /// So many bytes of a file, which takes no proof of who asks.
    pub(super) async fn download(&self, url: Url, most: usize) -> Result<Bytes, Fault> {
        let request = Request {
            method: Method::Get,
            url,
            headers: [("User-Agent", USER_AGENT)].into_iter().collect(),
            body: Bytes::new(),
            timeout: TIMEOUT,
            most,
        };
        let response = self.http.send(request).await.map_err(Fault::Http)?;
        match response.is_success() {
            true => Ok(response.body),
            false => Err(refusal(&response, None)),
        }
    }

    async fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        route: &Route<'_>,
        content_type: Option<&str>,
        body: Bytes,
    ) -> Result<T, Fault> {
        let name = format!("{method:?} {}", route.name());
        let major = route.major();
        self.limits
            .take(self.account, &name, &major)
            .map_err(Fault::Limited)?;
        let is_form = content_type.is_some_and(|kind| kind.starts_with("multipart/"));
        let request = Request {
            method,
            url: route.url(self.api)?,
            headers: self.headers(route, content_type),
            body,
            timeout: if is_form { UPLOAD } else { TIMEOUT },
            most: ANSWER,
        };
        let response = self.http.send(request).await.map_err(Fault::Http)?;
        let wait = self.limits.note(self.account, &name, &major, &response);
        if !response.is_success() {
            return Err(refusal(&response, wait));
        }
        let body: &[u8] = match response.body.is_empty() {
            true => b"null",
            false => &response.body,
        };
        serde_json::from_slice(body).map_err(|error| Fault::Strange(error.to_string()))
    }

    fn headers(&self, route: &Route<'_>, content_type: Option<&str>) -> Headers {
        let mut headers = Headers::default();
        headers.push("User-Agent", USER_AGENT);
        // The token of an interaction, which is in the address, is all that it takes there.
        if !route.is_of_interaction() {
            headers.push("Authorization", format!("Bot {}", self.token.expose()));
        }
        if let Some(content_type) = content_type {
            headers.push("Content-Type", content_type);
        }
        headers
    }
}

impl Route<'_> {
    fn segments(&self) -> Vec<&str> {
        match self {
            Route::Me => vec!["users", "@me"],
            Route::Application => vec!["applications", "@me"],
            Route::Gateway => vec!["gateway", "bot"],
            Route::Messages(channel) | Route::Behind(channel, _) => {
                vec!["channels", channel, "messages"]
            }
            Route::Message(channel, id) => vec!["channels", channel, "messages", id],
            Route::Typing(channel) => vec!["channels", channel, "typing"],
            Route::Callback(id, token) => vec!["interactions", id, token, "callback"],
            Route::Original(application, token) => {
                vec!["webhooks", application, token, "messages", "@original"]
            }
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Route::Me => "users/@me",
            Route::Application => "applications/@me",
            Route::Gateway => "gateway/bot",
            Route::Messages(_) | Route::Behind(..) => "channels/messages",
            Route::Message(..) => "channels/messages/id",
            Route::Typing(_) => "channels/typing",
            Route::Callback(..) => "interactions/callback",
            Route::Original(..) => "webhooks/messages/original",
        }
    }

    /// What makes a route's limit its own ("Rate Limits", top-level resources).
    fn major(&self) -> String {
        match self {
            Route::Me | Route::Application | Route::Gateway => String::new(),
            Route::Messages(channel)
            | Route::Behind(channel, _)
            | Route::Message(channel, _)
            | Route::Typing(channel) => (*channel).to_owned(),
            Route::Callback(one, two) | Route::Original(one, two) => {
                format!("{one}/{two}")
            }
        }
    }

    fn is_of_interaction(&self) -> bool {
        matches!(self, Route::Callback(..) | Route::Original(..))
    }

    fn url(&self, api: &Url) -> Result<Url, Fault> {
        let mut url = api.clone();
        match url.path_segments_mut() {
            Ok(mut path) => {
                path.pop_if_empty().extend(self.segments());
            }
            Err(()) => return Err(Fault::Strange("the API has no address".to_owned())),
        }
        if let Route::Behind(_, id) = self {
            url.set_query(Some(&format!("limit=100&after={id}")));
        }
        Ok(url)
    }
}

fn refusal(response: &Response, wait: Option<Duration>) -> Fault {
    let said: Refusal = serde_json::from_slice(&response.body).unwrap_or_default();
    Fault::Refused {
        status: response.status,
        code: said.code,
        message: said.message.chars().take(REFUSAL).collect(),
        retry_after: wait,
    }
}

impl Fault {
    /// Whether what was named is not there any more, or was never there.
    pub(super) fn is_of_missing(&self) -> bool {
        matches!(self, Fault::Refused { status: 404, .. })
    }

    /// What was said, for people.
    pub(super) fn what(&self) -> String {
        match self {
            Fault::Http(error) => error.to_string(),
            Fault::Limited(_) => "Discord takes no more at the moment".to_owned(),
            Fault::Refused {
                status, message, ..
            } if message.is_empty() => format!("Discord answered with status {status}"),
            Fault::Refused {
                status,
                code,
                message,
                ..
            } => {
                let advice = advice(*code);
                format!("Discord answered with status {status}: {message} ({code}){advice}")
            }
            Fault::Strange(why) => format!("Discord's answer was not understood: {why}"),
        }
    }
}

/// What an owner can do about some refusals ("JSON Error Codes").
fn advice(code: u64) -> &'static str {
    match code {
        50_001 => "; give the bot access to this channel",
        50_013 => "; give the bot the permission to send messages here",
        50_007 => "; this person takes no direct messages from the bot",
        50_278 => "; the bot and this person are on no server together",
        200_000 => "; this server's AutoMod has blocked it",
        _ => "",
    }
}

/// A message goes with a nonce, by which Discord recognises it when it comes again.
impl From<Fault> for SendError {
    fn from(fault: Fault) -> Self {
        let what = fault.what();
        match fault {
            Fault::Http(error) => SendError::when_idempotent(error),
            Fault::Limited(after) => SendError::Retry {
                after: Some(after),
                status: None,
                what,
            },
            Fault::Strange(_) => SendError::Retry {
                after: None,
                status: None,
                what,
            },
            Fault::Refused {
                status: code,
                retry_after,
                ..
            } => {
                let status = Some(code);
                match code {
                    401 => SendError::Expired { status, what },
                    408 | 429 | 300..=399 | 500.. => SendError::Retry {
                        after: retry_after,
                        status,
                        what,
                    },
                    _ => SendError::Permanent { status, what },
                }
            }
        }
    }
}
