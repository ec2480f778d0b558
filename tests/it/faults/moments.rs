//! Kills at moments that no one chose.

use std::time::Duration;

use tests::crowd::Crowd;

#[tokio::test]
async fn kills_under_load_lose_nothing() {
    let (mut app, callback, channel) = crate::serving("counter").await;
    let mut moments = Moments(0x005e_ed0f_c105_7e12);

    let talking = Crowd::talk(8, 25, |_| channel.clone());
    let killing = async {
        for _ in 0..5 {
            // Not a wait for something: the moment is what is random.
            tokio::time::sleep(moments.next()).await;
            app.kill().await;
            app.restart().await;
        }
    };
    let (crowd, ()) = tokio::join!(talking, killing);

    crowd.check(app.database(), &callback).await;
    app.finish().await;
}

/// Seeded, so that a failure has the same moments again.
struct Moments(u64);

impl Moments {
    /// Up to a quarter of a second.
    fn next(&mut self) -> Duration {
        // xorshift64
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        Duration::from_millis(self.0 % 250)
    }
}
