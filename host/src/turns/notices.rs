//! Notices: where an agent works for long on a message of a messaging product, the chat is told so now and then, with what it
//! has so far, until it is done or the chat was muted. A notice that fails is a notice less.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use channels::Kind;
use store::ids::{ConversationId, DeliveryId, MessageId, OrganizationId};
use store::messages::{self, Saying};
use store::turns::LoadedTurn;
use store::{StoreError, conversations};
use tokio::time::sleep;

use crate::content::without_nul;
use crate::context::Context;
use crate::live::Topic;

/// Runs a turn, and gives its notices meanwhile. `so_far` takes what it has told of its reply since the last one.
pub(super) async fn along<Ran>(
    cx: &Context,
    turn: &LoadedTurn,
    so_far: impl Fn() -> Option<String>,
    run: impl Future<Output = Ran>,
) -> Ran {
    // Others show signs of life, or are watched as it happens.
    if turn.message_id.is_none() || turn.channel_kind != Kind::Webhook.as_str() {
        return run.await;
    }
    let mut run = pin!(run);
    let pause: Duration = cx.config.work.notice;
    loop {
        tokio::select! {
            biased;
            ran = &mut run => return ran,
            () = sleep(pause) => {}
        }
        tokio::select! {
            ran = &mut run => return ran,
            told = tell(cx, turn, so_far()) => {
                if let Err(error) = told {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "a notice could not be given"
                    );
                }
            }
        }
    }
}

async fn tell(cx: &Context, turn: &LoadedTurn, so_far: Option<String>) -> Result<(), StoreError> {
    let owner = OrganizationId::from(turn.organization_id);
    let conversation = ConversationId::from(turn.conversation_id);
    if conversations::is_muted(&cx.store, owner, conversation, turn.position).await? {
        return Ok(());
    }
    let text = match so_far {
        Some(text) => format!("Still at work. So far:\n{}", without_nul(&text)),
        None => "Still at work. /mute holds these notices back until it is done.".to_owned(),
    };
    let saying = Saying {
        organization_id: owner,
        conversation_id: conversation,
        id: MessageId::new(),
        user_id: None,
        text,
        content: None,
        delivery_id: Some(DeliveryId::new()),
    };
    messages::say(&cx.store, saying).await?;
    cx.live.changed(conversation);
    cx.live.changed(Topic::Outbox);
    Ok(())
}
