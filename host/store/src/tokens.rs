//! A token proves who one is: a person's own, a session's, a one-time sign-in link's, a channel's key. Its text is shown
//! once; what is kept is its SHA-256, which is also how it is found.

use diesel::prelude::*;
use diesel::sql_types::{Binary, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

pub use crate::digests::TokenHash;
use crate::error::StoreError;
use crate::hot;
use crate::ids::OrganizationId;
use crate::page::Time;
use crate::pool::Store;
use crate::schema::tokens;
use crate::words::words;

words! {
    /// What a token is for.
    pub enum TokenKind {
        /// A person's own, for scripts. Speaks for a user.
        Personal = "personal",
        /// A signed-in browser's. Speaks for a user.
        Session = "session",
        /// A link that signs a user in, once.
        SignIn = "sign_in",
        /// A channel's key.
        Channel = "channel",
    }
}

/// One row.
#[derive(Clone, Debug, Queryable, Selectable, QueryableByName)]
#[diesel(table_name = tokens, check_for_backend(diesel::pg::Pg))]
pub struct Token {
    /// Of its text.
    pub hash: TokenHash,
    /// What it is for.
    pub kind: TokenKind,
    /// Where it counts.
    pub organization_id: OrganizationId,
    /// The user or the channel that it speaks for.
    pub subject_id: Uuid,
    /// Its first characters.
    pub prefix: String,
    /// Since when.
    pub created_at: Time,
    /// Until when, if not for ever.
    pub expires_at: Option<Time>,
    /// When it was last used, to five minutes.
    pub used_at: Option<Time>,
}

/// A row to insert.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = tokens)]
pub struct NewToken {
    /// Of its text.
    pub hash: TokenHash,
    /// What it is for.
    pub kind: TokenKind,
    /// Where it counts.
    pub organization_id: OrganizationId,
    /// The user or the channel that it speaks for.
    pub subject_id: Uuid,
    /// Its first characters, to recognise it in a list.
    pub prefix: String,
    /// Until when, if not for ever.
    pub expires_at: Option<Time>,
}

/// Every request that is not anonymous runs this. It writes only when the last use was a while ago.
const USE: &str = "
    WITH used AS (
        UPDATE tokens SET used_at = now()
        WHERE hash = $1 AND coalesce(expires_at > now(), true)
            AND coalesce(used_at < now() - interval '5 minutes', true)
    )
    SELECT * FROM tokens WHERE hash = $1 AND coalesce(expires_at > now(), true)";

/// Both in one statement, so that there is never none and never two.
const REPLACE: &str = "
    WITH ended AS (DELETE FROM tokens WHERE subject_id = $4 AND kind = $2 AND organization_id = $3)
    INSERT INTO tokens (hash, kind, organization_id, subject_id, prefix, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6)
    RETURNING *";

/// Adds a token.
pub async fn create(store: &Store, new: NewToken) -> Result<Token, StoreError> {
    let insert = diesel::insert_into(tokens::table)
        .values(new)
        .returning(Token::as_returning());
    Ok(insert.get_result(&mut store.connection().await?).await?)
}

/// Adds a token and ends all others of its kind that speak for the same subject: a key is rotated.
pub async fn replace(store: &Store, new: NewToken) -> Result<Token, StoreError> {
    let statement = hot::statement(REPLACE)
        .bind::<Binary, _>(new.hash)
        .bind::<Text, _>(new.kind)
        .bind::<SqlUuid, _>(new.organization_id)
        .bind::<SqlUuid, _>(new.subject_id)
        .bind::<Text, _>(new.prefix)
        .bind::<Nullable<Timestamptz>, _>(new.expires_at);
    Ok(statement.get_result(&mut store.connection().await?).await?)
}

/// The token with this hash, if it has not expired; notes its use.
pub async fn find(store: &Store, hash: TokenHash) -> Result<Option<Token>, StoreError> {
    let statement = hot::statement(USE).bind::<Binary, _>(hash);
    Ok(statement
        .get_result(&mut store.connection().await?)
        .await
        .optional()?)
}

/// Takes a token that is good for one use: whoever comes second gets nothing.
pub async fn take(
    store: &Store,
    hash: TokenHash,
    kind: TokenKind,
) -> Result<Option<Token>, StoreError> {
    let given = tokens::table
        .filter(tokens::hash.eq(hash))
        .filter(tokens::kind.eq(kind));
    let taken = diesel::delete(given).returning(Token::as_returning());
    let token: Option<Token> = taken
        .get_result(&mut store.connection().await?)
        .await
        .optional()?;
    Ok(token.filter(|token| token.expires_at.is_none_or(|end| end > chrono::Utc::now())))
}

/// The tokens that speak for a subject, oldest first.
pub async fn list(
    store: &Store,
    subject_id: Uuid,
    kind: TokenKind,
) -> Result<Vec<Token>, StoreError> {
    let query = tokens::table
        .filter(tokens::subject_id.eq(subject_id))
        .filter(tokens::kind.eq(kind))
        .order(tokens::created_at)
        .select(Token::as_select());
    Ok(query.load(&mut store.connection().await?).await?)
}

/// Ends one token.
pub async fn delete(store: &Store, hash: TokenHash) -> Result<(), StoreError> {
    let ended = diesel::delete(tokens::table.find(hash))
        .execute(&mut store.connection().await?)
        .await?;
    if ended == 0 {
        Err(StoreError::NotFound)
    } else {
        Ok(())
    }
}

/// Removes what has expired; says how many.
pub async fn delete_expired(store: &Store) -> Result<usize, StoreError> {
    let expired = tokens::table.filter(tokens::expires_at.lt(diesel::dsl::now));
    Ok(diesel::delete(expired)
        .execute(&mut store.connection().await?)
        .await?)
}
