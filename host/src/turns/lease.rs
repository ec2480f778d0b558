//! Lease: says that this host lives. What a host holds is another's to take once the host has not said so for the lease's
//! time; the fence of each conversation keeps a host that was only slow from writing afterwards.

use std::time::Duration;

use crate::context::Context;

/// Registers this host, and ends the leases of the one before it on the same data directory.
pub(super) async fn register(cx: &Context) -> Result<(), store::StoreError> {
    store::hosts::register(&cx.store, cx.host_id, cx.instance, cx.config.work.lease).await
}

pub(super) fn start(cx: &Context) {
    let context = cx.clone();
    cx.tasks.spawn("lease", async move {
        let lease = context.config.work.lease;
        loop {
            let beat = store::hosts::heartbeat(&context.store, context.host_id, lease).await;
            let pause = match beat {
                Ok(true) => lease / 3,
                Ok(false) => {
                    // Another process took the data directory's place, or an operator removed the row.
                    if let Err(error) = register(&context).await {
                        tracing::error!(
                            error = &error as &dyn std::error::Error,
                            "this host could not register again"
                        );
                    }
                    Duration::from_millis(200)
                }
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "this host could not say that it lives"
                    );
                    (lease / 10).min(Duration::from_millis(500))
                }
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = context.tasks.stopping() => return,
            }
        }
    });
}
