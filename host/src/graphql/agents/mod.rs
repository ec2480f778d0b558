//! Agents.

mod change;
mod node;
mod trial;

use std::sync::Arc;

use async_graphql::{Context, Object, Result};

pub(super) use self::change::AgentsMutation;
pub(super) use self::node::AgentNode;
pub(super) use self::trial::TrialsMutation;
use super::connection::{self, Nodes, Paging};
use super::{asked_by, failure};
use crate::service::agents;

#[derive(Default)]
pub(super) struct AgentsQuery;

#[Object]
impl AgentsQuery {
    /// The agents of a project, oldest first.
    #[graphql(complexity = "connection::cost(first, last, child_complexity)")]
    async fn agents(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The project, by slug or id; else the caller's default one.")]
        project: Option<String>,
        #[graphql(desc = "The first so many: 50 unless said, at most 200.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, at most 200.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Nodes<AgentNode>> {
        let (cx, caller) = asked_by(context)?;
        let stretch = Paging {
            first,
            after,
            last,
            before,
        }
        .stretch()?;
        let listed = agents::stretch(cx, caller, project.as_deref(), &stretch).await;
        let listed = listed.map_err(failure::told)?.map(Arc::new);
        Ok(connection::nodes(listed, |agent| agent.id, AgentNode))
    }

    /// An agent.
    async fn agent(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Its name in the caller's default project, or its id.")] name: String,
    ) -> Result<AgentNode> {
        let (cx, caller) = asked_by(context)?;
        let agent = agents::find(cx, caller, &name).await;
        agent.map(Arc::new).map(AgentNode).map_err(failure::told)
    }
}
