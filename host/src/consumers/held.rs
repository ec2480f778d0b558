//! Held: a channel that this host alone may listen to, for as long as it says so in time.

use store::StoreError;
use store::ids::ChannelId;
use store::leases;

use crate::context::Context;

/// The lease of a channel.
pub struct Held {
    name: String,
    fence: i64,
}

impl Held {
    /// Takes a channel, if no other host has it.
    pub(super) async fn take(cx: &Context, channel: ChannelId) -> Result<Option<Self>, StoreError> {
        Self::named(cx, format!("channel/{channel}")).await
    }

    /// Takes what one host at a time does with a channel beside listening to it.
    pub(super) async fn named(cx: &Context, name: String) -> Result<Option<Self>, StoreError> {
        let fence = leases::acquire(&cx.store, &name, cx.host_id, cx.config.work.lease).await?;
        Ok(fence.map(|fence| Self { name, fence }))
    }

    /// The lease's name and fence, which every write under it has to check.
    pub fn lease(&self) -> (&str, i64) {
        (&self.name, self.fence)
    }

    /// Keeps it; resolves when it is lost.
    pub(super) async fn lost(&self, cx: &Context) {
        let term = cx.config.work.lease;
        let mut good_until = tokio::time::Instant::now() + term;
        loop {
            tokio::time::sleep(term / 3).await;
            let asked = tokio::time::Instant::now();
            let renew = leases::renew(&cx.store, &self.name, cx.host_id, self.fence, term);
            match tokio::time::timeout_at(good_until, renew).await {
                Ok(Ok(true)) => good_until = asked + term,
                Ok(Ok(false)) => return,
                // A database that is away says nothing of the lease; past its term it says enough.
                Ok(Err(_)) if tokio::time::Instant::now() < good_until => {}
                Ok(Err(_)) | Err(_) => return,
            }
        }
    }

    /// Gives it back, so that another host need not wait.
    pub(super) async fn give_back(&self, cx: &Context) {
        let released = leases::release(&cx.store, &self.name, cx.host_id, self.fence).await;
        if let Err(error) = released {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(
                error,
                "a channel's lease could not be given back; it runs out by itself"
            );
        }
    }
}
