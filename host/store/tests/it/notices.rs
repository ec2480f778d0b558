//! What hosts tell each other.

use std::time::Duration;

use store::notices::{self, LONGEST, Listener};

use crate::given::Home;

#[tokio::test]
async fn a_listener_hears_what_is_sent_in_its_order() {
    let home = Home::new().await;
    let mut listener = Listener::open(home.store()).await.unwrap();
    let long = "x".repeat(LONGEST);
    let sent = ["one".to_owned(), "two".to_owned(), long];
    notices::send(home.store(), &sent).await.unwrap();
    for notice in sent {
        let heard = tokio::time::timeout(Duration::from_secs(15), listener.next()).await;
        assert_eq!(heard.unwrap().unwrap(), notice);
    }
}

#[tokio::test]
async fn a_listener_whose_connection_is_cut_says_so() {
    let home = Home::new().await;
    let mut listener = Listener::open(home.store()).await.unwrap();
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND query = 'LISTEN cloister'";
    let mut connection = home.store().connection().await.unwrap();
    diesel_async::RunQueryDsl::execute(store::hot::statement(cut), &mut connection)
        .await
        .unwrap();
    let heard = tokio::time::timeout(Duration::from_secs(15), listener.next()).await;
    assert!(heard.unwrap().is_err());
}
