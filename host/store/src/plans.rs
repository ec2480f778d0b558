//! Plans of the statements that most messages need, made before there is a message. A connection has each statement read and
//! planned when it runs it for the first time, which takes the server many times as long as running it.

use crate::{Store, StoreError, inbox, turns};

/// Makes them on some of the pool's connections, those that are used first.
///
/// # Errors
/// When the database cannot be reached. Nothing depends on it: what is not planned is so later.
pub async fn make(store: &Store, connections: usize) -> Result<(), StoreError> {
    // Held until all have them, so that no connection comes twice.
    let mut held = Vec::with_capacity(connections);
    for _ in 0..connections {
        let mut connection = store.connection().await?;
        inbox::plan(&mut connection).await?;
        turns::plan(&mut connection).await?;
        turns::plan_whole(&mut connection).await?;
        held.push(connection);
    }
    Ok(())
}
