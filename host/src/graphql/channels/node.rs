//! A channel as it is shown, with what hangs on it.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result};
use store::channels::{Access, Channel, ChannelStatus};

use crate::graphql::access::AccessCodeNode;
use crate::graphql::agents::AgentNode;
use crate::graphql::connection::{self, Nodes, Paging};
use crate::graphql::contacts::ContactNode;
use crate::graphql::conversations::ConversationNode;
use crate::graphql::deliveries::{DeliveryNode, DeliveryStatus};
use crate::graphql::loaders::{
    self, AccessCodesOfChannel, AllowedOfChannel, ContactsOfChannel, ConversationsOfChannel,
    DeliveriesOfChannel,
};
use crate::graphql::projects::ProjectNode;
use crate::graphql::resolve::library;
use crate::graphql::scalars::{Json, Time};
use crate::graphql::workflows::WorkflowNode;
use crate::service::placed::Rooted;

/// Whether a channel works.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(name = "ChannelStatus", remote = "ChannelStatus")]
pub(in crate::graphql) enum ChannelStatusShown {
    /// Its owner switched it off.
    Disabled,
    /// It waits for its owner to scan a code.
    AwaitingScan,
    /// It works.
    Active,
    /// Its session on the platform ended.
    Expired,
    /// It does not work, for the reason given.
    Error,
}

/// Who may talk on a channel.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(name = "ChannelAccess", remote = "Access")]
pub(in crate::graphql) enum AccessShown {
    /// Anyone.
    Open,
    /// Contacts that were let in.
    AllowList,
    /// One account, which claimed it.
    Paired,
}

/// A binding of a project to a messaging platform.
pub(in crate::graphql) struct ChannelNode(pub(in crate::graphql) Arc<Channel>);

/// A binding of a project to a messaging platform. What is secret of it is never shown.
#[Object(name = "Channel", crate = "library")]
impl ChannelNode {
    /// Names it everywhere: `ch_` and 32 hexadecimal digits.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.0.id.public().into()
    }

    /// The platform: `webhook`, `web`, `telegram` and so on.
    async fn kind(&self) -> &str {
        &self.0.kind
    }

    /// Its name for people.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Where it lives.
    async fn project(&self, context: &Context<'_>) -> Result<Option<ProjectNode>> {
        let project = loaders::one(context, self.0.project_id).await?;
        Ok(project.map(ProjectNode))
    }

    /// The id of the agent that answers.
    async fn primary_agent_id(&self) -> Option<ID> {
        self.0.primary_agent_id.map(|id| id.public().into())
    }

    /// The agent that answers.
    async fn primary_agent(&self, context: &Context<'_>) -> Result<Option<AgentNode>> {
        let agent = loaders::maybe(context, self.0.primary_agent_id).await?;
        Ok(agent.map(AgentNode))
    }

    /// The workflow that picks who answers, if one does.
    async fn workflow(&self, context: &Context<'_>) -> Result<Option<WorkflowNode>> {
        let workflow = loaders::maybe(context, self.0.workflow_id).await?;
        Ok(workflow.map(WorkflowNode))
    }

    /// Who may talk.
    async fn access(&self) -> AccessShown {
        self.0.access.into()
    }

    /// Whether those who were let in may go to other projects of whoever made it, by talking. It counts in direct chats alone,
    /// and not while the channel is open to anyone.
    async fn navigates(&self) -> bool {
        self.0.navigates
    }

    /// Whether it works.
    async fn status(&self) -> ChannelStatusShown {
        self.0.status.into()
    }

    /// Why it is in that status, where there is something to say.
    async fn status_reason(&self) -> Option<&str> {
        self.0.status_reason.as_deref()
    }

    /// What its driver was configured with.
    async fn configuration(&self) -> Json {
        Json(self.0.configuration.clone())
    }

    /// Whether a credential is kept for it, sealed.
    async fn has_credential(&self) -> bool {
        self.0.credential.is_some()
    }

    /// Since when it exists.
    async fn created_at(&self) -> Time {
        Time(self.0.created_at)
    }

    /// When it was last changed.
    async fn updated_at(&self) -> Time {
        Time(self.0.updated_at)
    }

    /// Its conversations, the newest first.
    #[graphql(complexity = "connection::cost(first, last, child_complexity)")]
    async fn conversations(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The first so many: 50 unless said, at most 200.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, at most 200.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Nodes<ConversationNode>> {
        let stretch = Paging {
            first,
            after,
            last,
            before,
        }
        .stretch()?;
        let parent = self.0.place();
        let key = ConversationsOfChannel { parent, stretch };
        loaders::list(
            context,
            key,
            |conversation| conversation.id,
            ConversationNode,
        )
        .await
    }

    /// The people whom it knows, the newest first.
    #[graphql(complexity = "connection::cost(first, last, child_complexity)")]
    async fn contacts(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The first so many: 50 unless said, at most 200.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, at most 200.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Nodes<ContactNode>> {
        let stretch = Paging {
            first,
            after,
            last,
            before,
        }
        .stretch()?;
        let parent = self.0.place();
        let key = ContactsOfChannel { parent, stretch };
        loaders::list(context, key, |contact| contact.id, ContactNode).await
    }

    /// Those of them who were let in, the newest first, for those who may say who is.
    #[graphql(complexity = "connection::cost(first, last, child_complexity)")]
    async fn allowed_contacts(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The first so many: 50 unless said, at most 200.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, at most 200.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Nodes<ContactNode>> {
        let stretch = Paging {
            first,
            after,
            last,
            before,
        }
        .stretch()?;
        let parent = self.0.place();
        let key = AllowedOfChannel { parent, stretch };
        loaders::list(context, key, |contact| contact.id, ContactNode).await
    }

    /// The codes that let people in, the newest first, for those who may make them. What was used or is over goes when others
    /// are made.
    #[graphql(complexity = "connection::cost(first, last, child_complexity)")]
    async fn access_codes(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The first so many: 50 unless said, at most 200.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, at most 200.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Nodes<AccessCodeNode>> {
        let stretch = Paging {
            first,
            after,
            last,
            before,
        }
        .stretch()?;
        let parent = self.0.place();
        let key = AccessCodesOfChannel { parent, stretch };
        loaders::list(context, key, |code| code.id, AccessCodeNode).await
    }

    /// Its deliveries, the newest first.
    #[graphql(complexity = "connection::cost(first, last, child_complexity)")]
    async fn deliveries(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Those of one status alone.")] status: Option<DeliveryStatus>,
        #[graphql(desc = "The first so many: 50 unless said, at most 200.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, at most 200.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Nodes<DeliveryNode>> {
        let stretch = Paging {
            first,
            after,
            last,
            before,
        }
        .stretch()?;
        let key = DeliveriesOfChannel {
            parent: self.0.place(),
            status: status.map(DeliveryStatus::word),
            stretch,
        };
        loaders::list(context, key, |delivery| delivery.sequence, DeliveryNode).await
    }
}
