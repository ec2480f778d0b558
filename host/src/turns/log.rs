//! Log lines of agents, written beside the turn's commit: they count even when the turn fails.

use store::agent_log::NewLine;
use store::ids::{AgentId, OrganizationId, TurnId};

use crate::capabilities::Line;
use crate::content::without_nul;
use crate::context::Context;

/// Writes a turn's lines without holding it up.
pub(super) fn write(cx: &Context, organization: OrganizationId, agent: AgentId, turn: TurnId, lines: &[Line]) {
    if lines.is_empty() {
        return;
    }
    let lines: Vec<NewLine> = lines
        .iter()
        .map(|line| NewLine {
            organization_id: organization,
            agent_id: agent,
            turn_id: Some(turn),
            level: line.level.to_owned(),
            message: without_nul(&line.message),
            fields: fields(&line.fields),
            created_at: line.at,
        })
        .collect();
    let context = cx.clone();
    cx.tasks.spawn("agent-log", async move {
        if let Err(error) = store::agent_log::insert(&context.store, &lines).await {
            tracing::warn!(error = &error as &dyn std::error::Error, lines = lines.len(), "an agent's log lines were lost");
        }
    });
}

fn fields(fields: &[(String, String)]) -> Option<serde_json::Value> {
    if fields.is_empty() {
        return None;
    }
    let object = fields.iter().map(|(name, value)| (without_nul(name), without_nul(value).into())).collect();
    Some(serde_json::Value::Object(object))
}
