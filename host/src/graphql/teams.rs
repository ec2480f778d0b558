//! Teams, and who is in them.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, MaybeUndefined, Object, Result};
use store::teams::{Team, TeamMember, TeamRole};

use super::business_units::BusinessUnitNode;
use super::connection::{self, Nodes, Paging};
use super::loaders;
use super::projects::UserNode;
use super::resolve::library;
use super::scalars::Time;
use super::{asked_by, failure, read_id};
use crate::service::teams::{self, Changes};

/// What someone is in a team.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(name = "TeamRole", remote = "TeamRole")]
pub(super) enum TeamRoleShown {
    /// Answers.
    Member,
    /// Looks on, and may take over.
    Observer,
}

/// People who can take over conversations together.
pub(super) struct TeamNode(pub(super) Arc<Team>);

/// People who can take over conversations together.
#[Object(name = "Team", crate = "library")]
impl TeamNode {
    /// Names it everywhere: `tem_` and 32 hexadecimal digits.
    pub(super) async fn id(&self) -> ID {
        self.0.id.public().into()
    }

    /// What people call it.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The id of the business unit that it belongs to.
    async fn business_unit_id(&self) -> Option<ID> {
        self.0.business_unit_id.map(|id| id.public().into())
    }

    /// The business unit that it belongs to.
    async fn business_unit(&self, context: &Context<'_>) -> Result<Option<BusinessUnitNode>> {
        let unit = loaders::maybe(context, self.0.business_unit_id).await?;
        Ok(unit.map(BusinessUnitNode))
    }

    /// Since when.
    async fn created_at(&self) -> Time {
        Time(self.0.created_at)
    }
}

/// Someone in a team.
pub(super) struct TeamMemberNode(Arc<TeamMember>);

/// Someone in a team.
#[Object(name = "TeamMember", crate = "library")]
impl TeamMemberNode {
    /// The id of the team.
    async fn team_id(&self) -> ID {
        self.0.team_id.public().into()
    }

    /// The team.
    async fn team(&self, context: &Context<'_>) -> Result<TeamNode> {
        let team = loaders::present(context, self.0.team_id, "Team").await?;
        Ok(TeamNode(team))
    }

    /// The id of the person.
    async fn user_id(&self) -> ID {
        self.0.user_id.public().into()
    }

    /// The person.
    async fn user(&self, context: &Context<'_>) -> Result<UserNode> {
        let user = loaders::present(context, self.0.user_id, "User").await?;
        Ok(UserNode(user))
    }

    /// As what.
    async fn role(&self) -> TeamRoleShown {
        self.0.role.into()
    }

    /// Since when.
    async fn created_at(&self) -> Time {
        Time(self.0.created_at)
    }
}

#[derive(Default)]
pub(super) struct TeamsQuery;

#[Object]
impl TeamsQuery {
    /// The teams of the caller's organization, oldest first.
    #[graphql(complexity = "connection::cost(first, last, child_complexity)")]
    async fn teams(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Those of one business unit alone.")] business_unit_id: Option<ID>,
        #[graphql(desc = "The first so many: 50 unless said, at most 200.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, at most 200.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Nodes<TeamNode>> {
        let (cx, caller) = asked_by(context)?;
        let unit = business_unit_id.map(|id| read_id("businessUnitId", &id));
        let stretch = Paging {
            first,
            after,
            last,
            before,
        }
        .stretch()?;
        let listed = teams::stretch(cx, caller, unit.transpose()?, &stretch).await;
        let listed = listed.map_err(failure::told)?.map(Arc::new);
        Ok(connection::nodes(listed, |team| team.id, TeamNode))
    }

    /// A team.
    async fn team(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The team.")] id: ID,
    ) -> Result<TeamNode> {
        let (cx, caller) = asked_by(context)?;
        let found = teams::find(cx, caller, read_id("id", &id)?).await;
        found.map(Arc::new).map(TeamNode).map_err(failure::told)
    }

    /// Who is in a team, in the order of their accounts.
    #[graphql(complexity = "connection::cost(first, last, child_complexity)")]
    async fn team_members(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The team.")] team_id: ID,
        #[graphql(desc = "The first so many: 50 unless said, at most 200.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, at most 200.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Nodes<TeamMemberNode>> {
        let (cx, caller) = asked_by(context)?;
        let team = read_id("teamId", &team_id)?;
        let stretch = Paging {
            first,
            after,
            last,
            before,
        }
        .stretch()?;
        let listed = teams::members(cx, caller, team, &stretch).await;
        let listed = listed.map_err(failure::told)?.map(Arc::new);
        Ok(connection::nodes(
            listed,
            |member| member.user_id,
            TeamMemberNode,
        ))
    }
}

/// What to change of a team; what is left out stays.
#[derive(InputObject)]
struct UpdateTeamInput {
    /// The team.
    id: ID,
    /// Another name.
    name: Option<String>,
    /// Another business unit; null for none.
    business_unit_id: MaybeUndefined<ID>,
}

#[derive(Default)]
pub(super) struct TeamsMutation;

#[Object]
impl TeamsMutation {
    /// Makes a team.
    async fn create_team(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What people call it.")] name: String,
        #[graphql(desc = "The business unit that it belongs to.")] business_unit_id: Option<ID>,
    ) -> Result<TeamNode> {
        let (cx, caller) = asked_by(context)?;
        let unit = business_unit_id
            .map(|id| read_id("businessUnitId", &id))
            .transpose()?;
        let made = teams::create(cx, caller, &name, unit).await;
        made.map(Arc::new).map(TeamNode).map_err(failure::told)
    }

    /// Changes a team.
    async fn update_team(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to change.")] input: UpdateTeamInput,
    ) -> Result<TeamNode> {
        let (cx, caller) = asked_by(context)?;
        let business_unit = match &input.business_unit_id {
            MaybeUndefined::Undefined => None,
            MaybeUndefined::Null => Some(None),
            MaybeUndefined::Value(id) => Some(Some(read_id("businessUnitId", id)?)),
        };
        let changes = Changes {
            name: input.name,
            business_unit,
        };
        let changed = teams::update(cx, caller, read_id("id", &input.id)?, changes).await;
        changed.map(Arc::new).map(TeamNode).map_err(failure::told)
    }

    /// Deletes a team and gives its id back.
    async fn delete_team(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The team.")] id: ID,
    ) -> Result<ID> {
        let (cx, caller) = asked_by(context)?;
        let team = read_id("id", &id)?;
        teams::delete(cx, caller, team)
            .await
            .map_err(failure::told)?;
        Ok(id)
    }

    /// Puts someone of the organization into a team, or gives them another role in it.
    async fn set_team_member(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The team.")] team_id: ID,
        #[graphql(desc = "The person.")] user_id: ID,
        #[graphql(desc = "As what.")] role: TeamRoleShown,
    ) -> Result<TeamMemberNode> {
        let (cx, caller) = asked_by(context)?;
        let (team, user) = (read_id("teamId", &team_id)?, read_id("userId", &user_id)?);
        let set = teams::set_member(cx, caller, team, user, role.into()).await;
        set.map(Arc::new).map(TeamMemberNode).map_err(failure::told)
    }

    /// Takes someone out of a team and gives the team back.
    async fn remove_team_member(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The team.")] team_id: ID,
        #[graphql(desc = "The person.")] user_id: ID,
    ) -> Result<TeamNode> {
        let (cx, caller) = asked_by(context)?;
        let (team, user) = (read_id("teamId", &team_id)?, read_id("userId", &user_id)?);
        let left = teams::remove_member(cx, caller, team, user).await;
        left.map(Arc::new).map(TeamNode).map_err(failure::told)
    }
}
