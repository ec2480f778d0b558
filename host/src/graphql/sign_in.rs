//! Signing in and out, and sessions.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result, SimpleObject};
use store::tokens::Token;

use super::connection::{self, Nodes, Paging};
use super::projects::UserNode;
use super::resolve::library;
use super::scalars::Time;
use super::{asked_by, client, failure};
use crate::auth::Caller;
use crate::context::Context as Host;
use crate::error::Error;
use crate::service::sessions::{self, SignedIn};
use crate::service::sign_in;
use crate::vault::Secret;

/// A session that was just made.
#[derive(SimpleObject)]
#[graphql(crate = "library")]
pub(super) struct SignInPayload {
    /// Sent as `Authorization: Bearer …` it proves who one is for seven days. It is shown now and never again.
    token: String,
    /// Who signed in.
    user: UserNode,
}

impl SignInPayload {
    pub(super) fn of(session: SignedIn) -> Self {
        Self {
            token: session.token.into_inner(),
            user: UserNode(Arc::new(session.user)),
        }
    }
}

/// Someone signed in somewhere.
pub(super) struct SessionNode {
    session: Arc<Token>,
    is_current: bool,
}

impl SessionNode {
    /// A session as this caller sees it.
    pub(super) fn of(session: Arc<Token>, caller: &Caller) -> Self {
        Self {
            is_current: caller.token == Some(session.id),
            session,
        }
    }
}

/// Someone signed in somewhere.
#[Object(name = "Session", crate = "library")]
impl SessionNode {
    /// Names it everywhere: `tok_` and 32 hexadecimal digits.
    pub(super) async fn id(&self) -> ID {
        self.session.id.public().into()
    }

    /// Through which way in it was made, and from where.
    async fn name(&self) -> &str {
        &self.session.name
    }

    /// Whether this very request came with it.
    async fn is_current(&self) -> bool {
        self.is_current
    }

    /// Since when.
    async fn created_at(&self) -> Time {
        Time(self.session.created_at)
    }

    /// Until when, unless it is refreshed or ended.
    async fn expires_at(&self) -> Option<Time> {
        self.session.expires_at.map(Time)
    }

    /// When it was last used, to five minutes.
    async fn last_used_at(&self) -> Option<Time> {
        self.session.used_at.map(Time)
    }
}

#[derive(Default)]
pub(super) struct SessionsQuery;

#[Object]
impl SessionsQuery {
    /// The caller's sessions, oldest first.
    #[graphql(complexity = "connection::cost(first, last, child_complexity)")]
    async fn sessions(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The first so many: 50 unless said, at most 200.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, at most 200.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Nodes<SessionNode>> {
        let (cx, caller) = asked_by(context)?;
        let stretch = Paging {
            first,
            after,
            last,
            before,
        }
        .stretch()?;
        let listed = sessions::stretch(cx, caller, &stretch).await;
        let listed = listed.map_err(failure::told)?.map(Arc::new);
        Ok(connection::nodes(
            listed,
            |session| session.id,
            |session| SessionNode::of(session, caller),
        ))
    }
}

#[derive(Default)]
pub(super) struct SessionsMutation;

#[Object]
impl SessionsMutation {
    /// Signs in by e-mail and password. No proof is needed.
    async fn sign_in(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The address of the account.")] email: String,
        #[graphql(desc = "Its password.")] password: String,
    ) -> Result<SignInPayload> {
        let (cx, client) = (context.data::<Host>()?, client(context)?);
        let signed_in = sign_in::with_password(cx, client, &email, Secret::new(password)).await;
        signed_in.map(SignInPayload::of).map_err(|error| {
            // The usual advice is to sign in.
            let is_wrong = matches!(error, Error::Unauthenticated);
            let mut told = failure::told(error);
            if is_wrong {
                sign_in::WRONG.clone_into(&mut told.message);
            }
            told
        })
    }

    /// Signs in by the token of a one-time link, which is used up. No proof is needed.
    async fn sign_in_with_link(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The last part of the link.")] token: String,
    ) -> Result<SignInPayload> {
        let (cx, client) = (context.data::<Host>()?, client(context)?);
        let signed_in = sign_in::use_link(cx, client, &token).await;
        signed_in.map(SignInPayload::of).map_err(failure::told)
    }

    /// Puts a new session in the place of the caller's, which ends.
    async fn refresh_session(&self, context: &Context<'_>) -> Result<SignInPayload> {
        let (cx, caller) = asked_by(context)?;
        let refreshed = sessions::refresh(cx, caller).await;
        refreshed.map(SignInPayload::of).map_err(failure::told)
    }

    /// Ends the caller's session.
    async fn sign_out(&self, context: &Context<'_>) -> Result<bool> {
        let (cx, caller) = asked_by(context)?;
        let ended = sessions::end(cx, caller).await;
        ended.map(|()| true).map_err(failure::told)
    }

    /// Ends all of the caller's sessions and tells how many.
    async fn end_sessions(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whether the one of this request stays.", default = true)] keep_this: bool,
    ) -> Result<usize> {
        let (cx, caller) = asked_by(context)?;
        let ended = sessions::end_all(cx, caller, keep_this).await;
        ended.map_err(failure::told)
    }
}
