//! `workspace`: the agent's files. What a turn writes is stored ahead, where no file points at it; its commit moves the
//! pointers. A read sees the turn's own changes first, then the files as they are.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sandbox::Workspace;
use sandbox::types::{Error, ErrorCode, FileEntry};
use store::files::{self, File, FilePath};
use store::ids::ContentId;
use store::page::Stretch;

use super::files::Draft;
use super::turn::Turn;
use super::{refusal, unavailable};
use crate::service::workspaces;

const ENTRIES: u32 = 1_000;
/// Bytes that one call reads or writes.
const PIECE: usize = 1024 * 1024;

pub(super) struct TurnWorkspace(pub(super) Arc<Turn>);

/// What a path points at, as the turn sees it.
struct Found {
    content: ContentId,
    size: i64,
    content_type: String,
    modified_at: DateTime<Utc>,
    is_draft: bool,
}

impl TurnWorkspace {
    /// What is at a path; what was committed is checked again when the turn changes files.
    async fn find(&self, path: &FilePath) -> Result<Option<Found>, Error> {
        if let Some(draft) = self.0.buffer().files.draft(path) {
            return Ok(draft.map(found_draft));
        }
        let file = self.look(path).await?;
        let content = file.as_ref().map(|file| file.content_id);
        let mut buffer = self.0.buffer();
        if !buffer.files.saw(path, content) {
            buffer.torn = true;
        }
        Ok(file.map(found_file))
    }

    async fn existing(&self, path: &FilePath) -> Result<Found, Error> {
        self.find(path).await?.ok_or_else(|| missing(path))
    }

    /// What was committed at a path.
    async fn look(&self, path: &FilePath) -> Result<Option<File>, Error> {
        let look = files::look(&self.0.store, self.0.workspace(), path).await;
        let look = look.map_err(unavailable)?;
        let mut buffer = self.0.buffer();
        let size = look.file.as_ref().map(|file| file.size);
        buffer.files.looked(path, size, look.usage);
        Ok(look.file)
    }

    /// Makes sure that a file of this size is allowed, and within the quota.
    fn check(&self, path: &FilePath, size: i64) -> Result<(), Error> {
        let allowance = &self.0.allowance;
        if size > allowance.file {
            return Err(refusal(
                ErrorCode::Limit,
                format!(
                    "A file may have {} bytes; `{path}` would have {size}.",
                    allowance.file
                ),
            ));
        }
        let (before, after) = self.0.buffer().files.usage_with(path, size);
        match allowance.quota.allows(before, after) {
            true => Ok(()),
            false => Err(refusal(ErrorCode::Limit, workspaces::full(allowance))),
        }
    }

    async fn discard(&self, content: ContentId) -> Result<(), Error> {
        let owner = self.0.organization_id;
        let discarded = files::discard(&self.0.store, owner, &[content]).await;
        discarded.map_err(unavailable)
    }

    fn put(&self, path: FilePath, content: ContentId, size: i64, content_type: String) {
        let draft = Draft {
            content,
            size,
            content_type,
            written_at: Utc::now(),
        };
        self.0.buffer().files.put(path, draft);
    }

    async fn stage(&self, bytes: &[u8]) -> Result<ContentId, Error> {
        let staged = files::stage(&self.0.store, self.0.workspace(), bytes).await;
        let content = staged.map_err(unavailable)?;
        self.0.buffer().files.staged.push(content);
        Ok(content)
    }
}

#[async_trait]
impl Workspace for TurnWorkspace {
    async fn entries(
        &self,
        prefix: String,
        after: Option<String>,
        limit: u32,
    ) -> Result<Vec<FileEntry>, Error> {
        bounded("limit", limit, ENTRIES)?;
        let prefix = FilePath::prefix(&prefix).map_err(bad_path)?;
        let after = after.map(|after| path(&after)).transpose()?;
        let (hidden, drafts) = self.0.buffer().files.between(&prefix, after.as_ref());
        let mut entries: Vec<FileEntry> = drafts
            .iter()
            .map(|(path, draft)| entry(path, &found_draft(draft)))
            .collect();
        // Each of the turn's own changes may hide one stored file.
        let wanted = limit.saturating_add(u32::try_from(hidden.len()).unwrap_or(u32::MAX));
        let stretch = Stretch {
            after,
            ..Stretch::first(wanted)
        };
        let owner = self.0.organization_id;
        let agent = self.0.agent_id;
        let listed = files::of_agents(&self.0.store, owner, &[agent], &prefix, &stretch).await;
        let listed = listed
            .map_err(unavailable)?
            .remove(&agent)
            .unwrap_or_default();
        let stored = listed.rows.into_iter();
        let stored = stored.filter(|file| !hidden.contains(&file.path));
        entries.extend(stored.map(|file| {
            let path = file.path.clone();
            entry(&path, &found_file(file))
        }));
        entries.sort_by(|one, other| one.path.cmp(&other.path));
        entries.truncate(limit as usize);
        Ok(entries)
    }

    async fn stat(&self, text: String) -> Result<FileEntry, Error> {
        let path = path(&text)?;
        let found = self.existing(&path).await?;
        Ok(entry(&path, &found))
    }

    async fn read(&self, text: String, offset: u64, length: u32) -> Result<Vec<u8>, Error> {
        let path = path(&text)?;
        bounded("length", length, PIECE as u32)?;
        let found = self.existing(&path).await?;
        let Ok(offset) = i64::try_from(offset) else {
            return Ok(Vec::new());
        };
        let length = i64::from(length).min(found.size.saturating_sub(offset));
        if length <= 0 {
            return Ok(Vec::new());
        }
        let owner = self.0.organization_id;
        let bytes = files::read(&self.0.store, owner, found.content, offset, length).await;
        let bytes = bytes.map_err(unavailable)?;
        if i64::try_from(bytes.len()).is_ok_and(|read| read < length) {
            // It was replaced between the two looks: what this turn saw is not so any more.
            self.0.buffer().torn = true;
        }
        Ok(bytes)
    }

    async fn write(
        &self,
        text: String,
        bytes: Vec<u8>,
        given: Option<String>,
    ) -> Result<(), Error> {
        let path = path(&text)?;
        piece(&bytes)?;
        let given = given.map(|given| content_type(&given)).transpose()?;
        let draft = self
            .0
            .buffer()
            .files
            .draft(&path)
            .map(Option::<&Draft>::cloned);
        let before = match &draft {
            Some(draft) => draft.as_ref().map(|draft| draft.content_type.clone()),
            None => self.look(&path).await?.map(|file| file.content_type),
        };
        let size = length(&bytes);
        self.check(&path, size)?;
        let content = self.stage(&bytes).await?;
        let content_type = given.or(before);
        let content_type = content_type.unwrap_or_else(|| workspaces::type_of_name(path.name()));
        self.put(path, content, size, content_type);
        match draft.flatten() {
            Some(draft) => self.discard(draft.content).await,
            None => Ok(()),
        }
    }

    async fn append(&self, text: String, bytes: Vec<u8>) -> Result<(), Error> {
        let path = path(&text)?;
        piece(&bytes)?;
        let Some(found) = self.find(&path).await? else {
            return self.write(text, bytes, None).await;
        };
        let size = found.size.saturating_add(length(&bytes));
        self.check(&path, size)?;
        let owner = self.0.organization_id;
        let content = match found.is_draft {
            true => Some(found.content),
            false => {
                let copied = files::copy(&self.0.store, self.0.workspace(), found.content).await;
                copied.map_err(unavailable)?
            }
        };
        let Some(content) = content else {
            self.0.buffer().torn = true;
            return Err(missing(&path));
        };
        if !found.is_draft {
            self.0.buffer().files.staged.push(content);
        }
        let extended = files::extend(&self.0.store, owner, content, found.size, &bytes).await;
        if !extended.map_err(unavailable)? {
            self.0.buffer().torn = true;
            return Err(missing(&path));
        }
        self.put(path, content, size, found.content_type);
        Ok(())
    }

    async fn delete(&self, text: String) -> Result<bool, Error> {
        let path = path(&text)?;
        let Some(found) = self.find(&path).await? else {
            return Ok(false);
        };
        self.0.buffer().files.delete(path);
        if found.is_draft {
            self.discard(found.content).await?;
        }
        Ok(true)
    }
}

fn found_draft(draft: &Draft) -> Found {
    Found {
        content: draft.content,
        size: draft.size,
        content_type: draft.content_type.clone(),
        modified_at: draft.written_at,
        is_draft: true,
    }
}

fn found_file(file: File) -> Found {
    Found {
        content: file.content_id,
        size: file.size,
        content_type: file.content_type,
        modified_at: file.updated_at,
        is_draft: false,
    }
}

fn entry(path: &FilePath, found: &Found) -> FileEntry {
    FileEntry {
        path: path.to_string(),
        size: found.size.unsigned_abs(),
        content_type: found.content_type.clone(),
        modified_at: u64::try_from(found.modified_at.timestamp_millis()).unwrap_or(0),
    }
}

fn path(text: &str) -> Result<FilePath, Error> {
    FilePath::parse(text).map_err(bad_path)
}

fn bad_path(bad: files::BadPath) -> Error {
    refusal(ErrorCode::Invalid, bad.to_string())
}

fn content_type(text: &str) -> Result<String, Error> {
    let read = workspaces::content_type("content-type", text);
    read.map_err(|error| refusal(ErrorCode::Invalid, error.to_string()))
}

fn missing(path: &FilePath) -> Error {
    refusal(ErrorCode::NotFound, format!("There is no file `{path}`."))
}

fn bounded(name: &str, number: u32, most: u32) -> Result<(), Error> {
    match (1..=most).contains(&number) {
        true => Ok(()),
        false => Err(refusal(
            ErrorCode::Invalid,
            format!("`{name}` is 1 to {most}; this is {number}."),
        )),
    }
}

fn piece(bytes: &[u8]) -> Result<(), Error> {
    match bytes.len() <= PIECE {
        true => Ok(()),
        false => Err(refusal(
            ErrorCode::Limit,
            format!("One call writes {PIECE} bytes; append the rest."),
        )),
    }
}

fn length(bytes: &[u8]) -> i64 {
    i64::try_from(bytes.len()).unwrap_or(i64::MAX)
}
