//! The token of external messages: an organization has one, which counts in the place of the environment's.

use serde_json::json;
use store::page::{Stretch, Time};
use store::tokens::{self, TokenKind};
use store::users;

use super::Declined;
use crate::auth::{Caller, Operation, Proof, Way, Who};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::external::Environment;
use crate::service::api_keys;
use crate::service::audit::{self, Change};
use crate::vault::{Secret, hash_token, masked};

/// Where the token that counts comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// It was made here.
    Stored,
    /// It is the environment's.
    Environment,
    /// There is none.
    None,
}

/// What may be shown of the token.
#[derive(Clone, Debug)]
pub struct TokenState {
    /// Where it comes from.
    pub source: Source,
    /// Its beginning and its end.
    pub masked: Option<String>,
    /// Since when it counts.
    pub updated_at: Option<Time>,
}

/// Whoever the token speaks for that a request shows: they, and their rights, are behind its messages.
pub async fn speaker(
    cx: &Context,
    proof: Proof,
    token: Option<Secret<String>>,
) -> Result<Caller, Declined> {
    let client = proof.client();
    match proof.caller() {
        Ok(caller) => {
            if let Who::External { made_by } = caller.who {
                return Ok(speaking_for(cx, caller, made_by).await?);
            }
        }
        Err(error @ (Error::Unavailable { .. } | Error::Internal { .. })) => {
            return Err(error.into());
        }
        Err(_) => {}
    }
    let Some(environments) = &cx.config.identity.external_api_token else {
        let is_configured = tokens::any_of_kind(&cx.store, TokenKind::External).await?;
        return Err(if is_configured {
            Error::Unauthenticated.into()
        } else {
            Declined::NotConfigured
        });
    };
    let is_shown =
        token.is_some_and(|token| hash_token(token.expose()) == hash_token(environments.expose()));
    if !is_shown {
        return Err(Error::Unauthenticated.into());
    }
    match environment(cx).await? {
        Some(environment) if !environment.is_beaten => {
            let made_by = environment.user_id;
            let caller = Caller {
                organization_id: environment.organization_id,
                who: Who::External { made_by },
                way: Way::ExternalToken,
                token: None,
                client,
            };
            Ok(speaking_for(cx, caller, made_by).await?)
        }
        _ => Err(Error::Unauthenticated.into()),
    }
}

async fn speaking_for(cx: &Context, caller: Caller, user: store::ids::UserId) -> Result<Caller> {
    caller
        .require_organization(cx, Operation::SendExternal)
        .await?;
    Ok(Caller {
        who: Who::User(user),
        ..caller
    })
}

/// Whom the environment's token speaks for, whether or not there is one.
async fn environment(cx: &Context) -> Result<Option<Environment>> {
    if let Some(remembered) = cx.external.environment() {
        return Ok(remembered);
    }
    let environment = match users::first_owner(&cx.store).await? {
        Some(owner) => {
            let stored = stored(cx, owner.organization_id).await?;
            Some(Environment {
                organization_id: owner.organization_id,
                user_id: owner.id,
                is_beaten: stored.is_some(),
            })
        }
        None => None,
    };
    cx.external.remember(environment);
    Ok(environment)
}

/// The organization's own token; not one that was replaced and is in its grace.
async fn stored(
    cx: &Context,
    organization: store::ids::OrganizationId,
) -> Result<Option<tokens::Token>> {
    let living = living(cx, organization).await?;
    Ok(living.into_iter().find(|token| token.expires_at.is_none()))
}

/// The organization's own token, and one that is in its grace.
async fn living(
    cx: &Context,
    organization: store::ids::OrganizationId,
) -> Result<Vec<tokens::Token>> {
    let (owner, kind) = (organization.uuid(), TokenKind::External);
    let listed = tokens::list(&cx.store, owner, kind, &Stretch::first(10)).await?;
    Ok(listed.rows)
}

/// Which token counts for the caller's organization.
pub async fn state(cx: &Context, caller: &Caller) -> Result<TokenState> {
    caller
        .require_organization(cx, Operation::ManageExternalToken)
        .await?;
    if let Some(token) = stored(cx, caller.organization_id).await? {
        return Ok(TokenState {
            source: Source::Stored,
            masked: Some(token.prefix),
            updated_at: Some(token.created_at),
        });
    }
    let none = TokenState {
        source: Source::None,
        masked: None,
        updated_at: None,
    };
    let Some(text) = &cx.config.identity.external_api_token else {
        return Ok(none);
    };
    let environment = environment(cx).await?;
    let is_ours = environment.is_some_and(|of| of.organization_id == caller.organization_id);
    Ok(if is_ours {
        TokenState {
            source: Source::Environment,
            masked: Some(masked(text.expose())),
            ..none
        }
    } else {
        none
    })
}

/// Makes a token in the place of the one before, which ends at once, or in so many seconds. Its text is shown now alone.
pub async fn renew(cx: &Context, caller: &Caller, grace: u32) -> Result<api_keys::Created> {
    api_keys::renew_external(cx, caller, grace).await
}

/// Ends the organization's token, and one that is in its grace. The environment's, if there is one, counts again.
pub async fn revoke(cx: &Context, caller: &Caller) -> Result<TokenState> {
    caller
        .require_organization(cx, Operation::ManageExternalToken)
        .await?;
    let organization = caller.organization_id.uuid();
    let living = living(cx, caller.organization_id).await?;
    let named = living.first().map(|token| token.id.to_string());
    if let Some(id) = named {
        let change = Change::at_large("revokeExternalToken", "key", id)
            .with(json!({ "tokens": living.len() }));
        audit::change(cx, caller, change, async {
            let kind = TokenKind::External;
            Ok(tokens::revoke_all(&cx.store, organization, kind, None).await?)
        })
        .await?;
        living.iter().for_each(|token| api_keys::ended(cx, token));
    }
    state(cx, caller).await
}
