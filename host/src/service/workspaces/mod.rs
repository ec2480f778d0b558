//! Workspaces: the files of agents, by relative path, within a quota. Whoever may read an agent's conversations may read its
//! files, in which what was sent to it is.

mod allowance;
mod link;

use std::collections::HashMap;

use serde_json::json;
use store::agents::{self as agent_rows, Agent};
use store::files::{
    self as rows, Changed, File, FileChange, FileChanges, FilePath, Usage, Workspace,
};
use store::ids::{AgentId, ContentId, FileId, OrganizationId};
use store::page::{Listed, Stretch};

pub use self::allowance::{Allowance, limits};
pub use self::link::{follow, link, with_links};
use super::agents;
use super::audit::{self, Change};
use super::placed::{self, Within};
use crate::auth::{Caller, Operation, Reach};
use crate::context::Context;
use crate::error::{Error, Result};

/// Bytes of a media type.
const CONTENT_TYPE: usize = 127;
/// What is in a file that tells nothing else.
pub const ANY_TYPE: &str = "application/octet-stream";

/// What is in a file, with its name and its media type.
#[derive(Clone, Debug)]
pub struct Bytes {
    /// The media type.
    pub content_type: String,
    /// All of it.
    pub bytes: bytes::Bytes,
}

/// A path as a caller spelled it.
pub fn path(field: &str, text: &str) -> Result<FilePath> {
    FilePath::parse(text).map_err(|bad| Error::invalid(field, bad.to_string()))
}

/// A media type as a caller spelled it: `text/csv; charset=utf-8`.
pub fn content_type(field: &str, text: &str) -> Result<String> {
    let is_good = |byte: u8| byte.is_ascii_graphic() || byte == b' ';
    let (kind, rest) = text.split_once('/').unwrap_or_default();
    if kind.is_empty() || rest.is_empty() || text.len() > CONTENT_TYPE || !text.bytes().all(is_good)
    {
        let why = "is no media type, such as `text/csv`, of at most 127 characters";
        return Err(Error::invalid(field, why));
    }
    Ok(text.to_owned())
}

/// The media type that the ending of a name tells.
pub fn type_of_name(name: &str) -> String {
    let guess = mime_guess::from_path(name);
    guess.first_raw().unwrap_or(ANY_TYPE).to_owned()
}

/// A stretch of the files of an agent whose paths begin so, in the order of their paths' bytes.
pub async fn list(
    cx: &Context,
    caller: &Caller,
    agent: &str,
    prefix: &str,
    stretch: &Stretch<FilePath>,
) -> Result<Listed<File>> {
    let agent = agents::find_for(cx, caller, agent, Operation::ReadConversations).await?;
    let prefix = beginning(prefix)?;
    let owner = agent.organization_id;
    let mut lists = rows::of_agents(&cx.store, owner, &[agent.id], &prefix, stretch).await?;
    Ok(lists.remove(&agent.id).unwrap_or_default())
}

/// The same of many agents.
pub async fn of_agents(
    cx: &Context,
    reach: &Reach,
    agents: &[Within<AgentId>],
    prefix: &str,
    stretch: &Stretch<FilePath>,
) -> Result<HashMap<Within<AgentId>, Listed<File>>> {
    let parents = placed::allowed(reach, agents, Operation::ReadConversations);
    let prefix = beginning(prefix)?;
    let ids = placed::ids(&parents);
    let read = rows::of_agents(&cx.store, reach.organization_id(), &ids, &prefix, stretch).await?;
    Ok(placed::lists(parents, read, |file, _| file))
}

/// The files among these that the caller may see.
pub async fn find_many(
    cx: &Context,
    reach: &Reach,
    ids: &[FileId],
) -> Result<HashMap<FileId, File>> {
    let owner = reach.organization_id();
    let found = rows::find_many(&cx.store, owner, ids).await?;
    let agents: Vec<AgentId> = found.iter().map(|file| file.agent_id).collect();
    let agents = agent_rows::find_many(&cx.store, owner, &agents).await?;
    let seen = |file: &File| {
        let agent = agents.iter().find(|agent| agent.id == file.agent_id);
        agent.is_some_and(|agent| reach.may(agent.project_id, Operation::ReadConversations))
    };
    let found = found.into_iter().filter(seen);
    Ok(found.map(|file| (file.id, file)).collect())
}

/// What the files of each agent amount to.
pub async fn usages(
    cx: &Context,
    reach: &Reach,
    agents: &[Within<AgentId>],
) -> Result<HashMap<Within<AgentId>, Usage>> {
    let parents = placed::allowed(reach, agents, Operation::ReadProject);
    let ids = placed::ids(&parents);
    let found = rows::usages(&cx.store, reach.organization_id(), &ids).await?;
    let usage = |parent: Within<AgentId>| {
        let usage = found.get(&parent.id()).copied().unwrap_or_default();
        (parent, usage)
    };
    Ok(parents.into_iter().map(usage).collect())
}

/// What is in a file.
pub async fn read(cx: &Context, caller: &Caller, agent: &str, text: &str) -> Result<Bytes> {
    let agent = agents::find_for(cx, caller, agent, Operation::ReadConversations).await?;
    let path = path("path", text)?;
    let missing = || Error::not_found("File", &path);
    let look = rows::look(&cx.store, of(&agent), &path).await?;
    let file = look.file.ok_or_else(missing)?;
    let bytes = whole(cx, agent.organization_id, file.content_id, file.size).await?;
    Ok(Bytes {
        content_type: file.content_type,
        // Written anew between the two looks.
        bytes: bytes.ok_or_else(missing)?,
    })
}

/// Makes sure that the caller may write files, before a large body is read.
pub async fn may_write(cx: &Context, caller: &Caller, agent: &str) -> Result<()> {
    agents::find_for(cx, caller, agent, Operation::ManageFiles).await?;
    Ok(())
}

/// Makes a file of an agent, or replaces what is in one. Without a media type it keeps the one it has; that of a new one
/// follows from its name.
pub async fn write(
    cx: &Context,
    caller: &Caller,
    agent: &str,
    text: &str,
    bytes: &[u8],
    given: Option<&str>,
) -> Result<File> {
    let agent = agents::find_for(cx, caller, agent, Operation::ManageFiles).await?;
    let path = path("path", text)?;
    let given = given
        .map(|text| content_type("contentType", text))
        .transpose()?;
    let limit = cx.config.limits.file_size;
    if bytes.len() as u64 > limit {
        let what = "the file";
        return Err(Error::TooLarge { what, limit });
    }
    let change = Change::of("writeFile", agent.project_id, "agent", agent.id);
    let change = change.with(json!({ "path": path, "bytes": bytes.len() }));
    audit::change(cx, caller, change, async {
        let before = rows::look(&cx.store, of(&agent), &path).await?.file;
        let kept = before.map(|file| file.content_type);
        let content_type = given.or(kept).unwrap_or_else(|| type_of_name(path.name()));
        let content = rows::stage(&cx.store, of(&agent), bytes).await?;
        let to = Some((content, content_type));
        put(cx, &agent, path.clone(), to).await?;
        let file = rows::look(&cx.store, of(&agent), &path).await?.file;
        file.ok_or_else(|| Error::not_found("File", &path))
    })
    .await
}

/// Deletes a file of an agent, and returns it as it was.
pub async fn delete(cx: &Context, caller: &Caller, agent: &str, text: &str) -> Result<File> {
    let agent = agents::find_for(cx, caller, agent, Operation::ManageFiles).await?;
    let path = path("path", text)?;
    let file = rows::look(&cx.store, of(&agent), &path).await?.file;
    let file = file.ok_or_else(|| Error::not_found("File", &path))?;
    let change = Change::of("deleteFile", agent.project_id, "agent", agent.id);
    let change = change.with(json!({ "path": path }));
    audit::change(cx, caller, change, put(cx, &agent, path.clone(), None)).await?;
    Ok(file)
}

/// A content that a message was sent with, whole.
pub async fn sent(
    cx: &Context,
    owner: OrganizationId,
    content: ContentId,
) -> Result<Option<Bytes>> {
    let found = rows::content(&cx.store, owner, content).await?;
    let Some(found) = found.filter(|content| content.is_sent) else {
        return Ok(None);
    };
    let bytes = whole(cx, owner, content, found.size).await?;
    Ok(bytes.map(|bytes| Bytes {
        content_type: ANY_TYPE.to_owned(),
        bytes,
    }))
}

/// Where an agent's files are.
pub fn of(agent: &Agent) -> Workspace {
    Workspace {
        organization_id: agent.organization_id,
        agent_id: agent.id,
    }
}

/// What is told where files come to more than an agent may have.
pub fn full(allowance: &Allowance) -> String {
    let Allowance { quota, .. } = allowance;
    format!(
        "the agent's files may come to {} bytes and {} files; delete some",
        quota.bytes, quota.files
    )
}

async fn put(
    cx: &Context,
    agent: &Agent,
    path: FilePath,
    to: Option<(ContentId, String)>,
) -> Result<()> {
    // Limits are checked when they are set; what does not fit any more falls back to the host's.
    let allowance = limits(&cx.config.limits, &agent.limits).map(|(_, allowance)| allowance);
    let allowance = allowance.unwrap_or_else(|_| Allowance::most(&cx.config.limits));
    let staged: Vec<ContentId> = to.iter().map(|(content, _)| *content).collect();
    let changes = FileChanges {
        workspace: of(agent),
        quota: allowance.quota,
        changes: vec![FileChange { path, to }],
        seen: Vec::new(),
        sent: Vec::new(),
    };
    match rows::change(&cx.store, &changes, None).await? {
        Changed::Done(_) => Ok(()),
        Changed::Full | Changed::Moved => {
            rows::discard(&cx.store, agent.organization_id, &staged).await?;
            let what = format!("Agent `{}`", agent.name);
            Err(Error::conflict(what, full(&allowance)))
        }
    }
}

async fn whole(
    cx: &Context,
    owner: OrganizationId,
    content: ContentId,
    size: i64,
) -> Result<Option<bytes::Bytes>> {
    let bytes = rows::read(&cx.store, owner, content, 0, size).await?;
    let is_whole = i64::try_from(bytes.len()).is_ok_and(|length| length == size);
    Ok(is_whole.then(|| bytes.into()))
}

fn beginning(prefix: &str) -> Result<String> {
    FilePath::prefix(prefix).map_err(|bad| Error::invalid("prefix", bad.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types_are_one_line_of_text() {
        for good in [
            "text/csv",
            "text/plain; charset=utf-8",
            "application/vnd.a+json",
        ] {
            assert_eq!(content_type("t", good).unwrap(), good);
        }
        for bad in [
            "",
            "text",
            "/",
            "text/",
            "a/b\r\nX: y",
            "é/x",
            &format!("a/{}", "b".repeat(127)),
        ] {
            assert_eq!(
                content_type("t", bad).unwrap_err().code(),
                "invalid",
                "{bad}"
            );
        }
        assert_eq!(type_of_name("report.csv"), "text/csv");
        assert_eq!(type_of_name("Makefile"), ANY_TYPE);
    }
}
