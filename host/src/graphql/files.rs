//! Files of agents.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject, Upload};
use store::files::File;

use super::agents::AgentNode;
use super::resolve::library;
use super::scalars::Time;
use super::uploads::uploaded_bytes;
use super::{asked_by, failure, loaders};
use crate::service::workspaces;

/// One file of an agent.
pub(super) struct FileNode(pub(super) Arc<File>);

/// One file of an agent's workspace.
#[Object(name = "File", crate = "library")]
impl FileNode {
    /// Names it everywhere: `fil_` and 32 hexadecimal digits.
    pub(super) async fn id(&self) -> ID {
        self.0.id.public().into()
    }

    /// Its path, relative to the workspace.
    async fn path(&self) -> &str {
        self.0.path.as_str()
    }

    /// Bytes.
    async fn size(&self) -> i64 {
        self.0.size
    }

    /// Its media type.
    async fn content_type(&self) -> &str {
        &self.0.content_type
    }

    /// SHA-256 of what is in it, in hexadecimal digits.
    async fn sha256(&self) -> Option<String> {
        self.0.digest.map(|digest| digest.to_string())
    }

    /// Where it is read, written and deleted on this host, with the caller's token.
    async fn url(&self) -> String {
        let path = self.0.path.as_str().split('/');
        let encode = |part| {
            percent_encoding::utf8_percent_encode(part, percent_encoding::NON_ALPHANUMERIC)
                .to_string()
        };
        let path: Vec<String> = path.map(encode).collect();
        format!("/api/agents/{}/files/{}", self.0.agent_id, path.join("/"))
    }

    /// Whose it is.
    async fn agent(&self, context: &Context<'_>) -> Result<Option<AgentNode>> {
        let agent = loaders::one(context, self.0.agent_id).await?;
        Ok(agent.map(AgentNode))
    }

    /// Since when it is there.
    async fn created_at(&self) -> Time {
        Time(self.0.created_at)
    }

    /// When it was last written.
    async fn updated_at(&self) -> Time {
        Time(self.0.updated_at)
    }
}

/// What the files of an agent amount to, and may.
#[derive(SimpleObject)]
#[graphql(crate = "library")]
pub(super) struct Workspace {
    /// Bytes of all its files.
    pub(super) bytes: i64,
    /// How many they are.
    pub(super) files: i64,
    /// Bytes that they may have.
    pub(super) most_bytes: i64,
    /// How many they may be.
    pub(super) most_files: i64,
}

/// A file to write.
#[derive(InputObject)]
struct WriteFileInput {
    /// The agent, by id or name.
    agent: ID,
    /// The path, relative to the workspace: `reports/may.csv`.
    path: String,
    /// What is to be in it, as the multipart request specification sends it.
    file: Upload,
    /// Its media type; else the one that it has, or that its name tells.
    content_type: Option<String>,
}

/// A file to delete.
#[derive(InputObject)]
struct DeleteFileInput {
    /// The agent, by id or name.
    agent: ID,
    /// The path, relative to the workspace.
    path: String,
}

#[derive(Default)]
pub(super) struct FilesMutation;

#[Object]
impl FilesMutation {
    /// Makes a file of an agent, or replaces what is in one.
    async fn write_file(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whose, where, and what.")] input: WriteFileInput,
    ) -> Result<FileNode> {
        let (cx, caller) = asked_by(context)?;
        let may = workspaces::may_write(cx, caller, &input.agent).await;
        may.map_err(failure::told)?;
        let bytes = uploaded_bytes(context, input.file).await?;
        let kind = input.content_type.as_deref();
        let file = workspaces::write(cx, caller, &input.agent, &input.path, &bytes, kind).await;
        file.map(Arc::new).map(FileNode).map_err(failure::told)
    }

    /// Deletes a file of an agent. It is returned as it was.
    async fn delete_file(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whose, and where.")] input: DeleteFileInput,
    ) -> Result<FileNode> {
        let (cx, caller) = asked_by(context)?;
        let file = workspaces::delete(cx, caller, &input.agent, &input.path).await;
        file.map(Arc::new).map(FileNode).map_err(failure::told)
    }
}
