//! Links to agents' live pages.

use async_graphql::{Context, ID, Object, Result, SimpleObject};

use super::resolve::library;
use super::scalars::Time;
use super::{asked_by, failure, read_id};
use crate::service::consoles::{self, Asked};

/// A link to an agent's live page, which is shown now and never again.
#[derive(SimpleObject)]
#[graphql(crate = "library")]
struct LiveLink {
    /// Its address. Whoever opens it first is signed in as the caller.
    url: String,
    /// Until when it is good.
    expires_at: Time,
}

#[derive(Default)]
pub(super) struct LiveLinksMutation;

#[Object]
impl LiveLinksMutation {
    /// Makes a link that signs the caller in, once and within a quarter of an hour, and opens an agent's live page.
    async fn create_live_link(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The agent: its name in the caller's default project, or its id.")]
        agent: String,
        #[graphql(
            desc = "The conversation that the page shows; else the caller's own from the page."
        )]
        conversation_id: Option<ID>,
    ) -> Result<LiveLink> {
        let (cx, caller) = asked_by(context)?;
        let conversation = conversation_id.map(|id| read_id("conversationId", &id));
        let asked = Asked {
            agent,
            conversation: conversation.transpose()?,
        };
        let link = consoles::create_link(cx, caller, &asked).await;
        let link = link.map_err(failure::told)?;
        Ok(LiveLink {
            url: link.url,
            expires_at: Time(link.expires_at),
        })
    }
}
