//! A webhook channel from the outside: a messaging product that sends what its people say to `/inbound`.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::wait::{LONG, wait_for};

/// A product with a channel's key.
#[derive(Clone)]
pub struct Channel {
    /// `ch_…`
    pub id: String,
    /// `chk_…`
    pub key: String,
    /// `whsec_…`
    pub secret: String,
    address: String,
    http: reqwest::Client,
}

/// What `/inbound` answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The body; a string where it is not JSON.
    pub body: Value,
}

impl Answer {
    /// The replies of a message that was accepted.
    pub fn replies(&self) -> Vec<String> {
        assert_eq!(self.status, StatusCode::OK, "{}", self.body);
        assert_eq!(self.body["ok"], true, "{}", self.body);
        let replies = self.body["replies"]
            .as_array()
            .unwrap_or_else(|| panic!("no replies: {}", self.body));
        replies
            .iter()
            .map(|reply| reply.as_str().expect("a reply is a string").to_owned())
            .collect()
    }
}

/// A direct message.
pub fn message(user: &str, text: &str) -> Value {
    json!({ "externalUserId": user, "message": text })
}

/// The same with an id, so that it may be sent again.
pub fn message_with_id(user: &str, text: &str, id: &str) -> Value {
    json!({ "externalUserId": user, "message": text, "messageId": id })
}

impl Channel {
    /// The one that was made, by the answer to its creation.
    pub fn new(address: &str, made: &Value, http: reqwest::Client) -> Channel {
        let text = |name: &str| {
            made[name]
                .as_str()
                .unwrap_or_else(|| panic!("no {name} in {made}"))
                .to_owned()
        };
        Channel {
            id: text("id"),
            key: text("apiKey"),
            secret: text("webhookSecret"),
            address: address.to_owned(),
            http,
        }
    }

    /// The same channel on another host of the same database.
    pub fn at(&self, address: &str) -> Channel {
        Channel {
            address: address.to_owned(),
            ..self.clone()
        }
    }

    /// The same product with another key.
    pub fn with_key(&self, key: &str) -> Channel {
        Channel {
            key: key.to_owned(),
            ..self.clone()
        }
    }

    /// The same product that takes its channel for another one.
    pub fn with_id(&self, id: &str) -> Channel {
        Channel {
            id: id.to_owned(),
            ..self.clone()
        }
    }

    /// Where it sends.
    pub fn url(&self) -> String {
        format!("{}/api/channels/{}/inbound", self.address, self.id)
    }

    /// Sends a body; the host has to answer.
    pub async fn send(&self, body: &Value) -> Answer {
        self.try_send(body).await.expect("the host answers")
    }

    /// Calls the route of a command.
    pub async fn command(&self, command: &str, body: &Value) -> Answer {
        self.post(&format!("commands/{command}"), body).await
    }

    /// Calls a path below the channel.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        let url = format!("{}/api/channels/{}/{path}", self.address, self.id);
        let request = self.http.post(url).bearer_auth(&self.key).json(body);
        let answer = request.send().await.expect("the host answers");
        let (status, retry_after) = (
            answer.status(),
            answer.headers().get("retry-after").cloned(),
        );
        let text = answer.text().await.expect("a body");
        let mut body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        if let (Some(seconds), Some(body)) = (retry_after, body.as_object_mut()) {
            body.insert(
                "retry-after".to_owned(),
                seconds.to_str().expect("a number").into(),
            );
        }
        Answer { status, body }
    }

    /// Says something and returns the replies.
    pub async fn say(&self, user: &str, text: &str) -> Vec<String> {
        self.send(&message(user, text)).await.replies()
    }

    /// Sends a body that has a `messageId` until there is an answer, as the document tells a client to: while the host is
    /// down, while it starts, and where the connection broke with the answer on its way.
    pub async fn send_until_answered(&self, body: &Value) -> Answer {
        assert!(
            body["messageId"].is_string(),
            "without an id, a repeated message would be a second one"
        );
        wait_for(
            LONG,
            "an answer to a message that is sent again and again",
            async || self.attempt(body).await,
        )
        .await
    }

    /// One such try: nothing where the host could not be reached or says that it is its own fault.
    pub async fn attempt(&self, body: &Value) -> Option<Answer> {
        let answer = self.try_send(body).await.ok()?;
        (!answer.status.is_server_error()).then_some(answer)
    }

    /// Sends a body once.
    pub async fn try_send(&self, body: &Value) -> reqwest::Result<Answer> {
        let request = self.http.post(self.url()).bearer_auth(&self.key).json(body);
        let answer = request.timeout(Duration::from_secs(40)).send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        Ok(Answer {
            status,
            body: serde_json::from_str(&text).unwrap_or(Value::String(text)),
        })
    }
}
