//! YOLO: what people ask in their own words is done as the command that it is. Each is checked as if it had been typed, and
//! the answer says what was done.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::call::Call;
use super::declined::Declined;
use super::grammar::{Grammar, Request, Router};
use super::hear::host_says;
use super::invoke::{Manner, Told, checked, run};
use super::outcome::Outcome;
use super::table::{Argument, Command, Kind, PLAIN, Place, Run};
use crate::context::Context;
use crate::error::Result;
use crate::service::inbound::Said;
use crate::service::speakers::{self, Speaker};

pub(super) const COMMANDS: &[Command] = &[
    Command {
        names: &["yolo"],
        routes: &["yolo"],
        arguments: &[Argument {
            kind: Kind::Text,
            names: &["prompt", "text", "command"],
            is_required: true,
            shown: "META-COMMAND",
        }],
        place: Place::Direct,
        changes: true,
        summary: "does what you ask for in your own words: /yolo create an agent named scout",
        run: Run::Host(yolo),
        ..PLAIN
    },
    Command {
        names: &["yolo-mode", "yolo_mode"],
        routes: &["yolo-mode"],
        place: Place::Direct,
        changes: true,
        summary: "takes what you write for commands where it can be",
        run: Run::Host(on),
        ..PLAIN
    },
    Command {
        names: &["yolo-mode-off", "yolo_mode_off"],
        routes: &["yolo-mode-off"],
        changes: true,
        summary: "ends YOLO mode",
        run: Run::Host(off),
        ..PLAIN
    },
];

/// What is said to a request that was not understood.
const NOT_UNDERSTOOD: &str = "I did not understand that as a command. You can ask to create, load, start, stop, restart, share or \
    delete an agent by its name, to list your agents, or for the status; /help shows all commands.";

fn yolo<'a>(call: &'a Call<'a>) -> BoxFuture<'a, Result<Outcome, Declined>> {
    async move {
        let Some(Request { command, arguments }) = Grammar.route(call.text()?) else {
            return Ok(Outcome::say(NOT_UNDERSTOOD));
        };
        if command.names.contains(&"yolo") {
            return Ok(Outcome::say(NOT_UNDERSTOOD));
        }
        let given = command.given(&arguments);
        let call = Call {
            cx: call.cx,
            speaker: call.speaker,
            caller: call.caller.clone(),
            arguments,
        };
        let outcome = match checked(&call, command).boxed().await {
            Ok(outcome) => outcome,
            Err(declined) if declined.is_told() => declined.outcome(),
            Err(declined) => return Err(declined),
        };
        Ok(outcome.done_by(&given))
    }
    .boxed()
}

/// A request to the host, in one's own words or as a command.
pub(super) async fn ask(
    cx: &Context,
    speaker: Speaker,
    said: Said,
    request: &str,
) -> Result<Told, Declined> {
    let Some(Request { command, arguments }) = Grammar.route(request) else {
        return host_says(cx, &speaker, said, NOT_UNDERSTOOD.to_owned()).await;
    };
    run(cx, speaker, command, said, arguments, Manner::Request).await
}

fn on<'a>(call: &'a Call<'a>) -> BoxFuture<'a, Result<Outcome, Declined>> {
    async move {
        speakers::set_yolo(call.cx, call.speaker, true).await?;
        Ok(Outcome::say(
            "YOLO mode is on: what you write here is taken for a command where it can be, and else goes to the loaded agent. \
             /yolo-mode-off ends it.",
        ))
    }
    .boxed()
}

fn off<'a>(call: &'a Call<'a>) -> BoxFuture<'a, Result<Outcome, Declined>> {
    async move {
        speakers::set_yolo(call.cx, call.speaker, false).await?;
        Ok(Outcome::say("YOLO mode is off."))
    }
    .boxed()
}
