//! Workflows.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result};
use store::workflows::Workflow;

use super::channels::ChannelNode;
use super::connection::{self, Nodes, Paging};
use super::loaders::{self, ChannelsOfWorkflow};
use super::resolve::library;
use super::scalars::{Json, Time};
use super::{asked_by, failure, read_id};
use crate::service::placed::Rooted;
use crate::service::{channels, workflows};

/// An ordered list of rules that picks which agent, team or canned reply handles a channel's messages.
pub(super) struct WorkflowNode(pub(super) Arc<Workflow>);

/// An ordered list of rules that picks which agent, team or canned reply handles a channel's messages.
#[Object(name = "Workflow", crate = "library")]
impl WorkflowNode {
    /// Names it everywhere: `wfl_` and 32 hexadecimal digits.
    pub(super) async fn id(&self) -> ID {
        self.0.id.public().into()
    }

    /// Its name, unique in the project whatever its case.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The rules, the first of which that a message meets decides: a list of `{"name", "when", "then"}`. `when` has any of
    /// `text` (`{"contains"}`, `{"equals"}`, `{"startsWith"}` or `{"matches"}`, in either case of letters), `contacts`
    /// (ids), `isGroup`, `isFirstMessage` and `hours` (`{"from", "to", "timeZone", "weekdays"}`). `then` has `agent` or
    /// `team` (an id), `reply` (a text) or a reply beside either; a reply alone ends the list unless `stop` is false.
    async fn rules(&self) -> Json {
        Json(self.0.rules.clone())
    }

    /// Grows with every change.
    async fn version(&self) -> i64 {
        self.0.version
    }

    /// The channels that it is on, oldest first.
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
        let key = ChannelsOfWorkflow { parent, stretch };
        loaders::list(context, key, |channel| channel.id, ChannelNode).await
    }

    /// Since when it exists.
    async fn created_at(&self) -> Time {
        Time(self.0.created_at)
    }

    /// When it was last changed.
    async fn updated_at(&self) -> Time {
        Time(self.0.updated_at)
    }
}

#[derive(Default)]
pub(super) struct WorkflowsQuery;

#[Object]
impl WorkflowsQuery {
    /// The workflows of a project, oldest first.
    #[graphql(complexity = "connection::cost(first, last, child_complexity)")]
    async fn workflows(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The project, by slug or id; else the caller's default one.")]
        project: Option<String>,
        #[graphql(desc = "The first so many: 50 unless said, at most 200.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, at most 200.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Nodes<WorkflowNode>> {
        let (cx, caller) = asked_by(context)?;
        let stretch = Paging {
            first,
            after,
            last,
            before,
        }
        .stretch()?;
        let listed = workflows::stretch(cx, caller, project.as_deref(), &stretch).await;
        let listed = listed.map_err(failure::told)?.map(Arc::new);
        Ok(connection::nodes(
            listed,
            |workflow| workflow.id,
            WorkflowNode,
        ))
    }

    /// A workflow.
    async fn workflow(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> Result<WorkflowNode> {
        let (cx, caller) = asked_by(context)?;
        let found = workflows::find(cx, caller, read_id("id", &id)?).await;
        found.map(Arc::new).map(WorkflowNode).map_err(failure::told)
    }
}

#[derive(Default)]
pub(super) struct WorkflowsMutation;

#[Object]
impl WorkflowsMutation {
    /// Makes a workflow. It routes nothing before it is put on a channel.
    async fn create_workflow(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The project, by slug or id; else the caller's default one.")]
        project: Option<String>,
        #[graphql(desc = "Its name.")] name: String,
        #[graphql(desc = "Its rules, as `Workflow.rules` describes them.")] rules: Json,
    ) -> Result<WorkflowNode> {
        let (cx, caller) = asked_by(context)?;
        let made = workflows::create(cx, caller, project.as_deref(), &name, rules.0).await;
        made.map(Arc::new).map(WorkflowNode).map_err(failure::told)
    }

    /// Changes a workflow. Messages that come from then on are routed by the new rules.
    async fn update_workflow(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
        #[graphql(desc = "Another name.")] name: Option<String>,
        #[graphql(desc = "Other rules, all of them.")] rules: Option<Json>,
    ) -> Result<WorkflowNode> {
        let (cx, caller) = asked_by(context)?;
        let (id, rules) = (read_id("id", &id)?, rules.map(|rules| rules.0));
        let changed = workflows::update(cx, caller, id, name.as_deref(), rules).await;
        changed
            .map(Arc::new)
            .map(WorkflowNode)
            .map_err(failure::told)
    }

    /// Deletes a workflow; its channels go back to their primary agents. It is returned as it was.
    async fn delete_workflow(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> Result<WorkflowNode> {
        let (cx, caller) = asked_by(context)?;
        let deleted = workflows::delete(cx, caller, read_id("id", &id)?).await;
        deleted
            .map(Arc::new)
            .map(WorkflowNode)
            .map_err(failure::told)
    }

    /// Lets a workflow of the channel's project route the channel's messages.
    async fn attach_workflow(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The channel.")] channel_id: ID,
        #[graphql(desc = "The workflow.")] workflow_id: ID,
    ) -> Result<ChannelNode> {
        let (cx, caller) = asked_by(context)?;
        let channel = channels::parse_id(&channel_id).map_err(failure::told)?;
        let workflow = read_id("workflowId", &workflow_id)?;
        let attached = workflows::attach(cx, caller, channel, Some(workflow)).await;
        attached
            .map(Arc::new)
            .map(ChannelNode)
            .map_err(failure::told)
    }

    /// Takes a channel's workflow off it: its primary agent answers every message.
    async fn detach_workflow(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The channel.")] channel_id: ID,
    ) -> Result<ChannelNode> {
        let (cx, caller) = asked_by(context)?;
        let channel = channels::parse_id(&channel_id).map_err(failure::told)?;
        let detached = workflows::attach(cx, caller, channel, None).await;
        detached
            .map(Arc::new)
            .map(ChannelNode)
            .map_err(failure::told)
    }
}
