//! Whether an agent answers: starting it, stopping it, and both.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use store::agents::Agent;

use super::agents::mine;
use super::call::Call;
use super::declined::Declined;
use super::outcome::Outcome;
use super::table::{AGENT_OR_LOADED, Command, PLAIN, Run};
use crate::error::Result;
use crate::service::agents;

pub(super) const COMMANDS: &[Command] = &[
    Command {
        names: &["start", "start_agent", "start-agent"],
        routes: &["start", "start-agent"],
        summary: "starts an agent of yours, or the loaded one",
        run: Run::Host(start),
        ..RUNNING
    },
    Command {
        names: &["stop", "stop_agent", "stop-agent"],
        routes: &["stop", "stop-agent"],
        summary: "stops an agent of yours, or the loaded one: what is said to it waits",
        run: Run::Host(stop),
        ..RUNNING
    },
    Command {
        names: &["restart"],
        routes: &["restart"],
        summary: "stops an agent of yours, or the loaded one, and starts it again",
        run: Run::Host(restart),
        ..RUNNING
    },
];

const RUNNING: Command = Command {
    arguments: &[AGENT_OR_LOADED],
    is_counted: true,
    changes: true,
    ..PLAIN
};

async fn meant(call: &Call<'_>) -> Result<Agent, Declined> {
    mine(call, call.named_or_loaded().await?)
}

fn start<'a>(call: &'a Call<'a>) -> BoxFuture<'a, Result<Outcome, Declined>> {
    async move {
        let agent = meant(call).await?;
        agents::start(call.cx, &call.caller, &agent.id.to_string()).await?;
        Ok(Outcome::say(format!("Agent '{}' is running.", agent.name)))
    }
    .boxed()
}

fn stop<'a>(call: &'a Call<'a>) -> BoxFuture<'a, Result<Outcome, Declined>> {
    async move {
        let agent = meant(call).await?;
        agents::stop(call.cx, &call.caller, &agent.id.to_string()).await?;
        Ok(Outcome::say(format!("Agent '{}' is stopped.", agent.name)))
    }
    .boxed()
}

fn restart<'a>(call: &'a Call<'a>) -> BoxFuture<'a, Result<Outcome, Declined>> {
    async move {
        let agent = meant(call).await?;
        agents::restart(call.cx, &call.caller, &agent.id.to_string()).await?;
        let text = format!("Agent '{}' was restarted and is running.", agent.name);
        Ok(Outcome::say(text))
    }
    .boxed()
}
