//! Repositories: git repositories that people have connected to their accounts, by address and, where they are not public,
//! with a token. They are their own, whatever their role: no one else sees them. An agent can be given a checkout of one.

mod address;
mod checkout;
mod manifest;
mod sealed;

use std::collections::HashMap;

use channels::Secret;
use serde_json::json;
use store::StoreError;
use store::ids::{OrganizationId, RepositoryId, UserId};
use store::page::{Listed, Stretch};
use store::repositories::{self as rows, NewRepository, Repository};

pub use self::checkout::{CheckedOut, FOLDER, checkout};
pub use self::sealed::reseal_all;
use super::agents;
use super::audit::{self, Change};
use crate::auth::{Caller, Operation, Who};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::git::{self, GitError, Head};
use crate::vault::Aad;

const NAME_KEY: &str = "repositories_name_key";
/// Repositories of one person that are told at most.
const MOST: u32 = 500;

/// Where a repository's token is sealed.
pub fn token_place(repository: &RepositoryId) -> Aad<'static> {
    Aad {
        table: "repositories",
        row: repository.uuid(),
        field: "token",
    }
}

/// A person's repositories, oldest first, at most 500. The caller has been authorised already.
pub async fn list(
    cx: &Context,
    organization: OrganizationId,
    user: UserId,
) -> Result<Vec<Repository>> {
    let listed = rows::list(&cx.store, organization, user, &Stretch::first(MOST)).await?;
    Ok(listed.rows)
}

/// A person's repository by its full name, `owner/repo`, whatever its case. The caller has been authorised already.
pub async fn find_by_name(
    cx: &Context,
    organization: OrganizationId,
    user: UserId,
    full_name: &str,
) -> Result<Option<Repository>> {
    Ok(rows::find_by_name(&cx.store, organization, user, full_name.trim()).await?)
}

/// A stretch of the caller's own repositories, oldest first.
pub async fn stretch(
    cx: &Context,
    caller: &Caller,
    stretch: &Stretch<RepositoryId>,
) -> Result<Listed<Repository>> {
    let user = caller.person()?;
    Ok(rows::list(&cx.store, caller.organization_id, user, stretch).await?)
}

/// Those among these that are the caller's own.
pub async fn find_many(
    cx: &Context,
    caller: &Caller,
    ids: &[RepositoryId],
) -> Result<HashMap<RepositoryId, Repository>> {
    let Who::User(user) = caller.who else {
        return Ok(HashMap::new());
    };
    let found = rows::find_many(&cx.store, caller.organization_id, ids).await?;
    let own = found.into_iter().filter(|row| row.user_id == user);
    Ok(own.map(|row| (row.id, row)).collect())
}

/// Connects a repository to the caller's account: what is at its head is looked at, so that one that cannot be read is told
/// now.
pub async fn connect(
    cx: &Context,
    caller: &Caller,
    url: &str,
    token: Option<&str>,
) -> Result<Repository> {
    let user = caller.person()?;
    let url = address::url(url)?;
    let full_name = address::full_name(&url)?;
    let token = token.map(address::token).transpose()?;
    let id = RepositoryId::new();
    let change = Change::at_large("connectRepository", "repository", id);
    let change = change
        .with(json!({ "fullName": full_name, "url": url.as_str(), "token": token.is_some() }));
    audit::change(cx, caller, change, async {
        let looked = git::head(&cx.outgoing, &url, token.as_deref()).await;
        let Head { commit, branch } = looked.map_err(told)?;
        let seal = |token: String| cx.vault.seal(token.as_bytes(), &token_place(&id));
        let token = token.map(seal).transpose().map_err(Error::internal)?;
        let new = NewRepository {
            organization_id: caller.organization_id,
            id,
            user_id: user,
            full_name: full_name.clone(),
            url: url.as_str().to_owned(),
            token,
            head: commit.to_string(),
            branch,
        };
        match rows::create(&cx.store, new).await {
            Err(error) if error.is_conflict_of(NAME_KEY) => {
                let why = "is connected already: disconnect it first";
                Err(Error::conflict(format!("Repository `{full_name}`"), why))
            }
            made => Ok(made?),
        }
    })
    .await
}

/// Looks at what is at the head of the caller's repository now.
pub async fn refresh(cx: &Context, caller: &Caller, name: &str) -> Result<Repository> {
    let repository = find(cx, caller, name).await?;
    let change = Change::at_large("refreshRepository", "repository", repository.id);
    audit::change(cx, caller, change, async {
        let url = address::url(&repository.url).map_err(Error::internal)?;
        let token = token_of(cx, &repository)?;
        let token = token.as_ref().map(|token| token.expose().as_str());
        let looked = git::head(&cx.outgoing, &url, token).await;
        let head = looked.map_err(|error| git_told(&repository, error))?;
        let (owner, commit) = (repository.organization_id, head.commit.to_string());
        let branch = head.branch.as_deref();
        match rows::refresh(&cx.store, owner, repository.id, &commit, branch).await {
            Err(StoreError::NotFound) => Err(Error::not_found("Repository", name)),
            refreshed => Ok(refreshed?),
        }
    })
    .await
}

/// Forgets the caller's repository, and its token; checkouts of it stay. It is returned as it was.
pub async fn disconnect(cx: &Context, caller: &Caller, name: &str) -> Result<Repository> {
    let repository = find(cx, caller, name).await?;
    let change = Change::at_large("disconnectRepository", "repository", repository.id);
    let change = change.with(json!({ "fullName": repository.full_name }));
    audit::change(cx, caller, change, async {
        match rows::delete(&cx.store, repository.organization_id, repository.id).await? {
            true => Ok(repository),
            false => Err(Error::not_found("Repository", name)),
        }
    })
    .await
}

/// Gives an agent a checkout of the caller's repository: see [`checkout`].
pub async fn check_out(
    cx: &Context,
    caller: &Caller,
    name: &str,
    agent: &str,
) -> Result<CheckedOut> {
    let repository = find(cx, caller, name).await?;
    let agent = agents::find_for(cx, caller, agent, Operation::ManageAgents).await?;
    let operation = Operation::ManageFiles;
    caller.require_of_agent(cx, &agent, operation).await?;
    let change = Change::of("checkOutRepository", agent.project_id, "agent", agent.id);
    let change =
        change.with(json!({ "repository": repository.id, "fullName": repository.full_name }));
    let owner = caller.organization_id;
    audit::change(
        cx,
        caller,
        change,
        checkout(cx, owner, repository.id, agent.id),
    )
    .await
}

/// The caller's repository, by id or full name.
pub async fn find(cx: &Context, caller: &Caller, name: &str) -> Result<Repository> {
    let user = caller.person()?;
    let owner = caller.organization_id;
    let found = match name.parse::<RepositoryId>() {
        Ok(id) => rows::find_many(&cx.store, owner, &[id])
            .await?
            .into_iter()
            .next(),
        Err(_) => find_by_name(cx, owner, user, name).await?,
    };
    let own = found.filter(|found| found.user_id == user);
    own.ok_or_else(|| Error::not_found("Repository", name))
}

/// What a repository is read with.
fn token_of(cx: &Context, repository: &Repository) -> Result<Option<Secret<String>>> {
    let Some(sealed) = &repository.token else {
        return Ok(None);
    };
    let opened = cx.vault.open(sealed, &token_place(&repository.id));
    let opened = opened.map_err(Error::internal)?;
    let token = String::from_utf8(opened.expose().clone()).map_err(Error::internal)?;
    Ok(Some(Secret::new(token)))
}

/// What went wrong with a repository that is to be connected.
fn told(error: GitError) -> Error {
    match error {
        GitError::Unavailable(_) => Error::invalid("url", format!("{error}; try again later")),
        error => Error::invalid("url", error.to_string()),
    }
}

/// What went wrong with one that is connected.
fn git_told(repository: &Repository, error: GitError) -> Error {
    let what = format!("Repository `{}`", repository.full_name);
    Error::conflict(what, error.to_string())
}
