//! Getting in and out: a link to one's account in a browser, and an end to being heard here.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::agents::set_loaded;
use super::call::Call;
use super::declined::Declined;
use super::outcome::Outcome;
use super::table::{Command, PLAIN, Run};
use crate::error::Result;
use crate::service::{accounts, speakers};

pub(super) const COMMANDS: &[Command] = &[
    Command {
        names: &["login"],
        routes: &["login"],
        is_for_anyone: true,
        changes: true,
        summary: "gives you a link that signs you in in a browser, where you can link an account that you have",
        run: Run::Host(login),
        ..PLAIN
    },
    Command {
        names: &["logout"],
        routes: &["logout"],
        is_for_anyone: true,
        changes: true,
        summary: "logs you out of this chat and unloads your agent, until you log in again",
        run: Run::Host(logout),
        ..PLAIN
    },
];

fn login<'a>(call: &'a Call<'a>) -> BoxFuture<'a, Result<Outcome, Declined>> {
    async move {
        let was_out = speakers::log_in(call.cx, call.speaker).await?;
        let link = accounts::link(call.cx, &call.caller).await?;
        let back = if was_out {
            "You are logged in here again. "
        } else {
            ""
        };
        let text = format!("{back}Sign in in a browser with this link, once, within 15 minutes: ");
        Ok(Outcome::say(format!("{text}{link}")).keeping(format!("{text}…")))
    }
    .boxed()
}

fn logout<'a>(call: &'a Call<'a>) -> BoxFuture<'a, Result<Outcome, Declined>> {
    async move {
        speakers::log_out(call.cx, call.speaker).await?;
        if !call.speaker.is_group {
            set_loaded(call, None).await?;
        }
        Ok(Outcome::say(
            "You are logged out here, and no agent is loaded. /login lets you in again.",
        ))
    }
    .boxed()
}
