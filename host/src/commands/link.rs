//! A link to the live page of an agent.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::call::Call;
use super::declined::Declined;
use super::outcome::{Outcome, Shape};
use super::table::{Command, PLAIN, Run};
use crate::error::Result;
use crate::service::consoles::{self, Asked};

pub(super) const COMMANDS: &[Command] = &[Command {
    names: &["getlink"],
    routes: &["getlink"],
    actions: &["get-link"],
    changes: true,
    summary: "gives you a link that opens the loaded agent's live page in a browser, signed in",
    run: Run::Host(getlink),
    ..PLAIN
}];

fn getlink<'a>(call: &'a Call<'a>) -> BoxFuture<'a, Result<Outcome, Declined>> {
    async move {
        let agent = call.named_or_loaded().await?;
        let asked = Asked {
            agent: agent.id.public(),
            conversation: call.speaker.row.conversation_id,
        };
        let link = consoles::create_link(call.cx, &call.caller, &asked).await?;
        let text = format!("Open \"{}\" in a browser: ", agent.name);
        let said = Outcome::say(format!("{text}{}", link.url)).keeping(format!("{text}…"));
        Ok(said.shaped(Shape::Link {
            agent: agent.name,
            status: agent.status,
            url: link.url,
        }))
    }
    .boxed()
}
