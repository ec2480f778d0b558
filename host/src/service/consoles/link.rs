//! Links: a link signs one person in and opens an agent's live page, once and for a while. Opening its address uses nothing
//! up, since programs that preview links do that; the page that is shown there does.

use std::time::Duration;

use chrono::{DateTime, Utc};
use store::ids::{AgentId, ConversationId, OrganizationId, UserId};
use store::live_links::{self, NewLiveLink};

use super::{Asked, open};
use crate::auth::{Caller, Client};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::service::audit::{self, Change};
use crate::service::sessions::{self, SignedIn};
use crate::vault::{FreshToken, hash_token};

/// How long a link is good.
const LASTS: Duration = Duration::from_secs(15 * 60);
const PREFIX: &str = "lnk_";

/// A link, which is shown now and never again.
#[derive(Clone)]
pub struct Link {
    /// The address. Whoever opens it is signed in: it does not print itself.
    pub url: String,
    /// Until when.
    pub expires_at: DateTime<Utc>,
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Link(until {})", self.expires_at)
    }
}

/// What a link opened.
#[derive(Clone, Debug)]
pub struct Opened {
    /// Who is signed in.
    pub session: SignedIn,
    /// Where they go on.
    pub path: String,
}

/// Where an agent's live page is, on this host.
fn path(agent: AgentId, conversation: Option<ConversationId>) -> String {
    let agent = agent.public();
    match conversation {
        Some(conversation) => format!(
            "/agents/{agent}/live?conversation={}",
            conversation.public()
        ),
        None => format!("/agents/{agent}/live"),
    }
}

/// Makes a link for the caller, to a page that they may open.
pub async fn create_link(cx: &Context, caller: &Caller, asked: &Asked) -> Result<Link> {
    let console = open(cx, caller, asked).await?;
    let (user, agent) = (caller.person()?, console.agent);
    let change = Change::of(
        "createLiveLink",
        agent.project_id,
        "agent",
        agent.id.public(),
    );
    audit::change(cx, caller, change, async {
        link_for(
            cx,
            caller.organization_id,
            user,
            agent.id,
            asked.conversation,
        )
        .await
    })
    .await
}

/// Makes a link for a user. No caller's right is asked: whoever calls has found the agent for that user, and the page asks
/// again when it is opened.
pub async fn link_for(
    cx: &Context,
    organization_id: OrganizationId,
    user_id: UserId,
    agent_id: AgentId,
    conversation_id: Option<ConversationId>,
) -> Result<Link> {
    let token = FreshToken::link(PREFIX).map_err(Error::internal)?;
    let expires_at = Utc::now() + LASTS;
    let new = NewLiveLink {
        organization_id,
        hash: token.hash,
        user_id,
        agent_id,
        conversation_id,
        expires_at,
    };
    live_links::create(&cx.store, new).await?;
    let (host, sid) = (&cx.public_address, token.text.expose());
    Ok(Link {
        url: format!("{host}/api/auth/session-login?sid={sid}"),
        expires_at,
    })
}

/// Uses a link up: signs its user in, and says where they go on.
pub async fn use_link(cx: &Context, client: Client, sid: &str) -> Result<Opened> {
    let link = live_links::take(&cx.store, hash_token(sid)).await?;
    let link =
        link.ok_or_else(|| Error::not_found("Link", "it was used already, or is too old"))?;
    Ok(Opened {
        session: sessions::start(cx, link.user_id, client).await?,
        path: path(link.agent_id, link.conversation_id),
    })
}
