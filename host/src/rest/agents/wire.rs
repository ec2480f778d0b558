//! The shapes of the agent endpoints.

use serde::{Deserialize, Serialize};
use store::agent_log::LogLine;
use store::agents::Agent;
use store::ids::LogLineId;
use store::page::{Page, Time};

use crate::error::{Error, Result};
use crate::service::agents::Pushed;

/// Log lines of a page at most.
const MOST: u32 = 1_000;

/// An agent.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AgentShown {
    id: String,
    name: String,
    status: &'static str,
    status_reason: Option<String>,
    module: Option<String>,
    created_at: String,
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
#[derive(Debug, Serialize)]
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
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PushShown {
    agent: AgentShown,
    interface_version: String,
    imports: Vec<String>,
    capabilities: Vec<String>,
    created: bool,
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
#[derive(Debug, Deserialize)]
pub(super) struct LogPage {
    // Read by hand, so that a wrong one is told by its name.
    limit: Option<String>,
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
#[derive(Debug, Serialize)]
pub(super) struct LogShown {
    lines: Vec<LineShown>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct LineShown {
    id: String,
    turn_id: Option<String>,
    level: String,
    message: String,
    fields: Option<serde_json::Value>,
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

fn time(time: Time) -> String {
    time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}
