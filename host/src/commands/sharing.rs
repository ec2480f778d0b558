//! Sharing: an agent of one's own that the members of a group may talk to.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::agents::{make, owned};
use super::call::Call;
use super::declined::Declined;
use super::outcome::Outcome;
use super::table::{AGENT, Command, PLAIN, Place, Run};
use crate::error::Result;
use crate::service::groups;

pub(super) const COMMANDS: &[Command] = &[
    Command {
        names: &["share", "share-agent", "share_agent"],
        routes: &["share", "share-agent"],
        summary: "lets the members of this group talk to an agent of yours",
        run: Run::Host(share),
        ..SHARING
    },
    Command {
        names: &["create-shared", "create_shared"],
        routes: &["create-shared"],
        summary: "makes an agent of yours, shares it in this group, and loads it here",
        run: Run::Host(create_shared),
        ..SHARING
    },
    Command {
        names: &["unshare-agent", "unshare_agent", "unshare"],
        routes: &["unshare-agent"],
        summary: "takes an agent of yours out of this group",
        run: Run::Host(unshare),
        ..SHARING
    },
];

const SHARING: Command = Command {
    arguments: &[AGENT],
    place: Place::Group,
    is_counted: true,
    changes: true,
    ..PLAIN
};

fn share<'a>(call: &'a Call<'a>) -> BoxFuture<'a, Result<Outcome, Declined>> {
    async move {
        let group = call.group()?;
        let agent = owned(call, call.agent_name()?).await?;
        let is_new = groups::share(call.cx, &call.caller, &group, &agent).await?;
        let name = &agent.name;
        Ok(Outcome::say(if is_new {
            format!("Agent '{name}' is shared in this group: @{name} MESSAGE talks to it.")
        } else {
            format!("Agent '{name}' is shared in this group already.")
        }))
    }
    .boxed()
}

fn create_shared<'a>(call: &'a Call<'a>) -> BoxFuture<'a, Result<Outcome, Declined>> {
    async move {
        let group = call.group()?;
        let agent = make(call).await?;
        groups::share(call.cx, &call.caller, &group, &agent).await?;
        groups::load(call.cx, &group, Some(agent.id)).await?;
        let name = &agent.name;
        Ok(Outcome::say(format!(
            "Agent '{name}' created and starting... It is shared and loaded in this group."
        )))
    }
    .boxed()
}

fn unshare<'a>(call: &'a Call<'a>) -> BoxFuture<'a, Result<Outcome, Declined>> {
    async move {
        let group = call.group()?;
        let agent = owned(call, call.agent_name()?).await?;
        let was_shared = groups::unshare(call.cx, &call.caller, &group, &agent).await?;
        let name = &agent.name;
        Ok(Outcome::say(if was_shared {
            format!("Agent '{name}' is not shared in this group any more.")
        } else {
            format!("Agent '{name}' is not shared in this group.")
        }))
    }
    .boxed()
}
