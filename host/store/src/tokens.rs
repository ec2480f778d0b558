//! A token proves who one is: a person's own, a session's, a one-time sign-in link's, a key of a project, an agent or a
//! channel. Its text is shown once; what is kept is its SHA-256, which is also how it is found.

mod change;
mod list;

use diesel::prelude::*;
use diesel::sql_types::{Array, Binary, Bool};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

pub use self::change::{
    Rotated, create, delete_expired, replace, revoke, revoke_all, rotate, take,
};
pub use self::list::{any_of_kind, find_by_id, find_many, list, list_of_project};
pub use crate::digests::TokenHash;
use crate::error::StoreError;
use crate::hot;
use crate::ids::{OrganizationId, TokenId, UserId};
use crate::members::Role;
use crate::page::Time;
use crate::pool::Store;
use crate::schema::tokens;
use crate::words::words;

words! {
    /// What a token is for.
    pub enum TokenKind {
        /// A person's own, for scripts. Speaks for a user.
        Personal = "personal",
        /// A signed-in person's. Speaks for a user.
        Session = "session",
        /// A link that signs a user in, once.
        SignIn = "sign_in",
        /// A channel's key.
        Channel = "channel",
        /// A project's key, with a role in that project.
        Project = "project",
        /// An agent's key.
        Agent = "agent",
        /// An organization's token for external messages.
        External = "external",
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
    /// The user, project, agent, channel or organization that it speaks for.
    pub subject_id: Uuid,
    /// Its first characters.
    pub prefix: String,
    /// Since when.
    pub created_at: Time,
    /// Until when, if not for ever.
    pub expires_at: Option<Time>,
    /// When it was last used, to five minutes.
    pub used_at: Option<Time>,
    /// What it is called by where its text must not be.
    pub id: TokenId,
    /// What people call it.
    pub name: String,
    /// What a project's key may do.
    pub role: Option<Role>,
    /// Who made it.
    pub created_by: Option<UserId>,
    /// When it was ended.
    pub revoked_at: Option<Time>,
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
    /// The user, project, agent, channel or organization that it speaks for.
    pub subject_id: Uuid,
    /// Its first characters, to recognise it in a list.
    pub prefix: String,
    /// Until when, if not for ever.
    pub expires_at: Option<Time>,
    /// What it is called by where its text must not be.
    pub id: TokenId,
    /// What people call it.
    pub name: String,
    /// What a project's key may do: there for those alone.
    pub role: Option<Role>,
    /// Who makes it.
    pub created_by: Option<UserId>,
}

/// Every request that is not anonymous runs this: a look at one row by its key. That it was used is written when the last
/// use was a while ago, in a statement of its own, since even one that writes nothing costs as much as the look.
const USE: &str = "
    SELECT tokens.*, coalesce(used_at < now() - interval '5 minutes', true) AS is_stale FROM tokens
    WHERE hash = ANY ($1) AND revoked_at IS NULL AND coalesce(expires_at > now(), true)";
const USED: &str = "UPDATE tokens SET used_at = now() WHERE hash = ANY ($1) AND revoked_at IS NULL";

#[derive(QueryableByName)]
struct Used {
    #[diesel(embed)]
    token: Token,
    #[diesel(sql_type = Bool)]
    is_stale: bool,
}

/// The token with this hash, if it has neither expired nor been ended; notes its use.
pub async fn find(store: &Store, hash: TokenHash) -> Result<Option<Token>, StoreError> {
    Ok(find_all(store, &[hash]).await?.pop())
}

/// Those of these that have neither expired nor been ended, in any order; notes their use.
pub async fn find_all(store: &Store, hashes: &[TokenHash]) -> Result<Vec<Token>, StoreError> {
    let mut connection = store.connection().await?;
    let statement = hot::statement(USE).bind::<Array<Binary>, _>(hashes);
    let found: Vec<Used> = statement.load(&mut connection).await?;
    let stale = found.iter().filter(|used| used.is_stale);
    let stale: Vec<TokenHash> = stale.map(|used| used.token.hash).collect();
    if !stale.is_empty() {
        let statement = hot::statement(USED).bind::<Array<Binary>, _>(stale);
        statement.execute(&mut connection).await?;
    }
    Ok(found.into_iter().map(|used| used.token).collect())
}
