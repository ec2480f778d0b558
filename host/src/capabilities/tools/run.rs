//! Calling a tool: in a module, which runs beside the agent with what both of them were allowed, or at a server.

use std::sync::Arc;
use std::time::Duration;

use sandbox::types::Call;
use sandbox::types::toolbox::{Cause, Outcome, Problem};
use sandbox::{Capabilities, Limits};
use serde_json::{Map, Value};
use store::tool_calls::Asked;
use store::toolsets::{Toolset, ToolsetKind};

use super::BYTES;
use super::projects;
use super::using::Using;
use crate::capabilities::granted_to_tool;
use crate::capabilities::turn::Turn;
use crate::service::toolsets::asked::{self, problem};
use crate::tools::Tool;

/// Calls a tool, which answers within this time.
pub(super) async fn run(
    turn: &Arc<Turn>,
    using: &Using,
    toolset: &Toolset,
    tool: &Tool,
    (asked, arguments): (&Asked, Map<String, Value>),
    within: Duration,
) -> Result<Outcome, Problem> {
    match toolset.kind {
        ToolsetKind::Server => at_server(using, toolset, tool, arguments, within).await,
        ToolsetKind::Module | ToolsetKind::Builtin => {
            let call = Call {
                id: asked.id.to_string(),
                name: tool.described.name.clone(),
                arguments: Value::Object(arguments).to_string(),
                metadata: Vec::new(),
            };
            in_module(turn, using, toolset, (asked.call, call), within).await
        }
    }
}

async fn at_server(
    using: &Using,
    toolset: &Toolset,
    tool: &Tool,
    arguments: Map<String, Value>,
    within: Duration,
) -> Result<Outcome, Problem> {
    let call = (tool.described.name.as_str(), arguments);
    let answer = asked::call(&using.cx, toolset, &using.sessions, call, within).await?;
    if answer.is_error {
        let mut message = match answer.text.trim() {
            "" => format!("`{}` failed, and does not say why.", tool.name),
            text => text.to_owned(),
        };
        message.truncate(message.floor_char_boundary(BYTES));
        return Err(problem(Cause::Failed, message));
    }
    let content = answer
        .structured
        .unwrap_or_else(|| Value::String(answer.text.clone()));
    Ok(Outcome {
        content: content.to_string(),
        text: (!answer.text.is_empty()).then_some(answer.text),
        metadata: Vec::new(),
    })
}

async fn in_module(
    turn: &Arc<Turn>,
    using: &Using,
    toolset: &Toolset,
    (place, call): (i32, Call),
    within: Duration,
) -> Result<Outcome, Problem> {
    let module = asked::module(&using.cx, toolset).await?;
    let capabilities = match toolset.kind {
        ToolsetKind::Builtin => Capabilities {
            projects: projects::seen_by(&using.cx, &using.toolbox, turn.organization_id),
            ..Capabilities::default()
        },
        _ => {
            let both = |name: &&String| toolset.capabilities.contains(name);
            let both: Vec<String> = using.toolbox.grants.iter().filter(both).cloned().collect();
            granted_to_tool(turn, &both, place)
        }
    };
    let most = u64::try_from(2 * BYTES).unwrap_or(u64::MAX);
    let limits = Limits {
        host_time: using.toolbox.limits.host_time.min(within),
        reply_bytes: using.toolbox.limits.reply_bytes.min(most),
        fuel: None,
        ..using.toolbox.limits.clone()
    };
    let run = module.call_tool(call, capabilities, &limits);
    // What an agent's own future is large with stands elsewhere.
    let run = asked::in_time(&using.cx, toolset, within, Box::pin(run)).await?;
    match run.outcome {
        Ok(answer) => Ok(Outcome {
            content: answer.content,
            text: answer.text,
            metadata: answer.metadata,
        }),
        Err(stop) => Err(asked::stopped(toolset, &stop)),
    }
}
