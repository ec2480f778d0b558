//! Sign-in by a one-time link: opening it shows a button, and pressing that makes a session. (Programs that preview links
//! open them, and must not use them up.)

use std::time::Duration;

use chrono::Utc;
use store::ids::{OrganizationId, UserId};
use store::tokens::{self, NewToken, TokenKind};

use crate::auth::SessionCookie;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::vault::{FreshToken, Secret, hash_token};

const LINK_LASTS: Duration = Duration::from_secs(24 * 60 * 60);
const SESSION_LASTS: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Makes a link that signs a user in; the one before it ends. For the host itself, which prints it.
pub async fn new_link(cx: &Context, owner: OrganizationId, user: UserId) -> Result<String> {
    let token = issue(cx, TokenKind::SignIn, owner, user, Some(LINK_LASTS), true).await?;
    Ok(format!("{}/sign-in/{}", cx.public_address, token.expose()))
}

/// Uses a link up, and makes a session of it.
pub async fn use_link(cx: &Context, token: &str) -> Result<SessionCookie> {
    let link = tokens::take(&cx.store, hash_token(token), TokenKind::SignIn)
        .await?
        .ok_or_else(|| Error::not_found("Sign-in link", "it was used already, or is too old"))?;
    let (owner, user) = (link.organization_id, link.subject_id.into());
    let token = issue(
        cx,
        TokenKind::Session,
        owner,
        user,
        Some(SESSION_LASTS),
        false,
    )
    .await?;
    Ok(SessionCookie {
        token,
        lasts: SESSION_LASTS,
        secure: cx.config.web.is_secure(),
    })
}

/// Makes a personal token, which does not expire.
pub(super) async fn new_personal_token(
    cx: &Context,
    owner: OrganizationId,
    user: UserId,
) -> Result<Secret<String>> {
    issue(cx, TokenKind::Personal, owner, user, None, false).await
}

async fn issue(
    cx: &Context,
    kind: TokenKind,
    organization_id: OrganizationId,
    user: UserId,
    lasts: Option<Duration>,
    is_only_one: bool,
) -> Result<Secret<String>> {
    let token = FreshToken::generate(kind).map_err(Error::internal)?;
    let row = NewToken {
        hash: token.hash,
        kind,
        organization_id,
        subject_id: user.uuid(),
        prefix: token.prefix,
        expires_at: lasts.map(|lasts| Utc::now() + lasts),
    };
    if is_only_one {
        tokens::replace(&cx.store, row).await?;
    } else {
        tokens::create(&cx.store, row).await?;
    }
    Ok(token.text)
}
