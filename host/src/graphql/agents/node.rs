//! An agent as it is shown, with what hangs on it.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result};
use store::agents::{Agent, AgentStatus};
use store::turns::Moment;

use super::trial::{TrialNode, VersionNode};
use crate::graphql::asked_by;
use crate::graphql::channels::ChannelNode;
use crate::graphql::connection::{self, Nodes, Paging};
use crate::graphql::files::{FileNode, Workspace};
use crate::graphql::grants::GrantNode;
use crate::graphql::loaders::{
    self, ChannelsOfAgent, FilesOfAgent, LogOfAgent, ModulesOfAgent, SchedulesOfAgent, Short,
    TurnsOfAgent, UsageOfAgent,
};
use crate::graphql::log::LogLineNode;
use crate::graphql::modules::{AgentModuleNode, ModuleNode};
use crate::graphql::projects::{ProjectNode, UserNode};
use crate::graphql::resolve::library;
use crate::graphql::scalars::{Json, Time};
use crate::graphql::schedules::ScheduleNode;
use crate::graphql::secrets::SecretNode;
use crate::graphql::shares::ShareNode;
use crate::graphql::turns::TurnNode;
use crate::graphql::wallets;
use crate::service::placed::{self, Rooted};
use crate::service::wallets::Held;
use crate::service::workspaces::{self, Allowance};

/// Whether an agent answers.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(name = "AgentStatus", remote = "AgentStatus")]
pub(in crate::graphql) enum AgentStatusShown {
    /// It does not, because its owner said so or it is new.
    Stopped,
    /// It will, once its module is compiled.
    Starting,
    /// It does.
    Running,
    /// It does not, for the reason given.
    Failed,
}

/// A named, running or stopped instance of a module.
pub(in crate::graphql) struct AgentNode(pub(in crate::graphql) Arc<Agent>);

/// A named, running or stopped instance of a module.
#[Object(name = "Agent", crate = "library")]
impl AgentNode {
    /// Names it everywhere: `agt_` and 32 hexadecimal digits.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.0.id.public().into()
    }

    /// Its name, unique whatever its case: in the project, or, where someone made it for themselves, among theirs.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Where it lives.
    async fn project(&self, context: &Context<'_>) -> Result<Option<ProjectNode>> {
        let project = loaders::one(context, self.0.project_id).await?;
        Ok(project.map(ProjectNode))
    }

    /// Whose it is, where someone made it for themselves in a chat.
    async fn owner(&self, context: &Context<'_>) -> Result<Option<UserNode>> {
        let owner = loaders::maybe(context, placed::maker(&self.0)).await?;
        Ok(owner.map(UserNode))
    }

    /// The groups that it is shared with, the first one first.
    #[graphql(complexity = "6 * child_complexity")]
    async fn shares(&self, context: &Context<'_>) -> Result<Vec<ShareNode>> {
        let shares = loaders::all(context, Short::of(self.0.place())).await?;
        Ok(shares.into_iter().map(ShareNode).collect())
    }

    /// Whether it answers.
    async fn status(&self) -> AgentStatusShown {
        self.0.status.into()
    }

    /// Why it is in that status, where there is something to say.
    async fn status_reason(&self) -> Option<&str> {
        self.0.status_reason.as_deref()
    }

    /// The module that it points at.
    async fn module(&self, context: &Context<'_>) -> Result<Option<ModuleNode>> {
        let module = loaders::maybe(context, self.0.module_digest).await?;
        Ok(module.map(ModuleNode))
    }

    /// The module that is tried in a share of its conversations, where one is.
    async fn trial(&self) -> Option<TrialNode> {
        self.0.trial_digest.map(|_| TrialNode(self.0.clone()))
    }

    /// What its turns did, by the module that ran them: the present one first, then the one that is tried, then those of before.
    #[graphql(complexity = "20 + 5 * child_complexity")]
    async fn versions(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Of so many days back: 1 to 31.", default = 7)] days: i32,
    ) -> Result<Vec<VersionNode>> {
        VersionNode::of_agent(context, &self.0, days).await
    }

    /// What its module gets with every event.
    async fn configuration(&self) -> Json {
        Json(self.0.configuration.clone())
    }

    /// Its limits where they are lower than the host's.
    async fn limits(&self) -> Json {
        Json(self.0.limits.clone())
    }

    /// The address of its Solana wallet, in base58: where to send USDC or SOL to fund it.
    async fn wallet_address(&self, context: &Context<'_>) -> Result<Option<String>> {
        wallets::address(context, Held::Agent(self.0.place(), self.0.owner_id)).await
    }

    /// Since when it exists.
    async fn created_at(&self) -> Time {
        Time(self.0.created_at)
    }

    /// When it was last changed.
    async fn updated_at(&self) -> Time {
        Time(self.0.updated_at)
    }

    /// The capabilities that it was granted.
    #[graphql(complexity = "6 * child_complexity")]
    async fn grants(&self, context: &Context<'_>) -> Result<Vec<GrantNode>> {
        let grants = loaders::all(context, Short::of(self.0.place())).await?;
        Ok(grants.into_iter().map(GrantNode).collect())
    }

    /// What its owner has stored to be put into its requests, by name.
    #[graphql(complexity = "6 * child_complexity")]
    async fn secrets(&self, context: &Context<'_>) -> Result<Vec<SecretNode>> {
        let secrets = loaders::all(context, Short::of(self.0.place())).await?;
        Ok(secrets.into_iter().map(SecretNode).collect())
    }

    /// The modules that it pointed at, the latest first: what it can be rolled back to.
    #[graphql(complexity = "connection::cost(first, last, child_complexity)")]
    async fn modules(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The first so many: 50 unless said, at most 200.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, at most 200.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Nodes<AgentModuleNode>> {
        let stretch = Paging {
            first,
            after,
            last,
            before,
        }
        .stretch()?;
        let parent = self.0.place();
        let key = ModulesOfAgent { parent, stretch };
        loaders::list(context, key, |entry| entry.sequence, AgentModuleNode).await
    }

    /// The channels that it answers on, oldest first.
    #[graphql(complexity = "connection::cost(first, last, child_complexity)")]
    async fn channels(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The first so many: 50 unless said, at most 200.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, at most 200.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Nodes<ChannelNode>> {
        let stretch = Paging {
            first,
            after,
            last,
            before,
        }
        .stretch()?;
        let parent = self.0.place();
        let key = ChannelsOfAgent { parent, stretch };
        loaders::list(context, key, |channel| channel.id, ChannelNode).await
    }

    /// What it logged, the newest line first.
    #[graphql(complexity = "connection::cost(first, last, child_complexity)")]
    async fn log(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The first so many: 50 unless said, at most 200.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, at most 200.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Nodes<LogLineNode>> {
        let stretch = Paging {
            first,
            after,
            last,
            before,
        }
        .stretch()?;
        let parent = self.0.place();
        let key = LogOfAgent { parent, stretch };
        loaders::list(context, key, |line| line.id, LogLineNode).await
    }

    /// Its turns, the newest first.
    #[graphql(complexity = "connection::cost(first, last, child_complexity)")]
    async fn turns(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The first so many: 50 unless said, at most 200.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, at most 200.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Nodes<TurnNode>> {
        let stretch = Paging {
            first,
            after,
            last,
            before,
        }
        .stretch()?;
        let parent = self.0.place();
        let key = TurnsOfAgent { parent, stretch };
        loaders::list(context, key, |turn| Moment::of(turn), TurnNode).await
    }

    /// Its files, in the order of their paths.
    #[graphql(complexity = "connection::cost(first, last, child_complexity)")]
    async fn files(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Those whose paths begin so: `reports/`.")] prefix: Option<String>,
        #[graphql(desc = "The first so many: 50 unless said, at most 200.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, at most 200.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Nodes<FileNode>> {
        let stretch = Paging {
            first,
            after,
            last,
            before,
        }
        .stretch()?;
        let key = FilesOfAgent {
            parent: self.0.place(),
            prefix: prefix.unwrap_or_default(),
            stretch,
        };
        loaders::list(context, key, |file| file.path.clone(), FileNode).await
    }

    /// What its files amount to, and may.
    async fn workspace(&self, context: &Context<'_>) -> Result<Workspace> {
        let (cx, _) = asked_by(context)?;
        let usage = loaders::one(context, UsageOfAgent(self.0.place())).await?;
        let usage = usage.map(|usage| *usage).unwrap_or_default();
        let host = &cx.config.limits;
        let read = workspaces::limits(host, &self.0.limits);
        let Allowance { quota, .. } =
            read.map_or_else(|_| Allowance::most(host), |(_, files)| files);
        Ok(Workspace {
            bytes: usage.bytes,
            files: usage.files,
            most_bytes: quota.bytes,
            most_files: quota.files,
        })
    }

    /// The timers that it has set, oldest first.
    #[graphql(complexity = "connection::cost(first, last, child_complexity)")]
    async fn schedules(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The first so many: 50 unless said, at most 200.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, at most 200.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Nodes<ScheduleNode>> {
        let stretch = Paging {
            first,
            after,
            last,
            before,
        }
        .stretch()?;
        let parent = self.0.place();
        let key = SchedulesOfAgent { parent, stretch };
        loaders::list(context, key, |timer| timer.id, ScheduleNode).await
    }
}
