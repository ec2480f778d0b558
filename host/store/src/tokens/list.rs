//! Tokens as their owners see them: never by their text.

use diesel::dsl::now;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::{Token, TokenKind};
use crate::error::StoreError;
use crate::hot;
use crate::ids::{OrganizationId, ProjectId, TokenId};
use crate::listing::{Listing, along, bounds};
use crate::page::{Listed, Order, Stretch};
use crate::pool::Store;
use crate::schema::tokens;

macro_rules! of_project {
    ($direction:literal) => {
        concat!(
            "SELECT t.* FROM tokens t WHERE t.organization_id = $1 AND t.id > $3 AND t.id < $4 AND (
                t.kind = 'project' AND t.subject_id = $2
                OR t.kind = 'agent' AND t.subject_id IN (SELECT id FROM agents WHERE organization_id = $1 AND project_id = $2)
                OR t.kind = 'channel' AND t.subject_id IN (SELECT id FROM channels WHERE organization_id = $1 AND project_id = $2)
            ) ORDER BY t.id",
            $direction,
            " LIMIT $5"
        )
    };
}

/// The keys of a project, of its agents and of its channels.
const OF_PROJECT: Listing = Listing {
    up: of_project!(""),
    down: of_project!(" DESC"),
    order: Order::Up,
};

/// The living tokens of a kind that speak for a subject, oldest first.
pub async fn list(
    store: &Store,
    subject_id: Uuid,
    kind: TokenKind,
    stretch: &Stretch<TokenId>,
) -> Result<Listed<Token>, StoreError> {
    let lasts = tokens::expires_at.is_null().or(tokens::expires_at.gt(now));
    let query = tokens::table
        .filter(tokens::subject_id.eq(subject_id))
        .filter(tokens::kind.eq(kind))
        .filter(tokens::revoked_at.is_null())
        .filter(lasts)
        .select(Token::as_select());
    along!(store, query, stretch, Up, tokens::id; |row: &Token| row.id)
}

/// The keys of a project, of its agents and of its channels, those that were ended among them, in the order of their ids.
pub async fn list_of_project(
    store: &Store,
    owner: OrganizationId,
    project: ProjectId,
    stretch: &Stretch<TokenId>,
) -> Result<Listed<Token>, StoreError> {
    let (low, high) = bounds(stretch, OF_PROJECT.order);
    let statement = hot::statement(OF_PROJECT.text(stretch))
        .bind::<SqlUuid, _>(owner)
        .bind::<SqlUuid, _>(project)
        .bind::<SqlUuid, _>(low)
        .bind::<SqlUuid, _>(high)
        .bind::<BigInt, _>(i64::from(stretch.limit) + 1);
    let rows = statement.load(&mut store.connection().await?).await?;
    Ok(Listed::cut(
        rows,
        stretch,
        OF_PROJECT.order,
        |row: &Token| row.id,
    ))
}

/// Those with these ids, living or not, in any order.
pub async fn find_many(
    store: &Store,
    owner: OrganizationId,
    ids: &[TokenId],
) -> Result<Vec<Token>, StoreError> {
    let query = tokens::table
        .filter(tokens::organization_id.eq(owner))
        .filter(tokens::id.eq_any(ids))
        .select(Token::as_select());
    Ok(query.load(&mut store.connection().await?).await?)
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

/// Whether any token of a kind is good, whosever it is.
pub async fn any_of_kind(store: &Store, kind: TokenKind) -> Result<bool, StoreError> {
    let living = tokens::table
        .filter(tokens::kind.eq(kind))
        .filter(tokens::revoked_at.is_null())
        .filter(
            tokens::expires_at
                .is_null()
                .or(tokens::expires_at.gt(diesel::dsl::now)),
        );
    let exists = diesel::select(diesel::dsl::exists(living));
    Ok(exists.get_result(&mut store.connection().await?).await?)
}
