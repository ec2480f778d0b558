//! API keys: a key lets a program in as a project (with a role), as an agent, or as a person. Its text is shown once, where
//! it is made; afterwards it is known by its first characters, and can be rotated and ended.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::json;
use store::ids::{AgentId, ChannelId, ProjectId, TokenId};
use store::page::{Listed, Stretch};
use store::tokens::{self, NewToken, Rotated, Token, TokenKind};
use store::{StoreError, agents, channels};
use uuid::Uuid;

use super::audit::{self, Change};
use super::names;
use crate::auth::{Caller, Operation, Reach, Role};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::live::Topic;
use crate::vault::{FreshToken, Secret};

/// Days that a key may be good for, unless it is good for ever.
const MOST_DAYS: u32 = 3_650;

/// A key to make.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// What people call it.
    pub name: String,
    /// For how many days; none is for ever.
    pub days: Option<u32>,
}

/// A key that was just made, with what is shown once.
#[derive(Debug)]
pub struct Created {
    /// The key.
    pub key: Token,
    /// Its text.
    pub text: Secret<String>,
}

/// Makes a key that may do in a project what `role` may, but for what only people do.
pub async fn create_for_project(
    cx: &Context,
    caller: &Caller,
    project: ProjectId,
    role: Role,
    wanted: Wanted,
) -> Result<Created> {
    caller
        .require(cx, project, Operation::ManageApiKeys)
        .await?;
    if role == Role::Owner {
        return Err(Error::invalid(
            "role",
            "a key is viewer, member or admin: owners are people",
        ));
    }
    let fresh = Fresh::new(caller, TokenKind::Project, project.uuid(), wanted)?;
    let change = fresh
        .change("createProjectKey", Some(project))
        .with(json!({ "name": fresh.row.name, "role": role }));
    fresh.with_role(role).keep(cx, caller, change).await
}

/// Makes a key with which a program is an agent.
pub async fn create_for_agent(
    cx: &Context,
    caller: &Caller,
    agent: AgentId,
    wanted: Wanted,
) -> Result<Created> {
    let found = agents::find(&cx.store, caller.organization_id, agent).await?;
    let agent = found.ok_or_else(|| Error::not_found("Agent", agent))?;
    caller
        .require(cx, agent.project_id, Operation::ManageApiKeys)
        .await?;
    let fresh = Fresh::new(caller, TokenKind::Agent, agent.id.uuid(), wanted)?;
    let change = fresh
        .change("createAgentKey", Some(agent.project_id))
        .with(json!({ "name": fresh.row.name, "agent": agent.id }));
    fresh.keep(cx, caller, change).await
}

/// Makes a token with which a program is the caller.
pub async fn create_personal(cx: &Context, caller: &Caller, wanted: Wanted) -> Result<Created> {
    let user = caller.person()?;
    let fresh = Fresh::new(caller, TokenKind::Personal, user.uuid(), wanted)?;
    let change = fresh
        .change("createPersonalToken", None)
        .with(json!({ "name": fresh.row.name }));
    fresh.keep(cx, caller, change).await
}

/// Seconds for which a token that was replaced may go on.
const MOST_GRACE: u32 = 7 * 24 * 60 * 60;

/// Makes the organization's token for external messages; the one before it ends at once, or in so many seconds.
pub async fn renew_external(cx: &Context, caller: &Caller, grace: u32) -> Result<Created> {
    caller
        .require_organization(cx, Operation::ManageExternalToken)
        .await?;
    if grace > MOST_GRACE {
        let why = format!("must be 0 to {MOST_GRACE}: a replaced token ends within a week");
        return Err(Error::invalid("graceSeconds", why));
    }
    let wanted = Wanted {
        name: "External messages".to_owned(),
        days: None,
    };
    let organization = caller.organization_id.uuid();
    let fresh = Fresh::new(caller, TokenKind::External, organization, wanted)?;
    let change = fresh
        .change("renewExternalToken", None)
        .with(json!({ "graceSeconds": grace }));
    let (text, row) = (fresh.text, fresh.row);
    let key = audit::change(cx, caller, change, async {
        Ok(tokens::replace(&cx.store, row, grace).await?)
    })
    .await?;
    cx.remembered.clear();
    cx.external.forget();
    Ok(Created { key, text })
}

/// A stretch of the keys of a project, of its agents and of its channels, those that were ended among them.
pub async fn stretch(
    cx: &Context,
    caller: &Caller,
    project: ProjectId,
    stretch: &Stretch<TokenId>,
) -> Result<Listed<Token>> {
    caller
        .require(cx, project, Operation::ManageApiKeys)
        .await?;
    Ok(tokens::list_of_project(&cx.store, caller.organization_id, project, stretch).await?)
}

/// A stretch of the caller's own personal tokens, oldest first.
pub async fn personal(
    cx: &Context,
    caller: &Caller,
    stretch: &Stretch<TokenId>,
) -> Result<Listed<Token>> {
    let user = caller.person()?.uuid();
    Ok(tokens::list(&cx.store, user, TokenKind::Personal, stretch).await?)
}

/// The keys, personal tokens and sessions that the caller may see among these: those that they may end.
pub async fn find_many(
    cx: &Context,
    reach: &Reach,
    ids: &[TokenId],
) -> Result<HashMap<TokenId, Token>> {
    let owner = reach.organization_id();
    let found = tokens::find_many(&cx.store, owner, ids).await?;
    let of_kind = |kind| {
        let of_kind = found
            .iter()
            .filter(move |token: &&Token| token.kind == kind);
        of_kind.map(|token| token.subject_id)
    };
    let ids: Vec<AgentId> = of_kind(TokenKind::Agent).map(Into::into).collect();
    let agents = agents::find_many(&cx.store, owner, &ids).await?;
    let agents: HashMap<AgentId, ProjectId> = agents
        .into_iter()
        .map(|agent| (agent.id, agent.project_id))
        .collect();
    let ids: Vec<ChannelId> = of_kind(TokenKind::Channel).map(Into::into).collect();
    let channels = channels::projects_of(&cx.store, owner, &ids).await?;
    let manages = |project: &ProjectId| reach.may(*project, Operation::ManageApiKeys);
    let sees = |token: &Token| match token.kind {
        TokenKind::Personal | TokenKind::Session => reach.is_person(token.subject_id.into()),
        TokenKind::SignIn => false,
        TokenKind::External => reach.may_at_large(Operation::ManageExternalToken),
        TokenKind::Project => manages(&token.subject_id.into()),
        TokenKind::Agent => agents.get(&token.subject_id.into()).is_some_and(manages),
        TokenKind::Channel => channels.get(&token.subject_id.into()).is_some_and(manages),
    };
    Ok(found
        .into_iter()
        .filter(sees)
        .map(|token| (token.id, token))
        .collect())
}

/// Puts a new key in the place of one, which ends at once.
pub async fn rotate(cx: &Context, caller: &Caller, id: TokenId) -> Result<Created> {
    let (old, project) = authorised(cx, caller, id).await?;
    if old.kind == TokenKind::Session {
        return Err(Error::conflict(
            format!("Key `{id}`"),
            "is a session, which is refreshed",
        ));
    }
    let fresh = FreshToken::generate(old.kind).map_err(Error::internal)?;
    let new = Rotated {
        hash: fresh.hash,
        prefix: fresh.prefix,
        id: TokenId::new(),
        expires_at: None,
    };
    let change = change_of("rotateApiKey", project, id).with(json!({ "new": new.id }));
    let key = audit::change(cx, caller, change, async {
        let rotated = tokens::rotate(&cx.store, caller.organization_id, id, new).await;
        rotated.map_err(|error| over(error, id))
    })
    .await?;
    ended(cx, &old);
    Ok(Created {
        key,
        text: fresh.text,
    })
}

/// Ends a key at once that is for this project, for one of its agents or for one of its channels.
pub async fn revoke_in(
    cx: &Context,
    caller: &Caller,
    project: ProjectId,
    id: TokenId,
) -> Result<Token> {
    let (_, of) = authorised(cx, caller, id).await?;
    match of == Some(project) {
        true => revoke(cx, caller, id).await,
        false => Err(Error::not_found("Key", id)),
    }
}

/// Ends a key at once.
pub async fn revoke(cx: &Context, caller: &Caller, id: TokenId) -> Result<Token> {
    let (_, project) = authorised(cx, caller, id).await?;
    let revoked = audit::change(cx, caller, change_of("revokeApiKey", project, id), async {
        let revoked = tokens::revoke(&cx.store, caller.organization_id, id).await;
        revoked.map_err(|error| over(error, id))
    })
    .await?;
    ended(cx, &revoked);
    Ok(revoked)
}

/// Forgets a key that has ended, and wakes whoever watches with it.
pub(super) fn ended(cx: &Context, key: &Token) {
    cx.remembered.clear();
    cx.external.forget();
    let whose = match key.kind {
        TokenKind::Personal | TokenKind::Session => key.subject_id,
        _ => key.id.uuid(),
    };
    cx.live.changed(Topic::Rights(whose.into()));
}

/// A key that the caller may change, and the project that it is for.
async fn authorised(
    cx: &Context,
    caller: &Caller,
    id: TokenId,
) -> Result<(Token, Option<ProjectId>)> {
    let not_found = || Error::not_found("Key", id);
    let owner = caller.organization_id;
    let token = tokens::find_by_id(&cx.store, owner, id)
        .await?
        .ok_or_else(not_found)?;
    let project = match token.kind {
        TokenKind::Personal | TokenKind::Session | TokenKind::SignIn => {
            let is_own = caller.person()?.uuid() == token.subject_id;
            return if is_own && token.kind != TokenKind::SignIn {
                Ok((token, None))
            } else {
                Err(not_found())
            };
        }
        TokenKind::External => {
            caller
                .require_organization(cx, Operation::ManageExternalToken)
                .await?;
            return Ok((token, None));
        }
        TokenKind::Project => token.subject_id.into(),
        TokenKind::Agent => {
            let agent = agents::find(&cx.store, owner, token.subject_id.into()).await?;
            agent.ok_or_else(not_found)?.project_id
        }
        TokenKind::Channel => {
            let channel = channels::find(&cx.store, owner, token.subject_id.into()).await?;
            channel.ok_or_else(not_found)?.project_id
        }
    };
    // Whoever is nothing in the project is told nothing of its keys.
    match caller.require(cx, project, Operation::ManageApiKeys).await {
        Err(Error::NotFound { .. }) => Err(not_found()),
        result => result.map(|_| (token, Some(project))),
    }
}

/// A key before it is kept.
struct Fresh {
    text: Secret<String>,
    row: NewToken,
}

impl Fresh {
    fn new(caller: &Caller, kind: TokenKind, subject_id: Uuid, wanted: Wanted) -> Result<Self> {
        let token = FreshToken::generate(kind).map_err(Error::internal)?;
        let row = NewToken {
            hash: token.hash,
            kind,
            organization_id: caller.organization_id,
            subject_id,
            prefix: token.prefix,
            expires_at: end(wanted.days)?,
            id: TokenId::new(),
            name: names::name("name", &wanted.name)?,
            role: None,
            created_by: Some(caller.maker()?),
        };
        Ok(Self {
            text: token.text,
            row,
        })
    }

    fn change(&self, action: &'static str, project: Option<ProjectId>) -> Change {
        change_of(action, project, self.row.id)
    }

    fn with_role(mut self, role: Role) -> Self {
        self.row.role = Some(role);
        self
    }

    async fn keep(self, cx: &Context, caller: &Caller, change: Change) -> Result<Created> {
        let key = audit::change(cx, caller, change, async {
            Ok(tokens::create(&cx.store, self.row).await?)
        })
        .await?;
        Ok(Created {
            key,
            text: self.text,
        })
    }
}

fn change_of(action: &'static str, project: Option<ProjectId>, id: TokenId) -> Change {
    Change {
        action,
        project,
        subject: ("key", id.to_string()),
        detail: json!({}),
    }
}

fn end(days: Option<u32>) -> Result<Option<DateTime<Utc>>> {
    match days {
        None => Ok(None),
        Some(days) if (1..=MOST_DAYS).contains(&days) => {
            let lasts = Duration::from_secs(u64::from(days) * 24 * 60 * 60);
            Ok(Some(Utc::now() + lasts))
        }
        Some(_) => Err(Error::invalid(
            "expiresInDays",
            format!("must be 1 to {MOST_DAYS}, or left out for a key without an end"),
        )),
    }
}

fn over(error: StoreError, id: TokenId) -> Error {
    match error {
        StoreError::NotFound => Error::conflict(format!("Key `{id}`"), "has ended already"),
        error => error.into(),
    }
}
