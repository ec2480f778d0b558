//! What this host knows of agents: read once a version, not once a turn.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use sandbox::{Digest, Limits};
use store::ids::{AgentId, OrganizationId};
use store::{Store, StoreError};

use crate::capabilities::{SECRETS, WORKSPACE};
use crate::config;
use crate::service::outside::Outside;
use crate::service::providers::asked::Asked;
use crate::service::toolsets::terms::Terms as ToolTerms;
use crate::service::workspaces::{self, Allowance};

/// An agent as its runs see it.
#[derive(Debug)]
pub(super) struct Spec {
    pub version: i64,
    pub running: bool,
    pub digest: Option<Digest>,
    /// JSON, as the guest gets it.
    pub configuration: String,
    pub limits: Limits,
    pub grants: Vec<String>,
    /// What its files may amount to.
    pub allowance: Allowance,
    /// Whether its module asks for files, so that those that come with messages are kept for it.
    pub asks_for_files: bool,
    /// Whom it asks where it was granted `model`.
    pub asked: Arc<Asked>,
    /// What it reaches where it was granted `http`.
    pub outside: Outside,
    /// What it may use where it was granted `tools`.
    pub tools: ToolTerms,
}

impl Spec {
    /// Whether it may have files.
    pub(super) fn has_files(&self) -> bool {
        self.grants.iter().any(|granted| granted == WORKSPACE)
    }

    /// Whether its owner's secrets are put into its requests.
    pub(super) fn has_secrets(&self) -> bool {
        self.grants.iter().any(|granted| granted == SECRETS)
    }
}

/// The agents that ran here lately.
#[derive(Default)]
pub(super) struct Agents {
    known: Mutex<HashMap<AgentId, Arc<Spec>>>,
}

/// More are not kept: the next read of each is one statement.
const KNOWN: usize = 10_000;

impl Agents {
    /// The agent as of `version` or later. `None` where it was deleted.
    pub(super) async fn get(
        &self,
        (store, host): (&Store, &config::Limits),
        organization: OrganizationId,
        agent: AgentId,
        version: i64,
    ) -> Result<Option<Arc<Spec>>, StoreError> {
        if let Some(spec) = self.cached(agent, version) {
            return Ok(Some(spec));
        }
        let row = match store::turns::runnable(store, organization, agent).await {
            Ok(row) => row,
            Err(StoreError::NotFound) => return Ok(None),
            Err(error) => return Err(error),
        };
        // Limits are checked when they are set; what does not fit any more falls back to the defaults.
        let (limits, allowance) = workspaces::limits(host, &row.limits)
            .unwrap_or_else(|_| (Limits::default(), Allowance::most(host)));
        let asked = Arc::new(Asked::of(&row));
        let spec = Arc::new(Spec {
            version: row.version,
            running: row.status == "running",
            digest: row
                .module_digest
                .and_then(|bytes| Digest::try_from(bytes.as_slice()).ok()),
            configuration: row.configuration.to_string(),
            limits,
            asked,
            outside: Outside::of(row.http_terms.as_ref()),
            tools: ToolTerms::of(row.tool_terms.as_ref()),
            grants: row.grants,
            allowance,
            asks_for_files: row.asks_for_files,
        });
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KNOWN {
            known.clear();
        }
        known.insert(agent, spec.clone());
        Ok(Some(spec))
    }

    fn cached(&self, agent: AgentId, version: i64) -> Option<Arc<Spec>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .get(&agent)
            .filter(|spec| spec.version >= version)
            .cloned()
    }
}
