//! What goes wrong between the store and its server, and what the store makes of it.

use std::future::pending;
use std::time::Duration;

use diesel_async::{AsyncConnection, RunQueryDsl, SimpleAsyncConnection};
use store::error::StoreError;
use store::ids::OrganizationId;
use store::organizations::{self, NewOrganization};
use store::testing::TestDatabase;
use store::{Connection, Store, hot};

use crate::given::eventually;

#[tokio::test]
async fn an_address_that_leads_nowhere_is_an_outage() {
    for address in [
        "postgres:///x?host=/nowhere&user=postgres",
        "postgres://127.0.0.1:1/x",
        "not an address",
    ] {
        let error = Store::connect(address, 1).await.err().unwrap();
        assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    }
}

#[tokio::test]
async fn a_pool_without_a_connection_to_spare_says_so_after_a_while() {
    let database = TestDatabase::with_connections(1).await;
    let held = database.store().connection().await.unwrap();
    assert_eq!(
        (
            database.store().status().open,
            database.store().status().idle
        ),
        (1, 0)
    );

    let error = database.store().connection().await.err().unwrap();

    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    drop(held);
    database.store().ping().await.unwrap();
}

#[tokio::test]
async fn a_connection_that_was_cut_is_replaced() {
    let database = TestDatabase::with_connections(1).await;
    let mut connection = database.store().connection().await.unwrap();
    let cut = hot::statement("SELECT pg_terminate_backend(pg_backend_pid())")
        .execute(&mut connection)
        .await;
    let error = StoreError::from(cut.unwrap_err());
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    drop(connection);
    eventually("another connection", async || {
        database.store().ping().await.ok()
    })
    .await;
}

#[tokio::test]
async fn a_transaction_that_is_given_up_leaves_nothing() {
    let database = TestDatabase::with_connections(1).await;
    let id = OrganizationId::new();
    let mut connection = database.store().connection().await.unwrap();
    let (written, wait) = tokio::sync::oneshot::channel();
    let work = connection.transaction(async |connection: &mut Connection| {
        let insert = format!("INSERT INTO organizations (id, name) VALUES ('{id}', 'x')");
        connection.batch_execute(&insert).await?;
        let _ = written.send(());
        pending::<Result<(), StoreError>>().await
    });
    tokio::select! {
        _ = work => unreachable!(),
        _ = wait => {}
    }
    drop(connection);

    assert!(
        organizations::find(database.store(), id)
            .await
            .unwrap()
            .is_none()
    );
    let new = NewOrganization {
        id,
        name: "x".into(),
    };
    organizations::create(database.store(), new).await.unwrap();
    assert!(
        organizations::find(database.store(), id)
            .await
            .unwrap()
            .is_some()
    );
}

#[tokio::test]
async fn of_two_transactions_in_a_deadlock_one_is_told_to_try_again() {
    let database = TestDatabase::new().await;
    let ids = [OrganizationId::new(), OrganizationId::new()];
    for id in ids {
        organizations::create(
            database.store(),
            NewOrganization {
                id,
                name: "x".into(),
            },
        )
        .await
        .unwrap();
    }
    let both_have_one = tokio::sync::Barrier::new(2);
    let both_have_one = &both_have_one;
    let store = database.store();
    let cross = async |first: OrganizationId, second: OrganizationId| -> Result<(), StoreError> {
        let mut connection = store.connection().await?;
        connection
            .batch_execute("SET deadlock_timeout = '20ms'")
            .await?;
        connection
            .transaction(async |connection: &mut Connection| {
                let update = |id| format!("UPDATE organizations SET name = 'y' WHERE id = '{id}'");
                connection.batch_execute(&update(first)).await?;
                both_have_one.wait().await;
                connection.batch_execute(&update(second)).await?;
                Ok(())
            })
            .await
    };

    let both = async { tokio::join!(cross(ids[0], ids[1]), cross(ids[1], ids[0])) };
    let (a, b) = tokio::time::timeout(Duration::from_secs(10), both)
        .await
        .unwrap();

    let lost = match (a, b) {
        (Ok(()), Err(lost)) | (Err(lost), Ok(())) => lost,
        other => panic!("one loses: {other:?}"),
    };
    assert!(matches!(lost, StoreError::Retry(_)), "{lost:?}");
    assert!(lost.is_transient());
}
