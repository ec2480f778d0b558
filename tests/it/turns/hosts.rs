//! Two hosts on one database.

use tests::crowd::Crowd;
use tests::wait::{LONG, wait_for};
use tests::{App, Callback};

/// Base64 of 32 bytes; hosts that share a database share the key.
pub(super) const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

#[tokio::test]
async fn one_of_two_hosts_dies_and_the_other_goes_on() {
    let mut first = App::build().set("CLOISTER_MASTER_KEY", KEY).start().await;
    let second = App::build()
        .set("CLOISTER_MASTER_KEY", KEY)
        .beside(&first)
        .start()
        .await;
    let callback = Callback::start().await;
    first
        .owner()
        .pushed("counter", crate::guest("counter"))
        .await;
    let here = first.owner().channel("counter", &callback.url()).await;
    let there = here.at(&second.address());

    // Each person's messages go to both by turns, until one of them is gone: then a product takes the other's address.
    let gone = std::cell::Cell::new(false);
    let way = |number: usize| {
        if number.is_multiple_of(2) && !gone.get() {
            here.clone()
        } else {
            there.clone()
        }
    };
    let talking = Crowd::talk(8, 12, way);
    let killing = async {
        let database = first.database();
        wait_for(LONG, "the work to be half done", async || {
            let messages = database.count("SELECT count(*) FROM messages").await;
            (messages >= 96).then_some(())
        })
        .await;
        gone.set(true);
        first.kill().await;
    };
    let (crowd, ()) = tokio::join!(talking, killing);

    crowd.check(second.database(), &callback).await;
    second.finish().await;
}
