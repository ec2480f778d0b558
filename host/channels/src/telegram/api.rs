//! The Bot API: a request is a method's name and its payload, the answer `{ok, result}` or
//! `{ok: false, error_code, description, parameters}` ("Making requests", "ResponseParameters").

use std::time::Duration;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use teloxide_core::requests::Payload;
use url::Url;

use super::part::{self, File};
use super::settings::BotToken;
use crate::driver::SendError;
use crate::http::{ANSWER, Headers, Http, HttpError, Method, Request, Response};

/// How long a request may take that waits for nothing.
const TIMEOUT: Duration = Duration::from_secs(20);
/// How long one with a file may take.
const UPLOAD: Duration = Duration::from_secs(50);
/// The longest wait that Telegram may ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);
/// Characters of a description that are worth telling.
const DESCRIPTION: usize = 300;

/// One bot's way to the API.
pub(super) struct Bot<'a> {
    http: &'a dyn Http,
    api: &'a Url,
    token: BotToken,
}

/// A result that nobody reads, `true` or whatever else.
#[derive(Debug, Deserialize)]
#[serde(from = "serde::de::IgnoredAny")]
pub(super) struct Ignored;

impl From<serde::de::IgnoredAny> for Ignored {
    fn from(_: serde::de::IgnoredAny) -> Self {
        Self
    }
}

/// Why a request had no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// No answer.
    Http(HttpError),
    /// An answer that says no.
    Refused {
        code: u16,
        description: String,
        retry_after: Option<Duration>,
        migrated_to: Option<i64>,
    },
    /// An answer that says yes and makes no sense.
    Strange(String),
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    ok: bool,
    #[serde(default)]
    result: Value,
    error_code: Option<u16>,
    description: Option<String>,
    parameters: Option<Parameters>,
}

#[derive(Default, Deserialize)]
struct Parameters {
    retry_after: Option<u64>,
    migrate_to_chat_id: Option<i64>,
}

impl<'a> Bot<'a> {
    pub(super) fn new(http: &'a dyn Http, api: &'a Url, token: BotToken) -> Self {
        Self { http, api, token }
    }

    /// Sends a request of plain fields.
    pub(super) async fn call<P, T>(&self, payload: &P) -> Result<T, Fault>
    where
        P: Payload + Serialize,
        T: DeserializeOwned,
    {
        let timeout = payload
            .timeout_hint()
            .map_or(TIMEOUT, |hint| hint + TIMEOUT);
        let body = Bytes::from(serde_json::to_vec(payload).map_err(strange)?);
        self.send::<P, T>("application/json", body, timeout).await
    }

    /// Sends a request that names a file which goes along.
    pub(super) async fn upload<P, T>(&self, payload: &P, file: &File<'_>) -> Result<T, Fault>
    where
        P: Payload + Serialize,
        T: DeserializeOwned,
    {
        let fields: Map<String, Value> =
            serde_json::from_value(serde_json::to_value(payload).map_err(strange)?)
                .map_err(strange)?;
        let (content_type, body) = part::form(&fields, file);
        self.send::<P, T>(&content_type, body, UPLOAD).await
    }

    async fn send<P: Payload, T: DeserializeOwned>(
        &self,
        content_type: &str,
        body: Bytes,
        timeout: Duration,
    ) -> Result<T, Fault> {
        let request = Request {
            method: Method::Post,
            url: self.url(P::NAME),
            headers: [("Content-Type", content_type)].into_iter().collect(),
            body,
            timeout,
            most: ANSWER,
        };
        read(&self.http.send(request).await.map_err(Fault::Http)?)
    }

    /// So many bytes of a file, by the path that Telegram tells: `<api>/file/bot<token>/<path>`.
    pub(super) async fn download(&self, path: &str, most: usize) -> Result<Bytes, Fault> {
        let mut url = self.api.clone();
        let base = self.api.path().trim_end_matches('/');
        url.set_path(&format!("{base}/file/bot{}/{path}", self.token.expose()));
        let request = Request {
            method: Method::Get,
            url,
            headers: Headers::default(),
            body: Bytes::new(),
            timeout: TIMEOUT,
            most,
        };
        let response = self.http.send(request).await.map_err(Fault::Http)?;
        match response.is_success() {
            true => Ok(response.body),
            false => Err(Fault::Refused {
                code: response.status,
                description: String::new(),
                retry_after: None,
                migrated_to: None,
            }),
        }
    }

    /// `<api>/bot<token>/<method>`. The token is in it: this address is shown to no one.
    fn url(&self, method: &str) -> Url {
        let mut url = self.api.clone();
        let mut name = method.to_owned();
        if let Some(first) = name.get_mut(..1) {
            first.make_ascii_lowercase();
        }
        let path = format!(
            "{}/bot{}/{name}",
            self.api.path().trim_end_matches('/'),
            self.token.expose()
        );
        url.set_path(&path);
        url
    }
}

fn read<T: DeserializeOwned>(response: &Response) -> Result<T, Fault> {
    let answer: Result<Answer, _> = serde_json::from_slice(&response.body);
    match answer {
        Ok(answer) if answer.ok && response.is_success() => {
            T::deserialize(answer.result).map_err(strange)
        }
        Ok(answer) => {
            let parameters = answer.parameters.unwrap_or_default();
            let seconds = parameters.retry_after;
            Err(Fault::Refused {
                code: answer.error_code.unwrap_or(response.status),
                description: brief(answer.description.as_deref().unwrap_or_default()),
                retry_after: seconds.map(|seconds| Duration::from_secs(seconds).min(LONGEST_WAIT)),
                migrated_to: parameters.migrate_to_chat_id,
            })
        }
        Err(error) if response.is_success() => Err(strange(error)),
        Err(_) => Err(Fault::Refused {
            code: response.status,
            description: String::new(),
            retry_after: None,
            migrated_to: None,
        }),
    }
}

fn strange(error: serde_json::Error) -> Fault {
    Fault::Strange(error.to_string())
}

fn brief(text: &str) -> String {
    text.chars().take(DESCRIPTION).collect()
}

impl Fault {
    /// Whether a text could not be read as HTML, or nothing of it was left to be seen.
    pub(super) fn is_about_entities(&self) -> bool {
        let Fault::Refused {
            code: 400,
            description,
            ..
        } = self
        else {
            return false;
        };
        let description = description.to_ascii_lowercase();
        ["parse", "entit", "text is empty", "non-empty"]
            .iter()
            .any(|word| description.contains(word))
    }

    /// What was said, for people.
    pub(super) fn what(&self) -> String {
        match self {
            Fault::Http(error) => error.to_string(),
            Fault::Refused {
                code, description, ..
            } if description.is_empty() => format!("Telegram answered with status {code}"),
            Fault::Refused {
                code, description, ..
            } => format!("Telegram answered with status {code}: {description}"),
            Fault::Strange(why) => format!("Telegram's answer was not understood: {why}"),
        }
    }
}

/// Telegram shows a message twice that is sent twice.
impl From<Fault> for SendError {
    fn from(fault: Fault) -> Self {
        let what = fault.what();
        match fault {
            Fault::Http(error) => SendError::when_not_idempotent(error),
            Fault::Strange(_) => SendError::Unknown { what },
            Fault::Refused {
                code, retry_after, ..
            } => {
                let status = Some(code);
                match code {
                    401 | 404 => SendError::Expired { status, what },
                    429 | 300..=399 | 500.. => SendError::Retry {
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
