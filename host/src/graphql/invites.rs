//! Invites.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use store::invites::Invite;

use super::connection::{self, Nodes, Paging};
use super::loaders;
use super::members::RoleShown;
use super::projects::{ProjectNode, UserNode};
use super::resolve::library;
use super::scalars::Time;
use super::sign_in::SignInPayload;
use super::{asked_by, client, failure, read_id};
use crate::auth::Caller;
use crate::context::Context as Host;
use crate::service::invites::{self, HOURS, NewPerson, Wanted};
use crate::vault::Secret;

/// What became of an invite.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
pub(super) enum InviteStatus {
    /// It can be accepted.
    Open,
    /// It was.
    Accepted,
    /// It was withdrawn.
    Revoked,
    /// Its time is over.
    Expired,
}

/// A single-use offer of a role in a project, bound to an e-mail address.
pub(super) struct InviteNode(pub(super) Arc<Invite>);

/// A single-use offer of a role in a project, bound to an e-mail address.
#[Object(name = "Invite", crate = "library")]
impl InviteNode {
    /// Names it everywhere: `inv_` and 32 hexadecimal digits.
    pub(super) async fn id(&self) -> ID {
        self.0.id.public().into()
    }

    /// The id of the project.
    async fn project_id(&self) -> ID {
        self.0.project_id.public().into()
    }

    /// The project, where the caller may see it.
    async fn project(&self, context: &Context<'_>) -> Result<Option<ProjectNode>> {
        let project = loaders::one(context, self.0.project_id).await?;
        Ok(project.map(ProjectNode))
    }

    /// For whom.
    async fn email(&self) -> &str {
        &self.0.email
    }

    /// As what.
    async fn role(&self) -> RoleShown {
        self.0.role.into()
    }

    /// What became of it.
    async fn status(&self) -> InviteStatus {
        if self.0.accepted_at.is_some() {
            InviteStatus::Accepted
        } else if self.0.revoked_at.is_some() {
            InviteStatus::Revoked
        } else if self.0.expires_at <= chrono::Utc::now() {
            InviteStatus::Expired
        } else {
            InviteStatus::Open
        }
    }

    /// The id of who invites.
    async fn invited_by_id(&self) -> Option<ID> {
        self.0.invited_by.map(|id| id.public().into())
    }

    /// Who invites.
    async fn invited_by(&self, context: &Context<'_>) -> Result<Option<UserNode>> {
        let user = loaders::maybe(context, self.0.invited_by).await?;
        Ok(user.map(UserNode))
    }

    /// The id of who accepted.
    async fn accepted_by_id(&self) -> Option<ID> {
        self.0.accepted_by.map(|id| id.public().into())
    }

    /// Who accepted.
    async fn accepted_by(&self, context: &Context<'_>) -> Result<Option<UserNode>> {
        let user = loaders::maybe(context, self.0.accepted_by).await?;
        Ok(user.map(UserNode))
    }

    /// Since when.
    async fn created_at(&self) -> Time {
        Time(self.0.created_at)
    }

    /// Until when it can be accepted.
    async fn expires_at(&self) -> Time {
        Time(self.0.expires_at)
    }

    /// When it was accepted.
    async fn accepted_at(&self) -> Option<Time> {
        self.0.accepted_at.map(Time)
    }
}

#[derive(Default)]
pub(super) struct InvitesQuery;

#[Object]
impl InvitesQuery {
    /// The invites to a project, open or not, oldest first.
    #[graphql(complexity = "connection::cost(first, last, child_complexity)")]
    async fn invites(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The project.")] project_id: ID,
        #[graphql(desc = "The first so many: 50 unless said, at most 200.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, at most 200.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Nodes<InviteNode>> {
        let (cx, caller) = asked_by(context)?;
        let project = read_id("projectId", &project_id)?;
        let stretch = Paging {
            first,
            after,
            last,
            before,
        }
        .stretch()?;
        let listed = invites::stretch(cx, caller, project, &stretch).await;
        let listed = listed.map_err(failure::told)?.map(Arc::new);
        Ok(connection::nodes(listed, |invite| invite.id, InviteNode))
    }
}

/// An invite to make.
#[derive(InputObject)]
struct CreateInviteInput {
    /// The project.
    project_id: ID,
    /// For whom.
    email: String,
    /// As what.
    #[graphql(default_with = "RoleShown::Member")]
    role: RoleShown,
    /// For how many hours: a week, if it is not said, and 30 days at most.
    #[graphql(default_with = "HOURS")]
    expires_in_hours: u32,
}

/// An invite that was just made.
#[derive(SimpleObject)]
#[graphql(crate = "library")]
struct CreateInvitePayload {
    /// The invite.
    invite: InviteNode,
    /// What the invited person opens. It is shown now and never again.
    link: String,
    /// The secret part of the link, as `acceptInvite` takes it.
    token: String,
}

/// Who accepts an invite without an account.
#[derive(InputObject)]
struct NewPersonInput {
    /// What they are called; else the first part of their address.
    name: Option<String>,
    /// The password that they choose, of at least 12 characters.
    password: String,
}

/// What came of accepting an invite.
#[derive(SimpleObject)]
#[graphql(crate = "library")]
struct AcceptInvitePayload {
    /// The session of someone who has come with a new account.
    session: Option<SignInPayload>,
    /// The invite, for someone who had an account already.
    invite: Option<InviteNode>,
}

#[derive(Default)]
pub(super) struct InvitesMutation;

#[Object]
impl InvitesMutation {
    /// Offers a role in a project to whoever has an e-mail address.
    async fn create_invite(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The invite.")] input: CreateInviteInput,
    ) -> Result<CreateInvitePayload> {
        let (cx, caller) = asked_by(context)?;
        let project = read_id("projectId", &input.project_id)?;
        let wanted = Wanted {
            email: input.email,
            role: input.role.into(),
            hours: input.expires_in_hours,
        };
        let created = invites::create(cx, caller, project, wanted).await;
        let created = created.map_err(failure::told)?;
        Ok(CreateInvitePayload {
            invite: InviteNode(Arc::new(created.invite)),
            link: created.link.into_inner(),
            token: created.token.into_inner(),
        })
    }

    /// Withdraws an open invite.
    async fn revoke_invite(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The invite.")] id: ID,
    ) -> Result<InviteNode> {
        let (cx, caller) = asked_by(context)?;
        let revoked = invites::revoke(cx, caller, read_id("id", &id)?).await;
        revoked.map(Arc::new).map(InviteNode).map_err(failure::told)
    }

    /// Accepts an invite: with a new account, for which no proof is needed, or as the caller.
    async fn accept_invite(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The secret part of the link.")] token: String,
        #[graphql(desc = "The new account. Without it the caller accepts.")] new_person: Option<
            NewPersonInput,
        >,
    ) -> Result<AcceptInvitePayload> {
        match new_person {
            Some(person) => accept_new(context, &token, person).await,
            None => {
                let (cx, caller) = asked_by(context)?;
                accept(cx, caller, &token).await
            }
        }
    }
}

async fn accept(cx: &Host, caller: &Caller, token: &str) -> Result<AcceptInvitePayload> {
    let (invite, _) = invites::accept(cx, caller, token)
        .await
        .map_err(failure::told)?;
    Ok(AcceptInvitePayload {
        session: None,
        invite: Some(InviteNode(Arc::new(invite))),
    })
}

async fn accept_new(
    context: &Context<'_>,
    token: &str,
    person: NewPersonInput,
) -> Result<AcceptInvitePayload> {
    let (cx, client) = (context.data::<Host>()?, client(context)?);
    let person = NewPerson {
        email: None,
        name: person.name,
        password: Secret::new(person.password),
    };
    let session = invites::accept_new(cx, client, token, person).await;
    Ok(AcceptInvitePayload {
        session: Some(SignInPayload::of(session.map_err(failure::told)?)),
        invite: None,
    })
}
