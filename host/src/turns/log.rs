//! Log lines of agents, written beside the turn's commit: they count even when the turn fails.

use store::agent_log::NewLogLine;
use store::ids::{AgentId, OrganizationId, TurnId};

use crate::capabilities::Line;
use crate::content::without_nul;
use crate::context::Context;
use crate::live::Topic;

/// Writes a turn's lines without holding it up.
pub(super) fn write(
    cx: &Context,
    organization: OrganizationId,
    agent: AgentId,
    turn: TurnId,
    lines: Vec<Line>,
) {
    if lines.is_empty() {
        return;
    }
    let count = lines.len();
    let lines: Vec<NewLogLine> = lines
        .into_iter()
        .map(|line| NewLogLine {
            turn_id: Some(turn),
            level: line.level.to_owned(),
            message: without_nul(&line.message),
            fields: fields(&line.fields),
        })
        .collect();
    let context = cx.clone();
    cx.tasks.spawn("agent-log", async move {
        match store::agent_log::write(&context.store, organization, agent, lines).await {
            Ok(()) => context.live.changed(Topic::AgentLog(agent)),
            Err(error) => tracing::warn!(
                error = &error as &dyn std::error::Error,
                lines = count,
                "an agent's log lines were lost"
            ),
        }
    });
}

fn fields(fields: &[(String, String)]) -> Option<serde_json::Value> {
    if fields.is_empty() {
        return None;
    }
    let object = fields
        .iter()
        .map(|(name, value)| (without_nul(name), without_nul(value).into()))
        .collect();
    Some(serde_json::Value::Object(object))
}
