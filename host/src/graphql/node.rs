//! Nodes: whatever has an id can be found by it, as Relay's specification has it.

use std::sync::Arc;

use async_graphql::{
    Context, ContextSelectionSet, Error, ID, Interface, Object, Result, ServerResult, Value,
};
use store::ids::{
    AccessCodeId, AgentId, AuditId, BusinessUnitId, ChannelId, ChatId, ContactId, ConversationId,
    DeliveryId, FileId, InviteId, MessageId, ProjectId, ProviderId, RepositoryId, ScheduleId,
    TeamId, TokenId, ToolCallId, ToolsetId, TurnId, UserId, WorkflowId,
};
use store::tokens::TokenKind;

use super::access::AccessCodeNode;
use super::agents::AgentNode;
use super::api_keys::ApiKeyNode;
use super::audit::AuditNode;
use super::business_units::BusinessUnitNode;
use super::channels::ChannelNode;
use super::chats::ChatNode;
use super::contacts::ContactNode;
use super::conversations::ConversationNode;
use super::deliveries::DeliveryNode;
use super::files::FileNode;
use super::invites::InviteNode;
use super::load::{self, Loader};
use super::loaders::{self, Sources};
use super::messages::MessageNode;
use super::modules::{ModuleNode, read_digest};
use super::projects::{ProjectNode, UserNode};
use super::providers::ProviderNode;
use super::repositories::RepositoryNode;
use super::resolve::resolve_container;
use super::schedules::ScheduleNode;
use super::sign_in::SessionNode;
use super::teams::TeamNode;
use super::tool_calls::ToolCallNode;
use super::toolsets::ToolsetNode;
use super::turns::TurnNode;
use super::workflows::WorkflowNode;
use super::{asked_by, failure};

/// Ids that one query looks up at most.
const MOST: usize = 100;

/// Whatever has an id.
#[derive(Interface)]
#[graphql(
    crate = "library",
    field(name = "id", ty = "ID", desc = "Names it everywhere.")
)]
pub(super) enum Node {
    Project(ProjectNode),
    Agent(AgentNode),
    Module(ModuleNode),
    Channel(ChannelNode),
    AccessCode(AccessCodeNode),
    Contact(ContactNode),
    Conversation(ConversationNode),
    Chat(ChatNode),
    Message(MessageNode),
    Turn(TurnNode),
    Delivery(DeliveryNode),
    Schedule(ScheduleNode),
    File(FileNode),
    Repository(RepositoryNode),
    Workflow(WorkflowNode),
    Provider(ProviderNode),
    Toolset(ToolsetNode),
    ToolCall(ToolCallNode),
    User(UserNode),
    Invite(InviteNode),
    BusinessUnit(BusinessUnitNode),
    Team(TeamNode),
    ApiKey(ApiKeyNode),
    Session(SessionNode),
    AuditEntry(AuditNode),
}

/// The library as the interface's macro shall see it: a node is resolved as what it is.
mod library {
    pub(super) use async_graphql::*;

    pub(super) mod resolver_utils {
        pub(in crate::graphql::node) use async_graphql::resolver_utils::*;

        pub(in crate::graphql::node) use crate::graphql::node::resolve_node as resolve_container;
    }
}

async fn resolve_node(context: &ContextSelectionSet<'_>, node: &Node) -> ServerResult<Value> {
    match node {
        Node::Project(node) => resolve_container(context, node).await,
        Node::Agent(node) => resolve_container(context, node).await,
        Node::Module(node) => resolve_container(context, node).await,
        Node::Channel(node) => resolve_container(context, node).await,
        Node::AccessCode(node) => resolve_container(context, node).await,
        Node::Contact(node) => resolve_container(context, node).await,
        Node::Conversation(node) => resolve_container(context, node).await,
        Node::Chat(node) => resolve_container(context, node).await,
        Node::Message(node) => resolve_container(context, node).await,
        Node::Turn(node) => resolve_container(context, node).await,
        Node::Delivery(node) => resolve_container(context, node).await,
        Node::Schedule(node) => resolve_container(context, node).await,
        Node::File(node) => resolve_container(context, node).await,
        Node::Repository(node) => resolve_container(context, node).await,
        Node::Workflow(node) => resolve_container(context, node).await,
        Node::Provider(node) => resolve_container(context, node).await,
        Node::Toolset(node) => resolve_container(context, node).await,
        Node::ToolCall(node) => resolve_container(context, node).await,
        Node::User(node) => resolve_container(context, node).await,
        Node::Invite(node) => resolve_container(context, node).await,
        Node::BusinessUnit(node) => resolve_container(context, node).await,
        Node::Team(node) => resolve_container(context, node).await,
        Node::ApiKey(node) => resolve_container(context, node).await,
        Node::Session(node) => resolve_container(context, node).await,
        Node::AuditEntry(node) => resolve_container(context, node).await,
    }
}

#[derive(Default)]
pub(super) struct NodeQuery;

#[Object]
impl NodeQuery {
    /// What an id names, if it is there and the caller may see it.
    async fn node(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The id.")] id: ID,
    ) -> Result<Option<Node>> {
        asked_by(context)?;
        find(context, &id).await
    }

    /// What ids name, in their order, at most 100.
    #[graphql(complexity = "1 + ids.len() * child_complexity")]
    async fn nodes(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The ids.")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Node>>> {
        asked_by(context)?;
        if ids.len() > MOST {
            let why = format!("are more than {MOST}");
            return Err(failure::told(crate::error::Error::invalid("ids", why)));
        }
        let found = ids.iter().map(|id| find(context, id));
        futures_util::future::try_join_all(found).await
    }
}

async fn find(context: &Context<'_>, id: &ID) -> Result<Option<Node>> {
    let prefix = id.split_once('_').map_or("", |(prefix, _)| prefix);
    match prefix {
        ProjectId::PREFIX => {
            by::<ProjectId, _>(context, id, |row| Node::Project(ProjectNode(row))).await
        }
        AgentId::PREFIX => by::<AgentId, _>(context, id, |row| Node::Agent(AgentNode(row))).await,
        ChannelId::PREFIX => {
            by::<ChannelId, _>(context, id, |row| Node::Channel(ChannelNode(row))).await
        }
        AccessCodeId::PREFIX => {
            by::<AccessCodeId, _>(context, id, |row| Node::AccessCode(AccessCodeNode(row))).await
        }
        ContactId::PREFIX => {
            by::<ContactId, _>(context, id, |row| Node::Contact(ContactNode(row))).await
        }
        ConversationId::PREFIX => {
            by::<ConversationId, _>(context, id, |row| Node::Conversation(ConversationNode(row)))
                .await
        }
        ChatId::PREFIX => by::<ChatId, _>(context, id, |row| Node::Chat(ChatNode(row))).await,
        MessageId::PREFIX => {
            by::<MessageId, _>(context, id, |row| Node::Message(MessageNode(row))).await
        }
        TurnId::PREFIX => by::<TurnId, _>(context, id, |row| Node::Turn(TurnNode(row))).await,
        DeliveryId::PREFIX => {
            by::<DeliveryId, _>(context, id, |row| Node::Delivery(DeliveryNode(row))).await
        }
        ScheduleId::PREFIX => {
            by::<ScheduleId, _>(context, id, |row| Node::Schedule(ScheduleNode(row))).await
        }
        FileId::PREFIX => by::<FileId, _>(context, id, |row| Node::File(FileNode(row))).await,
        RepositoryId::PREFIX => {
            by::<RepositoryId, _>(context, id, |row| Node::Repository(RepositoryNode(row))).await
        }
        WorkflowId::PREFIX => {
            by::<WorkflowId, _>(context, id, |row| Node::Workflow(WorkflowNode(row))).await
        }
        ProviderId::PREFIX => {
            by::<ProviderId, _>(context, id, |row| Node::Provider(ProviderNode(row))).await
        }
        ToolsetId::PREFIX => {
            by::<ToolsetId, _>(context, id, |row| Node::Toolset(ToolsetNode(row))).await
        }
        ToolCallId::PREFIX => {
            by::<ToolCallId, _>(context, id, |row| Node::ToolCall(ToolCallNode(row))).await
        }
        "mod" => {
            let module = loaders::one(context, read_digest("id", id)?).await?;
            Ok(module.map(|row| Node::Module(ModuleNode(row))))
        }
        UserId::PREFIX => by::<UserId, _>(context, id, |row| Node::User(UserNode(row))).await,
        InviteId::PREFIX => {
            by::<InviteId, _>(context, id, |row| Node::Invite(InviteNode(row))).await
        }
        BusinessUnitId::PREFIX => {
            by::<BusinessUnitId, _>(context, id, |row| Node::BusinessUnit(BusinessUnitNode(row)))
                .await
        }
        TeamId::PREFIX => by::<TeamId, _>(context, id, |row| Node::Team(TeamNode(row))).await,
        TokenId::PREFIX => {
            let (_, caller) = asked_by(context)?;
            by::<TokenId, _>(context, id, |row| match row.kind {
                TokenKind::Session => Node::Session(SessionNode::of(row, caller)),
                _ => Node::ApiKey(ApiKeyNode(row)),
            })
            .await
        }
        AuditId::PREFIX => {
            by::<AuditId, _>(context, id, |row| Node::AuditEntry(AuditNode(row))).await
        }
        _ => Err(no_id(id)),
    }
}

async fn by<Id, Row>(
    context: &Context<'_>,
    id: &ID,
    node: impl Fn(Arc<Row>) -> Node,
) -> Result<Option<Node>>
where
    Id: std::str::FromStr + load::Key,
    Sources: Loader<Id, Value = Arc<Row>>,
{
    let id: Id = id.parse().map_err(|_| no_id(id))?;
    Ok(loaders::one(context, id).await?.map(node))
}

fn no_id(id: &ID) -> Error {
    let why = format!("`{}` is not an id", id.as_str());
    failure::told(crate::error::Error::invalid("id", why))
}
