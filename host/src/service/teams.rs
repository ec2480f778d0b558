//! Teams: a team is people who can take over conversations together: its members answer, its observers look on.

use std::collections::HashMap;

use serde_json::json;
use store::StoreError;
use store::ids::{BusinessUnitId, TeamId, UserId};
use store::page::{Listed, Stretch};
use store::teams::{self, NewTeam, NewTeamMember, Team, TeamChanges, TeamMember, TeamRole};

use super::audit::{self, Change};
use super::{business_units, names, users};
use crate::auth::{Caller, Operation, Reach};
use crate::context::Context;
use crate::error::{Error, Result};

const NAME_KEY: &str = "teams_name_key";

/// What to change; what is none stays. `Some(None)` clears.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// Another name.
    pub name: Option<String>,
    /// Another business unit.
    pub business_unit: Option<Option<BusinessUnitId>>,
}

/// A stretch of the teams of the caller's organization, oldest first; of one business unit, if it is given.
pub async fn stretch(
    cx: &Context,
    caller: &Caller,
    unit: Option<BusinessUnitId>,
    stretch: &Stretch<TeamId>,
) -> Result<Listed<Team>> {
    read(cx, caller).await?;
    Ok(teams::list(&cx.store, caller.organization_id, unit, stretch).await?)
}

/// The teams that the caller may see among these.
pub async fn find_many(
    cx: &Context,
    reach: &Reach,
    ids: &[TeamId],
) -> Result<HashMap<TeamId, Team>> {
    if !reach.may_at_large(Operation::ReadOrganization) {
        return Ok(HashMap::new());
    }
    let found = teams::find_many(&cx.store, reach.organization_id(), ids).await?;
    Ok(found.into_iter().map(|team| (team.id, team)).collect())
}

/// One of them.
pub async fn find(cx: &Context, caller: &Caller, id: TeamId) -> Result<Team> {
    read(cx, caller).await?;
    teams::find(&cx.store, caller.organization_id, id)
        .await?
        .ok_or_else(|| Error::not_found("Team", id))
}

/// A stretch of who is in a team, in the order of their accounts.
pub async fn members(
    cx: &Context,
    caller: &Caller,
    id: TeamId,
    stretch: &Stretch<UserId>,
) -> Result<Listed<TeamMember>> {
    let team = find(cx, caller, id).await?;
    Ok(teams::list_members(&cx.store, caller.organization_id, team.id, stretch).await?)
}

/// Makes a team.
pub async fn create(
    cx: &Context,
    caller: &Caller,
    name: &str,
    unit: Option<BusinessUnitId>,
) -> Result<Team> {
    manage(cx, caller).await?;
    let new = NewTeam {
        organization_id: caller.organization_id,
        id: TeamId::new(),
        business_unit_id: unit,
        name: names::name("name", name)?,
    };
    if let Some(unit) = unit {
        business_units::find(cx, caller, unit).await?;
    }
    let change = change_of("createTeam", new.id).with(json!({ "name": new.name }));
    audit::change(cx, caller, change, async {
        let id = new.id;
        teams::create(&cx.store, new)
            .await
            .map_err(|error| told(error, id))
    })
    .await
}

/// Changes a team.
pub async fn update(cx: &Context, caller: &Caller, id: TeamId, wanted: Changes) -> Result<Team> {
    manage(cx, caller).await?;
    let changes = TeamChanges {
        name: wanted
            .name
            .map(|text| names::name("name", &text))
            .transpose()?,
        business_unit_id: wanted.business_unit,
    };
    if let Some(Some(unit)) = changes.business_unit_id {
        business_units::find(cx, caller, unit).await?;
    }
    if changes.name.is_none() && changes.business_unit_id.is_none() {
        return find(cx, caller, id).await;
    }
    let change = change_of("updateTeam", id).with(json!({ "name": changes.name }));
    audit::change(cx, caller, change, async {
        teams::update(&cx.store, caller.organization_id, id, changes)
            .await
            .map_err(|error| told(error, id))
    })
    .await
}

/// Deletes a team.
pub async fn delete(cx: &Context, caller: &Caller, id: TeamId) -> Result<()> {
    manage(cx, caller).await?;
    audit::change(cx, caller, change_of("deleteTeam", id), async {
        teams::delete(&cx.store, caller.organization_id, id)
            .await
            .map_err(|error| told(error, id))
    })
    .await
}

/// Puts someone of the organization into a team, or gives them another role in it.
pub async fn set_member(
    cx: &Context,
    caller: &Caller,
    id: TeamId,
    user: UserId,
    role: TeamRole,
) -> Result<TeamMember> {
    manage(cx, caller).await?;
    let team = find(cx, caller, id).await?;
    users::of_organization(cx, caller, user).await?;
    let new = NewTeamMember {
        organization_id: caller.organization_id,
        team_id: team.id,
        user_id: user,
        role,
    };
    let change = change_of("setTeamMember", id).with(json!({ "user": user, "role": role }));
    audit::change(cx, caller, change, async {
        Ok(teams::set_member(&cx.store, new).await?)
    })
    .await
}

/// Takes someone out of a team.
pub async fn remove_member(
    cx: &Context,
    caller: &Caller,
    id: TeamId,
    user: UserId,
) -> Result<Team> {
    manage(cx, caller).await?;
    let team = find(cx, caller, id).await?;
    let change = change_of("removeTeamMember", id).with(json!({ "user": user }));
    audit::change(cx, caller, change, async {
        teams::remove_member(&cx.store, caller.organization_id, id, user)
            .await
            .map_err(|error| match error {
                StoreError::NotFound => Error::not_found("Team member", user),
                error => error.into(),
            })
    })
    .await?;
    Ok(team)
}

/// Whether the caller is in a team, as a member or as an observer. A team that is not there is an error.
pub(super) async fn is_in(cx: &Context, caller: &Caller, id: TeamId) -> Result<bool> {
    let owner = caller.organization_id;
    let team = teams::find(&cx.store, owner, id).await?;
    let team = team.ok_or_else(|| Error::not_found("Team", id))?;
    let Ok(user) = caller.person() else {
        return Ok(false);
    };
    Ok(teams::role(&cx.store, owner, team.id, user)
        .await?
        .is_some())
}

async fn read(cx: &Context, caller: &Caller) -> Result<()> {
    caller
        .require_organization(cx, Operation::ReadOrganization)
        .await
}

async fn manage(cx: &Context, caller: &Caller) -> Result<()> {
    caller
        .require_organization(cx, Operation::ManageTeams)
        .await
}

fn change_of(action: &'static str, id: TeamId) -> Change {
    Change::at_large(action, "team", id)
}

fn told(error: StoreError, id: TeamId) -> Error {
    match error {
        error if error.is_conflict_of(NAME_KEY) => {
            Error::conflict("name", "another team is called so")
        }
        StoreError::NotFound => Error::not_found("Team", id),
        error => error.into(),
    }
}
