//! A caller is who a request turned out to come from.

use std::net::IpAddr;

use chrono::Utc;
use store::agents::Agent;
use store::ids::{AgentId, ChannelId, OrganizationId, ProjectId, TokenId, UserId};
use store::{agents, channels, members, tokens, users};

use super::rights::{self, Operation, Role, Standing};
use crate::context::Context;
use crate::error::{Error, Result};

/// Someone who proved who they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Their organization: nothing outside it exists for them.
    pub organization_id: OrganizationId,
    /// Who they are.
    pub who: Who,
    /// How they proved it.
    pub way: Way,
    /// The token that they proved it with.
    pub token: Option<TokenId>,
    /// Where the request came from.
    pub client: Client,
}

/// Who someone is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// A person.
    User(UserId),
    /// A program with a project's key.
    ProjectKey {
        /// The project.
        project: ProjectId,
        /// What the key may do there.
        role: Role,
        /// Who made the key: what it makes is theirs.
        made_by: UserId,
    },
    /// An agent, from outside of its sandbox.
    Agent(AgentId),
    /// A channel's platform.
    Channel(ChannelId),
    /// A program that sends external messages.
    External {
        /// Who made its token, or owns what the environment's is for: what it sees is what they see.
        made_by: UserId,
    },
}

/// How a caller proved who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// E-mail and password, or a link, at this very request.
    SignIn,
    /// A session's token in a header.
    Session,
    /// A session's token in a browser's cookie.
    Cookie,
    /// A personal token, `clt_…`.
    PersonalToken,
    /// A project's key, `jg_p_…`.
    ProjectKey,
    /// An agent's key, `jg_a_…`.
    AgentKey,
    /// A channel's key, `chk_…`.
    ChannelKey,
    /// The token for external messages, `eggent_ext_…`.
    ExternalToken,
    /// No proof of theirs: someone whom they let in on a channel of theirs talks there.
    Chat,
    /// The operator's key to register channels.
    RegistrationKey,
}

/// Where a request came from, whoever sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client {
    /// The address of the client, where it is known.
    pub address: Option<IpAddr>,
    /// The way in that it took.
    pub entrance: Entrance,
}

/// A way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entrance {
    /// `/graphql`.
    Graphql,
    /// `/api/…`.
    Rest,
    /// A page.
    Page,
    /// What a messaging platform brought.
    Platform,
}

impl Way {
    /// As the audit log has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Way::SignIn => "sign_in",
            Way::Session => "session",
            Way::Cookie => "cookie",
            Way::PersonalToken => "personal_token",
            Way::ProjectKey => "project_key",
            Way::AgentKey => "agent_key",
            Way::ChannelKey => "channel_key",
            Way::ExternalToken => "external_token",
            Way::Chat => "chat",
            Way::RegistrationKey => "registration_key",
        }
    }
}

impl Entrance {
    /// As the audit log has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Entrance::Graphql => "graphql",
            Entrance::Rest => "rest",
            Entrance::Page => "page",
            Entrance::Platform => "platform",
        }
    }
}

impl Caller {
    /// Makes sure that the caller may do this in a project, and tells what they are there. Whoever is nothing in a project is
    /// not told that it exists.
    pub async fn require(
        &self,
        cx: &Context,
        project: ProjectId,
        operation: Operation,
    ) -> Result<Standing> {
        let standing = self.standing_in(cx, project).await?;
        let standing = standing.ok_or_else(|| Error::not_found("Project", project))?;
        allow(standing, operation)?;
        Ok(standing)
    }

    /// The same for an agent, to which whoever made it for themselves may do what the table says.
    pub async fn require_of_agent(
        &self,
        cx: &Context,
        agent: &Agent,
        operation: Operation,
    ) -> Result<()> {
        let is_maker = matches!(self.who, Who::User(user) if agent.owner_id == Some(user));
        if is_maker && rights::may(Standing::Maker, operation) {
            return Ok(());
        }
        self.require(cx, agent.project_id, operation).await?;
        Ok(())
    }

    /// Makes sure that what the caller came with is still good, where a request lasts: a watcher's, for example.
    pub async fn require_proof(&self, cx: &Context) -> Result<()> {
        let Some(id) = self.token else { return Ok(()) };
        let token = tokens::find_by_id(&cx.store, self.organization_id, id).await?;
        let is_good = token.is_some_and(|token| {
            token.revoked_at.is_none() && token.expires_at.is_none_or(|end| end > Utc::now())
        });
        if is_good {
            Ok(())
        } else {
            Err(Error::Unauthenticated)
        }
    }

    /// Makes sure that the caller may do this to their organization as a whole.
    pub async fn require_organization(&self, cx: &Context, operation: Operation) -> Result<()> {
        allow(self.standing(cx).await?, operation)
    }

    /// What the caller is in a project, if anything.
    pub async fn standing_in(&self, cx: &Context, project: ProjectId) -> Result<Option<Standing>> {
        let owner = self.organization_id;
        Ok(match self.who {
            Who::User(user) => members::role(&cx.store, owner, project, user)
                .await?
                .map(Standing::Member),
            Who::ProjectKey {
                project: own, role, ..
            } => (own == project).then_some(Standing::Key(role)),
            Who::Agent(id) => agents::find(&cx.store, owner, id)
                .await?
                .filter(|agent| agent.project_id == project)
                .map(|_| Standing::Agent),
            Who::Channel(id) => channels::find(&cx.store, owner, id)
                .await?
                .filter(|channel| channel.project_id == project)
                .map(|_| Standing::Channel),
            Who::External { .. } => None,
        })
    }

    /// What the caller is in their organization.
    pub async fn standing(&self, cx: &Context) -> Result<Standing> {
        match self.who {
            Who::User(user) => {
                let user = users::find(&cx.store, user).await?;
                let user = user.ok_or(Error::Unauthenticated)?;
                Ok(Standing::Person(user.organization_role))
            }
            Who::ProjectKey { role, .. } => Ok(Standing::Key(role)),
            Who::Agent(_) => Ok(Standing::Agent),
            Who::Channel(_) => Ok(Standing::Channel),
            Who::External { .. } => Ok(Standing::External),
        }
    }

    /// The person, where only a person will do.
    pub fn person(&self) -> Result<UserId> {
        match self.who {
            Who::User(user) => Ok(user),
            _ => Err(Error::Forbidden {
                what: "do this with a key: sign in as a person".to_owned(),
            }),
        }
    }

    /// The person whose what the caller makes will be: the caller, or whoever made the key.
    pub fn maker(&self) -> Result<UserId> {
        match self.who {
            Who::ProjectKey { made_by, .. } => Ok(made_by),
            _ => self.person(),
        }
    }

    /// The project where things live that are asked for without one: a person's own, or the one that a key is for.
    pub async fn home(&self, cx: &Context) -> Result<ProjectId> {
        let owner = self.organization_id;
        match self.who {
            Who::User(user) => {
                let user = users::find(&cx.store, user).await?;
                Ok(user.ok_or(Error::Unauthenticated)?.default_project_id)
            }
            Who::ProjectKey { project, .. } => Ok(project),
            Who::Agent(id) => {
                let agent = agents::find(&cx.store, owner, id).await?;
                Ok(agent.ok_or(Error::Unauthenticated)?.project_id)
            }
            Who::Channel(id) => {
                let channel = channels::find(&cx.store, owner, id).await?;
                Ok(channel.ok_or(Error::Unauthenticated)?.project_id)
            }
            Who::External { .. } => Err(Error::Forbidden {
                what: "do this with the token for external messages".to_owned(),
            }),
        }
    }
}

fn allow(standing: Standing, operation: Operation) -> Result<()> {
    if rights::may(standing, operation) {
        return Ok(());
    }
    Err(Error::Forbidden {
        what: operation.as_sentence().to_owned(),
    })
}
