//! What a database is called.

use store::installation;

use crate::given::Home;

#[tokio::test]
async fn a_database_keeps_its_id_and_shares_it_with_none() {
    let (here, there) = (Home::new().await, Home::new().await);
    let (one, two) = tokio::join!(
        installation::id(here.store()),
        installation::id(here.store())
    );
    let id = one.unwrap();
    assert_eq!(two.unwrap(), id);
    assert_eq!(installation::id(here.store()).await.unwrap(), id);
    // Both were made from one migrated database.
    assert_ne!(installation::id(there.store()).await.unwrap(), id);
}
