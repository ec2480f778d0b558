//! An account that a channel made for someone who talks there: what of the free allowance it has used, and how it becomes a
//! person's own: by an address and a password, or by becoming part of an account that they have already.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Uuid};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};

use crate::error::StoreError;
use crate::hot;
use crate::ids::{OrganizationId, UserId};
use crate::pool::Store;
use crate::projects::{NewProject, found_on};
use crate::schema::users;
use crate::users::User;

/// Messages to agents, and commands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, QueryableByName)]
pub struct Used {
    /// Messages to agents.
    #[diesel(sql_type = BigInt)]
    pub prompts: i64,
    /// Commands.
    #[diesel(sql_type = BigInt)]
    pub calls: i64,
}

/// How much is free; none for as much as one likes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Free {
    /// Messages to agents.
    pub prompts: Option<i64>,
    /// Commands.
    pub calls: Option<i64>,
}

/// Counted and held against the limit in one step. A crash may forget what was counted last, which costs no one anything.
const SPEND: &str = "
    WITH lazily AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
    INSERT INTO allowances AS a (organization_id, user_id, prompts, calls)
    SELECT $1, $2, $3, $4 FROM lazily
    WHERE COALESCE($3 <= $5, true) AND COALESCE($4 <= $6, true)
    ON CONFLICT (organization_id, user_id) DO UPDATE SET prompts = a.prompts + $3, calls = a.calls + $4
        WHERE COALESCE(a.prompts + $3 <= $5, true) AND COALESCE(a.calls + $4 <= $6, true)";

/// Takes something out of an account's allowance. False: there is not that much left, and nothing was taken.
pub async fn spend(
    store: &Store,
    owner: OrganizationId,
    user: UserId,
    cost: Used,
    free: Free,
) -> Result<bool, StoreError> {
    let statement = hot::statement(SPEND)
        .bind::<Uuid, _>(owner)
        .bind::<Uuid, _>(user)
        .bind::<BigInt, _>(cost.prompts)
        .bind::<BigInt, _>(cost.calls)
        .bind::<Nullable<BigInt>, _>(free.prompts.filter(|_| cost.prompts > 0))
        .bind::<Nullable<BigInt>, _>(free.calls.filter(|_| cost.calls > 0));
    Ok(statement.execute(&mut store.connection().await?).await? > 0)
}

/// Gives back what something cost that did not come to pass.
pub async fn give_back(
    store: &Store,
    owner: OrganizationId,
    user: UserId,
    cost: Used,
) -> Result<(), StoreError> {
    let statement = hot::statement(
        "UPDATE allowances SET prompts = greatest(prompts - $3, 0), calls = greatest(calls - $4, 0)
         WHERE organization_id = $1 AND user_id = $2",
    )
    .bind::<Uuid, _>(owner)
    .bind::<Uuid, _>(user)
    .bind::<BigInt, _>(cost.prompts)
    .bind::<BigInt, _>(cost.calls);
    statement.execute(&mut store.connection().await?).await?;
    Ok(())
}

/// What an account has used.
pub async fn used(store: &Store, owner: OrganizationId, user: UserId) -> Result<Used, StoreError> {
    let statement = hot::statement(
        "SELECT prompts, calls FROM allowances WHERE organization_id = $1 AND user_id = $2",
    )
    .bind::<Uuid, _>(owner)
    .bind::<Uuid, _>(user);
    let used: Option<Used> = statement
        .get_result(&mut store.connection().await?)
        .await
        .optional()?;
    Ok(used.unwrap_or_default())
}

/// Gives an account an address and a password. `NotFound` where it has an address already; a known address is a conflict of
/// `users_email_key`.
pub async fn set_up(
    store: &Store,
    user: UserId,
    email: &str,
    password_hash: &str,
) -> Result<User, StoreError> {
    let bare = users::table
        .filter(users::id.eq(user))
        .filter(users::removed_at.is_null())
        .filter(users::email.is_null());
    let update = diesel::update(bare).set((
        users::email.eq(email),
        users::password_hash.eq(password_hash),
    ));
    Ok(update
        .returning(User::as_returning())
        .get_result(&mut store.connection().await?)
        .await?)
}

/// Each keeps its name, or gets the lowest number behind it that makes it one among its new owner's.
const MOVE_AGENTS: &str = "
    UPDATE agents a SET owner_id = $3, version = a.version + 1, updated_at = now(), name = (
        SELECT wanted.name FROM (
            SELECT n, CASE n WHEN 1 THEN a.name ELSE left(a.name, 59) || '-' || n END AS name
            FROM generate_series(1, 999) AS n
        ) AS wanted
        WHERE NOT EXISTS (
            SELECT FROM agents o
            WHERE o.owner_id IN ($2, $3) AND o.id <> a.id AND lower(o.name) = lower(wanted.name)
                AND o.organization_id = $1 AND o.deleted_at IS NULL
        )
        ORDER BY n LIMIT 1
    )
    WHERE a.owner_id = $2 AND a.organization_id = $1 AND a.deleted_at IS NULL";

/// Makes someone's agents another one's.
pub(crate) async fn move_agents(
    connection: &mut AsyncPgConnection,
    owner: OrganizationId,
    from: UserId,
    to: UserId,
) -> Result<usize, StoreError> {
    let statement = hot::statement(MOVE_AGENTS)
        .bind::<Uuid, _>(owner)
        .bind::<Uuid, _>(from)
        .bind::<Uuid, _>(to);
    Ok(statement.execute(connection).await?)
}

/// What an account has beside its agents goes over to another one, and it ends.
const MERGE: &str = "
    WITH contact AS (
        UPDATE contacts SET user_id = $3 WHERE user_id = $2 AND organization_id = $1
    ), share AS (
        UPDATE shares SET shared_by = $3 WHERE shared_by = $2 AND organization_id = $1
    ), left_behind AS (
        DELETE FROM members WHERE user_id = $2 AND organization_id = $1
        RETURNING organization_id, project_id, role
    ), member AS (
        INSERT INTO members (organization_id, project_id, user_id, role)
        SELECT organization_id, project_id, $3, role FROM left_behind
        ON CONFLICT (organization_id, project_id, user_id) DO NOTHING
    ), wallet AS (
        -- An account has one: where the other has its own, this one stays with the account that ends.
        UPDATE wallets w SET user_id = $3
        WHERE w.user_id = $2 AND w.organization_id = $1
            AND NOT EXISTS (SELECT FROM wallets o WHERE o.user_id = $3 AND o.organization_id = $1)
    ), allowance AS (
        DELETE FROM allowances WHERE user_id = $2 AND organization_id = $1
    ), token AS (
        UPDATE tokens SET revoked_at = now()
        WHERE subject_id = $2 AND kind IN ('personal', 'session', 'sign_in') AND revoked_at IS NULL
    )
    UPDATE users SET removed_at = now() WHERE id = $2 AND organization_id = $1";

/// Makes an account without an address part of another one: whoever spoke with it speaks with that one from now on, and its
/// agents are that one's. How many agents went over; none where it cannot be, since it has an address or is gone.
pub async fn merge(
    store: &Store,
    owner: OrganizationId,
    from: UserId,
    into: UserId,
) -> Result<Option<usize>, StoreError> {
    let mut connection = store.connection().await?;
    connection
        .transaction(async |connection| {
            let both = users::table
                .filter(users::organization_id.eq(owner))
                .filter(users::id.eq_any([from, into]))
                .filter(users::removed_at.is_null())
                .order(users::id)
                .select((users::id, users::email.is_null()))
                .for_no_key_update();
            let found: Vec<(UserId, bool)> = both.load(connection).await?;
            if !found.contains(&(from, true)) || !found.contains(&(into, false)) {
                return Ok(None);
            }
            let moved = move_agents(connection, owner, from, into).await?;
            hot::statement(MERGE)
                .bind::<Uuid, _>(owner)
                .bind::<Uuid, _>(from)
                .bind::<Uuid, _>(into)
                .execute(connection)
                .await?;
            Ok(Some(moved))
        })
        .await
}

/// Makes an account for whoever owns a channel that was registered from outside, with a project of their own.
pub async fn create(
    store: &Store,
    new: crate::users::NewUser,
    slug: &str,
) -> Result<User, StoreError> {
    let mut connection = store.connection().await?;
    connection
        .transaction(async |connection| {
            let user: User = diesel::insert_into(users::table)
                .values(new)
                .returning(User::as_returning())
                .get_result(connection)
                .await?;
            let project = NewProject {
                organization_id: user.organization_id,
                id: user.default_project_id,
                slug: slug.to_owned(),
                name: user.name.clone(),
            };
            found_on(connection, project, user.id, true).await?;
            Ok(user)
        })
        .await
}
