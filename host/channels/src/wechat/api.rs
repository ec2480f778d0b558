//! iLink: JSON over HTTPS. A request of an account carries its token and says which version of the protocol is spoken; an
//! answer has `ret` or `errcode`, which are 0 where it was taken, whatever the status ("Transport", "Headers").

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use url::Url;

use crate::driver::SendError;
use crate::http::{ANSWER, Headers, Http, HttpError, Method, Request, Response};

/// How long a request may take that waits for nothing.
pub(super) const TIMEOUT: Duration = Duration::from_secs(15);
/// The version of the protocol that this driver speaks: that of Tencent's own plugin, from which it is known.
const VERSION: &str = "2.4.9";
/// Characters of an error's text that are worth telling.
const TEXT: usize = 300;
/// The login is gone.
const LOGIN_GONE: i64 = -14;
/// Nothing more is taken for this person: their last message is too old, was answered too often, or is not known any more.
const NOT_NOW: i64 = -2;

/// A way to the API.
pub(super) struct Api<'a> {
    pub http: &'a dyn Http,
    base: Url,
}

/// Why a request was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// No answer.
    Http(HttpError),
    /// Another status than 2xx.
    Status(u16),
    /// An answer that says no.
    Refused { code: i64, text: String },
    /// An answer that makes no sense.
    Strange(String),
}

#[derive(Deserialize)]
struct Verdict {
    #[serde(default)]
    ret: i64,
    #[serde(default)]
    errcode: Option<i64>,
    #[serde(default)]
    errmsg: Option<String>,
}

impl<'a> Api<'a> {
    pub(super) fn new(http: &'a dyn Http, base: Url) -> Self {
        Self { http, base }
    }

    /// Asks for something as an account, whose token it is.
    pub(super) async fn call<T: DeserializeOwned>(
        &self,
        token: Option<&str>,
        path: &str,
        mut body: Value,
    ) -> Result<T, Fault> {
        if let Some(fields) = body.as_object_mut() {
            fields.insert("base_info".to_owned(), base_info());
        }
        self.post(token, (path, &[]), &body, TIMEOUT, ANSWER).await
    }

    /// The same with a query, and with limits of its own.
    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        token: Option<&str>,
        (path, query): (&str, &[(&str, &str)]),
        body: &Value,
        timeout: Duration,
        most: usize,
    ) -> Result<T, Fault> {
        let mut headers = common_headers();
        headers.push("Content-Type", "application/json");
        headers.push("AuthorizationType", "ilink_bot_token");
        headers.push("X-WECHAT-UIN", uin(random()));
        if let Some(token) = token {
            headers.push("Authorization", format!("Bearer {token}"));
        }
        let request = Request {
            method: Method::Post,
            url: self.url(path, query),
            headers,
            body: Bytes::from(body.to_string()),
            timeout,
            most,
        };
        read(&self.http.send(request).await.map_err(Fault::Http)?)
    }

    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
        timeout: Duration,
    ) -> Result<T, Fault> {
        let request = Request {
            method: Method::Get,
            url: self.url(path, query),
            headers: common_headers(),
            body: Bytes::new(),
            timeout,
            most: ANSWER,
        };
        read(&self.http.send(request).await.map_err(Fault::Http)?)
    }

    fn url(&self, path: &str, query: &[(&str, &str)]) -> Url {
        below(&self.base, path, query)
    }
}

/// An address below another one.
pub(super) fn below(base: &Url, path: &str, query: &[(&str, &str)]) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}/{path}", base.path().trim_end_matches('/')));
    if !query.is_empty() {
        url.query_pairs_mut().clear().extend_pairs(query);
    }
    url
}

pub(super) fn base_info() -> Value {
    json!({
        "channel_version": VERSION,
        "bot_agent": concat!("Cloister/", env!("CARGO_PKG_VERSION")),
    })
}

fn common_headers() -> Headers {
    [
        ("iLink-App-Id".to_owned(), "bot".to_owned()),
        (
            "iLink-App-ClientVersion".to_owned(),
            client_version(VERSION).to_string(),
        ),
    ]
    .into_iter()
    .collect()
}

/// `0x00MMNNPP` of `major.minor.patch`.
pub(super) fn client_version(version: &str) -> u32 {
    let mut parts = version
        .split('.')
        .map(|part| part.parse::<u32>().unwrap_or(0) & 0xff);
    let mut next = || parts.next().unwrap_or(0);
    (next() << 16) | (next() << 8) | next()
}

/// Base64 of the digits of a number, a new one for each request.
pub(super) fn uin(number: u32) -> String {
    STANDARD.encode(number.to_string())
}

fn random() -> u32 {
    // Without randomness a request merely looks like the one before it.
    getrandom::u32().unwrap_or(1)
}

fn read<T: DeserializeOwned>(response: &Response) -> Result<T, Fault> {
    if !response.is_success() {
        return Err(Fault::Status(response.status));
    }
    let body: Value = serde_json::from_slice(&response.body).map_err(strange)?;
    let verdict = Verdict::deserialize(&body).map_err(strange)?;
    let code = match verdict.ret {
        0 => verdict.errcode.unwrap_or(0),
        ret => match verdict.errcode {
            Some(LOGIN_GONE) => LOGIN_GONE,
            _ => ret,
        },
    };
    if code != 0 {
        let text = verdict.errmsg.unwrap_or_default();
        return Err(Fault::Refused {
            code,
            text: text.chars().take(TEXT).collect(),
        });
    }
    T::deserialize(body).map_err(strange)
}

fn strange(error: serde_json::Error) -> Fault {
    // Where it went wrong, not what stood there.
    Fault::Strange(format!(
        "{:?} error at line {}, column {}",
        error.classify(),
        error.line(),
        error.column()
    ))
}

impl Fault {
    /// Whether the account has to be connected again.
    pub(super) fn is_login_gone(&self) -> bool {
        matches!(
            self,
            Fault::Refused {
                code: LOGIN_GONE,
                ..
            } | Fault::Status(401)
        )
    }

    /// What was said, for people.
    pub(super) fn what(&self) -> String {
        match self {
            Fault::Http(error) => error.to_string(),
            Fault::Status(401) => "WeChat does not take the login any more (status 401)".to_owned(),
            Fault::Status(status) => format!("WeChat answered with status {status}"),
            Fault::Refused { code, text } => {
                let meaning = match *code {
                    LOGIN_GONE => "the login is gone",
                    NOT_NOW => {
                        "it takes no more for this person until they write again: a day has passed, \
                         or ten messages, since they did"
                    }
                    _ => "it did not take the request",
                };
                match text.is_empty() {
                    true => format!("WeChat answered ret {code}: {meaning}"),
                    false => format!("WeChat answered ret {code} ({text}): {meaning}"),
                }
            }
            Fault::Strange(why) => format!("WeChat's answer was not understood: {why}"),
        }
    }

    /// What it means for something that may be asked twice.
    pub(super) fn of_repeatable(self) -> SendError {
        let what = self.what();
        match self {
            Fault::Http(error) => SendError::when_idempotent(error),
            Fault::Strange(_) => SendError::Retry {
                after: None,
                status: None,
                what,
            },
            fault => fault.into(),
        }
    }
}

/// WeChat shows a message twice that is sent twice, as far as is known.
impl From<Fault> for SendError {
    fn from(fault: Fault) -> Self {
        let what = fault.what();
        if fault.is_login_gone() {
            let status = match fault {
                Fault::Status(status) => Some(status),
                _ => Some(200),
            };
            return SendError::Expired { status, what };
        }
        match fault {
            Fault::Http(error) => SendError::when_not_idempotent(error),
            Fault::Strange(_) => SendError::Unknown { what },
            Fault::Refused { code: NOT_NOW, .. } => SendError::Waits { what },
            Fault::Refused { .. } => SendError::Retry {
                after: None,
                status: Some(200),
                what,
            },
            Fault::Status(status) => match status {
                429 | 300..=399 | 500.. => SendError::Retry {
                    after: None,
                    status: Some(status),
                    what,
                },
                _ => SendError::Permanent {
                    status: Some(status),
                    what,
                },
            },
        }
    }
}
