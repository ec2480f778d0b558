//! Deliveries: what an agent says later, on its way to a callback that may be slow, broken or gone.

mod broken;
mod guard;
mod order;
mod retry;

use tests::Channel;

/// Has the counter say something later, at once.
async fn speak_later(channel: &Channel, user: &str, what: &str) {
    let replies = channel
        .say(user, &format!("remind me in 0 seconds to {what}"))
        .await;
    assert_eq!(replies, ["I will remind you in 0 s."]);
}
