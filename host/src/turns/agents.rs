//! What this host knows of agents: read once a version, not once a turn.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use sandbox::{Digest, Limits};
use store::ids::AgentId;
use store::modules::ModuleDigest;
use store::turns::LoadedTurn;
use store::{Store, StoreError};

use super::sides::{Sides, Trial, digest};
use crate::capabilities::{SECRETS, WORKSPACE};
use crate::config;
use crate::service::outside::Outside;
use crate::service::providers::asked::Asked;
use crate::service::toolsets::terms::Terms as ToolTerms;
use crate::service::workspaces::{self, Allowance};

/// What this host has seen of an agent's turns: whether they have always been simple. What is tried beside it counts as well.
#[derive(Clone, Debug)]
pub(super) struct Simple(Arc<AtomicBool>);

impl Default for Simple {
    fn default() -> Self {
        Self(Arc::new(AtomicBool::new(true)))
    }
}

impl Simple {
    /// One of its turns was not.
    pub(super) fn no_more(&self) {
        self.0.store(false, Ordering::Relaxed);
    }

    /// Whether all were.
    pub(super) fn so_far(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// An agent as its runs see it.
#[derive(Clone, Debug)]
pub(super) struct Spec {
    pub version: i64,
    pub running: bool,
    /// The module that a turn runs on.
    pub digest: Option<Digest>,
    /// JSON, as the guest gets it.
    pub configuration: String,
    pub limits: Limits,
    pub grants: Vec<String>,
    /// What its files may amount to.
    pub allowance: Allowance,
    /// Whether its module asks for files, so that those that come with messages are kept for it.
    pub asks_for_files: bool,
    /// Whether none of its turns here has called the host, log lines apart, or taken long.
    pub is_simple: Simple,
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

    /// The module that a turn runs on, as its row names it.
    pub(super) fn module(&self) -> Option<ModuleDigest> {
        (self.digest).map(|digest| ModuleDigest::from(*digest.as_bytes()))
    }

    /// Whether its owner's secrets are put into its requests.
    pub(super) fn has_secrets(&self) -> bool {
        self.grants.iter().any(|granted| granted == SECRETS)
    }
}

/// The agents that ran here lately.
#[derive(Default)]
pub(super) struct Agents {
    known: Mutex<HashMap<AgentId, Sides>>,
}

/// More are not kept: the next read of each is one statement.
const KNOWN: usize = 10_000;

impl Agents {
    /// The agent as a turn runs it, as of the version that the turn knows or later. `None` where it was deleted.
    pub(super) async fn get(
        &self,
        (store, host): (&Store, &config::Limits),
        agent: AgentId,
        turn: &LoadedTurn,
    ) -> Result<Option<Arc<Spec>>, StoreError> {
        let Some(version) = turn.agent_version else {
            return Ok(None);
        };
        if let Some(spec) = self.cached(agent, version, turn) {
            return Ok(Some(spec));
        }
        let row = match store::turns::runnable(store, turn.organization_id.into(), agent).await {
            Ok(row) => row,
            Err(StoreError::NotFound) => return Ok(None),
            Err(error) => return Err(error),
        };
        // Limits are checked when they are set; what does not fit any more falls back to the defaults.
        let (limits, allowance) = workspaces::limits(host, &row.limits)
            .unwrap_or_else(|_| (Limits::default(), Allowance::most(host)));
        let asked = Arc::new(Asked::of(&row));
        let trial = Trial::of(&row);
        let spec = Spec {
            version: row.version,
            running: row.status == "running",
            digest: digest(row.module_digest.as_deref()),
            configuration: row.configuration.to_string(),
            limits,
            asked,
            outside: Outside::of(row.http_terms.as_ref()),
            tools: ToolTerms::of(row.tool_terms.as_ref()),
            grants: row.grants,
            allowance,
            asks_for_files: row.asks_for_files,
            is_simple: Simple::default(),
        };
        let sides = Sides::of(spec, trial);
        let spec = sides.of_turn(agent, turn);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KNOWN {
            known.clear();
        }
        known.insert(agent, sides);
        Ok(Some(spec))
    }

    /// Whether an agent is known, as of a version or later, and its turns have been simple.
    pub(super) fn is_simple(&self, agent: AgentId, version: i64) -> bool {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let sides = known.get(&agent).filter(|sides| sides.version() >= version);
        sides.is_some_and(Sides::are_simple)
    }

    fn cached(&self, agent: AgentId, version: i64, turn: &LoadedTurn) -> Option<Arc<Spec>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let sides = known.get(&agent).filter(|sides| sides.version() >= version);
        sides.map(|sides| sides.of_turn(agent, turn))
    }
}
