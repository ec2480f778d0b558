//! Contents: written ahead of the change that points a file at them, and read by the stretch.

use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Binary, Bool, Double, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::Workspace;
use crate::ids::{ContentId, OrganizationId};
use crate::{Store, StoreError, hot};

/// Bytes of a chunk.
pub const CHUNK: usize = 256 * 1024;

/// Writes a content that no file points at yet.
pub async fn stage(
    store: &Store,
    workspace: Workspace,
    bytes: &[u8],
) -> Result<ContentId, StoreError> {
    let staged = stage_all(store, workspace, &[bytes]).await?;
    staged.into_iter().next().ok_or(StoreError::NotFound)
}

/// The same of many, in one statement.
pub async fn stage_all(
    store: &Store,
    workspace: Workspace,
    all: &[&[u8]],
) -> Result<Vec<ContentId>, StoreError> {
    let ids: Vec<ContentId> = all.iter().map(|_| ContentId::new()).collect();
    let sizes: Vec<i64> = all.iter().map(|bytes| size(bytes)).collect();
    let (mut owners, mut starts, mut pieces) = (Vec::new(), Vec::new(), Vec::new());
    for (id, bytes) in ids.iter().zip(all) {
        let (at, chunks) = chunks(0, bytes);
        owners.extend(at.iter().map(|_| id.uuid()));
        starts.extend(at);
        pieces.extend(chunks);
    }
    hot::statement(
        "WITH workspace AS (
             INSERT INTO workspaces (organization_id, agent_id) VALUES ($1, $2) ON CONFLICT DO NOTHING
         ), content AS (
             INSERT INTO file_contents (organization_id, id, agent_id, size)
             SELECT $1, id, $2, size FROM unnest($3, $4) AS content (id, size)
         )
         INSERT INTO file_chunks (organization_id, content_id, start, bytes)
         SELECT $1, content_id, start, bytes FROM unnest($5, $6, $7) AS chunk (content_id, start, bytes)",
    )
    .bind::<SqlUuid, _>(workspace.organization_id.uuid())
    .bind::<SqlUuid, _>(workspace.agent_id.uuid())
    .bind::<Array<SqlUuid>, _>(uuids(&ids))
    .bind::<Array<BigInt>, _>(sizes)
    .bind::<Array<SqlUuid>, _>(owners)
    .bind::<Array<BigInt>, _>(starts)
    .bind::<Array<Binary>, _>(pieces)
    .execute(&mut store.connection().await?)
    .await?;
    Ok(ids)
}

/// Adds to a loose content, which has `at` bytes so far. Whether it did: not where there is no such content any more.
pub async fn extend(
    store: &Store,
    organization: OrganizationId,
    content: ContentId,
    at: i64,
    bytes: &[u8],
) -> Result<bool, StoreError> {
    let (starts, chunks) = chunks(at, bytes);
    let added = hot::statement(
        "WITH content AS (
             UPDATE file_contents SET size = size + $4, digest = NULL
             WHERE organization_id = $1 AND id = $2 AND size = $3 AND loose_since IS NOT NULL AND NOT is_sent
             RETURNING id
         )
         INSERT INTO file_chunks (organization_id, content_id, start, bytes)
         SELECT $1, content.id, start, bytes FROM content, unnest($5, $6) AS chunk (start, bytes)",
    )
    .bind::<SqlUuid, _>(organization.uuid())
    .bind::<SqlUuid, _>(content.uuid())
    .bind::<BigInt, _>(at)
    .bind::<BigInt, _>(size(bytes))
    .bind::<Array<BigInt>, _>(starts)
    .bind::<Array<Binary>, _>(chunks)
    .execute(&mut store.connection().await?)
    .await?;
    Ok(added > 0 || bytes.is_empty())
}

/// A loose copy of a content, to be added to; its chunks are full ones again. `None` where there is no such content.
pub async fn copy(
    store: &Store,
    workspace: Workspace,
    from: ContentId,
) -> Result<Option<ContentId>, StoreError> {
    let id = ContentId::new();
    let copied: Vec<Copied> = hot::statement(
        "WITH whole AS MATERIALIZED (
             SELECT c.size, COALESCE((
                 SELECT string_agg(k.bytes, ''::bytea ORDER BY k.start)
                 FROM file_chunks k WHERE k.organization_id = $1 AND k.content_id = $3
             ), ''::bytea) AS bytes
             FROM file_contents c WHERE c.organization_id = $1 AND c.id = $3
         ), content AS (
             INSERT INTO file_contents (organization_id, id, agent_id, size)
             SELECT $1, $4, $2, size FROM whole
             RETURNING id
         ), chunks AS (
             INSERT INTO file_chunks (organization_id, content_id, start, bytes)
             SELECT $1, $4, start, substring(bytes FROM start::int + 1 FOR $5::int)
             FROM whole, generate_series(0, size - 1, $5) AS start
         )
         SELECT id FROM content",
    )
    .bind::<SqlUuid, _>(workspace.organization_id.uuid())
    .bind::<SqlUuid, _>(workspace.agent_id.uuid())
    .bind::<SqlUuid, _>(from.uuid())
    .bind::<SqlUuid, _>(id.uuid())
    .bind::<BigInt, _>(CHUNK as i64)
    .load(&mut store.connection().await?)
    .await?;
    Ok(copied.into_iter().next().map(|copied| copied.id.into()))
}

#[derive(QueryableByName)]
struct Copied {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// Takes loose contents away ahead of their time: those that no message was sent with.
pub async fn discard(
    store: &Store,
    organization: OrganizationId,
    contents: &[ContentId],
) -> Result<(), StoreError> {
    if contents.is_empty() {
        return Ok(());
    }
    hot::statement(
        "DELETE FROM file_contents
         WHERE organization_id = $1 AND id = ANY ($2) AND loose_since IS NOT NULL AND NOT is_sent",
    )
    .bind::<SqlUuid, _>(organization.uuid())
    .bind::<Array<SqlUuid>, _>(uuids(contents))
    .execute(&mut store.connection().await?)
    .await?;
    Ok(())
}

/// A content as it is known without its bytes.
#[derive(Clone, Debug, QueryableByName)]
pub struct Content {
    /// Bytes.
    #[diesel(sql_type = BigInt)]
    pub size: i64,
    /// Whether a message was sent with it.
    #[diesel(sql_type = Bool)]
    pub is_sent: bool,
}

/// A content, if it is there.
pub async fn content(
    store: &Store,
    organization: OrganizationId,
    id: ContentId,
) -> Result<Option<Content>, StoreError> {
    let found: Vec<Content> = hot::statement(
        "SELECT size, is_sent FROM file_contents WHERE organization_id = $1 AND id = $2",
    )
    .bind::<SqlUuid, _>(organization.uuid())
    .bind::<SqlUuid, _>(id.uuid())
    .load(&mut store.connection().await?)
    .await?;
    Ok(found.into_iter().next())
}

#[derive(QueryableByName)]
struct Piece {
    #[diesel(sql_type = Binary)]
    bytes: Vec<u8>,
}

/// A stretch of a content: fewer bytes where it ends before, none where there is no such content.
pub async fn read(
    store: &Store,
    organization: OrganizationId,
    content: ContentId,
    offset: i64,
    length: i64,
) -> Result<Vec<u8>, StoreError> {
    let end = offset.saturating_add(length);
    // Only a chunk that begins at most a chunk's length before can reach into the stretch.
    let pieces: Vec<Piece> = hot::statement(
        "SELECT substring(bytes
             FROM greatest($3 - start, 0)::int + 1
             FOR least($4 - greatest(start, $3), $5)::int) AS bytes
         FROM file_chunks
         WHERE organization_id = $1 AND content_id = $2 AND start > $3 - $5 AND start < $4
             AND start + length(bytes) > $3
         ORDER BY start",
    )
    .bind::<SqlUuid, _>(organization.uuid())
    .bind::<SqlUuid, _>(content.uuid())
    .bind::<BigInt, _>(offset)
    .bind::<BigInt, _>(end)
    .bind::<BigInt, _>(CHUNK as i64)
    .load(&mut store.connection().await?)
    .await?;
    let mut pieces = pieces.into_iter().map(|piece| piece.bytes);
    let mut whole = pieces.next().unwrap_or_default();
    for piece in pieces {
        whole.extend_from_slice(&piece);
    }
    Ok(whole)
}

/// Removes up to `limit` contents that have been loose for longer than `loose` seconds, or than `sent` where a message was
/// sent with them. How many.
pub async fn clean(store: &Store, loose: f64, sent: f64, limit: u32) -> Result<usize, StoreError> {
    Ok(hot::statement(
        "DELETE FROM file_contents c
         USING (
             SELECT organization_id, id FROM file_contents
             WHERE loose_since < now() - $1 * interval '1 second'
                 AND (NOT is_sent OR loose_since < now() - $2 * interval '1 second')
             LIMIT $3
         ) old
         WHERE c.organization_id = old.organization_id AND c.id = old.id AND c.loose_since IS NOT NULL",
    )
    .bind::<Double, _>(loose)
    .bind::<Double, _>(sent)
    .bind::<BigInt, _>(i64::from(limit))
    .execute(&mut store.connection().await?)
    .await?)
}

/// Takes the files of up to `limit` agents away that were deleted more than `seconds` ago; their contents are loose from
/// then on. How many agents.
pub async fn clear_deleted(store: &Store, seconds: f64, limit: u32) -> Result<usize, StoreError> {
    Ok(hot::statement(
        "WITH gone AS MATERIALIZED (
             SELECT w.organization_id, w.agent_id FROM workspaces w
             JOIN agents a ON a.organization_id = w.organization_id AND a.id = w.agent_id
             WHERE w.files > 0 AND a.deleted_at < now() - $1 * interval '1 second'
             LIMIT $2 FOR UPDATE OF w SKIP LOCKED
         ), away AS (
             DELETE FROM files f USING gone g
             WHERE f.organization_id = g.organization_id AND f.agent_id = g.agent_id
             RETURNING f.organization_id, f.content_id
         ), loosened AS (
             UPDATE file_contents c SET loose_since = now() FROM away a
             WHERE c.organization_id = a.organization_id AND c.id = a.content_id
         )
         UPDATE workspaces w SET bytes = 0, files = 0 FROM gone g
         WHERE w.organization_id = g.organization_id AND w.agent_id = g.agent_id",
    )
    .bind::<Double, _>(seconds)
    .bind::<BigInt, _>(i64::from(limit))
    .execute(&mut store.connection().await?)
    .await?)
}

fn chunks(at: i64, bytes: &[u8]) -> (Vec<i64>, Vec<&[u8]>) {
    let starts = (0..).map(|number: i64| at + number * CHUNK as i64);
    starts.zip(bytes.chunks(CHUNK)).unzip()
}

fn size(bytes: &[u8]) -> i64 {
    i64::try_from(bytes.len()).unwrap_or(i64::MAX)
}

pub(super) fn uuids(contents: &[ContentId]) -> Vec<Uuid> {
    contents.iter().map(|content| content.uuid()).collect()
}
