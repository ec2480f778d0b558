//! What every driver must do, whatever its platform, as one check that each driver's tests call. The platform is a
//! script here: what it answers is the point.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use serde_json::{Value, json};

use crate::driver::{BoundChannel, Driver, SendError};
use crate::http::{Headers, Http, HttpError, Request, Response};
use crate::message::{Outbound, Target};
use crate::secret::Secret;

/// A driver's own example of a channel.
pub(crate) struct Sample {
    pub(crate) configuration: Value,
    pub(crate) credential: Option<Value>,
    /// Texts of the credential that must show nowhere.
    pub(crate) secrets: Vec<String>,
    /// Whether the platform recognises a repeated message.
    pub(crate) idempotent: bool,
}

/// Panics with what the driver got wrong.
pub(crate) async fn check(driver: &dyn Driver, sample: Sample) {
    let channel = settings_are_read_and_kept_apart(driver, &sample);
    nonsense_is_refused(driver);
    assert!(
        driver.text_limit().max() >= 160,
        "a message too short to say anything"
    );
    if driver.carries() {
        failures_are_told_apart(driver, &channel, &sample).await;
    }
}

fn settings_are_read_and_kept_apart(driver: &dyn Driver, sample: &Sample) -> BoundChannel {
    let first = driver
        .parse_settings(&sample.configuration, sample.credential.as_ref())
        .unwrap();
    let shown = format!("{first:?}");
    for secret in &sample.secrets {
        assert!(!shown.contains(secret.as_str()), "settings show a secret");
    }
    let credential = first.credential.map(Secret::into_inner);
    let again = driver
        .parse_settings(&first.configuration, credential.as_ref())
        .unwrap();
    assert_eq!(
        again.configuration, first.configuration,
        "reading the result again changes it"
    );
    assert_eq!(
        again.credential.map(Secret::into_inner),
        credential,
        "reading the result again changes it"
    );
    BoundChannel {
        id: "ch_0123456789abcdef0123456789abcdef".to_owned(),
        configuration: first.configuration,
        credential: Secret::new(credential.unwrap_or(Value::Null)),
    }
}

fn nonsense_is_refused(driver: &dyn Driver) {
    for nonsense in [
        json!(null),
        json!([]),
        json!("text"),
        json!(1),
        json!({ "no_such_field": true }),
    ] {
        let error = driver.parse_settings(&nonsense, None).unwrap_err();
        assert!(!error.field.is_empty() && !error.why.is_empty());
    }
}

async fn failures_are_told_apart(driver: &dyn Driver, channel: &BoundChannel, sample: &Sample) {
    let outcome = async |answer: Result<Response, HttpError>| {
        let http = Answering::with(answer);
        let result = driver
            .deliver(&http, channel, &target(), &Outbound::plain("d1", "hello"))
            .await;
        assert!(!http.requests().is_empty(), "nothing was sent");
        if let Err(error) = &result {
            for secret in &sample.secrets {
                assert!(
                    !error.to_string().contains(secret.as_str()),
                    "an error shows a secret: {error}"
                );
            }
        }
        result
    };
    for status in [301, 302, 307, 308] {
        assert!(
            outcome(Ok(response(status))).await.is_err(),
            "a redirect is not a delivery"
        );
    }
    let comes_again = async |status| {
        let result = outcome(Ok(response(status))).await;
        assert!(
            matches!(result, Err(SendError::Retry { .. })),
            "{status}: {result:?}"
        );
    };
    for status in [500, 502, 503] {
        comes_again(status).await;
    }
    for unsent in [
        HttpError::Connect("no route".to_owned()),
        HttpError::Timeout { sent: false },
    ] {
        let result = outcome(Err(unsent)).await;
        assert!(matches!(result, Err(SendError::Retry { .. })), "{result:?}");
    }
    let result = outcome(Err(HttpError::Timeout { sent: true })).await;
    let right = match sample.idempotent {
        true => matches!(result, Err(SendError::Retry { .. })),
        false => matches!(result, Err(SendError::Unknown { .. })),
    };
    assert!(right, "{result:?}");
    let refused = outcome(Err(HttpError::Refused("private".to_owned()))).await;
    assert!(
        matches!(
            refused,
            Err(SendError::Permanent { .. } | SendError::ChannelBroken { .. })
        ),
        "{refused:?}"
    );
    // A driver may keep to it, and send nothing for a while.
    comes_again(429).await;
}

/// A platform that answers as it is told and remembers what it was asked.
pub(crate) struct Answering {
    answers: Mutex<VecDeque<Result<Response, HttpError>>>,
    last: Result<Response, HttpError>,
    requests: Mutex<Vec<Request>>,
}

impl Answering {
    /// The same answer every time.
    pub(crate) fn with(answer: Result<Response, HttpError>) -> Self {
        Self {
            answers: Mutex::default(),
            last: answer,
            requests: Mutex::default(),
        }
    }

    /// One after the other; then nothing answers.
    pub(crate) fn in_turn(answers: impl IntoIterator<Item = Result<Response, HttpError>>) -> Self {
        let last = Err(HttpError::Connect("the script is over".to_owned()));
        Self {
            answers: Mutex::new(answers.into_iter().collect()),
            last,
            requests: Mutex::default(),
        }
    }

    /// What it was asked so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

#[async_trait]
impl Http for Answering {
    async fn send(&self, request: Request) -> Result<Response, HttpError> {
        self.requests
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(request);
        let next = self
            .answers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop_front();
        next.unwrap_or_else(|| self.last.clone())
    }
}

/// A runtime for tests of futures that wait for nothing.
pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
}

fn response(status: u16) -> Response {
    Response {
        status,
        headers: Headers::default(),
        body: Bytes::new(),
    }
}

fn target() -> Target {
    Target {
        platform_chat_id: "chat-1".to_owned(),
        platform_user_id: Some("user-1".to_owned()),
        is_group: false,
    }
}
