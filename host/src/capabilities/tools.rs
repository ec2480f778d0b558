//! `tools`: the tools of the project's toolsets. A call is held against the tool's schema, made once, and its answer is written
//! down under the turn's lease before the guest has it: a turn that is run again gets it from there.

mod projects;
mod run;
mod using;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use sandbox::types::toolbox::{Absence, Catalogue, Cause, Outcome, Problem, Tool};
use sandbox::{Called, Tools};
use serde_json::{Map, Value};
use store::toolsets::ToolsetKind;
use tokio::time::Instant;
use tracing::{Instrument, Span};

pub(super) use self::using::Using;
use self::using::{Found, Place, Said};
pub use self::using::{Toolbox, Waiting};
use super::turn::{Line, Turn};
use crate::fault;
use crate::service::toolsets::asked::problem;
use crate::service::toolsets::needs_approval;
use crate::spans;
use crate::tools::MOST;

/// Bytes of arguments, and of what a tool answers.
const BYTES: usize = 256 << 10;

pub(super) struct TurnTools(pub(super) Arc<Turn>);

#[async_trait]
impl Tools for TurnTools {
    async fn tools(&self, within: Duration) -> Result<Catalogue, Problem> {
        let told = catalogue(&self.0, within).await;
        match &told {
            Ok(catalogue) => {
                for Absence { name, problem } in &catalogue.absent {
                    tell(&self.0, format!("`{name}` cannot be used"), problem);
                }
            }
            Err(problem) => tell(&self.0, "There is no list of tools".to_owned(), problem),
        }
        told
    }

    async fn call(&self, name: String, arguments: String, within: Duration) -> Called {
        let began = Instant::now();
        let shown: String = name.chars().take(64).collect();
        let span = spans::tool(&self.0.span);
        let answer = call(&self.0, &name, arguments, within);
        let answer = match answer.instrument(span.clone()).await {
            Ok(Answered::Now(answer)) => answer,
            // It was counted, and told, when it was made.
            Ok(Answered::Before(answer)) => {
                span.record("cloister.outcome", "kept");
                return Called::Answered(answer);
            }
            Ok(Answered::Later(waiting)) => {
                span.record("cloister.outcome", "waits");
                self.0.buffer().waits = Some(waiting);
                return Called::Waits;
            }
            Err(problem) => Err(problem),
        };
        let outcome = match &answer {
            Ok(_) => "answered",
            Err(problem) => {
                tell(
                    &self.0,
                    format!("The tool `{shown}` gave no result"),
                    problem,
                );
                word(problem.cause)
            }
        };
        spans::came_of(&span, outcome);
        if let Ok(using) = using_of(&self.0) {
            using.count(outcome, began.elapsed());
        }
        Called::Answered(answer)
    }
}

/// What came of a call.
enum Answered {
    /// It was made now, or could not be.
    Now(Result<Outcome, Problem>),
    /// It was made when the turn was run before.
    Before(Result<Outcome, Problem>),
    /// Someone is asked first.
    Later(Waiting),
}

async fn catalogue(turn: &Arc<Turn>, within: Duration) -> Result<Catalogue, Problem> {
    let using = using_of(turn)?;
    let asked = match using.begin(turn, None, None).await? {
        Place::Kept(answer) => return answer,
        Place::Open(asked, _) => asked,
    };
    let mut catalogue = Catalogue {
        tools: Vec::new(),
        absent: Vec::new(),
    };
    let mut absent = |name: &str, problem| {
        let name = name.to_owned();
        catalogue.absent.push(Absence { name, problem });
    };
    let all = using.opened(turn, within).await?;
    let mut left_out = 0;
    for opened in all {
        let listing = match &opened.listing {
            Ok(listing) => listing,
            Err(problem) => {
                absent(&opened.toolset.name, problem.clone());
                continue;
            }
        };
        for (name, why) in &listing.refused {
            let why = format!("It is left out: {why}.");
            absent(name, problem(Cause::Malformed, why));
        }
        for tool in &listing.tools {
            if catalogue.tools.len() >= MOST {
                left_out += 1;
                continue;
            }
            catalogue.tools.push(Tool {
                name: tool.name.clone(),
                description: tool.described.description.clone(),
                input_schema: tool.described.input_schema.clone(),
                output_schema: tool.described.output_schema.clone(),
                needs_approval: needs_approval(&opened.toolset, &tool.described.name),
                metadata: Vec::new(),
            });
        }
    }
    if left_out > 0 {
        let why = format!("{left_out} tools are left out: a project has {MOST} at once.");
        catalogue.absent.push(Absence {
            name: "others".to_owned(),
            problem: problem(Cause::Limit, why),
        });
    }
    // What a server tells may be something else when the turn is run again.
    if all
        .iter()
        .any(|opened| opened.toolset.kind == ToolsetKind::Server)
    {
        using
            .keep(turn, &asked, &Ok::<_, Problem>(&catalogue))
            .await?;
    }
    Ok(catalogue)
}

async fn call(
    turn: &Arc<Turn>,
    name: &str,
    arguments: String,
    within: Duration,
) -> Result<Answered, Problem> {
    let using = using_of(turn)?;
    let began = Instant::now();
    using.one_more()?;
    if arguments.len() > BYTES {
        let why = format!("The arguments have more than {BYTES} bytes.");
        return Err(problem(Cause::Limit, why));
    }
    let (asked, said) = match using.begin(turn, Some(name), Some(&arguments)).await? {
        Place::Kept(answer) => return Ok(Answered::Before(answer)),
        Place::Open(asked, said) => (asked, said),
    };
    let Found { toolset, tool } = using.find(turn, name, within).await?;
    // One of the project's, and so no text of the agent's.
    Span::current().record("gen_ai.tool.name", name);
    let arguments = fitting(tool, &arguments)?;
    match said {
        Said::Yes => {}
        Said::No(who) => {
            let answer = Err(problem(Cause::Declined, who));
            using.keep(turn, &asked, &answer).await?;
            return Ok(Answered::Now(answer));
        }
        Said::Nothing if needs_approval(toolset, &tool.described.name) => {
            let project_id = toolset.project_id;
            return Ok(Answered::Later(Waiting { asked, project_id }));
        }
        Said::Nothing => {}
    }
    let left = within.saturating_sub(began.elapsed());
    let answer = run::run(turn, using, toolset, tool, (&asked, arguments), left).await;
    let answer = answer.and_then(|outcome| kept_promise(tool, outcome));
    using.keep(turn, &asked, &answer).await?;
    fault::point("tool.kept");
    Ok(Answered::Now(answer))
}

/// The arguments of a call, if they are what the tool takes.
fn fitting(tool: &crate::tools::Tool, arguments: &str) -> Result<Map<String, Value>, Problem> {
    let wrong = |why: String| {
        let message = format!(
            "The arguments do not fit the schema of `{}`: {why}.",
            tool.name
        );
        problem(Cause::Invalid, message)
    };
    let value: Value = serde_json::from_str(arguments)
        .map_err(|error| wrong(format!("they are no JSON: {error}")))?;
    tool.input.check(&value).map_err(wrong)?;
    match value {
        Value::Object(fields) => Ok(fields),
        _ => Err(wrong("they are no object".to_owned())),
    }
}

/// What a tool answered, if it is what it promised.
fn kept_promise(tool: &crate::tools::Tool, outcome: Outcome) -> Result<Outcome, Problem> {
    let text = outcome.text.as_ref().map_or(0, String::len);
    if outcome.content.len() + text > BYTES {
        let message = format!("`{}` answered with more than {BYTES} bytes.", tool.name);
        return Err(problem(Cause::Limit, message));
    }
    let wrong = |why: String| {
        let message = format!(
            "`{}` answered with something else than it promises: {why}.",
            tool.name
        );
        problem(Cause::Malformed, message)
    };
    let content: Value = serde_json::from_str(&outcome.content)
        .map_err(|error| wrong(format!("it is no JSON: {error}")))?;
    if let Some(output) = &tool.output {
        output.check(&content).map_err(wrong)?;
    }
    Ok(outcome)
}

/// A turn that runs an agent has it for certain.
fn using_of(turn: &Turn) -> Result<&Using, Problem> {
    let missing = || problem(Cause::Unavailable, "This turn cannot use tools.");
    turn.using.as_ref().ok_or_else(missing)
}

/// The agent's owner sees what went wrong, whatever the agent makes of it.
fn tell(turn: &Turn, what: String, problem: &Problem) {
    turn.buffer().log.push(Line {
        level: "warn",
        message: format!("{what}. {}", problem.message),
        fields: vec![("cause".to_owned(), word(problem.cause).to_owned())],
    });
}

fn word(cause: Cause) -> &'static str {
    match cause {
        Cause::Denied => "denied",
        Cause::NotFound => "not_found",
        Cause::Invalid => "invalid",
        Cause::Limit => "limit",
        Cause::TimedOut => "timed_out",
        Cause::Failed => "failed",
        Cause::Malformed => "malformed",
        Cause::Unavailable => "unavailable",
        Cause::Declined => "declined",
        Cause::Other => "other",
    }
}
