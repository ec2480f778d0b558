//! The owner: someone with a personal token, who pushes modules and makes channels.

use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

use crate::channel::Channel;

/// An owner of one host.
#[derive(Clone)]
pub struct Owner {
    address: String,
    token: String,
    http: reqwest::Client,
}

impl Owner {
    pub(crate) fn new(address: String, token: String, http: reqwest::Client) -> Owner {
        Owner {
            address,
            token,
            http,
        }
    }

    /// The personal token.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// A request with the owner's token.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.address))
            .bearer_auth(&self.token)
    }

    /// Uploads a module for an agent, which is made if there is none of this name, and started.
    pub async fn push(&self, agent: &str, module: Vec<u8>) -> Response {
        let path = format!("/api/agents/{agent}/module");
        let request = self
            .request(Method::PUT, &path)
            .header("Content-Type", "application/wasm")
            // A debug build takes long to compile the runtime of a language.
            .timeout(std::time::Duration::from_secs(600))
            .body(module);
        request.send().await.expect("the host answers")
    }

    /// The same, which has to work.
    pub async fn pushed(&self, agent: &str, module: Vec<u8>) {
        let answer = self.push(agent, module).await;
        let (status, body) = (answer.status(), answer.text().await.expect("a body"));
        assert!(status.is_success(), "pushing {agent}: {status} {body}");
    }

    /// Makes a webhook channel, answered by `agent`, that delivers to `callback_url`.
    pub async fn channel(&self, agent: &str, callback_url: &str) -> Channel {
        let body = json!({
            "name": format!("{agent}'s"), "platform": "custom", "callbackUrl": callback_url, "agentName": agent
        });
        let (status, made) = self.send(Method::POST, "/api/channels", Some(body)).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        Channel::new(&self.address, &made, self.http.clone())
    }

    /// Sends JSON and reads the answer.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        let mut request = self.request(method, path);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.expect("the host answers");
        let status = answer.status();
        let text = answer.text().await.expect("a body");
        (
            status,
            serde_json::from_str(&text).unwrap_or(Value::String(text)),
        )
    }

    /// Asks GraphQL and reads the answer, errors and all.
    pub async fn graphql(&self, query: &str, variables: Value) -> Value {
        let body = json!({ "query": query, "variables": variables });
        let (status, answer) = self.send(Method::POST, "/graphql", Some(body)).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer
    }
}
