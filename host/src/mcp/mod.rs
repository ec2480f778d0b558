//! MCP: tools at a server elsewhere, over streamable HTTP. What speaks the protocol is `rmcp`; what it sends goes through a client
//! of the guard. Here is what is asked and what is made of the answers; there is no idea of agents, turns or rows.

mod answer;
mod trouble;

use std::collections::HashMap;
use std::sync::Arc;

use reqwest::header::{HeaderName, HeaderValue};
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, ClientCapabilities, ClientConfig, Implementation,
    JsonObject, PaginatedRequestParams, ProtocolVersion,
};
use rmcp::service::{ClientLifecycleMode, ClientServiceExt, RoleClient, RunningService};
use rmcp::transport::streamable_http_client::{
    StreamableHttpClientTransport, StreamableHttpClientTransportConfig,
};
use url::Url;

pub use self::answer::Answer;
pub use self::trouble::Trouble;
use crate::outgoing::Outgoing;
use crate::vault::Secret;

/// Bytes of one answer of a server.
const ANSWER: usize = 1 << 20;
/// Bytes of an answer that is none, of which something may be told.
const COMPLAINT: usize = 4 << 10;
/// Pages of a list of tools.
const PAGES: usize = 10;

/// A server.
#[derive(Clone, Debug)]
pub struct Server {
    /// Its address.
    pub url: Url,
    /// The header that it is asked with.
    pub header: Option<(HeaderName, Secret<String>)>,
}

/// A tool as a server tells of it.
#[derive(Clone, Debug)]
pub struct Told {
    /// Its name there.
    pub name: String,
    /// What it does.
    pub description: String,
    /// JSON Schema of its arguments.
    pub input_schema: JsonObject,
    /// JSON Schema of its result, where one is promised.
    pub output_schema: Option<JsonObject>,
}

/// A conversation with a server. It ends when it is dropped. Nothing in it has a limit of time: whoever waits has one.
pub struct Session {
    running: RunningService<RoleClient, ClientConfig>,
    /// What the server is asked with, which no one else is to see.
    hidden: Option<Secret<String>>,
}

impl Session {
    /// Begins one, in the newest version of the protocol that both know.
    pub async fn begin(outgoing: &Outgoing, server: &Server) -> Result<Session, Trouble> {
        let client = outgoing.guarded(&server.url)?;
        let mut headers = HashMap::new();
        if let Some((name, secret)) = &server.header {
            let value = HeaderValue::from_str(secret.expose());
            let mut value =
                value.map_err(|_| Trouble::Refused("its header cannot be sent".to_owned()))?;
            value.set_sensitive(true);
            headers.insert(name.clone(), value);
        }
        let config = StreamableHttpClientTransportConfig::with_uri(server.url.as_str())
            .custom_headers(headers)
            .max_json_response_size(ANSWER)
            .max_sse_event_size(ANSWER)
            .max_error_response_size(COMPLAINT)
            // A call that was under way would be made again.
            .reinit_on_expired_session(false);
        let transport = StreamableHttpClientTransport::with_client(client, config);
        let own = Implementation::new("Cloister", env!("CARGO_PKG_VERSION"));
        let lifecycle = ClientLifecycleMode::Auto {
            preferred_versions: vec![ProtocolVersion::LATEST],
            legacy_version: Some(ProtocolVersion::LATEST_WITH_INITIALIZE),
        };
        let beginning = ClientConfig::new(ClientCapabilities::default(), own)
            .serve_with_lifecycle(transport, lifecycle);
        // It takes 20 KB, which all who wait for it would have in them.
        let running = Box::pin(beginning).await;
        // Of `Bearer …`, what is not said by everyone.
        let secret =
            |value: &str| Secret::new(value.rsplit(' ').next().unwrap_or_default().to_owned());
        let hidden = server
            .header
            .as_ref()
            .map(|(_, value)| secret(value.expose()));
        match running {
            Ok(running) => Ok(Session { running, hidden }),
            Err(error) => Err(Trouble::of_beginning(&error).without(hidden.as_ref())),
        }
    }

    /// The tools that the server has, at most so many and one.
    pub async fn tools(&self, most: usize) -> Result<Vec<Told>, Trouble> {
        let (mut tools, mut cursor) = (Vec::new(), None);
        for _ in 0..PAGES {
            let page = PaginatedRequestParams::default().with_cursor(cursor);
            let listed = self.running.peer().list_tools(Some(page)).await;
            let listed =
                listed.map_err(|error| Trouble::of(&error).without(self.hidden.as_ref()))?;
            tools.extend(listed.tools.into_iter().map(|tool| Told {
                name: tool.name.into_owned(),
                description: tool.description.unwrap_or_default().into_owned(),
                input_schema: Arc::unwrap_or_clone(tool.input_schema),
                output_schema: tool.output_schema.map(Arc::unwrap_or_clone),
            }));
            cursor = listed.next_cursor;
            if cursor.is_none() || tools.len() > most {
                break;
            }
        }
        tools.truncate(most + 1);
        Ok(tools)
    }

    /// Calls one of them.
    pub async fn call(&self, name: &str, arguments: JsonObject) -> Result<Answer, Trouble> {
        let request = CallToolRequestParams::new(name.to_owned()).with_arguments(arguments);
        let answer = self.running.peer().call_tool_once(request).await;
        let hidden = self.hidden.as_ref();
        match answer {
            Ok(CallToolResponse::Complete(result)) => Ok(Answer::of(result).without(hidden)),
            Ok(_) => Err(Trouble::Malformed(
                "it wants to ask back, which no one is here to answer".to_owned(),
            )),
            Err(error) => Err(Trouble::of(&error).without(hidden)),
        }
    }
}
