//! What is repeated until it is done.

use std::time::Duration;

use crate::context::Context;

/// Repeats what must not be left undone while this host lives: it holds a conversation that no one else can go on with.
/// `None`: the host stops, and the next one ends the lease.
pub(super) async fn until_done<T, E, F>(cx: &Context, what: &str, step: impl Fn() -> F) -> Option<T>
where
    E: std::error::Error + 'static,
    F: Future<Output = Result<T, E>>,
{
    loop {
        match step().await {
            Ok(done) => return Some(done),
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    what,
                    "the database did not do it; trying again"
                );
            }
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(500)) => {}
            () = cx.tasks.stopping() => return None,
        }
    }
}
