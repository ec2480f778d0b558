//! `workspace`: the agent's files.

use async_trait::async_trait;

use super::Answer;
use crate::bindings::imports;
use crate::guest::Guest;
use crate::types::{Error, FileEntry};

/// Files that last, by relative path, kept with the turn's outcome or not at all.
#[async_trait]
pub trait Workspace: Send + Sync {
    /// Files whose paths begin with `prefix` and come after `after`, in the order of their paths' bytes, at most `limit`.
    async fn entries(
        &self,
        prefix: String,
        after: Option<String>,
        limit: u32,
    ) -> Result<Vec<FileEntry>, Error>;
    /// One file without what is in it.
    async fn stat(&self, path: String) -> Result<FileEntry, Error>;
    /// Up to `length` bytes from `offset` on.
    async fn read(&self, path: String, offset: u64, length: u32) -> Result<Vec<u8>, Error>;
    /// Makes a file, or replaces what is in it.
    async fn write(
        &self,
        path: String,
        bytes: Vec<u8>,
        content_type: Option<String>,
    ) -> Result<(), Error>;
    /// Adds to the end of a file, which is made where there is none.
    async fn append(&self, path: String, bytes: Vec<u8>) -> Result<(), Error>;
    /// Deletes a file; whether there was one.
    async fn delete(&self, path: String) -> Result<bool, Error>;
}

impl imports::workspace::Host for Guest {
    async fn entries(
        &mut self,
        prefix: String,
        after: Option<String>,
        limit: u32,
    ) -> Answer<Vec<FileEntry>> {
        let asked = self.asked("workspace.entries", &(&prefix, &after, limit));
        self.call(
            asked,
            |granted| granted.workspace.as_deref(),
            |workspace| workspace.entries(prefix, after, limit),
        )
        .await
    }

    async fn stat(&mut self, path: String) -> Answer<FileEntry> {
        let asked = self.asked("workspace.stat", &(&path,));
        self.call(
            asked,
            |granted| granted.workspace.as_deref(),
            |workspace| workspace.stat(path),
        )
        .await
    }

    async fn read(&mut self, path: String, offset: u64, length: u32) -> Answer<Vec<u8>> {
        let asked = self.asked("workspace.read", &(&path, offset, length));
        self.call(
            asked,
            |granted| granted.workspace.as_deref(),
            |workspace| workspace.read(path, offset, length),
        )
        .await
    }

    async fn write(
        &mut self,
        path: String,
        bytes: Vec<u8>,
        content_type: Option<String>,
    ) -> Answer<()> {
        let asked = self.asked("workspace.write", &(&path, &bytes, &content_type));
        self.call(
            asked,
            |granted| granted.workspace.as_deref(),
            |workspace| workspace.write(path, bytes, content_type),
        )
        .await
    }

    async fn append(&mut self, path: String, bytes: Vec<u8>) -> Answer<()> {
        let asked = self.asked("workspace.append", &(&path, &bytes));
        self.call(
            asked,
            |granted| granted.workspace.as_deref(),
            |workspace| workspace.append(path, bytes),
        )
        .await
    }

    async fn delete(&mut self, path: String) -> Answer<bool> {
        let asked = self.asked("workspace.delete", &(&path,));
        self.call(
            asked,
            |granted| granted.workspace.as_deref(),
            |workspace| workspace.delete(path),
        )
        .await
    }
}
