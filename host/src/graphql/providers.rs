//! Providers of language models, and what was asked of them.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, MaybeUndefined, Object, Result};
use store::journal::DayOfAgent;
use store::providers::{Provider, ProviderKind};

use super::agents::AgentNode;
use super::connection::{self, Nodes, Paging};
use super::loaders;
use super::resolve::library;
use super::scalars::Time;
use super::{asked_by, failure, read_id};
use crate::service::providers::{self, Changes, NewProviderInput};
use crate::vault::Secret;

/// The wire format that a provider speaks.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(name = "ProviderKind", remote = "ProviderKind")]
pub(super) enum ProviderKindShown {
    /// OpenAI's chat completions, which Ollama, llama.cpp, vLLM, OpenRouter and others speak as well.
    Openai,
    /// Anthropic's messages.
    Anthropic,
    /// Google's Gemini API.
    Google,
}

/// Where a project's agents ask language models.
pub(super) struct ProviderNode(pub(super) Arc<Provider>);

/// Where a project's agents ask language models. An agent asks the one that the terms of its grant `model` name
/// (`{"provider": …}`), or else the project's default, or else the operator's.
#[Object(name = "Provider", crate = "library")]
impl ProviderNode {
    /// Names it everywhere: `prv_` and 32 hexadecimal digits.
    pub(super) async fn id(&self) -> ID {
        self.0.id.public().into()
    }

    /// Its name, unique in the project whatever its case.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What it speaks.
    async fn kind(&self) -> ProviderKindShown {
        self.0.kind.into()
    }

    /// Its address.
    async fn url(&self) -> &str {
        &self.0.url
    }

    /// The model.
    async fn model(&self) -> &str {
        &self.0.model
    }

    /// Whether it has a key, which is never shown.
    async fn has_key(&self) -> bool {
        self.0.key.is_some()
    }

    /// Whether agents of the project ask it where their grants name none.
    async fn is_default(&self) -> bool {
        self.0.is_default
    }

    /// Tokens that each agent may use a day, of all that it asks; none is no limit of this provider's.
    async fn agent_tokens_per_day(&self) -> Option<i64> {
        self.0.agent_tokens
    }

    /// Tokens that the project's agents may use a day together; none is no limit of this provider's.
    async fn project_tokens_per_day(&self) -> Option<i64> {
        self.0.project_tokens
    }

    /// Since when it is set up.
    async fn created_at(&self) -> Time {
        Time(self.0.created_at)
    }

    /// When it was last changed.
    async fn updated_at(&self) -> Time {
        Time(self.0.updated_at)
    }
}

/// What one agent has asked of language models on one day.
struct ModelUsageNode(DayOfAgent);

/// What one agent has asked of language models on one day.
#[Object(name = "ModelUsage", crate = "library")]
impl ModelUsageNode {
    /// The day in UTC, as `2026-11-28`.
    async fn day(&self) -> String {
        self.0.day.to_string()
    }

    /// The id of the agent.
    async fn agent_id(&self) -> ID {
        self.0.agent_id.public().into()
    }

    /// The agent, if it is still there.
    async fn agent(&self, context: &Context<'_>) -> Result<Option<AgentNode>> {
        let agent = loaders::one(context, self.0.agent_id).await?;
        Ok(agent.map(AgentNode))
    }

    /// Answers.
    async fn calls(&self) -> i64 {
        self.0.calls
    }

    /// Tokens that were read.
    async fn input_tokens(&self) -> i64 {
        self.0.input_tokens
    }

    /// Tokens that were written.
    async fn output_tokens(&self) -> i64 {
        self.0.output_tokens
    }
}

#[derive(Default)]
pub(super) struct ProvidersQuery;

#[Object]
impl ProvidersQuery {
    /// The providers of language models of a project, oldest first.
    #[graphql(complexity = "connection::cost(first, last, child_complexity)")]
    async fn providers(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The project, by slug or id; else the caller's default one.")]
        project: Option<String>,
        #[graphql(desc = "The first so many: 50 unless said, at most 200.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, at most 200.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Nodes<ProviderNode>> {
        let (cx, caller) = asked_by(context)?;
        let stretch = Paging {
            first,
            after,
            last,
            before,
        }
        .stretch()?;
        let listed = providers::stretch(cx, caller, project.as_deref(), &stretch).await;
        let listed = listed.map_err(failure::told)?.map(Arc::new);
        Ok(connection::nodes(
            listed,
            |provider| provider.id,
            ProviderNode,
        ))
    }

    /// A provider of language models.
    async fn provider(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> Result<ProviderNode> {
        let (cx, caller) = asked_by(context)?;
        let found = providers::find(cx, caller, read_id("id", &id)?).await;
        found.map(Arc::new).map(ProviderNode).map_err(failure::told)
    }

    /// What the agents of a project have asked of language models on each of the last days, the newest day first, and on one
    /// day those that used most: at most 1,000 rows.
    #[graphql(complexity = "100 + 10 * child_complexity")]
    async fn model_usage(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The project, by slug or id; else the caller's default one.")]
        project: Option<String>,
        #[graphql(desc = "So many days, today included: 1 to 366.", default = 30)] days: u32,
    ) -> Result<Vec<ModelUsageNode>> {
        let (cx, caller) = asked_by(context)?;
        let rows = providers::usage(cx, caller, project.as_deref(), days).await;
        let rows = rows.map_err(failure::told)?;
        Ok(rows.into_iter().map(ModelUsageNode).collect())
    }
}

/// A provider to set up.
#[derive(InputObject)]
struct CreateProviderInput {
    /// The project, by slug or id; else the caller's default one.
    project: Option<String>,
    /// Its name.
    name: String,
    /// What it speaks.
    kind: ProviderKindShown,
    /// Its address, such as `https://openrouter.ai/api/v1`; without it, that of who made the kind. One in a private network
    /// has to be allowed by the operator.
    url: Option<String>,
    /// The model, as the provider names it.
    model: String,
    /// Its key. It is sealed, and never shown.
    key: Option<String>,
    /// Whether agents of the project ask it where their grants name none. It takes the place of the one before.
    #[graphql(default = true)]
    is_default: bool,
    /// Tokens that each agent may use a day, of all that it asks.
    agent_tokens_per_day: Option<i64>,
    /// Tokens that the project's agents may use a day together.
    project_tokens_per_day: Option<i64>,
}

/// What to change of a provider; what is left out stays.
#[derive(InputObject)]
struct UpdateProviderInput {
    /// The provider.
    id: ID,
    /// Another name.
    name: Option<String>,
    /// Another address: the key has to be given with it.
    url: Option<String>,
    /// Another model.
    model: Option<String>,
    /// Another key; null takes it away.
    key: MaybeUndefined<String>,
    /// Whether it is the project's default.
    is_default: Option<bool>,
    /// Tokens that each agent may use a day; null lifts the limit.
    agent_tokens_per_day: MaybeUndefined<i64>,
    /// Tokens that the project's agents may use a day together; null lifts the limit.
    project_tokens_per_day: MaybeUndefined<i64>,
}

#[derive(Default)]
pub(super) struct ProvidersMutation;

#[Object]
impl ProvidersMutation {
    /// Sets up where a project's agents ask language models.
    async fn create_provider(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The provider.")] input: CreateProviderInput,
    ) -> Result<ProviderNode> {
        let (cx, caller) = asked_by(context)?;
        let new = NewProviderInput {
            project: input.project,
            name: input.name,
            kind: input.kind.into(),
            url: input.url,
            model: input.model,
            key: input.key.map(Secret::new),
            is_default: input.is_default,
            agent_tokens: input.agent_tokens_per_day,
            project_tokens: input.project_tokens_per_day,
        };
        let made = providers::create(cx, caller, new).await;
        made.map(Arc::new).map(ProviderNode).map_err(failure::told)
    }

    /// Changes a provider. What agents ask from then on is asked as it is then.
    async fn update_provider(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to change.")] input: UpdateProviderInput,
    ) -> Result<ProviderNode> {
        let (cx, caller) = asked_by(context)?;
        let changes = Changes {
            name: input.name,
            url: input.url,
            model: input.model,
            key: given(input.key).map(|key| key.map(Secret::new)),
            is_default: input.is_default,
            agent_tokens: given(input.agent_tokens_per_day),
            project_tokens: given(input.project_tokens_per_day),
        };
        let id = read_id("id", &input.id)?;
        let changed = providers::update(cx, caller, id, changes).await;
        changed
            .map(Arc::new)
            .map(ProviderNode)
            .map_err(failure::told)
    }

    /// Removes a provider with its key. Agents whose grants name it have none to ask until they name another. It is returned
    /// as it was.
    async fn delete_provider(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> Result<ProviderNode> {
        let (cx, caller) = asked_by(context)?;
        let deleted = providers::delete(cx, caller, read_id("id", &id)?).await;
        deleted
            .map(Arc::new)
            .map(ProviderNode)
            .map_err(failure::told)
    }
}

fn given<T>(value: MaybeUndefined<T>) -> Option<Option<T>> {
    match value {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(value) => Some(Some(value)),
    }
}
