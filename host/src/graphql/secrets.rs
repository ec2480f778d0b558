//! Secrets of agents.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result};
use store::secrets::AgentSecret;

use super::resolve::library;
use super::scalars::Time;
use super::{asked_by, failure};
use crate::service::secrets::{self, NewSecret};
use crate::vault::Secret;

/// A secret of an agent, without what is secret.
pub(super) struct SecretNode(pub(super) Arc<AgentSecret>);

/// What an owner has stored for an agent, to be put into its requests to some hosts. Nobody is shown the secret itself again.
#[Object(name = "Secret", crate = "library")]
impl SecretNode {
    /// Its name, unique among the agent's.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What the agent writes in its place: `{{secret:NAME}}`.
    async fn placeholder(&self) -> String {
        secrets::placeholder(&self.0.name)
    }

    /// The hosts that it is for.
    async fn hosts(&self) -> &[String] {
        &self.0.hosts
    }

    /// Since when there is one of this name.
    async fn created_at(&self) -> Time {
        Time(self.0.created_at)
    }

    /// When this one was stored.
    async fn updated_at(&self) -> Time {
        Time(self.0.updated_at)
    }
}

/// A secret to store for an agent.
#[derive(InputObject)]
struct SetSecretInput {
    /// The agent, by id or name.
    agent: ID,
    /// Its name: letters, digits, `_`, `-` and `.`.
    name: String,
    /// The secret itself: 8 to 4,096 visible ASCII characters. It is not shown again.
    value: String,
    /// The hosts that it is for, such as `api.example.com`, `*.example.com` or `localhost:8443`.
    hosts: Vec<String>,
}

/// A secret to remove.
#[derive(InputObject)]
struct DeleteSecretInput {
    /// The agent, by id or name.
    agent: ID,
    /// Its name.
    name: String,
}

#[derive(Default)]
pub(super) struct SecretsMutation;

#[Object]
impl SecretsMutation {
    /// Stores a secret for an agent, in the place of one of the same name. The agent's requests to those hosts may have it; the
    /// hosts have to be allowed in the terms of its grant `http`, too.
    async fn set_secret(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "For whom, which, and for which hosts.")] input: SetSecretInput,
    ) -> Result<SecretNode> {
        let (cx, caller) = asked_by(context)?;
        let new = NewSecret {
            agent: input.agent.to_string(),
            name: input.name,
            value: Secret::new(input.value),
            hosts: input.hosts,
        };
        let secret = secrets::set(cx, caller, new).await;
        secret.map(Arc::new).map(SecretNode).map_err(failure::told)
    }

    /// Removes a secret: the agent's next turn is without it.
    async fn delete_secret(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whose, and which.")] input: DeleteSecretInput,
    ) -> Result<SecretNode> {
        let (cx, caller) = asked_by(context)?;
        let secret = secrets::delete(cx, caller, &input.agent, &input.name).await;
        secret.map(Arc::new).map(SecretNode).map_err(failure::told)
    }
}
