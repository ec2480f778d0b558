//! A proof is what a request carries to say who it is from: a bearer token, or a browser's cookie. Extracting it never
//! fails; asking it for the caller does, in the words of the way in that asks.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use store::tokens::{self, Token, TokenKind};

use super::caller::{Caller, Way};
use super::cookie::SessionCookie;
use super::same_origin;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::vault::{Secret, hash_token, prefix};

/// What a request carries.
#[derive(Debug)]
pub struct Proof(Result<Caller>);

impl Proof {
    /// The caller, or why there is none.
    pub fn caller(self) -> Result<Caller> {
        self.0
    }
}

impl FromRequestParts<Context> for Proof {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, cx: &Context) -> Result<Self, Infallible> {
        Ok(Self(prove(cx, parts).await))
    }
}

/// The token of an `Authorization: Bearer …` header.
pub fn bearer(headers: &HeaderMap) -> Option<Secret<String>> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| Secret::new(token.trim().to_owned()))
}

async fn prove(cx: &Context, parts: &Parts) -> Result<Caller> {
    // A header that is there and wrong is an error, whatever cookie came along.
    if parts.headers.contains_key(AUTHORIZATION) {
        let token = bearer(&parts.headers).ok_or(Error::Unauthenticated)?;
        return caller_of(cx, token.expose(), TokenKind::Personal, Way::PersonalToken).await;
    }
    let session = SessionCookie::read(&parts.headers).ok_or(Error::Unauthenticated)?;
    let public_url = cx.config.web.public_url.as_ref();
    if !same_origin::is_trusted(&parts.method, &parts.headers, public_url) {
        return Err(Error::Forbidden {
            what: "do this from another site's page".to_owned(),
        });
    }
    caller_of(cx, session.expose(), TokenKind::Session, Way::Session).await
}

async fn caller_of(cx: &Context, text: &str, kind: TokenKind, way: Way) -> Result<Caller> {
    let token = known(cx, text, kind).await?;
    Ok(Caller {
        organization_id: token.organization_id,
        user_id: token.subject_id.into(),
        way,
    })
}

/// The token of this kind with this text, if it is still good.
pub(crate) async fn known(cx: &Context, text: &str, kind: TokenKind) -> Result<Token> {
    // What cannot be one is not looked up: the table is not for strangers to search.
    if !text.starts_with(prefix(kind)) {
        return Err(Error::Unauthenticated);
    }
    let hash = hash_token(text);
    let token = match cx.remembered.find(&hash) {
        Some(token) => token,
        None => {
            let token = tokens::find(&cx.store, hash).await?;
            let token = token.ok_or(Error::Unauthenticated)?;
            cx.remembered.keep(&token);
            token
        }
    };
    if token.kind == kind {
        Ok(token)
    } else {
        Err(Error::Unauthenticated)
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn token(header: &'static str) -> Option<String> {
        let headers = HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_static(header))]);
        bearer(&headers).map(Secret::into_inner)
    }

    #[test]
    fn a_bearer_token_is_read_in_any_case() {
        assert_eq!(token("Bearer clt_x").as_deref(), Some("clt_x"));
        assert_eq!(token("bearer  clt_x ").as_deref(), Some("clt_x"));
        assert_eq!(token("Basic clt_x"), None);
        assert_eq!(token("Bearer"), None);
    }
}
