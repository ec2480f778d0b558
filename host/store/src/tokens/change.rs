//! Making, rotating and ending tokens: each is one statement.

use diesel::dsl::now;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::{NewToken, Token, TokenHash, TokenKind};
use crate::error::StoreError;
use crate::hot;
use crate::ids::{OrganizationId, TokenId};
use crate::page::Time;
use crate::pool::Store;
use crate::schema::tokens;

/// How often a key is replaced anew that another replacement has got ahead of.
const TRIES: usize = 5;

/// Both in one statement, so that there is never none and never two. What was ended is counted, so that it ends before the
/// new one comes. With a grace, the one before it is good for as long; one that was in its grace already ends at once.
const REPLACE: &str = "
    WITH ended AS (
        UPDATE tokens
        SET revoked_at = CASE WHEN $11 = 0 OR expires_at IS NOT NULL THEN now() END,
            expires_at = COALESCE(expires_at, CASE WHEN $11 > 0 THEN now() + $11 * interval '1 second' END)
        WHERE subject_id = $4 AND kind = $2 AND organization_id = $3 AND revoked_at IS NULL
        RETURNING 1
    ), counted AS (SELECT count(*) FROM ended)
    INSERT INTO tokens (hash, kind, organization_id, subject_id, prefix, expires_at, id, name, role, created_by)
    SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10 FROM counted
    RETURNING *";

/// The one before it ends, or was not there any more and nothing happens.
const ROTATE: &str = "
    WITH ended AS (
        UPDATE tokens SET revoked_at = now()
        WHERE organization_id = $1 AND id = $2 AND revoked_at IS NULL AND coalesce(expires_at > now(), true)
        RETURNING *
    )
    INSERT INTO tokens (hash, kind, organization_id, subject_id, prefix, expires_at, id, name, role, created_by)
    SELECT $3, kind, organization_id, subject_id, $4, coalesce($5, expires_at), $6, name, role, created_by FROM ended
    RETURNING *";

/// Adds a token. Of a session's subject, what has expired goes.
pub async fn create(store: &Store, new: NewToken) -> Result<Token, StoreError> {
    let mut connection = store.connection().await?;
    if new.kind == TokenKind::Session {
        let expired = tokens::table
            .filter(tokens::subject_id.eq(new.subject_id))
            .filter(tokens::kind.eq(TokenKind::Session))
            .filter(tokens::expires_at.lt(now));
        diesel::delete(expired).execute(&mut connection).await?;
    }
    let insert = diesel::insert_into(tokens::table)
        .values(new)
        .returning(Token::as_returning());
    Ok(insert.get_result(&mut connection).await?)
}

/// Adds a token and ends all others of its kind that speak for the same subject: at once, or the last of them in so many
/// seconds.
pub async fn replace(store: &Store, new: NewToken, grace: u32) -> Result<Token, StoreError> {
    let mut connection = store.connection().await?;
    let mut tries = 0;
    loop {
        let statement = hot::statement(REPLACE)
            .bind::<Binary, _>(new.hash)
            .bind::<Text, _>(new.kind)
            .bind::<SqlUuid, _>(new.organization_id)
            .bind::<SqlUuid, _>(new.subject_id)
            .bind::<Text, _>(&new.prefix)
            .bind::<Nullable<Timestamptz>, _>(new.expires_at)
            .bind::<SqlUuid, _>(new.id)
            .bind::<Text, _>(&new.name)
            .bind::<Nullable<Text>, _>(new.role)
            .bind::<Nullable<SqlUuid>, _>(new.created_by)
            .bind::<BigInt, _>(i64::from(grace));
        let replaced: Result<Token, StoreError> = statement
            .get_result(&mut connection)
            .await
            .map_err(Into::into);
        tries += 1;
        match replaced {
            // Another one came in between: it is ended in its turn.
            Err(error) if error.is_conflict_of("tokens_single_key") && tries < TRIES => {}
            replaced => return replaced,
        }
    }
}

/// What a rotation puts in an old token's place; the rest stays as it was.
#[derive(Clone, Debug)]
pub struct Rotated {
    /// Of the new text.
    pub hash: TokenHash,
    /// Its first characters.
    pub prefix: String,
    /// The new id.
    pub id: TokenId,
    /// Until when, if another time than before.
    pub expires_at: Option<Time>,
}

/// Puts a new token in the place of a living one. Of two rotations of one token, one gets `NotFound`.
pub async fn rotate(
    store: &Store,
    owner: OrganizationId,
    old: TokenId,
    new: Rotated,
) -> Result<Token, StoreError> {
    let statement = hot::statement(ROTATE)
        .bind::<SqlUuid, _>(owner)
        .bind::<SqlUuid, _>(old)
        .bind::<Binary, _>(new.hash)
        .bind::<Text, _>(new.prefix)
        .bind::<Nullable<Timestamptz>, _>(new.expires_at)
        .bind::<SqlUuid, _>(new.id);
    Ok(statement.get_result(&mut store.connection().await?).await?)
}

/// Takes a token that is good for one use: whoever comes second gets nothing.
pub async fn take(
    store: &Store,
    hash: TokenHash,
    kind: TokenKind,
) -> Result<Option<Token>, StoreError> {
    let given = tokens::table
        .filter(tokens::hash.eq(hash))
        .filter(tokens::kind.eq(kind))
        .filter(tokens::revoked_at.is_null());
    let taken = diesel::delete(given).returning(Token::as_returning());
    let token: Option<Token> = taken
        .get_result(&mut store.connection().await?)
        .await
        .optional()?;
    Ok(token.filter(|token| token.expires_at.is_none_or(|end| end > chrono::Utc::now())))
}

/// Ends one token.
pub async fn revoke(
    store: &Store,
    owner: OrganizationId,
    id: TokenId,
) -> Result<Token, StoreError> {
    let living = tokens::table
        .filter(tokens::organization_id.eq(owner))
        .filter(tokens::id.eq(id))
        .filter(tokens::revoked_at.is_null());
    let revoke = diesel::update(living)
        .set(tokens::revoked_at.eq(now))
        .returning(Token::as_returning());
    Ok(revoke.get_result(&mut store.connection().await?).await?)
}

/// Ends all tokens of a kind that speak for a subject, but one if it is named; says how many.
pub async fn revoke_all(
    store: &Store,
    subject_id: Uuid,
    kind: TokenKind,
    but: Option<TokenId>,
) -> Result<usize, StoreError> {
    let living = tokens::table
        .filter(tokens::subject_id.eq(subject_id))
        .filter(tokens::kind.eq(kind))
        .filter(tokens::id.ne(but.unwrap_or(TokenId::nil())))
        .filter(tokens::revoked_at.is_null());
    let revoke = diesel::update(living).set(tokens::revoked_at.eq(now));
    Ok(revoke.execute(&mut store.connection().await?).await?)
}

/// Keys stay in their lists for a month after their end, for people to see what it was that stopped working.
const DELETE_EXPIRED: &str = "
    DELETE FROM tokens WHERE hash IN (
        SELECT hash FROM tokens
        WHERE expires_at < now() AND (kind IN ('session', 'sign_in') OR expires_at < now() - interval '30 days')
        LIMIT $1
    )";

/// Removes sessions and links that have expired, and keys that did so long ago, so many at most; says how many.
pub async fn delete_expired(store: &Store, limit: u32) -> Result<usize, StoreError> {
    let statement = hot::statement(DELETE_EXPIRED).bind::<BigInt, _>(i64::from(limit));
    Ok(statement.execute(&mut store.connection().await?).await?)
}
