//! The context is everything that a service needs to do its work. There is one a process, built by [`crate::app`] and
//! handed down; nothing below it is global.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use sandbox::Engine;
use store::Store;
use store::ids::{HostId, InstanceId};
use tokio::sync::Semaphore;

use crate::auth::{Budgets, Remembered};
use crate::config::Config;
use crate::external::External;
use crate::gather::Gather;
use crate::inbound::Inbox;
use crate::live::Live;
use crate::live::sources::Feeds;
use crate::metrics::Metrics;
use crate::models::KnownUsage;
use crate::outgoing::Outgoing;
use crate::rates::SignIns;
use crate::reads::Reads;
use crate::supervisor::Supervisor;
use crate::tools::Known as KnownTools;
use crate::usual::Usual;
use crate::vault::Vault;

/// The context. Cheap to clone.
///
/// Its parts are behind a trait, which says that threads may share them: the compiler would look through all of them for that,
/// in each future that has a context, which took half of its time.
#[derive(Clone)]
pub struct Context(Arc<dyn Whole>);

trait Whole: Send + Sync {
    fn parts(&self) -> &Parts;
}

impl Whole for Parts {
    fn parts(&self) -> &Parts {
        self
    }
}

/// What a context is made of.
pub struct Parts {
    /// What the operator decided.
    pub config: Config,
    /// The database.
    pub store: Store,
    /// Runs modules.
    pub engine: Engine,
    /// A driver for each kind of channel.
    pub drivers: channels::Registry,
    /// Seals and opens.
    pub vault: Vault,
    /// HTTP to the outside, guarded.
    pub outgoing: Outgoing,
    /// Those who watch conversations.
    pub live: Live,
    /// What they read, once for all who watch the same.
    pub feeds: Feeds,
    /// The way in for what channels hear.
    pub inbox: Arc<dyn Inbox>,
    /// Tokens that were looked up a moment ago.
    pub remembered: Remembered,
    /// How much projects' keys may ask.
    pub budgets: Budgets,
    /// What many requests read at the same moment.
    pub reads: Reads,
    /// Those who ask at the same time who speaks.
    pub speakers: Gather<store::speakers::Asked, Option<store::speakers::Speaker>>,
    /// Those who were found to talk as usual.
    pub usual: Usual,
    /// Doors of external sessions.
    pub external: External,
    /// How often people may try to sign in.
    pub sign_ins: SignIns,
    /// What agents have used of models today.
    pub model_usage: KnownUsage,
    /// Room for turns that are run again, so that those that wait for their first time have theirs.
    pub replays: Semaphore,
    /// What toolsets told of their tools a moment ago.
    pub tools: KnownTools,
    /// Numbers for the operator.
    pub metrics: Metrics,
    /// This process.
    pub host_id: HostId,
    /// The data directory that it holds.
    pub instance: InstanceId,
    /// The address that people and platforms are given, without a slash at its end.
    pub public_address: String,
    /// Every task of the process.
    pub tasks: Supervisor,
}

impl Context {
    /// The context of a process.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Deref for Context {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        self.0.parts()
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Context").field(&self.host_id).finish()
    }
}
