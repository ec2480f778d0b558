//! What passes by: changes of things that keep only their last state. A watcher who is too slow is told so, and asks anew.

use std::sync::Arc;

use super::guard::Guarded;
use super::over;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::live::feed::{Gap, Hub, Source, Watching};

/// See the module.
pub(super) struct Passing<Item>(Watching<Item>);

impl<Item> Passing<Item> {
    /// From now on.
    pub(super) async fn open<S: Source<Item = Item>>(
        cx: &Context,
        hub: &Hub<S>,
        source: S,
    ) -> Result<Passing<Item>> {
        let watching = hub.watch(source, &cx.live, &cx.store, &cx.tasks).await;
        watching.map(Passing).map_err(|_| over())
    }
}

impl<Item: Send + Sync + 'static> Guarded for Passing<Item> {
    type Item = Arc<Item>;

    async fn next(&mut self) -> Result<Arc<Item>> {
        self.0.next().await.map_err(|gap| match gap {
            Gap::Behind => Error::conflict(
                "this subscription",
                "fell too far behind what it watches; subscribe again",
            ),
            Gap::Over => over(),
        })
    }
}
