//! What is done ahead of turns when the host starts: the statements that most messages need are planned, and code that has a
//! language's runtime in it is checked, so that no first turn waits until all of its megabytes were read.

use sandbox::Digest;

use crate::context::Context;

/// More modules are checked by their first turns.
const MODULES: u32 = 100;
/// Connections that are used while little happens; more plan their statements when they run them.
const CONNECTIONS: usize = 2;

/// Starts it on the context's supervisor; it ends by itself.
pub(super) fn start(cx: &Context) {
    let store = cx.store.clone();
    cx.tasks.spawn("plans", async move {
        if let Err(error) = store::plans::make(&store, CONNECTIONS).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "statements could not be planned ahead; the first messages will do it"
            );
        }
    });
    let context = cx.clone();
    cx.tasks.spawn("code-checks", async move {
        if let Err(error) = check(&context).await {
            tracing::warn!(
                error = &*error,
                "compiled code could not be checked ahead; turns will do it"
            );
        }
    });
}

async fn check(cx: &Context) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let modules = store::agents::modules_of_running(&cx.store, MODULES).await?;
    // One after the other, on a single thread, since nobody waits for them.
    for module in modules {
        if cx.tasks.is_stopping() {
            break;
        }
        cx.engine
            .check_ahead(Digest::try_from(module.as_bytes().as_slice())?)
            .await?;
    }
    Ok(())
}
