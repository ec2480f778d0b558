//! A checkout puts the files at the head of a repository among an agent's own, under `repository/`: all of them in one step,
//! in place of those of the checkout before. What the agent itself has elsewhere stays.

use std::collections::BTreeSet;
use std::time::Duration;

use sandbox::CAPABILITIES;
use store::StoreError;
use store::agents::{self as agent_rows, Agent, AgentChanges};
use store::files::{self, Changed, FileChange, FileChanges, FilePath};
use store::ids::{AgentId, ContentId, OrganizationId, RepositoryId};
use store::modules::ModuleDigest;
use store::page::Stretch;
use store::repositories::{self as rows, Repository};
use store::turns;
use tokio::sync::Semaphore;
use tokio::time::error::Elapsed;

use super::manifest::{self, Manifest};
use super::{git_told, token_of};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::git::{self, File, Most};
use crate::service::modules::{self, Upload};
use crate::service::workspaces::{self, Allowance};

/// Where an agent has a repository's files.
pub const FOLDER: &str = "repository";
/// Files of one page.
const PAGE: u32 = 1_000;
/// Bytes that are written in one statement.
const BATCH: usize = 4 << 20;

/// Checkouts that this process makes at once: each has a pack and its files in memory.
static PLACES: Semaphore = Semaphore::const_new(4);
/// How long one waits for its place.
const PATIENCE: Duration = Duration::from_secs(30);

/// What came of a checkout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedOut {
    /// The commit that was at the head.
    pub commit: String,
    /// How many files the agent has of it.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
    /// Symbolic links, submodules and files whose names no workspace takes, which the agent has not.
    pub left_out: usize,
    /// The module that the agent points at now, where the repository has one; else the agent's stays.
    pub module: Option<ModuleDigest>,
    /// The capabilities that the manifest asks for and the agent was not granted: its owner has to.
    pub wanted: Vec<String>,
}

/// Fetches what is at the head of a repository into an agent's workspace, and points the agent at the module that its
/// manifest names. The caller has been authorised already, for both.
pub async fn checkout(
    cx: &Context,
    organization: OrganizationId,
    repository: RepositoryId,
    agent: AgentId,
) -> Result<CheckedOut> {
    let found = rows::find_many(&cx.store, organization, &[repository]).await?;
    let missing = || Error::not_found("Repository", repository.public());
    let repository = found.into_iter().next().ok_or_else(missing)?;
    let found = agent_rows::find(&cx.store, organization, agent).await?;
    let agent = found.ok_or_else(|| Error::not_found("Agent", agent.public()))?;
    let allowance = allowance(cx, &agent);
    let crowded = |elapsed: Elapsed| Error::Unavailable {
        what: "a place for one more checkout",
        source: elapsed.into(),
    };
    let place = tokio::time::timeout(PATIENCE, PLACES.acquire()).await;
    let _place = place.map_err(crowded)?.map_err(Error::internal)?;
    let fetched = fetch(cx, &repository, &allowance).await?;
    let commit = fetched.commit.to_string();
    let branch = repository.branch.as_deref();
    match rows::refresh(&cx.store, organization, repository.id, &commit, branch).await {
        // Disconnected meanwhile: what was fetched is what was asked for.
        Ok(_) | Err(StoreError::NotFound) => {}
        Err(error) => return Err(error.into()),
    }
    // What is wrong with the module is found before anything changes.
    let Wants { manifest, module } = Wants::of(&fetched.files)?;
    let module = match module {
        Some(bytes) => Some(accept(cx, organization, bytes).await?),
        None => None,
    };
    let (files, named) = named(fetched.files);
    let bytes = files.iter().map(|(_, file)| file.bytes.len() as u64).sum();
    replace(cx, &agent, &allowance, &files).await?;
    let wanted = wanted(cx, &agent, manifest.capabilities.clone()).await?;
    apply(cx, &agent, module, &manifest).await?;
    Ok(CheckedOut {
        commit,
        files: files.len(),
        bytes,
        left_out: fetched.left_out + named,
        module,
        wanted,
    })
}

async fn fetch(
    cx: &Context,
    repository: &Repository,
    allowance: &Allowance,
) -> Result<git::Snapshot> {
    let url = super::address::url(&repository.url).map_err(Error::internal)?;
    let token = token_of(cx, repository)?;
    let size = cx.config.limits.repository_size;
    let most = Most {
        transferred: usize::try_from(size).unwrap_or(usize::MAX),
        bytes: size.min(allowance.quota.bytes.unsigned_abs()),
        files: usize::try_from(allowance.quota.files).unwrap_or(usize::MAX),
        file: allowance.file.unsigned_abs(),
    };
    let token = token.as_ref().map(|token| token.expose().as_str());
    let fetched = git::snapshot(&cx.outgoing, &url, token, most).await;
    fetched.map_err(|error| git_told(repository, error))
}

/// What a repository says of itself.
struct Wants<'a> {
    manifest: Manifest,
    module: Option<&'a [u8]>,
}

impl<'a> Wants<'a> {
    fn of(files: &'a [File]) -> Result<Self> {
        let find = |path: &str| files.iter().find(|file| file.path == path);
        let told = |why| Error::invalid(manifest::FILE, why);
        let manifest = match find(manifest::FILE) {
            Some(file) => Manifest::read(&file.bytes).map_err(told)?,
            None => Manifest::default(),
        };
        let unknown = |name: &&String| !CAPABILITIES.contains(&name.as_str());
        if let Some(name) = manifest.capabilities.iter().find(unknown) {
            return Err(told(format!("asks for `{name}`, which is no capability")));
        }
        let module = match &manifest.module {
            Some(path) => {
                let missing = || {
                    told(format!(
                        "names `{path}` as its module, which is not in the repository"
                    ))
                };
                let path = path.strip_prefix("./").unwrap_or(path);
                Some(find(path).ok_or_else(missing)?.bytes.as_slice())
            }
            None => None,
        };
        Ok(Self { manifest, module })
    }
}

async fn accept(cx: &Context, owner: OrganizationId, bytes: &[u8]) -> Result<ModuleDigest> {
    let inspection = modules::accept(cx, owner, Upload::of(bytes.to_vec())).await?;
    match inspection.exports.handler {
        true => Ok(modules::digest(&inspection.digest)),
        false => {
            let why = "names a module that is a set of tools: no one can talk to it";
            Err(Error::invalid(manifest::FILE, why))
        }
    }
}

/// The files with their paths in the workspace, and how many have none.
fn named(files: Vec<File>) -> (Vec<(FilePath, File)>, usize) {
    let all = files.len();
    let mut taken = BTreeSet::new();
    let named = files.into_iter().filter_map(|file| {
        let path = FilePath::parse(&format!("{FOLDER}/{}", file.path)).ok()?;
        // Two spellings of one name are one file here.
        taken.insert(path.clone()).then_some((path, file))
    });
    let named: Vec<_> = named.collect();
    let left_out = all - named.len();
    (named, left_out)
}

/// Puts files in the place of those that were there.
async fn replace(
    cx: &Context,
    agent: &Agent,
    allowance: &Allowance,
    files: &[(FilePath, File)],
) -> Result<()> {
    let owner = agent.organization_id;
    let staged = stage(cx, agent, files).await?;
    let paths: BTreeSet<&FilePath> = files.iter().map(|(path, _)| path).collect();
    let old = present(cx, agent).await?;
    let gone = old.into_iter().filter(|path| !paths.contains(path));
    let gone = gone.map(|path| FileChange { path, to: None });
    let written = files
        .iter()
        .zip(&staged)
        .map(|((path, _), content)| FileChange {
            path: path.clone(),
            to: Some((*content, workspaces::type_of_name(path.name()))),
        });
    let changes = FileChanges {
        workspace: workspaces::of(agent),
        quota: allowance.quota,
        changes: written.chain(gone).collect(),
        seen: Vec::new(),
        sent: Vec::new(),
    };
    match files::change(&cx.store, &changes, None).await {
        Ok(Changed::Done(_)) => Ok(()),
        Ok(Changed::Full | Changed::Moved) => {
            files::discard(&cx.store, owner, &staged).await?;
            let what = format!("Agent `{}`", agent.name);
            Err(Error::conflict(what, workspaces::full(allowance)))
        }
        Err(error) => {
            // Cleaning does it later where this fails as well.
            let _ = files::discard(&cx.store, owner, &staged).await;
            Err(error.into())
        }
    }
}

async fn stage(cx: &Context, agent: &Agent, files: &[(FilePath, File)]) -> Result<Vec<ContentId>> {
    let mut staged = Vec::with_capacity(files.len());
    let mut rest = files;
    while !rest.is_empty() {
        let mut bytes = 0;
        let full = rest.iter().position(|(_, file)| {
            bytes += file.bytes.len();
            bytes > BATCH
        });
        let (batch, after) = rest.split_at(full.unwrap_or(rest.len()).max(1));
        let batch: Vec<&[u8]> = batch
            .iter()
            .map(|(_, file)| file.bytes.as_slice())
            .collect();
        staged.extend(files::stage_all(&cx.store, workspaces::of(agent), &batch).await?);
        rest = after;
    }
    Ok(staged)
}

/// The paths of the checkout before.
async fn present(cx: &Context, agent: &Agent) -> Result<Vec<FilePath>> {
    let mut paths: Vec<FilePath> = Vec::new();
    loop {
        let stretch = Stretch {
            after: paths.last().cloned(),
            ..Stretch::first(PAGE)
        };
        let (owner, prefix) = (agent.organization_id, format!("{FOLDER}/"));
        let mut lists = files::of_agents(&cx.store, owner, &[agent.id], &prefix, &stretch).await?;
        let listed = lists.remove(&agent.id).unwrap_or_default();
        paths.extend(listed.rows.into_iter().map(|file| file.path));
        if !listed.has_next {
            return Ok(paths);
        }
    }
}

/// Those of the capabilities that the agent was not granted.
async fn wanted(cx: &Context, agent: &Agent, asked: Vec<String>) -> Result<Vec<String>> {
    if asked.is_empty() {
        return Ok(asked);
    }
    let grants = agent_rows::grants_of(&cx.store, agent.organization_id, &[agent.id]).await?;
    let is_granted = |name: &String| grants.iter().any(|grant| grant.capability == *name);
    Ok(asked.into_iter().filter(|name| !is_granted(name)).collect())
}

async fn apply(
    cx: &Context,
    agent: &Agent,
    module: Option<ModuleDigest>,
    manifest: &Manifest,
) -> Result<()> {
    let owner = agent.organization_id;
    if let Some(configuration) = manifest.json() {
        let changes = AgentChanges {
            name: None,
            configuration: Some(configuration),
            limits: None,
        };
        agent_rows::update(&cx.store, owner, agent.id, changes).await?;
    }
    if let Some(module) = module.filter(|module| agent.module_digest != Some(*module)) {
        agent_rows::point_at(&cx.store, owner, agent.id, module).await?;
        turns::wake_agent(&cx.store, owner, agent.id).await?;
    }
    Ok(())
}

fn allowance(cx: &Context, agent: &Agent) -> Allowance {
    let host = &cx.config.limits;
    let read = workspaces::limits(host, &agent.limits);
    read.map_or_else(|_| Allowance::most(host), |(_, allowance)| allowance)
}
