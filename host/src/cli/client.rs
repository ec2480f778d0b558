//! The client is how commands talk to a running host: its address and a token, from flags, the environment, or what a host
//! has left in the nearest data folder.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use reqwest::{Client as Http, Method, RequestBuilder};
use serde_json::Value;
use url::Url;

use super::Failure;
use crate::service::bootstrap::{ADDRESS, FIRST_CHANNEL, OWNER_TOKEN};
use crate::vault::Secret;

/// Where the host is, and who asks.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "The host")]
pub(super) struct Remote {
    /// Address of the host; else the one that it left in its data folder, or http://127.0.0.1:8080
    #[arg(long, env = "CLOISTER_URL", value_name = "URL")]
    url: Option<Url>,
    /// Personal token, `clt_…`; else the file `owner-token` of the data folder, or of the nearest folder `data` upwards
    #[arg(long, env = "CLOISTER_TOKEN", value_name = "TOKEN", hide_env_values = true, value_parser = secret)]
    token: Option<Secret<String>>,
    /// Data folder of a host on this machine
    #[arg(long, env = "CLOISTER_DATA_DIR", value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
}

/// A host that commands can be sent to.
pub(super) struct Client {
    http: Http,
    url: String,
    token: Secret<String>,
    folder: Option<PathBuf>,
}

/// An answer of the host.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Value,
}

/// Compiling a large module takes a while.
const TIMEOUT: Duration = Duration::from_secs(180);

fn secret(text: &str) -> Result<Secret<String>, String> {
    Ok(Secret::new(text.trim().to_owned()))
}

impl Remote {
    /// Finds the token and makes a client.
    pub(super) fn client(&self) -> Result<Client, Failure> {
        let folder = self.data_folder();
        let token = match (&self.token, &folder) {
            (Some(token), _) => token.clone(),
            (None, Some(folder)) => read_token(&folder.join(OWNER_TOKEN))?,
            (None, None) => {
                return Err(Failure::refused(format!(
                    "no token: pass --token, set CLOISTER_TOKEN, or run this below a folder with data/{OWNER_TOKEN}"
                )));
            }
        };
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Http::builder()
            .timeout(TIMEOUT)
            .build()
            .map_err(|error| Failure::failed(format!("cannot make requests: {error}")))?;
        Ok(Client {
            http,
            url: self.address(folder.as_deref()),
            token,
            folder,
        })
    }

    fn address(&self, folder: Option<&Path>) -> String {
        let left = || std::fs::read_to_string(folder?.join(ADDRESS)).ok();
        let address = self.url.as_ref().map(|url| url.to_string()).or_else(left);
        let address = address.as_deref().unwrap_or("http://127.0.0.1:8080");
        address.trim().trim_end_matches('/').to_owned()
    }

    /// The data folder that was named, or the nearest `data` upwards that a host has left a token in.
    fn data_folder(&self) -> Option<PathBuf> {
        if let Some(folder) = &self.data_dir {
            return Some(folder.clone());
        }
        let here = std::env::current_dir().ok()?;
        here.ancestors()
            .map(|folder| folder.join("data"))
            .find(|folder| folder.join(OWNER_TOKEN).exists())
    }
}

fn read_token(path: &Path) -> Result<Secret<String>, Failure> {
    std::fs::read_to_string(path)
        .map(|text| Secret::new(text.trim().to_owned()))
        .map_err(|error| {
            Failure::refused(format!(
                "cannot read the token in {}: {error}",
                path.display()
            ))
        })
}

impl Client {
    /// The address of the host, without a slash at its end.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// The data folder that the token came from, if it came from one.
    pub(super) fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// The first webhook channel and its key, where the host's data folder is at hand.
    pub(super) fn first_channel(&self) -> Option<(String, String)> {
        let text = std::fs::read(self.folder()?.join(FIRST_CHANNEL)).ok()?;
        let value: Value = serde_json::from_slice(&text).ok()?;
        let field = |name: &str| Some(value.get(name)?.as_str()?.to_owned());
        Some((field("id")?, field("apiKey")?))
    }

    /// Asks for something.
    pub(super) async fn get(&self, path: &str) -> Result<Value, Failure> {
        self.send(self.request(Method::GET, path)).await?.good()
    }

    /// Tells the host to do something.
    pub(super) async fn post(&self, path: &str) -> Result<Value, Failure> {
        self.send(self.request(Method::POST, path)).await?.good()
    }

    /// Sends bytes.
    pub(super) async fn put(&self, path: &str, body: Vec<u8>) -> Result<Answer, Failure> {
        let request = self
            .request(Method::PUT, path)
            .header("content-type", "application/wasm");
        self.send(request.body(body)).await
    }

    /// Changes something.
    pub(super) async fn patch(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.send(self.request(Method::PATCH, path).json(body))
            .await?
            .good()
    }

    /// Asks over GraphQL; gives `data`.
    pub(super) async fn query(&self, query: &str, variables: Value) -> Result<Value, Failure> {
        let body = serde_json::json!({ "query": query, "variables": variables });
        let answer = self
            .send(self.request(Method::POST, "/graphql").json(&body))
            .await?
            .good()?;
        data(answer)
    }

    /// The same, with a file in the place of the variable `input.file`, as the multipart request specification has it.
    pub(super) async fn query_with(
        &self,
        query: &str,
        variables: Value,
        file: Option<&[u8]>,
    ) -> Result<Value, Failure> {
        let Some(file) = file else {
            return self.query(query, variables).await;
        };
        let operations = serde_json::json!({ "query": query, "variables": variables });
        let map = serde_json::json!({ "0": ["variables.input.file"] });
        let boundary = format!("cloister-{}", uuid::Uuid::now_v7().simple());
        let mut body = Vec::new();
        let mut part = |head: &str, bytes: &[u8]| {
            body.extend(
                format!("--{boundary}\r\ncontent-disposition: form-data; {head}\r\n\r\n").bytes(),
            );
            body.extend_from_slice(bytes);
            body.extend_from_slice(b"\r\n");
        };
        part("name=\"operations\"", operations.to_string().as_bytes());
        part("name=\"map\"", map.to_string().as_bytes());
        part("name=\"0\"; filename=\"module.wasm\"", file);
        body.extend(format!("--{boundary}--\r\n").bytes());
        let request = self
            .request(Method::POST, "/graphql")
            .header(
                "content-type",
                format!("multipart/form-data; boundary={boundary}"),
            )
            .body(body);
        data(self.send(request).await?.good()?)
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.url);
        self.http
            .request(method, url)
            .bearer_auth(self.token.expose())
    }

    async fn send(&self, request: RequestBuilder) -> Result<Answer, Failure> {
        let lost = |error: reqwest::Error| {
            let why = crate::error::chain(&error);
            Failure::unreachable(format!("no host answers at {}: {why}", self.url))
        };
        let response = request.send().await.map_err(lost)?;
        let status = response.status().as_u16();
        let bytes = response.bytes().await.map_err(lost)?;
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Ok(Answer { status, body })
    }
}

/// The data of an answer of GraphQL, or its first error.
fn data(answer: Value) -> Result<Value, Failure> {
    match answer.pointer("/errors/0") {
        Some(error) => Err(told(
            error.pointer("/extensions/code"),
            error.get("message"),
        )),
        None => Ok(answer.get("data").cloned().unwrap_or_default()),
    }
}

impl Answer {
    /// The body of a good answer, or the failure that the host told.
    pub(super) fn good(self) -> Result<Value, Failure> {
        if (200..300).contains(&self.status) {
            return Ok(self.body);
        }
        if self.body.get("error").is_none() {
            return Err(Failure::failed(format!(
                "the host answered with status {}",
                self.status
            )));
        }
        Err(told(self.body.get("code"), self.body.get("error")))
    }
}

fn told(code: Option<&Value>, text: Option<&Value>) -> Failure {
    let text = text
        .and_then(Value::as_str)
        .unwrap_or("the host gave no reason");
    match code.and_then(Value::as_str).unwrap_or_default() {
        "unauthenticated" | "forbidden" => Failure::refused(text),
        "not_found" => Failure::not_found(text),
        "unavailable" => Failure::unreachable(text),
        "invalid" | "conflict" | "too_large" | "rate_limited" | "internal" => Failure::failed(text),
        // What is left are the codes of refused modules.
        "" => Failure::failed(text),
        code => Failure::unacceptable(format!("{text} ({code})")),
    }
}
