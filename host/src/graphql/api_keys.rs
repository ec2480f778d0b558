//! API keys and personal tokens.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use store::tokens::{Token, TokenKind};

use super::connection::{self, Nodes, Paging};
use super::loaders;
use super::members::RoleShown;
use super::projects::UserNode;
use super::resolve::library;
use super::scalars::Time;
use super::{asked_by, failure, read_id};
use crate::service::api_keys::{self, Created, Wanted};
use crate::service::channels;

/// What a key speaks for.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(name = "KeyKind", remote = "TokenKind")]
pub(super) enum KeyKindShown {
    /// A person.
    Personal,
    /// A person who is signed in.
    Session,
    /// A person who is about to sign in.
    SignIn,
    /// A channel.
    Channel,
    /// A project, with a role.
    Project,
    /// An agent.
    Agent,
    /// A program that sends external messages.
    External,
}

/// What lets a program in. Its text is shown once, where it is made.
pub(super) struct ApiKeyNode(pub(super) Arc<Token>);

/// What lets a program in. Its text is shown once, where it is made.
#[Object(name = "ApiKey", crate = "library")]
impl ApiKeyNode {
    /// Names it everywhere: `tok_` and 32 hexadecimal digits.
    pub(super) async fn id(&self) -> ID {
        self.0.id.public().into()
    }

    /// What it speaks for.
    async fn kind(&self) -> KeyKindShown {
        self.0.kind.into()
    }

    /// The id of the project, agent, channel, person or organization that it speaks for.
    async fn subject_id(&self) -> ID {
        match self.0.kind {
            TokenKind::Channel => channels::public_id(self.0.subject_id.into()).into(),
            _ => self.0.subject_id.to_string().into(),
        }
    }

    /// What people call it.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The first characters of its text; of an external token the last ones, too.
    async fn prefix(&self) -> &str {
        &self.0.prefix
    }

    /// What a project's key may do there, but for what only people do.
    async fn role(&self) -> Option<RoleShown> {
        self.0.role.map(Into::into)
    }

    /// The id of who made it.
    async fn created_by_id(&self) -> Option<ID> {
        self.0.created_by.map(|id| id.public().into())
    }

    /// Who made it.
    async fn created_by(&self, context: &Context<'_>) -> Result<Option<UserNode>> {
        let user = loaders::maybe(context, self.0.created_by).await?;
        Ok(user.map(UserNode))
    }

    /// Since when.
    async fn created_at(&self) -> Time {
        Time(self.0.created_at)
    }

    /// Until when, if not for ever.
    async fn expires_at(&self) -> Option<Time> {
        self.0.expires_at.map(Time)
    }

    /// When it was last used, to five minutes.
    async fn last_used_at(&self) -> Option<Time> {
        self.0.used_at.map(Time)
    }

    /// When it was ended.
    async fn revoked_at(&self) -> Option<Time> {
        self.0.revoked_at.map(Time)
    }
}

#[derive(Default)]
pub(super) struct ApiKeysQuery;

#[Object]
impl ApiKeysQuery {
    /// The keys of a project, of its agents and of its channels, those that were ended among them.
    #[graphql(complexity = "connection::cost(first, last, child_complexity)")]
    async fn api_keys(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The project.")] project_id: ID,
        #[graphql(desc = "The first so many: 50 unless said, at most 200.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, at most 200.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Nodes<ApiKeyNode>> {
        let (cx, caller) = asked_by(context)?;
        let project = read_id("projectId", &project_id)?;
        let stretch = Paging {
            first,
            after,
            last,
            before,
        }
        .stretch()?;
        let listed = api_keys::stretch(cx, caller, project, &stretch).await;
        let listed = listed.map_err(failure::told)?.map(Arc::new);
        Ok(connection::nodes(listed, |key| key.id, ApiKeyNode))
    }

    /// The caller's own personal tokens, oldest first.
    #[graphql(complexity = "connection::cost(first, last, child_complexity)")]
    async fn personal_tokens(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The first so many: 50 unless said, at most 200.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, at most 200.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Nodes<ApiKeyNode>> {
        let (cx, caller) = asked_by(context)?;
        let stretch = Paging {
            first,
            after,
            last,
            before,
        }
        .stretch()?;
        let listed = api_keys::personal(cx, caller, &stretch).await;
        let listed = listed.map_err(failure::told)?.map(Arc::new);
        Ok(connection::nodes(listed, |token| token.id, ApiKeyNode))
    }
}

/// A project's key to make.
#[derive(InputObject)]
struct CreateProjectKeyInput {
    /// The project.
    project_id: ID,
    /// What people call it.
    name: String,
    /// What it may do there, but for what only people do: not owner.
    #[graphql(default_with = "RoleShown::Member")]
    role: RoleShown,
    /// For how many days; without it, for ever.
    expires_in_days: Option<u32>,
}

/// A key that was just made.
#[derive(SimpleObject)]
#[graphql(crate = "library")]
struct KeyPayload {
    /// The key.
    api_key: ApiKeyNode,
    /// Its text. It is shown now and never again.
    secret: String,
}

impl From<Created> for KeyPayload {
    fn from(created: Created) -> Self {
        Self {
            api_key: ApiKeyNode(Arc::new(created.key)),
            secret: created.text.into_inner(),
        }
    }
}

#[derive(Default)]
pub(super) struct ApiKeysMutation;

#[Object]
impl ApiKeysMutation {
    /// Makes a key with which a program acts in a project.
    async fn create_project_key(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The key.")] input: CreateProjectKeyInput,
    ) -> Result<KeyPayload> {
        let (cx, caller) = asked_by(context)?;
        let project = read_id("projectId", &input.project_id)?;
        let wanted = Wanted {
            name: input.name,
            days: input.expires_in_days,
        };
        let role = input.role.into();
        let made = api_keys::create_for_project(cx, caller, project, role, wanted).await;
        made.map(Into::into).map_err(failure::told)
    }

    /// Makes a key with which a program is an agent.
    async fn create_agent_key(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The agent.")] agent_id: ID,
        #[graphql(desc = "What people call the key.")] name: String,
        #[graphql(desc = "For how many days; without it, for ever.")] expires_in_days: Option<u32>,
    ) -> Result<KeyPayload> {
        let (cx, caller) = asked_by(context)?;
        let wanted = Wanted {
            name,
            days: expires_in_days,
        };
        let agent = read_id("agentId", &agent_id)?;
        let made = api_keys::create_for_agent(cx, caller, agent, wanted).await;
        made.map(Into::into).map_err(failure::told)
    }

    /// Makes a token with which a program is the caller.
    async fn create_personal_token(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What people call the token.")] name: String,
        #[graphql(desc = "For how many days; without it, for ever.")] expires_in_days: Option<u32>,
    ) -> Result<KeyPayload> {
        let (cx, caller) = asked_by(context)?;
        let wanted = Wanted {
            name,
            days: expires_in_days,
        };
        let made = api_keys::create_personal(cx, caller, wanted).await;
        made.map(Into::into).map_err(failure::told)
    }

    /// Makes the organization's token for external messages; the one before it ends at once, or in so many seconds.
    async fn renew_external_token(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "For so many seconds the one before it is good as well.",
            default = 0
        )]
        grace_seconds: u32,
    ) -> Result<KeyPayload> {
        let (cx, caller) = asked_by(context)?;
        let made = api_keys::renew_external(cx, caller, grace_seconds).await;
        made.map(Into::into).map_err(failure::told)
    }

    /// Puts a new key in the place of one, which ends at once.
    async fn rotate_api_key(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The key.")] id: ID,
    ) -> Result<KeyPayload> {
        let (cx, caller) = asked_by(context)?;
        let rotated = api_keys::rotate(cx, caller, read_id("id", &id)?).await;
        rotated.map(Into::into).map_err(failure::told)
    }

    /// Ends a key, a personal token or a session of one's own at once.
    async fn revoke_api_key(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The key.")] id: ID,
    ) -> Result<ApiKeyNode> {
        let (cx, caller) = asked_by(context)?;
        let revoked = api_keys::revoke(cx, caller, read_id("id", &id)?).await;
        revoked.map(Arc::new).map(ApiKeyNode).map_err(failure::told)
    }
}
