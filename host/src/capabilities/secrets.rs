//! `secrets`: what there is to be put into requests. The secrets themselves are [`super::http`]'s alone.

use std::sync::Arc;

use async_trait::async_trait;
use sandbox::Secrets;
use sandbox::types::{Error, ErrorCode, Secret};

use super::refusal;
use super::turn::Turn;
use crate::error::chain;
use crate::service::secrets::placeholder;

pub(super) struct TurnSecrets(pub(super) Arc<Turn>);

#[async_trait]
impl Secrets for TurnSecrets {
    async fn entries(&self) -> Result<Vec<Secret>, Error> {
        let Some(reaching) = &self.0.reaching else {
            return Ok(Vec::new());
        };
        let read = reaching.read(&self.0).await.map_err(|error| {
            tracing::error!(agent = %self.0.agent_id, cause = chain(&error), "secrets of an agent cannot be read");
            let what = "The host cannot read the agent's secrets; try again later.";
            refusal(ErrorCode::Unavailable, what)
        })?;
        let shown = read.iter().map(|secret| Secret {
            name: secret.name.clone(),
            placeholder: placeholder(&secret.name),
            hosts: secret.hosts.clone(),
        });
        Ok(shown.collect())
    }
}
