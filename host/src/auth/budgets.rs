//! Budgets: how many requests a minute the keys of a project, and of its agents, may make together, where its owners say so.
//! They are counted in this process; what the owners say is read again after some seconds, and at once where they change it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use store::ids::ProjectId;
use store::{agents, project_settings};
use uuid::Uuid;

use super::caller::{Caller, Who};
use crate::context::Context;
use crate::error::Result;
use crate::rates::{Buckets, Rate};

/// How long a limit is taken for true.
const LASTS: Duration = Duration::from_secs(10);
/// Limits that are kept before old ones are thrown away.
const KEPT: usize = 10_000;

/// See the module.
#[derive(Default)]
pub struct Budgets {
    /// By project, or by agent.
    limits: Mutex<HashMap<Uuid, Limit>>,
    spent: Mutex<Buckets<ProjectId>>,
}

#[derive(Clone, Copy)]
struct Limit {
    project: ProjectId,
    per_minute: Option<u32>,
    read_at: Instant,
}

impl Budgets {
    /// Counts a request of a project's key or of an agent's; others cost nothing.
    pub(super) async fn spend(&self, cx: &Context, caller: &Caller) -> Result<()> {
        let Some(limit) = self.limit(cx, caller).await? else {
            return Ok(());
        };
        let Some(per_minute) = limit.per_minute else {
            return Ok(());
        };
        let per_minute = f64::from(per_minute);
        let rate = Rate {
            burst: per_minute,
            seconds_each: 60.0 / per_minute,
        };
        locked(&self.spent).take(limit.project, rate, Instant::now())
    }

    /// What a project's owners said has changed.
    pub fn forget(&self, project: ProjectId) {
        locked(&self.limits).retain(|_, limit| limit.project != project);
        locked(&self.spent).fill(&project);
    }

    async fn limit(&self, cx: &Context, caller: &Caller) -> Result<Option<Limit>> {
        let subject = match caller.who {
            Who::ProjectKey { project, .. } => project.uuid(),
            Who::Agent(agent) => agent.uuid(),
            _ => return Ok(None),
        };
        let known = locked(&self.limits).get(&subject).copied();
        if let Some(known) = known.filter(|known| known.read_at.elapsed() < LASTS) {
            return Ok(Some(known));
        }
        let owner = caller.organization_id;
        let project = match caller.who {
            Who::Agent(agent) => agents::find(&cx.store, owner, agent)
                .await?
                .map(|agent| agent.project_id),
            _ => Some(ProjectId::from(subject)),
        };
        let Some(project) = project else {
            return Ok(None);
        };
        let settings = project_settings::find(&cx.store, owner, project).await?;
        let limit = Limit {
            project,
            per_minute: settings.rate_limit_rpm.map(i32::unsigned_abs),
            read_at: Instant::now(),
        };
        let mut limits = locked(&self.limits);
        if limits.len() >= KEPT {
            limits.retain(|_, limit| limit.read_at.elapsed() < LASTS);
        }
        limits.insert(subject, limit);
        Ok(Some(limit))
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
