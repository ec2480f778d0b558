//! Routes: what the workflows of channels make of messages, decided before they are stored. A channel's workflow is kept
//! here by its version, and the statement that stores a message checks that version: a channel without a workflow
//! costs nothing, and no message is routed by rules that do not count any more.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::Utc;
use store::ids::{ChannelId, HostId, OrganizationId, WorkflowId};
use store::inbox::{self, Durability, Receive, Received, Route};
use store::reading::{self, Applied, Reader, Step};
use store::sessions::{self, Change, Changed};
use store::workflows::{Facts, Speaker};
use store::{Store, StoreError, workflows};

use crate::inbound::Taken;
use crate::workflow::{Asked, Workflow, parse};

/// Channels whose workflows are kept; more are read anew.
const KNOWN: usize = 10_000;
/// How often a message is routed anew because the workflow changed under it.
const ROUNDS: usize = 5;

/// The workflows of the channels that were heard lately.
#[derive(Default)]
pub(super) struct Routes {
    known: Mutex<HashMap<ChannelId, Known>>,
}

#[derive(Clone)]
struct Known {
    id: WorkflowId,
    version: i64,
    workflow: Arc<Workflow>,
}

impl Routes {
    /// Routes a batch and stores it. Each message comes back with the route that it took.
    pub(super) async fn store(
        &self,
        store: &Store,
        host: Option<HostId>,
        durability: Durability,
        receives: &mut [Receive],
    ) -> Result<Vec<Received>, StoreError> {
        self.route(store, receives.iter_mut()).await?;
        let mut received = stored(store, host, durability, receives).await?;
        for (receive, received) in receives.iter_mut().zip(&mut received) {
            // The others are stored by now: what goes wrong with one from here on is its own.
            if let Err(error) = self
                .again(store, (host, durability), receive, received)
                .await
            {
                tracing::error!(
                    error = &error as &dyn std::error::Error, channel = %receive.channel_id,
                    "a message could not be routed"
                );
            }
        }
        Ok(received)
    }

    /// Stores what was read of a platform, its messages routed.
    pub(super) async fn take(
        &self,
        store: &Store,
        host: Option<HostId>,
        reader: &Reader<'_>,
        steps: &mut [Step],
    ) -> Result<Taken, StoreError> {
        for _ in 0..ROUNDS {
            self.route(store, steps.iter_mut().filter_map(message))
                .await?;
            match applied(store, host, reader, steps).await? {
                Applied::Done(done) => return Ok(Taken::Done(done)),
                Applied::Lost => return Ok(Taken::Lost),
                Applied::Moved => return Ok(Taken::Moved),
                Applied::Unrouted(by) => {
                    if let Some(receive) = steps.iter_mut().find_map(message) {
                        self.learn(store, receive, by).await?;
                    }
                }
            }
        }
        Err(StoreError::Unavailable(
            "the channel's workflow changes too fast".into(),
        ))
    }

    /// Stores a message with what it changes of its session.
    pub(super) async fn change(
        &self,
        store: &Store,
        host: Option<HostId>,
        receive: &mut Receive,
        change: &Change,
    ) -> Result<Changed, StoreError> {
        for _ in 0..ROUNDS {
            self.route(store, std::iter::once(&mut *receive)).await?;
            let changed = match sessions::receive(store, host, receive, change).await {
                Err(StoreError::Retry(_)) => {
                    sessions::receive(store, host, receive, change).await?
                }
                changed => changed?,
            };
            match changed {
                Changed::Received(Received::Unrouted(by)) => {
                    self.learn(store, receive, by).await?;
                }
                changed => return Ok(changed),
            }
        }
        Err(StoreError::Unavailable(
            "the channel's workflow changes too fast".into(),
        ))
    }

    /// Routes a message by the workflow that its channel has now, where it was by another one.
    async fn again(
        &self,
        store: &Store,
        (host, durability): (Option<HostId>, Durability),
        receive: &mut Receive,
        received: &mut Received,
    ) -> Result<(), StoreError> {
        for _ in 0..ROUNDS {
            let Received::Unrouted(by) = received else {
                break;
            };
            self.learn(store, receive, *by).await?;
            let one = std::slice::from_mut(receive);
            self.route(store, one.iter_mut()).await?;
            if let Some(answer) = stored(store, host, durability, one).await?.pop() {
                *received = answer;
            }
        }
        Ok(())
    }

    /// Reads what routes a channel from now on.
    async fn learn(
        &self,
        store: &Store,
        receive: &Receive,
        by: Option<(WorkflowId, i64)>,
    ) -> Result<(), StoreError> {
        let known = match by {
            Some((id, _)) => read(store, receive.organization_id, id).await?,
            None => None,
        };
        let mut all = self.lock();
        if all.len() >= KNOWN {
            all.clear();
        }
        match known {
            Some(known) => all.insert(receive.channel_id, known),
            None => all.remove(&receive.channel_id),
        };
        Ok(())
    }

    async fn route<'a>(
        &self,
        store: &Store,
        receives: impl IntoIterator<Item = &'a mut Receive>,
    ) -> Result<(), StoreError> {
        let mut routed: Vec<(&mut Receive, Known)> = Vec::new();
        {
            let known = self.lock();
            for receive in receives {
                let known = known.get(&receive.channel_id);
                if receive.route.is_decided {
                    // Whoever decided it knows better than rules.
                    receive.route.by = known.map(|known| (known.id, known.version));
                    continue;
                }
                match known {
                    Some(known) => routed.push((receive, known.clone())),
                    None => receive.route = Route::default(),
                }
            }
        }
        let asking: Vec<Speaker> = routed
            .iter()
            .filter(|(_, known)| known.workflow.needs_facts())
            .map(|(receive, _)| speaker(receive))
            .collect();
        let facts = if asking.is_empty() {
            Vec::new()
        } else {
            workflows::facts(store, &asking).await?
        };
        let mut facts = facts.into_iter();
        for (receive, known) in routed {
            let facts = if known.workflow.needs_facts() {
                facts.next().unwrap_or_default()
            } else {
                Facts::default()
            };
            let asked = Asked {
                text: &receive.text,
                is_group: receive.is_group,
                facts,
                at: Utc::now(),
            };
            let route = known.workflow.route(&asked);
            receive.route = Route {
                by: Some((known.id, known.version)),
                ..route
            };
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ChannelId, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn read(
    store: &Store,
    owner: OrganizationId,
    id: WorkflowId,
) -> Result<Option<Known>, StoreError> {
    let Some(row) = workflows::find(store, owner, id).await? else {
        return Ok(None);
    };
    // Rules are checked when they are written: only those of a newer host cannot be read.
    let workflow = parse(&row.rules).unwrap_or_else(|mistake| {
        tracing::error!(workflow = %id, %mistake, "a workflow cannot be read; it routes nothing");
        Workflow::default()
    });
    Ok(Some(Known {
        id,
        version: row.version,
        workflow: Arc::new(workflow),
    }))
}

/// A batch that lost against another transaction is written again: it changed nothing.
async fn stored(
    store: &Store,
    host: Option<HostId>,
    durability: Durability,
    receives: &[Receive],
) -> Result<Vec<Received>, StoreError> {
    match inbox::receive(store, host, durability, receives).await {
        Err(StoreError::Retry(_)) => inbox::receive(store, host, durability, receives).await,
        result => result,
    }
}

/// What lost against another transaction is written again: it changed nothing.
async fn applied(
    store: &Store,
    host: Option<HostId>,
    reader: &Reader<'_>,
    steps: &[Step],
) -> Result<Applied, StoreError> {
    match reading::apply(store, host, reader, steps).await {
        Err(StoreError::Retry(_)) => reading::apply(store, host, reader, steps).await,
        result => result,
    }
}

fn message(step: &mut Step) -> Option<&mut Receive> {
    match step {
        Step::Receive(receive) | Step::Enter(receive, _) => Some(receive),
        _ => None,
    }
}

fn speaker(receive: &Receive) -> Speaker {
    Speaker {
        organization_id: receive.organization_id,
        channel_id: receive.channel_id,
        platform_user_id: receive.platform_user_id.clone(),
        platform_chat_id: receive.platform_chat_id.clone(),
    }
}
