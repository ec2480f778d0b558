//! Waiting for something to become true, with a limit: tests never sleep for as long as something "should" take.

use std::time::Duration;

use tokio::time::{Instant, sleep};

/// Longer than anything takes that works, on a machine that has much to do.
pub const LONG: Limit = Limit(Duration::from_secs(60));

/// How long a wait may take before the test fails.
#[derive(Clone, Copy, Debug)]
pub struct Limit(pub Duration);

/// How often it looks.
const PAUSE: Duration = Duration::from_millis(20);

/// Looks until `look` finds something, and returns that; fails the test when the limit has passed, naming `what` it
/// waited for.
pub async fn wait_for<T>(limit: Limit, what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let end = Instant::now() + limit.0;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < end, "waited {:?} for {what}", limit.0);
        sleep(PAUSE).await;
    }
}
