//! The shapes of the agent endpoints.

use serde::{Deserialize, Serialize};
use store::agent_log::LogLine;
use store::agents::Agent;
use store::ids::LogLineId;
use store::page::{Page, Time};
use utoipa::{IntoParams, ToSchema};

use crate::error::{Error, Result};
use crate::service::agents::Pushed;

/// Log lines of a page at most.
const MOST: u32 = 1_000;

/// An agent.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = agents::Agent)]
pub(super) struct AgentShown {
    #[schema(format = "uuid")]
    id: String,
    #[schema(example = "hello")]
    name: String,
    /// `stopped`, `starting`, `running` or `failed`.
    #[schema(example = "running")]
    status: &'static str,
    /// Why it is so, where there is something to tell.
    #[schema(required)]
    status_reason: Option<String>,
    /// SHA-256 of the module that it runs.
    #[schema(required)]
    module: Option<String>,
    #[schema(format = "date-time")]
    created_at: String,
    #[schema(format = "date-time")]
    updated_at: String,
}

impl AgentShown {
    pub(super) fn of(agent: Agent) -> Self {
        Self {
            id: agent.id.to_string(),
            name: agent.name,
            status: agent.status.as_str(),
            status_reason: agent.status_reason,
            module: agent.module_digest.map(|digest| digest.to_string()),
            created_at: time(agent.created_at),
            updated_at: time(agent.updated_at),
        }
    }
}

/// Agents.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = agents::AgentList)]
pub(super) struct AgentList {
    agents: Vec<AgentShown>,
}

impl AgentList {
    pub(super) fn of(list: Vec<Agent>) -> Self {
        Self {
            agents: list.into_iter().map(AgentShown::of).collect(),
        }
    }
}

/// What came of an upload.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = agents::Push)]
pub(super) struct PushShown {
    agent: AgentShown,
    /// The version of `cloister:agent` that the module was built for.
    #[schema(example = "1.0.0")]
    interface_version: String,
    /// The interfaces that it imports.
    imports: Vec<String>,
    /// Those of them that an owner grants.
    capabilities: Vec<String>,
    /// Whether the agent is new.
    created: bool,
    /// Whether it runs another module than before.
    changed: bool,
}

impl PushShown {
    pub(super) fn of(pushed: Pushed) -> Self {
        Self {
            agent: AgentShown::of(pushed.agent),
            interface_version: pushed.inspection.interface_version,
            imports: pushed.inspection.imports,
            capabilities: pushed.inspection.capabilities,
            created: pushed.is_new,
            changed: pushed.is_changed,
        }
    }
}

/// Which stretch of a log: `?limit=100&before=<id of a line>`.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct LogPage {
    // Read by hand, so that a wrong one is told by its name.
    /// Lines of the page; 100 where nothing is said, and 1,000 at most.
    #[param(value_type = Option<u32>, minimum = 0)]
    limit: Option<String>,
    /// The id of the last line of the page before: those that are older.
    #[param(format = "uuid")]
    before: Option<String>,
}

impl LogPage {
    pub(super) fn page(self) -> Result<Page<LogLineId>> {
        let before = self.before.map(|id| id.parse()).transpose();
        let limit = self.limit.map(|limit| limit.parse()).transpose();
        let limit: Option<u32> = limit.map_err(|_| Error::invalid("limit", "must be a number"))?;
        Ok(Page {
            after: before.map_err(|_| Error::invalid("before", "must be the id of a line"))?,
            limit: limit.unwrap_or(100).clamp(1, MOST),
        })
    }
}

/// A log, the newest line first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = agents::Log)]
pub(super) struct LogShown {
    lines: Vec<LineShown>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = agents::LogLine)]
struct LineShown {
    #[schema(format = "uuid")]
    id: String,
    /// The turn that it was written in.
    #[schema(required, format = "uuid")]
    turn_id: Option<String>,
    /// `trace`, `debug`, `info`, `warn` or `error`.
    level: String,
    message: String,
    /// What else the agent wrote down.
    #[schema(required)]
    fields: Option<serde_json::Value>,
    #[schema(format = "date-time")]
    created_at: String,
}

impl LogShown {
    pub(super) fn of(lines: Vec<LogLine>) -> Self {
        let line = |line: LogLine| LineShown {
            id: line.id.to_string(),
            turn_id: line.turn_id.map(|id| id.to_string()),
            level: line.level,
            message: line.message,
            fields: line.fields,
            created_at: time(line.created_at),
        };
        Self {
            lines: lines.into_iter().map(line).collect(),
        }
    }
}

pub(super) fn time(time: Time) -> String {
    time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}
