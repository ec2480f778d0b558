//! `http`: requests to the hosts that the owner allows, through the guard. Secrets are put in here, at the boundary, and hidden
//! in what comes back.

mod fill;
mod hide;
mod reaching;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::Method;
use reqwest::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, EXPECT, HOST, HeaderMap, HeaderName,
    HeaderValue, IF_RANGE, RANGE, TE, TRAILER,
};
use sandbox::{Http, HttpRequest, HttpResponse, Unanswered};
use tokio::time::Instant;
use tracing::{Instrument, Span};
use url::Url;

pub(super) use self::reaching::Reaching;
use super::turn::{Line, Turn};
use crate::metrics::known_method;
use crate::outgoing::{Answered, NoAnswer, Refused, Relayed};
use crate::service::secrets::Opened;
use crate::spans;

/// Bytes of the body of a request.
const REQUEST: usize = 4 << 20;
/// Bytes of an address.
const ADDRESS: usize = 16 << 10;
/// What is the client's own to say.
const OWN: [HeaderName; 5] = [HOST, CONTENT_LENGTH, EXPECT, TE, TRAILER];

pub(super) struct TurnHttp(pub(super) Arc<Turn>);

/// Why there is no answer, and what the owner is told.
struct Failed {
    why: Unanswered,
    told: String,
}

fn failed(why: Unanswered, told: impl Into<String>) -> Failed {
    Failed {
        why,
        told: told.into(),
    }
}

#[async_trait]
impl Http for TurnHttp {
    fn request_bytes(&self) -> usize {
        REQUEST
    }

    async fn send(
        &self,
        request: HttpRequest,
        within: Duration,
    ) -> Result<HttpResponse, Unanswered> {
        let began = Instant::now();
        let turn = &self.0;
        let Some(reaching) = &turn.reaching else {
            return Err(Unanswered::Denied);
        };
        let whom = request.url.parse::<Url>().ok();
        let whom = whom.and_then(|url| url.host_str().map(str::to_owned));
        let span = spans::http(&turn.span);
        span.record("http.request.method", known_method(&request.method));
        let answer = send(turn, reaching, request, within);
        let answer = answer.instrument(span.clone()).await;
        let outcome = match &answer {
            Ok(_) => "answered",
            Err(failed) => word(&failed.why),
        };
        reaching.count(outcome, began.elapsed());
        if let Ok(answer) = &answer {
            span.record("http.response.status_code", i64::from(answer.status));
        }
        spans::came_of(&span, outcome);
        answer.map_err(|Failed { why, told }| {
            let whom = whom.unwrap_or_else(|| "nowhere".to_owned());
            // The owner sees it, whatever the agent makes of it.
            turn.buffer().log.push(Line {
                level: "warn",
                message: format!("A request to `{whom}` has no answer: {told}."),
                fields: vec![("cause".to_owned(), word(&why).to_owned())],
            });
            why
        })
    }
}

async fn send(
    turn: &Turn,
    reaching: &Reaching,
    mut request: HttpRequest,
    within: Duration,
) -> Result<HttpResponse, Failed> {
    reaching.begin()?;
    let url = address(&request.url)?;
    let allowed = reaching.outside().covers(&url);
    let is_named = allowed.ok_or_else(|| {
        let port = url.port().map(|port| format!(":{port}"));
        let host = url.host_str().unwrap_or_default();
        let told = format!(
            "the owner has not allowed it: they add `{host}{}` to `hosts` in the terms of the grant `http`",
            port.unwrap_or_default()
        );
        failed(Unanswered::Denied, told)
    })?;
    // What the owner has allowed, and so no text of anybody's.
    Span::current().record("server.address", url.host_str());
    let secrets = reaching.secrets(turn).await?;
    let url = fill::fill(&mut request, url, secrets)?;
    let relayed = Relayed {
        method: method(&request.method)?,
        headers: headers(&request, secrets, &url)?,
        body: request.body.into(),
        is_named,
        within: within.min(reaching.outside().time),
        most: reaching.outside().response,
        url,
    };
    let answered = reaching.outgoing().relay(relayed).await;
    let answered = answered.map_err(|error| told(&error, reaching))?;
    answer(answered, reaching, secrets)
}

fn address(text: &str) -> Result<Url, Failed> {
    let wrong = |told: String| failed(Unanswered::Invalid, told);
    if text.len() > ADDRESS {
        return Err(wrong(format!("its address has more than {ADDRESS} bytes")));
    }
    text.parse()
        .map_err(|error| wrong(format!("its address cannot be read: {error}")))
}

fn method(name: &str) -> Result<Method, Failed> {
    let method = Method::from_bytes(name.as_bytes()).ok();
    // The one makes a tunnel, the other says again what it was sent.
    let method = method.filter(|method| *method != Method::CONNECT && *method != Method::TRACE);
    method.ok_or_else(|| failed(Unanswered::Invalid, "its method is none that is sent"))
}

/// What is sent with a request. To a host that secrets are for, nothing that makes it answer in pieces, or in a way that
/// cannot be looked into.
fn headers(request: &HttpRequest, secrets: &[Opened], url: &Url) -> Result<HeaderMap, Failed> {
    let wrong = || failed(Unanswered::Invalid, "one of its headers cannot be sent");
    let mut headers = HeaderMap::new();
    for (name, value) in &request.headers {
        let name = HeaderName::try_from(name).map_err(|_| wrong())?;
        if !OWN.contains(&name) {
            let value = HeaderValue::from_bytes(value).map_err(|_| wrong())?;
            headers.append(name, value);
        }
    }
    if !secrets.is_empty() {
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    }
    if secrets.iter().any(|secret| secret.is_for(url)) {
        headers.remove(RANGE);
        headers.remove(IF_RANGE);
    }
    Ok(headers)
}

/// The answer, with no secret of the agent in it.
fn answer(
    answered: Answered,
    reaching: &Reaching,
    secrets: &[Opened],
) -> Result<HttpResponse, Failed> {
    let Answered {
        status,
        headers,
        mut body,
    } = answered;
    let pair = |(name, value): (&HeaderName, &HeaderValue)| {
        (name.as_str().to_owned(), value.as_bytes().to_vec())
    };
    let mut headers: Vec<_> = headers
        .iter()
        .filter(|(name, value)| **name != CONTENT_ENCODING || *value != "identity")
        .map(pair)
        .collect();
    if secrets.is_empty() {
        return Ok(HttpResponse {
            status,
            headers,
            body,
        });
    }
    let encoding = headers
        .iter()
        .find(|(name, _)| name == CONTENT_ENCODING.as_str());
    if let Some((_, how)) = encoding {
        let how: String = String::from_utf8_lossy(how).chars().take(64).collect();
        let told = "the answer is compressed, though that was not asked for: whether it has a secret in it cannot be seen";
        return Err(failed(Unanswered::Encoded(how), told));
    }
    let hidden = reaching.hidden(secrets)?;
    if hidden.hide(&mut body) {
        headers.retain(|(name, _)| name != CONTENT_LENGTH.as_str());
    }
    headers.retain(|(name, _)| !hidden.is_in(name.as_bytes()));
    for (_, value) in &mut headers {
        hidden.hide(value);
    }
    Ok(HttpResponse {
        status,
        headers,
        body,
    })
}

fn told(error: &NoAnswer, reaching: &Reaching) -> Failed {
    let most = u64::try_from(reaching.outside().response).unwrap_or(u64::MAX);
    let why = match error {
        NoAnswer::Refused(Refused::NotPublic { .. }) => Unanswered::Prohibited,
        NoAnswer::Refused(Refused::Unresolved { .. }) => Unanswered::NoSuchHost,
        NoAnswer::Refused(_) => Unanswered::Invalid,
        NoAnswer::Unreachable(_) => Unanswered::Unreachable,
        NoAnswer::ConnectTimedOut => Unanswered::ConnectTimedOut,
        NoAnswer::TimedOut => Unanswered::TimedOut,
        NoAnswer::Cut(_) => Unanswered::Cut,
        NoAnswer::TooLong(_) => Unanswered::ResponseTooLarge(most),
    };
    failed(why, error.to_string())
}

fn word(why: &Unanswered) -> &'static str {
    match why {
        Unanswered::Denied => "denied",
        Unanswered::Prohibited => "prohibited",
        Unanswered::Invalid => "invalid",
        Unanswered::TooMany => "too_many",
        Unanswered::RequestTooLarge(_) | Unanswered::ResponseTooLarge(_) => "too_large",
        Unanswered::NoSuchHost => "no_such_host",
        Unanswered::Unreachable => "unreachable",
        Unanswered::ConnectTimedOut | Unanswered::TimedOut => "timed_out",
        Unanswered::Cut => "cut",
        Unanswered::Encoded(_) => "encoded",
        Unanswered::Other(_) => "other",
    }
}
