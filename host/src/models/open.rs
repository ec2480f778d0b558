//! Asking a provider: once, and again where that may help and nothing has been paid for, until there is an answer to read.

use std::time::Duration;

use bytes::Bytes;
use channels::{Headers, HttpError, Method, Request};
use chrono::{DateTime, Utc};
use sandbox::types::model::{Cause, Problem};
use serde_json::Value;
use tokio::time::Instant;

use super::{ANSWER, Provider, Question, problem};
use crate::outgoing::{Incoming, Outgoing};

/// The longest that a provider may make a turn wait before it is asked again.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// Bytes of an answer that says why there is none.
const WHY: usize = 64 << 10;

/// How long an answer is waited for, and under which name it is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Patience<'a> {
    /// What the question is called: the same where it is asked again because its answer was lost with a host. A provider that
    /// goes by such names then gives, and charges for, one answer.
    pub name: &'a str,
    /// How long one answer may take, from the question to its end.
    pub time: Duration,
    /// How long to wait before each time that it is asked again.
    pub retry: &'a [Duration],
    /// How long all of it may take.
    pub within: Duration,
}

/// Asks, and gives the answer as soon as its head is there. An answer that does not come in time is not asked for again: it
/// may have been paid for.
pub async fn open(
    outgoing: &Outgoing,
    provider: &Provider,
    question: &Question,
    patience: Patience<'_>,
) -> Result<Incoming, Problem> {
    let until = Instant::now() + patience.within;
    let body = Bytes::from(question.body.to_string());
    let mut waits = patience.retry.iter();
    let mut tries = 0_usize;
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(late(provider));
        }
        let request = Request {
            method: Method::Post,
            url: provider.at(&question.path),
            // A provider that goes by names would give the same failure again under the same one.
            headers: question.headers(format!("{}-{tries}", patience.name)),
            body: body.clone(),
            timeout: left.min(patience.time),
            most: ANSWER,
        };
        let (problem, helps) = match outgoing.open(request, provider.chosen).await {
            Ok(incoming) if incoming.is_success() => return Ok(incoming),
            Ok(incoming) => refused(provider, incoming).await,
            Err(error) => unanswered(provider, error),
        };
        let wait = match (helps, waits.next()) {
            (true, Some(wait)) => problem.retry_after.map_or(*wait, Duration::from_millis),
            _ => return Err(problem),
        };
        if wait > LONGEST_WAIT || Instant::now() + wait >= until {
            return Err(problem);
        }
        let host = provider.host();
        tracing::debug!(host, ?wait, why = problem.message, "a model is asked again");
        tries += 1;
        tokio::time::sleep(wait).await;
    }
}

impl Provider {
    /// Its address with a path added.
    pub(super) fn at(&self, path: &str) -> url::Url {
        let (path, query) = match path.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (path, None),
        };
        let mut url = self.url.clone();
        url.set_path(&format!("{}/{path}", self.url.path().trim_end_matches('/')));
        url.set_query(query);
        url
    }
}

impl Question {
    fn headers(&self, name: String) -> Headers {
        let own = self.headers.iter();
        let own = own.map(|(name, value)| (*name, value.clone()));
        own.chain([
            ("content-type", "application/json".to_owned()),
            ("idempotency-key", name),
        ])
        .collect()
    }
}

/// What an answer that is none means, and whether asking again may help.
async fn refused(provider: &Provider, mut incoming: Incoming) -> (Problem, bool) {
    let (status, retry_after) = (incoming.status, retry_after(&incoming.headers, Utc::now()));
    let mut body = Vec::new();
    // What cannot be read of it would only have said more of the same.
    while let Ok(Some(chunk)) = incoming.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() > WHY {
            break;
        }
    }
    let said = match serde_json::from_slice::<Value>(&body) {
        Ok(value) => told(value.get("error").unwrap_or(&value)),
        Err(_) => String::from_utf8_lossy(&body).into_owned(),
    };
    let said = match provider.quoted(said.trim()) {
        said if said.is_empty() => String::new(),
        said => format!(": {said}"),
    };
    let host = provider.host();
    let (cause, message) = match status {
        429 => (
            Cause::RateLimited,
            format!("{host} wants to be asked less often (status 429){said}"),
        ),
        401 | 403 => (
            Cause::Failed,
            format!("{host} does not accept the provider's key (status {status}){said}"),
        ),
        500.. => (
            Cause::Failed,
            format!("{host} failed with status {status}{said}"),
        ),
        _ => (
            Cause::Failed,
            format!("{host} refused with status {status}{said}"),
        ),
    };
    let problem = Problem {
        cause,
        message,
        status: Some(status),
        retry_after: retry_after.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)),
    };
    (problem, status == 429 || (500..600).contains(&status))
}

/// What it means that there was no answer, and whether asking again may help.
fn unanswered(provider: &Provider, error: HttpError) -> (Problem, bool) {
    let host = provider.host();
    match error {
        HttpError::Timeout { sent: true } => (late(provider), false),
        HttpError::Refused(why) => {
            let advice = "the operator allows private hosts in CLOISTER_ALLOW_PRIVATE_HOSTS";
            let message = format!("The provider's address is not reached ({why}); {advice}.");
            (problem(Cause::Unavailable, message), false)
        }
        error @ (HttpError::Connect(_) | HttpError::Timeout { sent: false }) => {
            let message = format!("{host} cannot be reached: {error}.");
            (problem(Cause::Unavailable, message), true)
        }
        // It may have been paid for.
        error @ HttpError::Other(_) => {
            let message = format!("The answer of {host} broke off: {error}.");
            (problem(Cause::Cut, message), false)
        }
    }
}

fn late(provider: &Provider) -> Problem {
    let host = provider.host();
    problem(Cause::TimedOut, format!("{host} did not answer in time."))
}

/// What an answer that broke off, or came too late, means.
pub fn broken(provider: &Provider, error: HttpError) -> Problem {
    match error {
        HttpError::Timeout { .. } => late(provider),
        error => {
            let host = provider.host();
            problem(
                Cause::Cut,
                format!("The answer of {host} broke off: {error}."),
            )
        }
    }
}

/// What an error says, in whichever of the usual shapes.
pub(super) fn told(error: &Value) -> String {
    let message = error.get("message").unwrap_or(error);
    match message.as_str() {
        Some(text) => text.to_owned(),
        None => error.to_string(),
    }
}

/// How long to wait: in milliseconds (OpenAI's own), in seconds, or until a time.
fn retry_after(headers: &Headers, now: DateTime<Utc>) -> Option<Duration> {
    if let Some(millis) = headers
        .get("retry-after-ms")
        .and_then(|text| text.parse().ok())
    {
        return Some(Duration::from_millis(millis));
    }
    let text = headers.get("retry-after")?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = DateTime::parse_from_rfc2822(text).ok()?;
    Some((until.to_utc() - now).to_std().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn when_to_ask_again_is_told_in_three_ways() {
        let now = DateTime::from_timestamp(1_763_680_000, 0).unwrap();
        let after = |name: &str, value: &str| {
            let headers: Headers = [(name, value)].into_iter().collect();
            retry_after(&headers, now)
        };
        assert_eq!(
            after("retry-after-ms", "250"),
            Some(Duration::from_millis(250))
        );
        assert_eq!(after("Retry-After", "7"), Some(Duration::from_secs(7)));
        let date = DateTime::from_timestamp(1_763_680_009, 0)
            .unwrap()
            .to_rfc2822();
        assert_eq!(after("retry-after", &date), Some(Duration::from_secs(9)));
        assert_eq!(
            after("retry-after", "Thu, 01 Jan 1970 00:00:00 GMT"),
            Some(Duration::ZERO)
        );
        assert_eq!(after("retry-after", "soon"), None);
    }
}
