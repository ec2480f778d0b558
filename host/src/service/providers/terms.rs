//! The terms on which an agent is granted `model`: `{"provider": NAME OR ID, "model": NAME, "tokensPerDay": NUMBER}`, each of
//! which may be left out.

use serde::Deserialize;
use serde_json::{Map, Value};
use store::agents::Agent;

use super::change::named;
use crate::context::Context;
use crate::error::{Error, Result};

/// What terms say.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Terms {
    /// Which provider of the project is asked, in place of its default one.
    pub(super) provider: Option<String>,
    /// Which model of it is asked, in place of the provider's own.
    pub(super) model: Option<String>,
    /// Tokens that the agent may use a day.
    pub(super) tokens_per_day: Option<i64>,
}

impl Terms {
    /// Terms as they were stored: those that cannot be read say nothing.
    pub(super) fn stored(terms: &Value) -> Self {
        Self::deserialize(terms).unwrap_or_default()
    }
}

/// Terms as they are stored: with the provider's id.
pub(in crate::service) async fn checked_terms(
    cx: &Context,
    agent: &Agent,
    terms: Value,
) -> Result<Value> {
    let wrong = |why: String| Error::invalid("terms", why);
    let mut read = Terms::deserialize(&terms).map_err(|error| {
        wrong(format!(
            "{error}; of `model` there are `provider`, `model` and `tokensPerDay`"
        ))
    })?;
    if read.tokens_per_day.is_some_and(|tokens| tokens < 0) {
        return Err(wrong("`tokensPerDay` must be 0 or more".to_owned()));
    }
    if read
        .model
        .as_ref()
        .is_some_and(|model| model.trim().is_empty() || model.len() > 200)
    {
        return Err(wrong("`model` must have 1 to 200 characters".to_owned()));
    }
    if let Some(name) = &read.provider {
        let (owner, project) = (agent.organization_id, agent.project_id);
        let id = named(cx, owner, project, name).await?;
        let id = id.ok_or_else(|| wrong(format!("this project has no provider `{name}`")))?;
        read.provider = Some(id.to_string());
    }
    let mut stored = Map::new();
    if let Some(provider) = read.provider {
        stored.insert("provider".to_owned(), provider.into());
    }
    if let Some(model) = read.model {
        stored.insert("model".to_owned(), model.trim().into());
    }
    if let Some(tokens) = read.tokens_per_day {
        stored.insert("tokensPerDay".to_owned(), tokens.into());
    }
    Ok(stored.into())
}
