//! Removing someone: all of it or nothing.

use diesel::prelude::*;
use diesel::sql_types::Uuid;
use diesel_async::{AsyncConnection, RunQueryDsl};

use super::{User, last_owner, other_owners};
use crate::accounts;
use crate::error::StoreError;
use crate::hot;
use crate::ids::{OrganizationId, UserId};
use crate::pool::Store;
use crate::schema::users;

/// The projects that they own, so that no one else stops owning them meanwhile.
const LOCK: &str = "
    SELECT FROM projects p JOIN members m ON m.organization_id = p.organization_id AND m.project_id = p.id
    WHERE m.user_id = $2 AND m.organization_id = $1 AND m.role = 'owner'
    ORDER BY p.id FOR NO KEY UPDATE OF p";

/// A project that no one else owns gets another owner.
const HAND_OVER: &str = "
    INSERT INTO members (organization_id, project_id, user_id, role)
    SELECT m.organization_id, m.project_id, $3, 'owner' FROM members m
    WHERE m.user_id = $2 AND m.organization_id = $1 AND m.role = 'owner' AND NOT EXISTS (
        SELECT FROM members o WHERE o.organization_id = m.organization_id AND o.project_id = m.project_id
            AND o.role = 'owner' AND o.user_id <> $2
    )
    ON CONFLICT (organization_id, project_id, user_id) DO UPDATE SET role = 'owner'";

/// Their memberships, sessions, links and personal tokens end, and so do the keys that they made of projects and agents and
/// for external messages: they have seen the text of each.
const LEAVE: &str = "
    WITH out_of_projects AS (
        DELETE FROM members WHERE user_id = $2 AND organization_id = $1
    ), out_of_teams AS (
        DELETE FROM team_members WHERE organization_id = $1 AND user_id = $2
    ), unlinked AS (
        UPDATE contacts SET user_id = NULL WHERE user_id = $2 AND organization_id = $1
    ), ended AS (
        UPDATE tokens SET revoked_at = now() WHERE revoked_at IS NULL AND (
            subject_id = $2 AND kind IN ('personal', 'session', 'sign_in')
            OR organization_id = $1 AND created_by = $2 AND kind IN ('project', 'agent', 'external')
        )
    )
    UPDATE users SET removed_at = now(), password_hash = NULL
    WHERE id = $2 AND organization_id = $1 AND removed_at IS NULL";

/// Removes someone from their organization; what they alone owned is `heir`'s from then on, who is another owner of the
/// organization: else it is a refusal of [`LAST_OWNER`](crate::members::LAST_OWNER).
pub async fn remove(
    store: &Store,
    owner: OrganizationId,
    id: UserId,
    heir: UserId,
) -> Result<User, StoreError> {
    let mut connection = store.connection().await?;
    connection
        .transaction(async |connection| {
            let others = other_owners(connection, owner, id).await?;
            if !others.contains(&heir) {
                return Err(last_owner());
            }
            hot::statement(LOCK)
                .bind::<Uuid, _>(owner)
                .bind::<Uuid, _>(id)
                .execute(connection)
                .await?;
            hot::statement(HAND_OVER)
                .bind::<Uuid, _>(owner)
                .bind::<Uuid, _>(id)
                .bind::<Uuid, _>(heir)
                .execute(connection)
                .await?;
            accounts::move_agents(connection, owner, id, heir).await?;
            let left = hot::statement(LEAVE)
                .bind::<Uuid, _>(owner)
                .bind::<Uuid, _>(id)
                .execute(connection)
                .await?;
            if left == 0 {
                return Err(StoreError::NotFound);
            }
            let removed = users::table.find(id).select(User::as_select());
            Ok(removed.get_result(connection).await?)
        })
        .await
}
