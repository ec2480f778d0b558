//! Who is in a team.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::error::StoreError;
use crate::ids::{OrganizationId, TeamId, UserId};
use crate::listing::along;
use crate::page::{Listed, Stretch, Time};
use crate::pool::Store;
use crate::schema::{team_members, teams};
use crate::words::words;

words! {
    /// What someone is in a team.
    pub enum TeamRole {
        /// Answers.
        Member = "member",
        /// Looks on, and may take over.
        Observer = "observer",
    }
}

/// One row.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct TeamMember {
    /// The team.
    pub team_id: TeamId,
    /// The person.
    pub user_id: UserId,
    /// As what.
    pub role: TeamRole,
    /// Since when.
    pub created_at: Time,
}

/// A row to insert.
#[derive(Clone, Copy, Debug, Insertable)]
#[diesel(table_name = team_members)]
pub struct NewTeamMember {
    /// Whose team.
    pub organization_id: OrganizationId,
    /// The team.
    pub team_id: TeamId,
    /// The person.
    pub user_id: UserId,
    /// As what.
    pub role: TeamRole,
}

/// Puts someone into a team, or gives them another role in it.
pub async fn set_member(store: &Store, new: NewTeamMember) -> Result<TeamMember, StoreError> {
    let insert = diesel::insert_into(team_members::table)
        .values(new)
        .on_conflict((
            team_members::organization_id,
            team_members::team_id,
            team_members::user_id,
        ))
        .do_update()
        .set(team_members::role.eq(new.role))
        .returning(TeamMember::as_returning());
    Ok(insert.get_result(&mut store.connection().await?).await?)
}

/// Takes someone out of a team.
pub async fn remove_member(
    store: &Store,
    owner: OrganizationId,
    team: TeamId,
    user: UserId,
) -> Result<(), StoreError> {
    let member = team_members::table.find((owner, team, user));
    match diesel::delete(member)
        .execute(&mut store.connection().await?)
        .await?
    {
        0 => Err(StoreError::NotFound),
        _ => Ok(()),
    }
}

/// Who is in a team, in the order of their accounts.
pub async fn list_members(
    store: &Store,
    owner: OrganizationId,
    team: TeamId,
    stretch: &Stretch<UserId>,
) -> Result<Listed<TeamMember>, StoreError> {
    let query = team_members::table
        .filter(team_members::organization_id.eq(owner))
        .filter(team_members::team_id.eq(team))
        .select(TeamMember::as_select());
    along!(store, query, stretch, Up, team_members::user_id; |row: &TeamMember| row.user_id)
}

/// What someone is in a team that is not deleted.
pub async fn role(
    store: &Store,
    owner: OrganizationId,
    team: TeamId,
    user: UserId,
) -> Result<Option<TeamRole>, StoreError> {
    let present = teams::organization_id
        .eq(team_members::organization_id)
        .and(teams::id.eq(team_members::team_id));
    let query = team_members::table
        .inner_join(teams::table.on(present))
        .filter(team_members::organization_id.eq(owner))
        .filter(team_members::team_id.eq(team))
        .filter(team_members::user_id.eq(user))
        .filter(teams::deleted_at.is_null())
        .select(team_members::role);
    Ok(query
        .get_result(&mut store.connection().await?)
        .await
        .optional()?)
}
