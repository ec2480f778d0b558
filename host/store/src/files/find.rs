//! Finding files, and what they amount to.

use std::collections::HashMap;

use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Binary, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;

use super::{FilePath, Usage, Workspace};
use crate::digests::ContentDigest;
use crate::ids::{AgentId, ContentId, FileId, OrganizationId};
use crate::listing::{Listing, listing, read};
use crate::page::{Listed, Stretch, Time};
use crate::{Store, StoreError, hot};

/// One file.
#[derive(Clone, Debug, QueryableByName)]
pub struct File {
    /// Its id, which stays when it is written anew.
    #[diesel(sql_type = SqlUuid)]
    pub id: FileId,
    /// Whose it is.
    #[diesel(sql_type = SqlUuid)]
    pub agent_id: AgentId,
    /// Where it is.
    #[diesel(sql_type = Text)]
    pub path: FilePath,
    /// What is in it.
    #[diesel(sql_type = SqlUuid)]
    pub content_id: ContentId,
    /// Its media type.
    #[diesel(sql_type = Text)]
    pub content_type: String,
    /// Bytes.
    #[diesel(sql_type = BigInt)]
    pub size: i64,
    /// SHA-256 of them.
    #[diesel(sql_type = Nullable<Binary>)]
    pub digest: Option<ContentDigest>,
    /// Since when it is there.
    #[diesel(sql_type = Timestamptz)]
    pub created_at: Time,
    /// When it was last written.
    #[diesel(sql_type = Timestamptz)]
    pub updated_at: Time,
}

const OF_AGENTS: Listing = listing!(
    Up,
    "(SELECT f.*, c.size, c.digest FROM files f
      JOIN file_contents c ON c.organization_id = f.organization_id AND c.id = f.content_id)",
    "agent_id",
    "path",
    " AND starts_with(t.path, $6) AND t.path >= $6"
);

/// The files of each agent whose paths begin so, in the order of their paths' bytes.
pub async fn of_agents(
    store: &Store,
    owner: OrganizationId,
    agents: &[AgentId],
    prefix: &str,
    stretch: &Stretch<FilePath>,
) -> Result<HashMap<AgentId, Listed<File>>, StoreError> {
    read!(store, OF_AGENTS, owner, agents, stretch, Text, Text = prefix;
        |row: &File| row.agent_id, |row| row.path.clone())
}

/// The files with these ids, in any order.
pub async fn find_many(
    store: &Store,
    owner: OrganizationId,
    ids: &[FileId],
) -> Result<Vec<File>, StoreError> {
    let statement = hot::statement(
        "SELECT f.*, c.size, c.digest FROM files f
         JOIN file_contents c ON c.organization_id = f.organization_id AND c.id = f.content_id
         WHERE f.organization_id = $1 AND f.id = ANY ($2)",
    );
    let statement = statement.bind::<SqlUuid, _>(owner);
    let statement = statement.bind::<Array<SqlUuid>, _>(ids);
    Ok(statement.load(&mut store.connection().await?).await?)
}

/// A look at one path: what is there, and what all files of the workspace amount to.
#[derive(Clone, Debug)]
pub struct Look {
    /// What they amount to.
    pub usage: Usage,
    /// The file, if there is one.
    pub file: Option<File>,
}

#[derive(QueryableByName)]
struct Looked {
    #[diesel(sql_type = BigInt)]
    bytes: i64,
    #[diesel(sql_type = BigInt)]
    files: i64,
    #[diesel(embed)]
    file: Option<File>,
}

/// Looks at a path.
pub async fn look(
    store: &Store,
    workspace: Workspace,
    path: &FilePath,
) -> Result<Look, StoreError> {
    let found: Vec<Looked> = hot::statement(
        "SELECT w.bytes, w.files, f.id, f.agent_id, f.path, f.content_id, f.content_type, f.created_at, f.updated_at,
             c.size, c.digest
         FROM workspaces w
         LEFT JOIN files f ON f.organization_id = w.organization_id AND f.agent_id = w.agent_id AND f.path = $3
         LEFT JOIN file_contents c ON c.organization_id = f.organization_id AND c.id = f.content_id
         WHERE w.organization_id = $1 AND w.agent_id = $2",
    )
    .bind::<SqlUuid, _>(workspace.organization_id)
    .bind::<SqlUuid, _>(workspace.agent_id)
    .bind::<Text, _>(path)
    .load(&mut store.connection().await?)
    .await?;
    let found = found.into_iter().next();
    Ok(found.map_or(
        Look {
            usage: Usage::default(),
            file: None,
        },
        |looked| Look {
            usage: Usage {
                bytes: looked.bytes,
                files: looked.files,
            },
            file: looked.file,
        },
    ))
}

#[derive(QueryableByName)]
struct Taken {
    #[diesel(sql_type = Text)]
    path: FilePath,
}

/// Those of the paths where there is a file.
pub async fn taken(
    store: &Store,
    workspace: Workspace,
    paths: &[FilePath],
) -> Result<Vec<FilePath>, StoreError> {
    let found: Vec<Taken> = hot::statement(
        "SELECT path FROM files WHERE organization_id = $1 AND agent_id = $2 AND path = ANY ($3)",
    )
    .bind::<SqlUuid, _>(workspace.organization_id)
    .bind::<SqlUuid, _>(workspace.agent_id)
    .bind::<Array<Text>, _>(paths)
    .load(&mut store.connection().await?)
    .await?;
    Ok(found.into_iter().map(|taken| taken.path).collect())
}

#[derive(QueryableByName)]
struct Used {
    #[diesel(sql_type = SqlUuid)]
    agent_id: AgentId,
    #[diesel(sql_type = BigInt)]
    bytes: i64,
    #[diesel(sql_type = BigInt)]
    files: i64,
}

/// What the files of each agent amount to; an agent without any may be left out.
pub async fn usages(
    store: &Store,
    owner: OrganizationId,
    agents: &[AgentId],
) -> Result<HashMap<AgentId, Usage>, StoreError> {
    let found: Vec<Used> = hot::statement(
        "SELECT agent_id, bytes, files FROM workspaces WHERE organization_id = $1 AND agent_id = ANY ($2)",
    )
    .bind::<SqlUuid, _>(owner)
    .bind::<Array<SqlUuid>, _>(agents)
    .load(&mut store.connection().await?)
    .await?;
    let usage = |used: Used| {
        let usage = Usage {
            bytes: used.bytes,
            files: used.files,
        };
        (used.agent_id, usage)
    };
    Ok(found.into_iter().map(usage).collect())
}
