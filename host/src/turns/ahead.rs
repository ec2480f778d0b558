//! What is done ahead of turns: code that has a language's runtime in it is checked when the host starts, so that no first turn
//! waits until all of its megabytes were read.

use sandbox::Digest;

use crate::context::Context;

/// More modules are checked by their first turns.
const MODULES: u32 = 100;

/// Starts it on the context's supervisor; it ends by itself.
pub(super) fn start(cx: &Context) {
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
