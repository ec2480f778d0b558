//! Git repositories that people have connected.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use store::repositories::Repository;

use super::connection::{self, Nodes, Paging};
use super::modules::ModuleNode;
use super::resolve::library;
use super::scalars::Time;
use super::{asked_by, failure, loaders};
use crate::service::repositories::{self, CheckedOut};

/// A git repository that someone has connected.
pub(super) struct RepositoryNode(pub(super) Arc<Repository>);

/// A git repository that the caller has connected. What it is read with is never shown.
#[Object(name = "Repository", crate = "library")]
impl RepositoryNode {
    /// Names it everywhere: `rep_` and 32 hexadecimal digits.
    pub(super) async fn id(&self) -> ID {
        self.0.id.public().into()
    }

    /// What it is called by: how its address ends, `owner/repo`.
    async fn full_name(&self) -> &str {
        &self.0.full_name
    }

    /// Where it is.
    async fn url(&self) -> &str {
        &self.0.url
    }

    /// Whether it is read with a token.
    async fn has_token(&self) -> bool {
        self.0.token.is_some()
    }

    /// The commit that was at its head when it was last looked at.
    async fn head(&self) -> &str {
        &self.0.head
    }

    /// The branch of that commit, where its server tells.
    async fn branch(&self) -> Option<&str> {
        self.0.branch.as_deref()
    }

    /// When it was last looked at.
    async fn refreshed_at(&self) -> Time {
        Time(self.0.refreshed_at)
    }

    /// Since when it is connected.
    async fn created_at(&self) -> Time {
        Time(self.0.created_at)
    }
}

/// A repository to connect.
#[derive(InputObject)]
struct ConnectRepositoryInput {
    /// Its https address: `https://github.com/owner/repo`.
    url: String,
    /// What it is read with, where it is not public. It is sealed, and never shown.
    token: Option<String>,
}

/// A repository, and the agent that gets its files.
#[derive(InputObject)]
struct CheckOutRepositoryInput {
    /// The repository, by id or full name.
    repository: String,
    /// The agent, by id or name.
    agent: ID,
}

/// What came of a checkout.
#[derive(SimpleObject)]
#[graphql(crate = "library")]
struct CheckOutRepositoryPayload {
    /// The commit that the files are of.
    commit: String,
    /// How many files the agent has of it, under `repository/`.
    files: i64,
    /// Their bytes.
    bytes: i64,
    /// Symbolic links, submodules and files with names that no workspace takes: the agent has not got them.
    left_out: i64,
    /// The module that the repository brought, which the agent points at now.
    module: Option<ModuleNode>,
    /// Capabilities that the repository's manifest asks for, and the agent was not granted.
    wanted: Vec<String>,
}

#[derive(Default)]
pub(super) struct RepositoriesQuery;

#[Object]
impl RepositoriesQuery {
    /// The git repositories that the caller has connected, oldest first.
    #[graphql(complexity = "connection::cost(first, last, child_complexity)")]
    async fn repositories(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The first so many: 50 unless said, at most 200.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, at most 200.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Nodes<RepositoryNode>> {
        let (cx, caller) = asked_by(context)?;
        let stretch = Paging {
            first,
            after,
            last,
            before,
        }
        .stretch()?;
        let listed = repositories::stretch(cx, caller, &stretch).await;
        let listed = listed.map_err(failure::told)?.map(Arc::new);
        Ok(connection::nodes(listed, |row| row.id, RepositoryNode))
    }

    /// One of them.
    async fn repository(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Its id or full name.")] name: String,
    ) -> Result<RepositoryNode> {
        let (cx, caller) = asked_by(context)?;
        shown(repositories::find(cx, caller, &name).await)
    }
}

#[derive(Default)]
pub(super) struct RepositoriesMutation;

#[Object]
impl RepositoriesMutation {
    /// Connects a git repository to the caller's account, once it was seen that it can be read.
    async fn connect_repository(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Where, and with what it is read.")] input: ConnectRepositoryInput,
    ) -> Result<RepositoryNode> {
        let (cx, caller) = asked_by(context)?;
        let token = input.token.as_deref();
        shown(repositories::connect(cx, caller, &input.url, token).await)
    }

    /// Looks at what is at the head of a repository now.
    async fn refresh_repository(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Its id or full name.")] name: String,
    ) -> Result<RepositoryNode> {
        let (cx, caller) = asked_by(context)?;
        shown(repositories::refresh(cx, caller, &name).await)
    }

    /// Forgets a repository and what it is read with. It is returned as it was.
    async fn disconnect_repository(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Its id or full name.")] name: String,
    ) -> Result<RepositoryNode> {
        let (cx, caller) = asked_by(context)?;
        shown(repositories::disconnect(cx, caller, &name).await)
    }

    /// Puts the files at the head of a repository into an agent's workspace, under `repository/`, in place of those of the
    /// checkout before; a module that its `cloister.toml` names becomes the agent's.
    async fn check_out_repository(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which, and whose.")] input: CheckOutRepositoryInput,
    ) -> Result<CheckOutRepositoryPayload> {
        let (cx, caller) = asked_by(context)?;
        let done = repositories::check_out(cx, caller, &input.repository, &input.agent).await;
        let CheckedOut {
            commit,
            files,
            bytes,
            left_out,
            module,
            wanted,
        } = done.map_err(failure::told)?;
        let module = loaders::maybe(context, module).await?;
        Ok(CheckOutRepositoryPayload {
            commit,
            files: i64::try_from(files).unwrap_or(i64::MAX),
            bytes: i64::try_from(bytes).unwrap_or(i64::MAX),
            left_out: i64::try_from(left_out).unwrap_or(i64::MAX),
            module: module.map(ModuleNode),
            wanted,
        })
    }
}

fn shown(repository: crate::error::Result<Repository>) -> Result<RepositoryNode> {
    let node = repository.map(Arc::new).map(RepositoryNode);
    node.map_err(failure::told)
}
