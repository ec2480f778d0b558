//! Turns as their owner sees them: a turn is one run of an agent on one event, and all that came of it.

use chrono::{DateTime, Utc};
use store::ids::TurnId;
use store::messages::{self, Message};
use store::page::Page;
use store::turns::{self, TurnTrace};

use super::{agents, conversations};
use crate::auth::{Caller, Operation};
use crate::context::Context;
use crate::error::{Error, Result};

/// The turns of an agent, the newest first.
pub async fn list(
    cx: &Context,
    caller: &Caller,
    agent: &str,
    page: Page<DateTime<Utc>>,
) -> Result<Vec<TurnTrace>> {
    let agent = agents::find(cx, caller, agent).await?;
    caller
        .require(cx, agent.project_id, Operation::ReadConversations)
        .await?;
    let page = Page {
        limit: page.limit.clamp(1, conversations::MOST),
        ..page
    };
    Ok(turns::traces(&cx.store, caller.organization_id, agent.id, page).await?)
}

/// A turn.
pub async fn find(cx: &Context, caller: &Caller, id: TurnId) -> Result<TurnTrace> {
    let turn = turns::trace(&cx.store, caller.organization_id, id)
        .await?
        .ok_or_else(|| Error::not_found("Turn", id))?;
    // Who may read the conversation may read its turns.
    conversations::find(cx, caller, turn.conversation_id).await?;
    Ok(turn)
}

/// What a turn said, in order.
pub async fn said(cx: &Context, caller: &Caller, id: TurnId) -> Result<Vec<Message>> {
    let turn = find(cx, caller, id).await?;
    Ok(messages::list_of_turn(&cx.store, caller.organization_id, turn.id).await?)
}
