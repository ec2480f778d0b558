//! Loaders: what the fields of many nodes ask for is read together, so that the number of statements of a query does not
//! grow with its rows. One set serves one request and keeps nothing after it.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_graphql::{Context as Asked, Error, OutputType, Result};
use store::agent_log::LogLine;
use store::agents::{Agent, Grant, PointedAt, RanOn};
use store::audit::AuditRow;
use store::business_units::BusinessUnit;
use store::channels::Channel;
use store::contacts::Contact;
use store::conversations::Conversation;
use store::deliveries::Delivery;
use store::files::{File, FilePath, Usage};
use store::groups::{GroupMember, Share};
use store::ids::{
    AgentId, AuditId, BusinessUnitId, ChannelId, ChatId, ContactId, ConversationId, DeliveryId,
    FileId, InviteId, LogLineId, MessageId, ProjectId, ProviderId, RepositoryId, ScheduleId,
    TeamId, TokenId, ToolCallId, ToolsetId, TurnId, UserId, WorkflowId,
};
use store::invites::Invite;
use store::members::Member;
use store::messages::Message;
use store::modules::{Module, ModuleDigest};
use store::page::{Listed, Stretch};
use store::projects::Project;
use store::providers::Provider;
use store::repositories::Repository;
use store::schedules::Timer;
use store::secrets::AgentSecret;
use store::sessions::{Chat, State};
use store::teams::Team;
use store::tokens::Token;
use store::tool_calls::ToolCall;
use store::toolsets::Toolset;
use store::turns::{Moment, TurnTrace};
use store::users::User;
use store::workflows::Workflow;

use super::connection::{self, Key, Nodes};
use super::drive::Loads;
use super::failure;
use super::load::{self, Loader, Loading};
use crate::auth::{Caller, Reach};
use crate::context::Context;
use crate::service::placed::{Placed, Within};
use crate::service::wallets::Held;
use crate::service::{
    agents, api_keys, audit, business_units, channels, chats, contacts, conversations, deliveries,
    grants, groups, invites, members, messages, modules, projects, providers, repositories,
    schedules, secrets, teams, tool_calls, toolsets, turns, users, wallets, workflows, workspaces,
};
use crate::solana::Address;

/// How long what a caller may is taken as read: a subscription outlives it and asks anew.
const REACH: Duration = Duration::from_secs(5);

/// Where nodes are loaded from: the services, for one caller.
pub(super) struct Sources {
    cx: Context,
    caller: Caller,
    reach: Mutex<Option<(Instant, Arc<Reach>)>>,
}

/// The loaders of one request.
pub(super) type Loaders = Loading<Sources>;

/// Loaders for a caller's request, and what they have to load.
pub(super) fn loaders(cx: &Context, caller: &Caller) -> (Loaders, Loads) {
    let sources = Sources {
        cx: cx.clone(),
        caller: caller.clone(),
        reach: Mutex::new(None),
    };
    let (asked, loads) = Loads::channel();
    (Loading::new(sources, asked), loads)
}

impl Sources {
    async fn reach(&self) -> Result<Arc<Reach>> {
        if let Some((read, reach)) = &*self.known()
            && read.elapsed() < REACH
        {
            return Ok(reach.clone());
        }
        let reach = self.caller.reach(&self.cx).await.map_err(failure::told)?;
        let reach = Arc::new(reach);
        *self.known() = Some((Instant::now(), reach.clone()));
        Ok(reach)
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Option<(Instant, Arc<Reach>)>> {
        self.reach.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a key names, if it is there and the caller may see it.
pub(super) async fn one<K, Row>(context: &Asked<'_>, key: K) -> Result<Option<Arc<Row>>>
where
    K: load::Key,
    Sources: Loader<K, Value = Arc<Row>>,
{
    super::loaders_of(context)?.load(key).await
}

/// What a key names, for what may have none.
pub(super) async fn maybe<K, Row>(context: &Asked<'_>, key: Option<K>) -> Result<Option<Arc<Row>>>
where
    K: load::Key,
    Sources: Loader<K, Value = Arc<Row>>,
{
    match key {
        Some(key) => one(context, key).await,
        None => Ok(None),
    }
}

/// What a key names, for what has one for certain: it may have gone this moment.
pub(super) async fn present<K, Row>(
    context: &Asked<'_>,
    key: K,
    what: &'static str,
) -> Result<Arc<Row>>
where
    K: load::Key,
    Sources: Loader<K, Value = Arc<Row>>,
{
    let gone = || crate::error::Error::not_found(what, "it went away just now");
    let found = one(context, key).await?;
    found.ok_or_else(|| failure::told(gone()))
}

/// A page of a list that hangs on something.
pub(super) async fn list<K, Row, C, Node>(
    context: &Asked<'_>,
    key: K,
    cursor: impl Fn(&Row) -> C,
    node: impl Fn(Arc<Row>) -> Node,
) -> Result<Nodes<Node>>
where
    K: load::Key,
    C: Key,
    Node: OutputType,
    Sources: Loader<K, Value = Arc<Listed<Arc<Row>>>>,
{
    let listed = super::loaders_of(context)?.load(key).await?;
    let listed = listed.ok_or_else(forbidden)?;
    let rows = Listed::clone(&listed);
    Ok(connection::nodes(rows, |row| cursor(row), node))
}

/// All of a list that is short by its nature.
pub(super) async fn all<Parent, Row>(
    context: &Asked<'_>,
    key: Short<Parent, Row>,
) -> Result<Vec<Arc<Row>>>
where
    Short<Parent, Row>: load::Key,
    Sources: Loader<Short<Parent, Row>, Value = Vec<Arc<Row>>>,
{
    let rows = super::loaders_of(context)?.load(key).await?;
    rows.ok_or_else(forbidden)
}

/// A list that is not there is one that the caller may not read.
fn forbidden() -> Error {
    failure::told(crate::error::Error::Forbidden {
        what: "read this".to_owned(),
    })
}

/// The key of a list that is short by its nature: the parent, and what its rows are.
#[derive(Debug)]
pub(super) struct Short<Parent, Row>(Within<Parent>, std::marker::PhantomData<fn() -> Row>);

impl<Parent, Row> Short<Parent, Row> {
    /// Of this parent.
    pub(super) fn of(parent: Within<Parent>) -> Self {
        Self(parent, std::marker::PhantomData)
    }
}

impl<Parent: Copy, Row> Clone for Short<Parent, Row> {
    fn clone(&self) -> Self {
        Self::of(self.0)
    }
}

impl<Parent: PartialEq, Row> PartialEq for Short<Parent, Row> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<Parent: Eq, Row> Eq for Short<Parent, Row> {}

impl<Parent: Hash, Row> Hash for Short<Parent, Row> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

/// Rows that keys name, each read by a service for many keys.
macro_rules! found {
    ($($key:ty => $row:ty, $read:path;)+) => {$(
        impl Loader<$key> for Sources {
            type Value = Arc<$row>;

            async fn load(&self, keys: &[$key]) -> Result<HashMap<$key, Self::Value>> {
                let reach = self.reach().await?;
                let found = $read(&self.cx, &reach, keys).await.map_err(failure::told)?;
                Ok(found.into_iter().map(|(key, row)| (key, Arc::new(row))).collect())
            }
        }
    )+};
}

found! {
    ProjectId => Project, projects::find_many;
    AgentId => Agent, agents::find_many;
    ModuleDigest => Module, modules::find_many;
    ChannelId => Channel, channels::find_many;
    ContactId => Placed<Contact>, contacts::find_many;
    ConversationId => Placed<Conversation>, conversations::find_many;
    ChatId => Placed<Chat>, chats::find_many;
    Within<ConversationId> => Placed<State>, chats::states;
    MessageId => Placed<Message>, messages::find_many;
    TurnId => Placed<TurnTrace>, turns::find_many;
    DeliveryId => Placed<Delivery>, deliveries::find_many;
    ScheduleId => Timer, schedules::find_many;
    FileId => File, workspaces::find_many;
    WorkflowId => Workflow, workflows::find_many;
    ProviderId => Provider, providers::find_many;
    ToolsetId => Toolset, toolsets::find_many;
    ToolCallId => ToolCall, tool_calls::find_many;
    Within<ContactId> => Placed<Contact>, contacts::within;
    Within<MessageId> => Placed<Message>, messages::within;
    Within<TurnId> => Placed<TurnTrace>, turns::within;
    Within<UserId> => User, users::within;
    UserId => User, users::find_many;
    InviteId => Invite, invites::find_many;
    BusinessUnitId => BusinessUnit, business_units::find_many;
    TeamId => Team, teams::find_many;
    TokenId => Token, api_keys::find_many;
    AuditId => AuditRow, audit::find_many;
    Held => Address, wallets::addresses;
}

/// Short lists of many parents.
macro_rules! short {
    ($($parent:ty => $row:ty, $read:path;)+) => {$(
        impl Loader<Short<$parent, $row>> for Sources {
            type Value = Vec<Arc<$row>>;

            async fn load(
                &self,
                keys: &[Short<$parent, $row>],
            ) -> Result<HashMap<Short<$parent, $row>, Self::Value>> {
                let reach = self.reach().await?;
                let parents: Vec<_> = keys.iter().map(|key| key.0).collect();
                let lists = $read(&self.cx, &reach, &parents).await.map_err(failure::told)?;
                let shared = |rows: Vec<$row>| rows.into_iter().map(Arc::new).collect();
                Ok(lists.into_iter().map(|(parent, rows)| (Short::of(parent), shared(rows))).collect())
            }
        }
    )+};
}

short! {
    AgentId => Grant, grants::of_agents;
    AgentId => AgentSecret, secrets::of_agents;
    AgentId => Share, groups::of_agents;
    TurnId => Placed<Message>, messages::of_turns;
}

/// Stretches of the lists of many parents. Those who ask for the same stretch are read together.
macro_rules! lists {
    ($($(#[$doc:meta])* $name:ident($parent:ty, $key:ty) => $row:ty, $read:path;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub(super) struct $name {
            pub(super) parent: Within<$parent>,
            pub(super) stretch: Stretch<$key>,
        }

        impl Loader<$name> for Sources {
            type Value = Arc<Listed<Arc<$row>>>;

            async fn load(&self, keys: &[$name]) -> Result<HashMap<$name, Self::Value>> {
                let reach = self.reach().await?;
                let mut stretches: HashMap<&Stretch<$key>, Vec<Within<$parent>>> = HashMap::new();
                for key in keys {
                    stretches.entry(&key.stretch).or_default().push(key.parent);
                }
                let mut found = HashMap::new();
                for (stretch, parents) in stretches {
                    let lists = $read(&self.cx, &reach, &parents, stretch).await.map_err(failure::told)?;
                    found.extend(lists.into_iter().map(|(parent, listed)| {
                        let key = $name { parent, stretch: stretch.clone() };
                        (key, Arc::new(listed.map(Arc::new)))
                    }));
                }
                Ok(found)
            }
        }
    )+};
}

lists! {
    /// The agents of a project.
    AgentsOfProject(ProjectId, AgentId) => Agent, agents::of_projects;
    /// The channels of a project.
    ChannelsOfProject(ProjectId, ChannelId) => Channel, channels::of_projects;
    /// The workflows of a project.
    WorkflowsOfProject(ProjectId, WorkflowId) => Workflow, workflows::of_projects;
    /// The providers of a project.
    ProvidersOfProject(ProjectId, ProviderId) => Provider, providers::of_projects;
    /// The toolsets of a project.
    ToolsetsOfProject(ProjectId, ToolsetId) => Toolset, toolsets::of_projects;
    /// The members of a project.
    MembersOfProject(ProjectId, UserId) => Member, members::of_projects;
    /// The channels that a workflow is on.
    ChannelsOfWorkflow(WorkflowId, ChannelId) => Channel, workflows::channels_of;
    /// The modules that an agent pointed at.
    ModulesOfAgent(AgentId, i64) => PointedAt, agents::histories;
    /// The channels that an agent answers on.
    ChannelsOfAgent(AgentId, ChannelId) => Channel, channels::of_agents;
    /// What an agent logged.
    LogOfAgent(AgentId, LogLineId) => LogLine, agents::logs;
    /// The turns of an agent.
    TurnsOfAgent(AgentId, Moment) => Placed<TurnTrace>, turns::of_agents;
    /// The timers of an agent.
    SchedulesOfAgent(AgentId, ScheduleId) => Timer, schedules::of_agents;
    /// The contacts of a channel.
    ContactsOfChannel(ChannelId, ContactId) => Placed<Contact>, contacts::of_channels;
    /// The conversations of a channel.
    ConversationsOfChannel(ChannelId, ConversationId) => Placed<Conversation>, conversations::of_channels;
    /// The messages of a conversation.
    MessagesOfConversation(ConversationId, i64) => Placed<Message>, messages::of_conversations;
    /// Those who are in the group of a conversation.
    ParticipantsOfConversation(ConversationId, String) => Placed<GroupMember>, groups::members_of;
    /// The chats of a conversation.
    ChatsOfConversation(ConversationId, ChatId) => Placed<Chat>, chats::of_conversations;
    /// The messages of a chat.
    MessagesOfChat(ChatId, i64) => Placed<Message>, messages::of_chats;
    /// The turns of a conversation.
    TurnsOfConversation(ConversationId, i64) => Placed<TurnTrace>, turns::of_conversations;
}

/// The deliveries of a channel, of one status or of all.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct DeliveriesOfChannel {
    pub(super) parent: Within<ChannelId>,
    pub(super) status: Option<&'static str>,
    pub(super) stretch: Stretch<i64>,
}

impl Loader<DeliveriesOfChannel> for Sources {
    type Value = Arc<Listed<Arc<Placed<Delivery>>>>;

    async fn load(
        &self,
        keys: &[DeliveriesOfChannel],
    ) -> Result<HashMap<DeliveriesOfChannel, Self::Value>> {
        let reach = self.reach().await?;
        let mut asked: HashMap<_, Vec<Within<ChannelId>>> = HashMap::new();
        for key in keys {
            let same = asked.entry((key.status, &key.stretch)).or_default();
            same.push(key.parent);
        }
        let mut found = HashMap::new();
        for ((status, stretch), parents) in asked {
            let lists = deliveries::of_channels(&self.cx, &reach, &parents, status, stretch).await;
            let lists = lists.map_err(failure::told)?;
            found.extend(lists.into_iter().map(|(parent, listed)| {
                let key = DeliveriesOfChannel {
                    parent,
                    status,
                    stretch: stretch.clone(),
                };
                (key, Arc::new(listed.map(Arc::new)))
            }));
        }
        Ok(found)
    }
}

/// The files of an agent whose paths begin so.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct FilesOfAgent {
    pub(super) parent: Within<AgentId>,
    pub(super) prefix: String,
    pub(super) stretch: Stretch<FilePath>,
}

impl Loader<FilesOfAgent> for Sources {
    type Value = Arc<Listed<Arc<File>>>;

    async fn load(&self, keys: &[FilesOfAgent]) -> Result<HashMap<FilesOfAgent, Self::Value>> {
        let reach = self.reach().await?;
        let mut asked: HashMap<_, Vec<Within<AgentId>>> = HashMap::new();
        for key in keys {
            let same = asked.entry((&key.prefix, &key.stretch)).or_default();
            same.push(key.parent);
        }
        let mut found = HashMap::new();
        for ((prefix, stretch), parents) in asked {
            let lists = workspaces::of_agents(&self.cx, &reach, &parents, prefix, stretch).await;
            let lists = lists.map_err(failure::told)?;
            found.extend(lists.into_iter().map(|(parent, listed)| {
                let key = FilesOfAgent {
                    parent,
                    prefix: prefix.clone(),
                    stretch: stretch.clone(),
                };
                (key, Arc::new(listed.map(Arc::new)))
            }));
        }
        Ok(found)
    }
}

/// What the files of an agent amount to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct UsageOfAgent(pub(super) Within<AgentId>);

impl Loader<UsageOfAgent> for Sources {
    type Value = Arc<Usage>;

    async fn load(&self, keys: &[UsageOfAgent]) -> Result<HashMap<UsageOfAgent, Self::Value>> {
        let reach = self.reach().await?;
        let parents: Vec<_> = keys.iter().map(|key| key.0).collect();
        let found = workspaces::usages(&self.cx, &reach, &parents).await;
        let found = found.map_err(failure::told)?.into_iter();
        Ok(found
            .map(|(parent, usage)| (UsageOfAgent(parent), Arc::new(usage)))
            .collect())
    }
}

/// What the turns of an agent did in the last so many days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct RanOnOfAgent {
    pub(super) parent: Within<AgentId>,
    pub(super) days: i32,
}

impl Loader<RanOnOfAgent> for Sources {
    type Value = Arc<Vec<RanOn>>;

    async fn load(&self, keys: &[RanOnOfAgent]) -> Result<HashMap<RanOnOfAgent, Self::Value>> {
        let reach = self.reach().await?;
        let mut asked: HashMap<i32, Vec<Within<AgentId>>> = HashMap::new();
        for key in keys {
            asked.entry(key.days).or_default().push(key.parent);
        }
        let mut found = HashMap::new();
        for (days, parents) in asked {
            let ran = agents::ran_on(&self.cx, &reach, &parents, days).await;
            let ran = ran.map_err(failure::told)?.into_iter();
            found.extend(ran.map(|(parent, ran)| (RanOnOfAgent { parent, days }, Arc::new(ran))));
        }
        Ok(found)
    }
}

/// A person's repositories are their own.
impl Loader<RepositoryId> for Sources {
    type Value = Arc<Repository>;

    async fn load(&self, keys: &[RepositoryId]) -> Result<HashMap<RepositoryId, Self::Value>> {
        let found = repositories::find_many(&self.cx, &self.caller, keys).await;
        let found = found.map_err(failure::told)?.into_iter();
        Ok(found.map(|(id, row)| (id, Arc::new(row))).collect())
    }
}
