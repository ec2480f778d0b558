//! Tokens as their owners see them: never by their text.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::{Token, TokenKind};
use crate::error::StoreError;
use crate::hot;
use crate::ids::{OrganizationId, ProjectId, TokenId};
use crate::page::Page;
use crate::pool::Store;
use crate::schema::tokens;

/// The keys of a project, of its agents and of its channels.
const OF_PROJECT: &str = "
    SELECT tokens.* FROM tokens
    WHERE organization_id = $1 AND id > $3 AND (
        kind = 'project' AND subject_id = $2
        OR kind = 'agent' AND subject_id IN (SELECT id FROM agents WHERE organization_id = $1 AND project_id = $2)
        OR kind = 'channel' AND subject_id IN (SELECT id FROM channels WHERE organization_id = $1 AND project_id = $2)
    )
    ORDER BY id LIMIT $4";

/// The living tokens of a kind that speak for a subject, oldest first.
pub async fn list(
    store: &Store,
    subject_id: Uuid,
    kind: TokenKind,
) -> Result<Vec<Token>, StoreError> {
    let query = tokens::table
        .filter(tokens::subject_id.eq(subject_id))
        .filter(tokens::kind.eq(kind))
        .filter(tokens::revoked_at.is_null())
        .order(tokens::created_at)
        .select(Token::as_select());
    Ok(query.load(&mut store.connection().await?).await?)
}

/// The keys of a project, of its agents and of its channels, those that were ended among them, in the order of their ids.
pub async fn list_of_project(
    store: &Store,
    owner: OrganizationId,
    project: ProjectId,
    page: Page<TokenId>,
) -> Result<Vec<Token>, StoreError> {
    let statement = hot::statement(OF_PROJECT)
        .bind::<SqlUuid, _>(owner)
        .bind::<SqlUuid, _>(project)
        .bind::<SqlUuid, _>(page.after.unwrap_or(TokenId::nil()))
        .bind::<BigInt, _>(i64::from(page.limit));
    Ok(statement.load(&mut store.connection().await?).await?)
}

/// The one with this id, living or not.
pub async fn find_by_id(
    store: &Store,
    owner: OrganizationId,
    id: TokenId,
) -> Result<Option<Token>, StoreError> {
    let query = tokens::table
        .filter(tokens::organization_id.eq(owner))
        .filter(tokens::id.eq(id))
        .select(Token::as_select());
    Ok(query
        .get_result(&mut store.connection().await?)
        .await
        .optional()?)
}
