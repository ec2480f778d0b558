//! `model`: asking a language model. What was answered is written down under the turn's lease before the guest has it, and a
//! turn that is run again gets it from there: the same question in the same place is not paid for twice.

mod asks;
mod stream;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use sandbox::types::model::{Cause, Completion, Problem, Request};
use sandbox::{CompletionStream, Model};
use tokio::time::Instant;
use tracing::{Instrument, Span};

pub(super) use self::asks::Asks;
pub use self::asks::Lease;
use self::asks::{Call, Place};
use self::stream::{Kept, Streaming};
use super::turn::{Line, Turn};
use crate::models::{self, Reader};
use crate::spans;

pub(super) struct TurnModel(pub(super) Arc<Turn>);

#[async_trait]
impl Model for TurnModel {
    async fn complete(&self, request: Request, within: Duration) -> Result<Completion, Problem> {
        let began = Instant::now();
        let span = spans::model(&self.0.span);
        let completed = complete(&self.0, &request, within);
        let completed = completed.instrument(span.clone()).await;
        told(&self.0, &span, began, completed)
    }

    async fn open_stream(
        &self,
        request: Request,
        within: Duration,
    ) -> Result<Box<dyn CompletionStream>, Problem> {
        let began = Instant::now();
        let span = spans::model(&self.0.span);
        let stream = open_stream(&self.0, request, within);
        match stream.instrument(span.clone()).await {
            Ok(stream) => Ok(stream),
            Err(problem) => told(&self.0, &span, began, Err(problem)),
        }
    }
}

async fn complete(
    turn: &Arc<Turn>,
    request: &Request,
    within: Duration,
) -> Result<Completion, Problem> {
    let asks = asks_of(turn)?;
    let call = match asks.begin(turn, request).await? {
        Place::Kept(completion) => return Ok(*completion),
        Place::Open(call) => call,
    };
    asked(&call);
    let Call { provider, .. } = &call;
    let question = models::question(provider, request, false)?;
    let patience = asks.patience(&call, within);
    let mut incoming = models::open(asks.outgoing(), provider, &question, patience).await?;
    let body = incoming.rest().await;
    let body = body.map_err(|error| models::broken(provider, error))?;
    let completion = models::whole(provider, request, &body)?;
    asks.keep(turn, &call, &completion).await?;
    used(&Span::current(), &completion);
    Ok(completion)
}

/// Notes who is asked.
fn asked(call: &Call) {
    let span = Span::current();
    span.record("server.address", call.provider.url.host_str());
    span.record("gen_ai.request.model", call.provider.model.as_str());
}

/// Notes what an answer took.
fn used(span: &Span, completion: &Completion) {
    let usage = &completion.usage;
    let (input, output) = (usage.input_tokens, usage.output_tokens);
    span.record("gen_ai.usage.input_tokens", spans::number(input));
    span.record("gen_ai.usage.output_tokens", spans::number(output));
}

async fn open_stream(
    turn: &Arc<Turn>,
    request: Request,
    within: Duration,
) -> Result<Box<dyn CompletionStream>, Problem> {
    let asks = asks_of(turn)?;
    let call = match asks.begin(turn, &request).await? {
        Place::Kept(completion) => return Ok(Box::new(Kept::of(*completion))),
        Place::Open(call) => call,
    };
    asked(&call);
    let question = models::question(&call.provider, &request, true)?;
    let patience = asks.patience(&call, within);
    let incoming = models::open(asks.outgoing(), &call.provider, &question, patience).await?;
    Ok(Box::new(Streaming {
        turn: turn.clone(),
        span: Span::current(),
        reader: Some(Reader::of(&call.provider)),
        call,
        request,
        incoming,
        began: Instant::now(),
        told_at: None,
        end: None,
    }))
}

/// A turn that runs an agent has it for certain.
fn asks_of(turn: &Turn) -> Result<&Asks, Problem> {
    let missing = || models::problem(Cause::Unavailable, "This turn cannot ask models.");
    turn.asks.as_ref().ok_or_else(missing)
}

/// Counts what came of a question, and has the agent's owner see what went wrong, whatever the agent makes of it.
fn told<T>(
    turn: &Turn,
    span: &Span,
    began: Instant,
    answer: Result<T, Problem>,
) -> Result<T, Problem> {
    let outcome = match &answer {
        Ok(_) => "answered",
        Err(problem) => {
            turn.buffer().log.push(Line {
                level: "warn",
                message: format!("The model did not answer. {}", problem.message),
                fields: vec![("cause".to_owned(), word(problem.cause).to_owned())],
            });
            word(problem.cause)
        }
    };
    spans::came_of(span, outcome);
    if let Some(asks) = &turn.asks {
        asks.count(outcome, began.elapsed());
    }
    answer
}

fn word(cause: Cause) -> &'static str {
    match cause {
        Cause::Denied => "denied",
        Cause::NotConfigured => "not_configured",
        Cause::Invalid => "invalid",
        Cause::Limit => "limit",
        Cause::RateLimited => "rate_limited",
        Cause::TimedOut => "timed_out",
        Cause::Failed => "failed",
        Cause::Cut => "cut",
        Cause::Malformed => "malformed",
        Cause::Unavailable => "unavailable",
        Cause::Other => "other",
    }
}
