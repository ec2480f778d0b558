//! `http`: requests to the hosts that the owner allows, through the guard. Secrets are put in here, at the boundary, and hidden
//! in what comes back. What was answered to a request that may have changed something is written down before the guest has it.

mod fill;
mod hide;
mod journal;
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
use store::http_answers::Asked;
use tokio::time::Instant;
use tracing::{Instrument, Span};
use url::Url;

use self::hide::Hidden;
pub(super) use self::journal::Journal;
use self::journal::{Answer, asked, may_be_done};
pub(super) use self::reaching::Reaching;
use super::turn::{Line, Turn};
use crate::fault;
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

pub(super) struct TurnHttp {
    turn: Arc<Turn>,
    /// The place of the call of a tool whose module makes the requests; none where the agent itself does.
    tool_call: Option<i32>,
}

impl TurnHttp {
    /// For the agent of a turn.
    pub(super) fn of(turn: Arc<Turn>) -> Self {
        Self {
            turn,
            tool_call: None,
        }
    }

    /// For the tool that is called at this place of a turn.
    pub(super) fn of_tool(turn: Arc<Turn>, place: i32) -> Self {
        Self {
            turn,
            tool_call: Some(place),
        }
    }
}

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
        place: Option<u32>,
        within: Duration,
    ) -> Result<HttpResponse, Unanswered> {
        let began = Instant::now();
        let turn = &self.turn;
        let Some(reaching) = &turn.reaching else {
            return Err(Unanswered::Denied);
        };
        let whom = request.url.parse::<Url>().ok();
        let whom = whom.and_then(|url| url.host_str().map(str::to_owned));
        let span = spans::http(&turn.span);
        span.record("http.request.method", known_method(&request.method));
        let asked = place.map(|place| asked(self.tool_call, place, &request));
        let answer = answered(turn, reaching, request, asked, within);
        let answer = match answer.instrument(span.clone()).await {
            Ok(Heard::Now(answer)) => Ok(answer),
            // It was counted, and told, when it was sent.
            Ok(Heard::Before(answer)) => return answer,
            Err(failed) => Err(failed),
        };
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

/// An answer, and when it was given.
enum Heard {
    /// Now.
    Now(HttpResponse),
    /// When the turn was run before.
    Before(Answer),
}

/// The answer to a request: from the journal, or from the server. What one that may have changed something has come to is written
/// down then.
async fn answered(
    turn: &Turn,
    reaching: &Reaching,
    request: HttpRequest,
    asked: Option<Asked>,
    within: Duration,
) -> Result<Heard, Failed> {
    let began = Instant::now();
    reaching.begin()?;
    let journal = reaching.journal();
    if let Some(asked) = &asked
        && let Some(answer) = journal.find(turn, asked).await?
    {
        return Ok(Heard::Before(answer));
    }
    let answer = send(turn, reaching, request, began + within).await;
    if let Some(asked) = &asked {
        let heard = answer.as_ref().map_err(|failed| &failed.why);
        if may_be_done(heard) {
            journal.keep(turn, asked, heard).await?;
            fault::point("http.kept");
        }
    }
    answer.map(Heard::Now)
}

async fn send(
    turn: &Turn,
    reaching: &Reaching,
    mut request: HttpRequest,
    until: Instant,
) -> Result<HttpResponse, Failed> {
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
    let hidden = match secrets.is_empty() {
        true => None,
        false => Some(reaching.hidden(secrets)?),
    };
    let url = fill::fill(&mut request, url, secrets)?;
    let left = until.saturating_duration_since(Instant::now());
    let relayed = Relayed {
        method: method(&request.method)?,
        headers: headers(&request, secrets, &url)?,
        body: request.body.into(),
        is_named,
        within: left.min(reaching.outside().time),
        most: reaching.outside().response,
        url,
    };
    let answered = reaching.outgoing().relay(relayed).await;
    let answered = answered.map_err(|error| told(&error, reaching))?;
    answer(answered, hidden)
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
fn answer(answered: Answered, hidden: Option<&Hidden>) -> Result<HttpResponse, Failed> {
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
    let Some(hidden) = hidden else {
        return Ok(HttpResponse {
            status,
            headers,
            body,
        });
    };
    let encoding = headers
        .iter()
        .find(|(name, _)| name == CONTENT_ENCODING.as_str());
    if let Some((_, how)) = encoding {
        let mut how = how.clone();
        hidden.hide(&mut how);
        let how: String = String::from_utf8_lossy(&how).chars().take(64).collect();
        let told = "the answer is compressed, though that was not asked for: whether it has a secret in it cannot be seen";
        return Err(failed(Unanswered::Encoded(how), told));
    }
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
