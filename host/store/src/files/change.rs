//! Changing files: under the lock of their workspace's row, within its quota, all of a change or nothing of it.

use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Bool, Jsonb, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use serde_json::Value;

use super::content::uuids;
use super::{FilePath, NONE, Quota, Usage, Workspace};
use crate::ids::{ContentId, FileId, MessageId};
use crate::{Store, StoreError, hot};

/// A path and what it points at from now on.
#[derive(Clone, Debug)]
pub struct FileChange {
    /// The path.
    pub path: FilePath,
    /// A content that was staged, and its media type; `None` takes the file away.
    pub to: Option<(ContentId, String)>,
}

/// Changes of a workspace that happen together.
#[derive(Clone, Debug)]
pub struct FileChanges {
    /// Whose files.
    pub workspace: Workspace,
    /// What they may amount to afterwards.
    pub quota: Quota,
    /// What changes, each path once.
    pub changes: Vec<FileChange>,
    /// What was seen at paths, `None` for nothing: nothing is changed where that is no longer so.
    pub seen: Vec<(FilePath, Option<ContentId>)>,
    /// Contents that messages are sent with.
    pub sent: Vec<ContentId>,
}

impl FileChanges {
    /// The contents that were stored ahead for it.
    pub fn staged(&self) -> Vec<ContentId> {
        let changes = self.changes.iter();
        let contents = changes.filter_map(|change| change.to.as_ref());
        contents.map(|(content, _)| *content).collect()
    }
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// It is done, and this is what the files amount to.
    Done(Usage),
    /// It was more than the quota allows: nothing was done.
    Full,
    /// What was seen is not so any more: nothing was done.
    Moved,
}

/// A message whose content changes with the files, where it is still what it was.
#[derive(Clone, Debug)]
pub struct Rewrite<'a> {
    /// The message.
    pub message_id: MessageId,
    /// Its content as it was read.
    pub from: &'a Value,
    /// Its content from now on.
    pub to: &'a Value,
}

/// Makes changes, and rewrites a message with them.
pub async fn change(
    store: &Store,
    changes: &FileChanges,
    rewrite: Option<Rewrite<'_>>,
) -> Result<Changed, StoreError> {
    let mut connection = store.connection().await?;
    let done = connection
        .transaction(async |connection| {
            let usage = make(connection, changes).await?;
            if let Some(rewrite) = &rewrite
                && !rewritten(connection, changes.workspace, rewrite).await?
            {
                return Err(Undone::Instead(Changed::Moved));
            }
            Ok(usage)
        })
        .await;
    match done {
        Ok(usage) => Ok(Changed::Done(usage)),
        Err(Undone::Instead(changed)) => Ok(changed),
        Err(Undone::Store(error)) => Err(error),
    }
}

/// Why a transaction comes to nothing.
pub(crate) enum Undone {
    Instead(Changed),
    Store(StoreError),
}

impl<E: Into<StoreError>> From<E> for Undone {
    fn from(error: E) -> Self {
        Undone::Store(error.into())
    }
}

/// Makes changes in a transaction, which has to be undone where this is an error. The row of the workspace is locked first,
/// in a statement of its own: what the next ones read was committed by then.
pub(crate) async fn make(
    connection: &mut AsyncPgConnection,
    changes: &FileChanges,
) -> Result<Usage, Undone> {
    let before = lock(connection, changes.workspace).await?;
    if !changes.seen.is_empty() && has_moved(connection, changes).await? {
        return Err(Undone::Instead(Changed::Moved));
    }
    if !changes.sent.is_empty() && !send(connection, changes).await? {
        return Err(Undone::Instead(Changed::Moved));
    }
    if changes.changes.is_empty() {
        return Ok(before);
    }
    let applied = apply(connection, changes).await?;
    let after = Usage {
        bytes: applied.bytes,
        files: applied.files,
    };
    if !changes.quota.allows(before, after) {
        return Err(Undone::Instead(Changed::Full));
    }
    if applied.outlived {
        prune(connection, changes).await?;
    }
    Ok(after)
}

#[derive(QueryableByName)]
struct Locked {
    #[diesel(sql_type = BigInt)]
    bytes: i64,
    #[diesel(sql_type = BigInt)]
    files: i64,
}

async fn lock(
    connection: &mut AsyncPgConnection,
    workspace: Workspace,
) -> Result<Usage, StoreError> {
    let locked: Locked = hot::statement(
        "INSERT INTO workspaces AS w (organization_id, agent_id) VALUES ($1, $2)
         ON CONFLICT (organization_id, agent_id) DO UPDATE SET bytes = w.bytes
         RETURNING bytes, files",
    )
    .bind::<SqlUuid, _>(workspace.organization_id)
    .bind::<SqlUuid, _>(workspace.agent_id)
    .get_result(connection)
    .await?;
    Ok(Usage {
        bytes: locked.bytes,
        files: locked.files,
    })
}

#[derive(QueryableByName)]
struct Is {
    #[diesel(sql_type = Bool)]
    so: bool,
}

async fn has_moved(
    connection: &mut AsyncPgConnection,
    changes: &FileChanges,
) -> Result<bool, StoreError> {
    let paths: Vec<&FilePath> = changes.seen.iter().map(|(path, _)| path).collect();
    let contents = changes.seen.iter();
    let contents: Vec<_> = contents
        .map(|(_, content)| content.unwrap_or(NONE))
        .collect();
    let is: Is = hot::statement(
        "SELECT EXISTS (
             SELECT FROM unnest($3, $4) AS seen (path, content_id)
             LEFT JOIN files f ON f.organization_id = $1 AND f.agent_id = $2 AND f.path = seen.path
             WHERE COALESCE(f.content_id, '00000000-0000-0000-0000-000000000000') <> seen.content_id
         ) AS so",
    )
    .bind::<SqlUuid, _>(changes.workspace.organization_id)
    .bind::<SqlUuid, _>(changes.workspace.agent_id)
    .bind::<Array<Text>, _>(paths)
    .bind::<Array<SqlUuid>, _>(uuids(&contents))
    .get_result(connection)
    .await?;
    Ok(is.so)
}

/// Marks contents as sent. Whether all of them are still there.
async fn send(
    connection: &mut AsyncPgConnection,
    changes: &FileChanges,
) -> Result<bool, StoreError> {
    let sent = hot::statement(
        "UPDATE file_contents
         SET is_sent = true, digest = COALESCE(digest, (
             SELECT sha256(COALESCE(string_agg(k.bytes, ''::bytea ORDER BY k.start), ''::bytea))
             FROM file_chunks k WHERE k.organization_id = $1 AND k.content_id = file_contents.id
         ))
         WHERE organization_id = $1 AND agent_id = $2 AND id = ANY ($3)",
    )
    .bind::<SqlUuid, _>(changes.workspace.organization_id)
    .bind::<SqlUuid, _>(changes.workspace.agent_id)
    .bind::<Array<SqlUuid>, _>(uuids(&changes.sent))
    .execute(connection)
    .await?;
    Ok(sent == changes.sent.len())
}

#[derive(QueryableByName)]
struct Applied {
    #[diesel(sql_type = BigInt)]
    bytes: i64,
    #[diesel(sql_type = BigInt)]
    files: i64,
    /// Whether a content lost its file and stays for a while, since a message was sent with it.
    #[diesel(sql_type = Bool)]
    outlived: bool,
}

async fn apply(
    connection: &mut AsyncPgConnection,
    changes: &FileChanges,
) -> Result<Applied, StoreError> {
    let all = &changes.changes;
    let paths: Vec<&FilePath> = all.iter().map(|change| &change.path).collect();
    let ids: Vec<FileId> = all.iter().map(|_| FileId::new()).collect();
    let content = |change: &FileChange| change.to.as_ref().map(|(content, _)| *content);
    let contents: Vec<Option<ContentId>> = all.iter().map(content).collect();
    let content_type = |change: &'_ FileChange| {
        let to = change.to.as_ref();
        to.map(|(_, content_type)| content_type.clone())
    };
    let content_types: Vec<Option<String>> = all.iter().map(content_type).collect();
    let applied = hot::statement(include_str!("../sql/change_files.sql"))
        .bind::<SqlUuid, _>(changes.workspace.organization_id)
        .bind::<SqlUuid, _>(changes.workspace.agent_id)
        .bind::<Array<Text>, _>(paths)
        .bind::<Array<SqlUuid>, _>(ids)
        .bind::<Array<Nullable<SqlUuid>>, _>(contents)
        .bind::<Array<Nullable<Text>>, _>(content_types)
        .get_result(connection)
        .await?;
    Ok(applied)
}

/// Of the contents that outlived their files, the newest stay, up to a quota of their own.
async fn prune(
    connection: &mut AsyncPgConnection,
    changes: &FileChanges,
) -> Result<(), StoreError> {
    hot::statement(
        "DELETE FROM file_contents c
         USING (
             SELECT id, sum(size) OVER (ORDER BY loose_since DESC, id DESC) AS bytes
             FROM file_contents
             WHERE organization_id = $1 AND agent_id = $2 AND is_sent AND loose_since IS NOT NULL
         ) kept
         WHERE c.organization_id = $1 AND c.id = kept.id AND kept.bytes > $3",
    )
    .bind::<SqlUuid, _>(changes.workspace.organization_id)
    .bind::<SqlUuid, _>(changes.workspace.agent_id)
    .bind::<BigInt, _>(changes.quota.bytes)
    .execute(connection)
    .await?;
    Ok(())
}

async fn rewritten(
    connection: &mut AsyncPgConnection,
    workspace: Workspace,
    rewrite: &Rewrite<'_>,
) -> Result<bool, StoreError> {
    let rows = hot::statement(
        "UPDATE messages SET content = $4 WHERE organization_id = $1 AND id = $2 AND content = $3",
    )
    .bind::<SqlUuid, _>(workspace.organization_id)
    .bind::<SqlUuid, _>(rewrite.message_id)
    .bind::<Jsonb, _>(rewrite.from)
    .bind::<Jsonb, _>(rewrite.to)
    .execute(connection)
    .await?;
    Ok(rows == 1)
}
