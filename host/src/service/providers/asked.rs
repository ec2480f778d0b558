//! Whom an agent asks, and what it may use: the provider that its grant of `model` names, or its project's default, or else the
//! operator's.

use sandbox::types::model::{Cause, Problem};
use store::ids::{ProjectId, ProviderId};
use store::journal::Today;
use store::providers::ProviderKind;
use store::turns::RunnableAgent;

use super::key_place;
use super::terms::Terms;
use crate::context::Context;
use crate::models::{Provider, problem};
use crate::outgoing::Chosen;
use crate::vault::Secret;

/// Whom an agent asks, as its row says.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The agent's project.
    pub project_id: ProjectId,
    whom: Whom,
    /// Another model than the provider's own.
    model: Option<String>,
    /// What the agent's own terms let it use a day.
    own_tokens: Option<i64>,
}

#[derive(Clone, Debug)]
enum Whom {
    /// One of the project's.
    Project(Box<Row>),
    /// One of the project's that is no more.
    Gone,
    /// The operator's.
    Operator,
}

#[derive(Clone, Debug)]
struct Row {
    id: ProviderId,
    kind: ProviderKind,
    url: String,
    model: String,
    key: Option<Vec<u8>>,
    agent_tokens: Option<i64>,
    project_tokens: Option<i64>,
}

/// Tokens that may be used a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Caps {
    /// By the agent.
    pub agent: Option<i64>,
    /// By all agents of its project.
    pub project: Option<i64>,
}

impl Asked {
    /// Whom this agent asks.
    pub fn of(row: &RunnableAgent) -> Self {
        let terms = row.model_terms.as_ref().map(Terms::stored);
        let terms = terms.unwrap_or_default();
        let found = &row.provider;
        let known = (found.provider_id, found.kind, &found.url, &found.model);
        let whom = match known {
            (Some(id), Some(kind), Some(url), Some(model)) => Whom::Project(Box::new(Row {
                id,
                kind,
                url: url.clone(),
                model: model.clone(),
                key: found.key.clone(),
                agent_tokens: found.agent_tokens,
                project_tokens: found.project_tokens,
            })),
            _ if terms.provider.is_some() => Whom::Gone,
            _ => Whom::Operator,
        };
        Self {
            project_id: row.project_id,
            whom,
            model: terms.model,
            own_tokens: terms.tokens_per_day,
        }
    }

    /// Where to ask, and what may be used there. Without a provider, the problem says what is to be done.
    pub fn provider(&self, cx: &Context) -> Result<(Provider, Caps), Problem> {
        let (mut provider, mut caps) = match &self.whom {
            Whom::Project(row) => of_project(cx, row)?,
            Whom::Gone => {
                let what = "The provider that this agent was to ask is no more: its owner names another one in the terms of \
                    its grant `model`.";
                return Err(problem(Cause::NotConfigured, what));
            }
            Whom::Operator => of_operator(cx)?,
        };
        if let Some(model) = &self.model {
            provider.model.clone_from(model);
        }
        caps.agent = [caps.agent, self.own_tokens].into_iter().flatten().min();
        Ok((provider, caps))
    }
}

fn of_project(cx: &Context, row: &Row) -> Result<(Provider, Caps), Problem> {
    let unopened = |why: String| {
        tracing::error!(provider = %row.id, why, "a provider's key does not open");
        let what = "The provider's key cannot be read: its owner sets it anew.";
        problem(Cause::NotConfigured, what)
    };
    let key = match &row.key {
        Some(sealed) => {
            let opened = cx.vault.open(sealed, &key_place(&row.id));
            let opened = opened.map_err(|error| unopened(error.to_string()))?;
            let text = String::from_utf8(opened.into_inner());
            let text = text.map_err(|_| unopened("it is no text".to_owned()))?;
            Some(Secret::new(text))
        }
        None => None,
    };
    let url = row.url.parse();
    let url = url.map_err(|_| problem(Cause::NotConfigured, "The provider has no address."))?;
    let provider = Provider {
        kind: row.kind,
        url,
        model: row.model.clone(),
        key,
        chosen: Chosen::BySomeone,
    };
    let caps = Caps {
        agent: row.agent_tokens,
        project: row.project_tokens,
    };
    Ok((provider, caps))
}

fn of_operator(cx: &Context) -> Result<(Provider, Caps), Problem> {
    let models = &cx.config.models;
    let (Some(url), Some(name)) = (&models.url, &models.name) else {
        let what = "There is no language model to ask yet: an admin of the project sets one up with `createProvider`, or \
            whoever runs this host sets CLOISTER_MODEL_URL, CLOISTER_MODEL_NAME and CLOISTER_MODEL_KEY.";
        return Err(problem(Cause::NotConfigured, what));
    };
    let provider = Provider {
        kind: models.kind,
        url: url.clone(),
        model: name.clone(),
        key: models.key.clone(),
        chosen: Chosen::ByOperator,
    };
    let caps = Caps {
        agent: models.agent_tokens.0,
        project: models.project_tokens.0,
    };
    Ok((provider, caps))
}

impl Caps {
    /// Says that nothing may be used any more, where that is so.
    pub fn check(self, today: Today) -> Result<(), Problem> {
        let reached = |cap: Option<i64>, used: i64| cap.filter(|cap| used >= *cap);
        let (who, cap) = if let Some(cap) = reached(self.agent, today.agent_tokens) {
            ("agent", cap)
        } else if let Some(cap) = reached(self.project, today.project_tokens) {
            ("project", cap)
        } else {
            return Ok(());
        };
        let what = format!(
            "This {who} has used its {cap} tokens of today; a new day begins at midnight UTC."
        );
        Err(Problem {
            retry_after: Some(until_tomorrow()),
            ..problem(Cause::Limit, what)
        })
    }
}

/// Milliseconds until the next day.
fn until_tomorrow() -> u64 {
    const DAY: i64 = 24 * 60 * 60 * 1_000;
    let gone = chrono::Utc::now().timestamp_millis().rem_euclid(DAY);
    u64::try_from(DAY - gone).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_used_all_is_told() {
        let caps = Caps {
            agent: Some(10),
            project: Some(20),
        };
        let check = |agent_tokens, project_tokens| {
            let today = Today {
                agent_tokens,
                project_tokens,
            };
            caps.check(today).map_err(|problem| problem.message)
        };
        assert_eq!(check(9, 19), Ok(()));
        assert!(
            check(10, 19)
                .unwrap_err()
                .starts_with("This agent has used its 10")
        );
        assert!(
            check(9, 20)
                .unwrap_err()
                .starts_with("This project has used its 20")
        );
        assert!(
            Caps::default()
                .check(Today {
                    agent_tokens: 1 << 40,
                    project_tokens: 1 << 40
                })
                .is_ok()
        );
    }
}
