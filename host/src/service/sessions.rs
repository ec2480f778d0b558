//! Sessions: a session is someone signed in somewhere, for a week, or until it is ended. Its token is a browser's cookie,
//! and a program's `Authorization: Bearer`.

use std::time::Duration;

use chrono::Utc;
use serde_json::json;
use store::StoreError;
use store::ids::{OrganizationId, TokenId, UserId};
use store::page::{Listed, Stretch};
use store::tokens::{self, NewToken, Rotated, Token, TokenKind};
use store::users::{self, User};

use super::audit::{self, Change};
use crate::auth::jwt::{self, Claims};
use crate::auth::{Caller, Client, SessionCookie, Way, Who};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::live::Topic;
use crate::vault::{FreshToken, Secret};

const LASTS: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Someone who has just signed in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Who.
    pub user: User,
    /// The session's token, which is shown now and never again.
    pub token: Secret<String>,
    /// Whether its cookie goes over TLS alone.
    is_secure: bool,
}

impl SignedIn {
    /// The same for a browser.
    pub fn cookie(&self) -> SessionCookie {
        SessionCookie {
            token: self.token.clone(),
            lasts: LASTS,
            secure: self.is_secure,
        }
    }
}

/// The cookie that takes a browser's session away.
pub fn no_cookie(cx: &Context) -> SessionCookie {
    SessionCookie {
        token: Secret::new(String::new()),
        lasts: Duration::ZERO,
        secure: cx.config.web.is_secure(),
    }
}

/// Signs someone in who has just proved who they are.
pub(super) async fn start(cx: &Context, user: UserId, client: Client) -> Result<SignedIn> {
    let user = users::find(&cx.store, user)
        .await?
        .ok_or(Error::Unauthenticated)?;
    let fresh = Fresh::new(cx, user.organization_id, user.id);
    let caller = Caller {
        organization_id: user.organization_id,
        who: Who::User(user.id),
        way: Way::SignIn,
        token: Some(fresh.id),
        client,
    };
    let row = NewToken {
        hash: fresh.token.hash,
        kind: TokenKind::Session,
        organization_id: user.organization_id,
        subject_id: user.id.uuid(),
        prefix: fresh.token.prefix,
        expires_at: Some(fresh.expires_at),
        id: fresh.id,
        name: name(client),
        role: None,
        created_by: Some(user.id),
    };
    let change = Change::at_large("signIn", "user", user.id);
    audit::change(cx, &caller, change, async {
        Ok(tokens::create(&cx.store, row).await?)
    })
    .await?;
    Ok(SignedIn {
        user,
        token: fresh.token.text,
        is_secure: cx.config.web.is_secure(),
    })
}

/// Puts a new session in the place of the caller's, which ends.
pub async fn refresh(cx: &Context, caller: &Caller) -> Result<SignedIn> {
    let (old, user) = own(caller)?;
    let user = users::find(&cx.store, user)
        .await?
        .ok_or(Error::Unauthenticated)?;
    let fresh = Fresh::new(cx, user.organization_id, user.id);
    let new = Rotated {
        hash: fresh.token.hash,
        prefix: fresh.token.prefix,
        id: fresh.id,
        expires_at: Some(fresh.expires_at),
    };
    let change = Change::at_large("refreshSession", "session", old);
    let rotate = async {
        let rotated = tokens::rotate(&cx.store, caller.organization_id, old, new).await;
        // Another refresh of the same session was first.
        rotated.map_err(ended)
    };
    audit::change(
        cx,
        caller,
        change.with(json!({ "session": fresh.id })),
        rotate,
    )
    .await?;
    Ok(SignedIn {
        user,
        token: fresh.token.text,
        is_secure: cx.config.web.is_secure(),
    })
}

/// Ends the caller's session.
pub async fn end(cx: &Context, caller: &Caller) -> Result<()> {
    let (session, user) = own(caller)?;
    let change = Change::at_large("signOut", "session", session);
    audit::change(cx, caller, change, async {
        let revoked = tokens::revoke(&cx.store, caller.organization_id, session).await;
        revoked.map_err(ended)
    })
    .await?;
    cx.live.changed(Topic::Rights(user));
    Ok(())
}

/// Ends all of the caller's sessions, but the one that asks if it is to stay; says how many.
pub async fn end_all(cx: &Context, caller: &Caller, keep_this: bool) -> Result<usize> {
    let user = caller.person()?;
    let kept = caller.token.filter(|_| keep_this);
    let change = Change::at_large("endSessions", "user", user);
    let ended = audit::change(cx, caller, change, async {
        Ok(tokens::revoke_all(&cx.store, user.uuid(), TokenKind::Session, kept).await?)
    })
    .await?;
    cx.live.changed(Topic::Rights(user));
    Ok(ended)
}

/// A stretch of the caller's sessions, oldest first.
pub async fn stretch(
    cx: &Context,
    caller: &Caller,
    stretch: &Stretch<TokenId>,
) -> Result<Listed<Token>> {
    let user = caller.person()?.uuid();
    Ok(tokens::list(&cx.store, user, TokenKind::Session, stretch).await?)
}

/// A session's token before it is stored.
struct Fresh {
    id: TokenId,
    token: FreshToken,
    expires_at: chrono::DateTime<Utc>,
}

impl Fresh {
    fn new(cx: &Context, owner: OrganizationId, user: UserId) -> Self {
        let (id, now) = (TokenId::new(), Utc::now());
        let expires_at = now + LASTS;
        let claims = Claims {
            sub: user,
            org: owner,
            jti: id,
            iat: now.timestamp(),
            exp: expires_at.timestamp(),
        };
        Self {
            id,
            token: FreshToken::of(TokenKind::Session, jwt::sign(&cx.vault, &claims)),
            expires_at,
        }
    }
}

/// The session that the caller came with.
fn own(caller: &Caller) -> Result<(TokenId, UserId)> {
    match (caller.way, caller.token) {
        (Way::Session | Way::Cookie, Some(session)) => Ok((session, caller.person()?)),
        _ => Err(Error::Forbidden {
            what: "do this with a key: it is for sessions".to_owned(),
        }),
    }
}

fn ended(error: StoreError) -> Error {
    match error {
        StoreError::NotFound => Error::Unauthenticated,
        error => error.into(),
    }
}

fn name(client: Client) -> String {
    match client.address {
        Some(address) => format!("{} from {address}", client.entrance.as_str()),
        None => client.entrance.as_str().to_owned(),
    }
}
