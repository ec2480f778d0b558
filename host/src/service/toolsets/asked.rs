//! How toolsets are asked: which tools there are, and, of a server, what one of them answers. Modules run where their agents do;
//! here they are loaded, and tell what they have.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::Future;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use sandbox::types::toolbox::{Cause, Problem};
use sandbox::types::{Failure, FailureCode};
use sandbox::{Capabilities, Digest, Limits, LoadError, Module, Stop};
use serde_json::{Map, Value};
use store::ids::ToolsetId;
use store::toolsets::{Toolset, ToolsetKind};
use tokio::sync::OnceCell;

use super::header_place;
use crate::builtin::NAVIGATOR;
use crate::context::Context;
use crate::error::chain;
use crate::mcp::{Answer, Server, Session, Trouble};
use crate::tools::{Described, Listing, MOST};
use crate::vault::Secret;

static NAVIGATOR_DIGEST: LazyLock<Digest> = LazyLock::new(|| Digest::of(NAVIGATOR));
/// What the navigator does where nothing is moved: the rest of its tools are for whoever moves the conversation.
const NAVIGATOR_TOOLS: [&str; 2] = ["list_projects", "get_current_project"];

/// A problem of a cause.
pub fn problem(cause: Cause, message: impl Into<String>) -> Problem {
    Problem {
        cause,
        message: message.into(),
    }
}

/// Conversations with servers: each is begun when it is needed, and ends with this.
#[derive(Default)]
pub struct Sessions(Mutex<HashMap<ToolsetId, Arc<OnceCell<Session>>>>);

impl Sessions {
    fn of(&self, toolset: ToolsetId) -> Arc<OnceCell<Session>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(toolset).or_default().clone()
    }

    /// The next call begins another one.
    fn forget(&self, toolset: ToolsetId) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.remove(&toolset);
    }
}

/// The tools of a toolset, found out within this time.
pub async fn listing(
    cx: &Context,
    toolset: &Toolset,
    sessions: &Sessions,
    within: Duration,
) -> Result<Arc<Listing>, Problem> {
    let key = (toolset.id, toolset.updated_at);
    let younger = match toolset.kind {
        ToolsetKind::Server => cx.config.tools.list_time,
        // What a module tells changes with the module alone.
        ToolsetKind::Module | ToolsetKind::Builtin => Duration::MAX,
    };
    if let Some(known) = cx.tools.get(key, younger) {
        return Ok(known);
    }
    let all = match toolset.kind {
        ToolsetKind::Server => {
            let (server, session) = (server(cx, toolset)?, sessions.of(toolset.id));
            let asked = async { begun(cx, &server, &session).await?.tools(MOST).await };
            let told = answered(cx, toolset, sessions, within, asked).await?;
            told.into_iter().map(described).collect()
        }
        ToolsetKind::Module | ToolsetKind::Builtin => of_module(cx, toolset, within).await?,
    };
    let listing = Arc::new(Listing::of(&toolset.name, all));
    cx.tools.keep(key, listing.clone());
    Ok(listing)
}

/// Calls a tool of a server, by its own name.
pub async fn call(
    cx: &Context,
    toolset: &Toolset,
    sessions: &Sessions,
    (tool, arguments): (&str, Map<String, Value>),
    within: Duration,
) -> Result<Answer, Problem> {
    let (server, session) = (server(cx, toolset)?, sessions.of(toolset.id));
    let asked = async {
        let session = begun(cx, &server, &session).await?;
        session.call(tool, arguments).await
    };
    answered(cx, toolset, sessions, within, asked).await
}

/// The conversation with a toolset's server, begun if it is not yet.
async fn begun<'a>(
    cx: &Context,
    server: &Server,
    session: &'a OnceCell<Session>,
) -> Result<&'a Session, Trouble> {
    let begin = || Session::begin(&cx.outgoing, server);
    session.get_or_try_init(begin).await
}

async fn answered<T>(
    cx: &Context,
    toolset: &Toolset,
    sessions: &Sessions,
    within: Duration,
    asked: impl Future<Output = Result<T, Trouble>>,
) -> Result<T, Problem> {
    let answer = in_time(cx, toolset, within, asked).await?;
    answer.map_err(|trouble| {
        if matches!(trouble, Trouble::Unreachable(_) | Trouble::Malformed(_)) {
            sessions.forget(toolset.id);
        }
        let cause = match &trouble {
            Trouble::Refused(_) => Cause::Denied,
            Trouble::Unreachable(_) => Cause::Unavailable,
            Trouble::NotFound(_) => Cause::NotFound,
            Trouble::Invalid(_) => Cause::Invalid,
            Trouble::Failed(_) => Cause::Failed,
            Trouble::TooLong(_) => Cause::Limit,
            Trouble::Malformed(_) => Cause::Malformed,
        };
        problem(cause, format!("The server `{}` {trouble}.", toolset.name))
    })
}

/// Waits as long as one call may take, and no longer than this.
pub async fn in_time<T>(
    cx: &Context,
    toolset: &Toolset,
    within: Duration,
    call: impl Future<Output = T>,
) -> Result<T, Problem> {
    let time = cx.config.tools.time.min(within);
    tokio::time::timeout(time, call).await.map_err(|_| {
        let message = format!(
            "The toolset `{}` did not answer within {} ms.",
            toolset.name,
            time.as_millis()
        );
        problem(Cause::TimedOut, message)
    })
}

fn server(cx: &Context, toolset: &Toolset) -> Result<Server, Problem> {
    let unreadable = |why: String| {
        tracing::error!(toolset = %toolset.id, why, "a server of tools cannot be asked");
        let what = format!(
            "What the server `{}` is asked with cannot be read: an admin of the project sets it anew.",
            toolset.name
        );
        problem(Cause::Unavailable, what)
    };
    let url = toolset.url.as_deref().unwrap_or_default().parse();
    let url = url.map_err(|error| unreadable(format!("its address: {error}")))?;
    let header = match (&toolset.header, &toolset.header_value) {
        (Some(name), Some(sealed)) => {
            let name = name.parse();
            let name = name.map_err(|_| unreadable("its header's name".to_owned()))?;
            let value = cx.vault.open(sealed, &header_place(&toolset.id));
            let value = value.map_err(|error| unreadable(error.to_string()))?;
            let value = String::from_utf8(value.into_inner());
            let value = value.map_err(|_| unreadable("its header is no text".to_owned()))?;
            Some((name, Secret::new(value)))
        }
        _ => None,
    };
    Ok(Server { url, header })
}

fn described(told: crate::mcp::Told) -> Described {
    let text = |schema: Map<String, Value>| Value::Object(schema).to_string();
    Described {
        name: told.name,
        description: told.description,
        input_schema: text(told.input_schema),
        output_schema: told.output_schema.map(text),
    }
}

async fn of_module(
    cx: &Context,
    toolset: &Toolset,
    within: Duration,
) -> Result<Vec<Described>, Problem> {
    let module = module(cx, toolset).await?;
    // What it has, it says without asking anyone.
    let limits = Limits {
        guest_time: Duration::from_secs(5),
        ..Limits::default()
    };
    let asked = module.tools(Capabilities::default(), &limits);
    let told = in_time(cx, toolset, within, asked).await?.outcome;
    let all = told.map_err(|stop| stopped(toolset, &stop))?;
    let is_shown =
        |name: &str| toolset.kind != ToolsetKind::Builtin || NAVIGATOR_TOOLS.contains(&name);
    let all = all.into_iter().filter(|tool| is_shown(&tool.name));
    Ok(all
        .map(|tool| Described {
            name: tool.name,
            description: tool.description,
            input_schema: tool.input_schema,
            output_schema: tool.output_schema,
        })
        .collect())
}

/// The module of a toolset, ready to run.
pub async fn module(cx: &Context, toolset: &Toolset) -> Result<Arc<Module>, Problem> {
    let loaded = match &toolset.module_digest {
        Some(digest) => {
            let (store, owner) = (&cx.store, toolset.organization_id);
            let fetch = async || store::turns::component(store, owner, digest.as_bytes()).await;
            cx.engine
                .load(Digest::from_bytes(*digest.as_bytes()), fetch)
                .await
        }
        None => {
            let fetch = async || Ok::<_, Infallible>(NAVIGATOR.to_vec());
            cx.engine.load(*NAVIGATOR_DIGEST, fetch).await
        }
    };
    loaded.map_err(|error| {
        let name = &toolset.name;
        match &error {
            LoadError::Refused(refusal) if !refusal.is_host_fault() => {
                let message = format!("The module of the toolset `{name}` cannot be run: {refusal}.");
                problem(Cause::Unavailable, message)
            }
            error => {
                tracing::error!(toolset = %toolset.id, cause = chain(error), "a module of tools cannot be loaded");
                let message = format!("The host cannot load the toolset `{name}` now.");
                problem(Cause::Unavailable, message)
            }
        }
    })
}

/// What it means that a module gave no answer.
pub fn stopped(toolset: &Toolset, stop: &Stop) -> Problem {
    let name = &toolset.name;
    match stop {
        Stop::Failed(Failure { code, message, .. }) => {
            let cause = match code {
                FailureCode::InvalidInput => Cause::Invalid,
                FailureCode::Denied => Cause::Denied,
                FailureCode::NotFound => Cause::NotFound,
                FailureCode::Unavailable => Cause::Unavailable,
                FailureCode::Limit => Cause::Limit,
                FailureCode::Internal | FailureCode::Other => Cause::Failed,
            };
            problem(cause, message.clone())
        }
        stop if stop.is_host_fault() => {
            tracing::error!(toolset = %toolset.id, %stop, "a module of tools could not be run");
            problem(
                Cause::Unavailable,
                format!("The host cannot run the toolset `{name}` now."),
            )
        }
        Stop::Deadline { .. } | Stop::HostDeadline { .. } => problem(
            Cause::TimedOut,
            format!("The toolset `{name}` took too long ({}).", stop.code()),
        ),
        Stop::ReplyTooLarge { .. } => problem(
            Cause::Limit,
            format!("The toolset `{name}` answered with too much."),
        ),
        Stop::BadAbi { .. } => problem(
            Cause::Malformed,
            format!("The toolset `{name}` answered with what is no answer."),
        ),
        // Its texts speak of an agent, and of its backtrace: the log has the code.
        stop => problem(
            Cause::Failed,
            format!("The toolset `{name}` broke ({}).", stop.code()),
        ),
    }
}
