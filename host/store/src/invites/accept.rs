//! Accepting an invite: all of it or nothing, and of two who do so at once, one.

use diesel::dsl::now;
use diesel::prelude::*;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};

use super::{Invite, open};
use crate::digests::TokenHash;
use crate::error::StoreError;
use crate::ids::{ProjectId, UserId};
use crate::members::{Member, NewMember};
use crate::pool::Store;
use crate::projects::{self, NewProject};
use crate::schema::{invites, members, users};
use crate::users::{NewUser, OrganizationRole, User};

/// Someone who has no account yet.
#[derive(Clone, Debug)]
pub struct Newcomer {
    /// Their id.
    pub id: UserId,
    /// What they are called.
    pub name: String,
    /// argon2id in PHC form.
    pub password_hash: String,
    /// The project that is made with their account.
    pub project_id: ProjectId,
    /// Its name.
    pub project_name: String,
    /// Its slug, which gets a number where it is taken.
    pub project_slug: String,
}

/// Accepts an invite with a new account for its address. None where it cannot be accepted any more; an address that has an
/// account is a conflict of `users_email_key`, and the invite stays open.
pub async fn accept_new(
    store: &Store,
    hash: TokenHash,
    newcomer: Newcomer,
) -> Result<Option<(Invite, User)>, StoreError> {
    let mut connection = store.connection().await?;
    connection
        .transaction(async |connection| {
            let Some(invite) = held(connection, hash).await? else {
                return Ok(None);
            };
            let account = NewUser {
                id: newcomer.id,
                organization_id: invite.organization_id,
                email: Some(invite.email.clone()),
                name: newcomer.name,
                password_hash: Some(newcomer.password_hash),
                default_project_id: newcomer.project_id,
                organization_role: OrganizationRole::Member,
            };
            let user: User = diesel::insert_into(users::table)
                .values(account)
                .returning(User::as_returning())
                .get_result(connection)
                .await?;
            let project = NewProject {
                organization_id: invite.organization_id,
                id: newcomer.project_id,
                slug: newcomer.project_slug,
                name: newcomer.project_name,
            };
            projects::found_on(connection, project, user.id, true).await?;
            let (accepted, _) = join(connection, &invite, user.id).await?;
            Ok(Some((accepted, user)))
        })
        .await
}

/// Accepts an invite for someone who has an account. One who is a member already stays what they are.
pub async fn accept_as(
    store: &Store,
    hash: TokenHash,
    user: UserId,
) -> Result<Option<(Invite, Member)>, StoreError> {
    let mut connection = store.connection().await?;
    connection
        .transaction(async |connection| {
            let Some(invite) = held(connection, hash).await? else {
                return Ok(None);
            };
            join(connection, &invite, user).await.map(Some)
        })
        .await
}

/// The open invite, locked: whoever comes second waits, and finds it used.
async fn held(
    connection: &mut AsyncPgConnection,
    hash: TokenHash,
) -> Result<Option<Invite>, StoreError> {
    let query = open()
        .filter(invites::hash.eq(hash))
        .select(Invite::as_select())
        .for_update();
    Ok(query.get_result(connection).await.optional()?)
}

async fn join(
    connection: &mut AsyncPgConnection,
    invite: &Invite,
    user: UserId,
) -> Result<(Invite, Member), StoreError> {
    let member = NewMember {
        organization_id: invite.organization_id,
        project_id: invite.project_id,
        user_id: user,
        role: invite.role,
    };
    diesel::insert_into(members::table)
        .values(member)
        .on_conflict_do_nothing()
        .execute(connection)
        .await?;
    let accepted = diesel::update(invites::table.find((invite.organization_id, invite.id)))
        .set((invites::accepted_at.eq(now), invites::accepted_by.eq(user)))
        .returning(Invite::as_returning())
        .get_result(connection)
        .await?;
    let joined = members::table
        .find((invite.organization_id, invite.project_id, user))
        .select(Member::as_select());
    Ok((accepted, joined.get_result(connection).await?))
}
