//! A proof is what a request carries to say who it is from: a token in a header, or a browser's cookie. Extracting it never
//! fails; asking it for the caller does, in the words of the way in that asks.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use chrono::Utc;
use store::tokens::{Token, TokenKind};

use super::caller::{Caller, Client, Entrance, Way, Who};
use super::cookie::SessionCookie;
use super::presented::presented;
use super::{address, jwt, same_origin};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::vault::{hash_token, kind_of, prefix};

/// What a request carries, and where it came from.
#[derive(Debug)]
pub struct Proof {
    caller: Result<Caller>,
    client: Client,
}

impl Proof {
    /// The caller, or why there is none.
    pub fn caller(self) -> Result<Caller> {
        self.caller
    }

    /// The caller; none where nothing was shown or what was shown is not good any more.
    pub fn caller_if_any(self) -> Result<Option<Caller>> {
        match self.caller {
            Ok(caller) => Ok(Some(caller)),
            Err(Error::Unauthenticated) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether there is a caller.
    pub fn has_caller(&self) -> bool {
        self.caller.is_ok()
    }

    /// Where the request came from, whoever sent it.
    pub fn client(&self) -> Client {
        self.client
    }
}

impl FromRequestParts<Context> for Proof {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, cx: &Context) -> Result<Self, Infallible> {
        let client = Client {
            address: address::client(parts),
            entrance: entrance(parts.uri.path()),
        };
        let caller = prove(cx, parts, client).await;
        Ok(Self { caller, client })
    }
}

fn entrance(path: &str) -> Entrance {
    if path == "/graphql" {
        Entrance::Graphql
    } else if path.starts_with("/api/") {
        Entrance::Rest
    } else {
        Entrance::Page
    }
}

async fn prove(cx: &Context, parts: &Parts, client: Client) -> Result<Caller> {
    // A header that is there and wrong is an error, whatever cookie came along.
    if let Some(token) = presented(&parts.headers)? {
        return caller_of(cx, token.expose(), client).await;
    }
    let session = SessionCookie::read(&parts.headers).ok_or(Error::Unauthenticated)?;
    let public_url = cx.config.web.public_url.as_ref();
    if !same_origin::is_trusted(&parts.method, &parts.headers, public_url) {
        return Err(Error::Forbidden {
            what: "do this from another site's page".to_owned(),
        });
    }
    let token = known(cx, session.expose(), TokenKind::Session).await?;
    caller(token, Way::Cookie, client)
}

/// The caller whom a token of any kind proves, as a socket's first message carries it, or a header.
pub(crate) async fn caller_of(cx: &Context, text: &str, client: Client) -> Result<Caller> {
    let kind = kind_of(text).ok_or(Error::Unauthenticated)?;
    let way = match kind {
        TokenKind::Personal => Way::PersonalToken,
        TokenKind::Session => Way::Session,
        TokenKind::Project => Way::ProjectKey,
        TokenKind::Agent => Way::AgentKey,
        TokenKind::Channel => Way::ChannelKey,
        TokenKind::External => Way::ExternalToken,
        // It is used up by its page, and proves nothing elsewhere.
        TokenKind::SignIn => return Err(Error::Unauthenticated),
    };
    let caller = caller(known(cx, text, kind).await?, way, client)?;
    cx.budgets.spend(cx, &caller).await?;
    Ok(caller)
}

fn caller(token: Token, way: Way, client: Client) -> Result<Caller> {
    let subject = token.subject_id;
    let who = match token.kind {
        TokenKind::Personal | TokenKind::Session => Who::User(subject.into()),
        TokenKind::Project => Who::ProjectKey {
            project: subject.into(),
            role: token.role.ok_or(Error::Unauthenticated)?,
            made_by: token.created_by.ok_or(Error::Unauthenticated)?,
        },
        TokenKind::Agent => Who::Agent(subject.into()),
        TokenKind::Channel => Who::Channel(subject.into()),
        TokenKind::External => Who::External {
            made_by: token.created_by.ok_or(Error::Unauthenticated)?,
        },
        TokenKind::SignIn => return Err(Error::Unauthenticated),
    };
    Ok(Caller {
        organization_id: token.organization_id,
        who,
        way,
        token: Some(token.id),
        client,
    })
}

/// The token of this kind with this text, if it is still good.
pub(crate) async fn known(cx: &Context, text: &str, kind: TokenKind) -> Result<Token> {
    // What cannot be one is not looked up: the table is not for strangers to search.
    let is_one = match kind {
        TokenKind::Session => jwt::verify(&cx.vault, text, Utc::now().timestamp()).is_some(),
        kind => text.starts_with(prefix(kind)),
    };
    if !is_one {
        return Err(Error::Unauthenticated);
    }
    let hash = hash_token(text);
    // Programs send message after message. Who signs out is out at once, on every host.
    let is_remembered = matches!(kind, TokenKind::Channel | TokenKind::External);
    let token = match cx.remembered.find(&hash).filter(|_| is_remembered) {
        Some(token) => token,
        None => {
            let token = cx.reads.token(&cx.store, hash).await?;
            let token = token.ok_or(Error::Unauthenticated)?;
            if is_remembered {
                cx.remembered.keep(&token);
            }
            token
        }
    };
    if token.kind == kind {
        Ok(token)
    } else {
        Err(Error::Unauthenticated)
    }
}
