//! Hosts and leases: who is alive, and who may do what only one may.

use std::time::Duration;

use store::ids::{HostId, InstanceId};
use store::testing::TestDatabase;
use store::{hosts, leases};

const LONG: Duration = Duration::from_secs(60);
const OVER: Duration = Duration::ZERO;

#[tokio::test]
async fn the_next_host_of_a_data_directory_ends_the_one_before() {
    let database = TestDatabase::new().await;
    let store = database.store();
    let (first, second, other) = (HostId::new(), HostId::new(), HostId::new());
    let directory = InstanceId::new();
    hosts::register(store, first, directory, LONG)
        .await
        .unwrap();
    hosts::register(store, other, InstanceId::new(), LONG)
        .await
        .unwrap();
    assert!(hosts::is_alive(store, first).await.unwrap());
    hosts::register(store, first, directory, LONG)
        .await
        .unwrap();

    let before = store.statements().executed();
    hosts::register(store, second, directory, LONG)
        .await
        .unwrap();
    assert_eq!(store.statements().executed() - before, 1);

    assert!(!hosts::is_alive(store, first).await.unwrap());
    assert!(!hosts::heartbeat(store, first, LONG).await.unwrap());
    let alive: Vec<_> = hosts::list(store)
        .await
        .unwrap()
        .into_iter()
        .map(|host| host.id)
        .collect();
    assert_eq!(alive, [second, other]);
}

#[tokio::test]
async fn a_host_is_alive_as_long_as_it_says_so() {
    let database = TestDatabase::new().await;
    let (store, host) = (database.store(), HostId::new());
    hosts::register(store, host, InstanceId::new(), OVER)
        .await
        .unwrap();
    assert!(!hosts::is_alive(store, host).await.unwrap());
    assert!(hosts::heartbeat(store, host, LONG).await.unwrap());
    assert!(hosts::is_alive(store, host).await.unwrap());
    hosts::remove(store, host).await.unwrap();
    assert!(!hosts::is_alive(store, host).await.unwrap());
}

async fn alive(database: &TestDatabase) -> HostId {
    let host = HostId::new();
    hosts::register(database.store(), host, InstanceId::new(), LONG)
        .await
        .unwrap();
    host
}

#[tokio::test]
async fn a_lease_has_one_holder() {
    let database = TestDatabase::new().await;
    let store = database.store();
    let (a, b) = (alive(&database).await, alive(&database).await);

    let (first, second) = tokio::join!(
        leases::acquire(store, "channel/1", a, LONG),
        leases::acquire(store, "channel/1", b, LONG)
    );
    let (holder, loser) = match (first.unwrap(), second.unwrap()) {
        (Some(1), None) => (a, b),
        (None, Some(1)) => (b, a),
        other => panic!("one gets it: {other:?}"),
    };
    assert_eq!(
        leases::acquire(store, "channel/2", loser, LONG)
            .await
            .unwrap(),
        Some(1)
    );
    assert!(
        leases::renew(store, "channel/1", holder, 1, LONG)
            .await
            .unwrap()
    );
    assert!(
        !leases::renew(store, "channel/1", loser, 1, LONG)
            .await
            .unwrap()
    );

    // The holder's next task takes it anew, and the one before it has lost it.
    assert_eq!(
        leases::acquire(store, "channel/1", holder, LONG)
            .await
            .unwrap(),
        Some(2)
    );
    assert!(
        !leases::renew(store, "channel/1", holder, 1, LONG)
            .await
            .unwrap()
    );
    leases::release(store, "channel/1", holder, 1)
        .await
        .unwrap();
    assert_eq!(
        leases::acquire(store, "channel/1", loser, LONG)
            .await
            .unwrap(),
        None
    );
    leases::release(store, "channel/1", holder, 2)
        .await
        .unwrap();
    assert_eq!(
        leases::acquire(store, "channel/1", loser, LONG)
            .await
            .unwrap(),
        Some(3)
    );
}

#[tokio::test]
async fn a_lease_is_free_when_it_has_run_out_or_its_host_is_dead() {
    let database = TestDatabase::new().await;
    let store = database.store();
    let (a, b) = (alive(&database).await, alive(&database).await);
    assert_eq!(
        leases::acquire(store, "sweep", a, OVER).await.unwrap(),
        Some(1)
    );
    assert!(!leases::renew(store, "sweep", a, 1, LONG).await.unwrap());
    assert_eq!(
        leases::acquire(store, "sweep", b, LONG).await.unwrap(),
        Some(2)
    );

    assert_eq!(
        leases::acquire(store, "sweep", a, LONG).await.unwrap(),
        None
    );
    hosts::remove(store, b).await.unwrap();
    assert_eq!(
        leases::acquire(store, "sweep", a, LONG).await.unwrap(),
        Some(3)
    );
}
