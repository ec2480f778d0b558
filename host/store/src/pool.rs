//! The store is a pool of connections to the one database. A connection is taken from it for as long as a statement
//! or a transaction needs, and goes back when dropped.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use deadpool::Runtime;
use deadpool::managed::QueueMode;
use diesel::{ConnectionError, ConnectionResult};
use diesel_async::pooled_connection::deadpool::{Object, Pool};
use diesel_async::pooled_connection::{
    AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod,
};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use futures_util::FutureExt;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::address::Address;
use crate::error::StoreError;
use crate::statements::{Counter, Statements};
use crate::{hot, tls};

/// How long a caller waits for a connection when all are taken: longer than any statement of ours should take, and
/// short enough that a request still gets an answer.
const WAIT: Duration = Duration::from_secs(5);
/// No statement of ours takes as long, unless it waits for a lock that someone forgot. One plan serves every value of a
/// statement: making a plan costs the long ones more than running it. And such a plan, made while a table was small, must
/// not read the whole of it once it has grown: our statements find rows by keys, so an index is used where there is one.
const LIMITS: &str = "SET statement_timeout = '30s'; SET idle_in_transaction_session_timeout = '30s'; \
     SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off";
/// How long a new connection may take to come about.
const CONNECT: Duration = Duration::from_secs(5);

/// The database, as everything above sees it. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pool: Pool<AsyncPgConnection>,
    server: Arc<Server>,
    statements: Arc<Statements>,
}

/// Where connections lead, and how they are made.
struct Server {
    config: tokio_postgres::Config,
    tls: MakeRustlsConnect,
}

/// A connection out of the pool. Diesel's queries run on `&mut connection`.
pub type Connection = Object<AsyncPgConnection>;

/// How the pool is used at the moment.
#[derive(Clone, Copy, Debug)]
pub struct PoolStatus {
    /// Connections that are open.
    pub open: usize,
    /// Those of them that no one uses.
    pub idle: usize,
    /// Callers that wait for one.
    pub waiting: usize,
}

impl Store {
    /// Opens a store on the database at `url`, a `postgres://` address or one with a Unix socket's folder
    /// (`postgres:///cloister?host=/run/cloister&user=postgres`), and makes sure that it answers. See [`Address`] for
    /// how it is encrypted.
    pub async fn connect(url: &str, max_connections: usize) -> Result<Store, StoreError> {
        let unavailable = |error| StoreError::Unavailable(error);
        let address = Address::parse(url).map_err(|error| unavailable(Box::new(error)))?;
        let tls = tls::connector(address.trust, &address.roots)
            .map_err(|error| unavailable(Box::new(error)))?;
        let config = prepared(address.config);
        let store = Store::lazy(Server { config, tls }, max_connections)?;
        store.ping().await?;
        Ok(store)
    }

    fn lazy(server: Server, max_connections: usize) -> Result<Store, StoreError> {
        let server = Arc::new(server);
        let statements = Arc::new(Statements::default());

        let mut manager = ManagerConfig::default();
        // A closed connection is noticed by its socket; asking the server at each use would double every round trip.
        manager.recycling_method = RecyclingMethod::Fast;
        manager.custom_setup = {
            let (server, statements) = (server.clone(), statements.clone());
            Box::new(move |_| establish(server.clone(), Some(statements.clone())).boxed())
        };
        let pool = Pool::builder(AsyncDieselConnectionManager::new_with_config("", manager))
            .max_size(max_connections)
            .wait_timeout(Some(WAIT))
            .create_timeout(Some(CONNECT))
            .runtime(Runtime::Tokio1)
            // The connection that was used last has the warmest caches, and those beyond the need stay small.
            .queue_mode(QueueMode::Lifo)
            .build()
            .map_err(|error| StoreError::Failed(Box::new(error)))?;
        Ok(Store {
            pool,
            server,
            statements,
        })
    }

    /// A connection, waited for at most five seconds.
    pub async fn connection(&self) -> Result<Connection, StoreError> {
        Ok(self.pool.get().await?)
    }

    /// A connection of one's own beside the pool, for what lasts: `LISTEN`, a session's lock, a migration. Its
    /// statements are neither counted nor limited in time.
    pub async fn dedicated(&self) -> Result<AsyncPgConnection, StoreError> {
        let connecting = establish(self.server.clone(), None);
        match tokio::time::timeout(CONNECT, connecting).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(error)) => Err(StoreError::Unavailable(Box::new(error))),
            Err(late) => Err(StoreError::Unavailable(Box::new(late))),
        }
    }

    /// One round trip: the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        hot::statement("SELECT")
            .execute(&mut self.connection().await?)
            .await?;
        Ok(())
    }

    /// How the pool is used at the moment.
    pub fn status(&self) -> PoolStatus {
        let status = self.pool.status();
        PoolStatus {
            open: status.size,
            idle: status.available,
            waiting: status.waiting,
        }
    }

    /// What has been sent to the database so far.
    pub fn statements(&self) -> &Statements {
        &self.statements
    }

    /// Closes every connection as it comes back; those who ask for one from now on get an error.
    pub fn close(&self) {
        self.pool.close();
    }
}

fn prepared(mut config: tokio_postgres::Config) -> tokio_postgres::Config {
    if config.get_application_name().is_none() {
        config.application_name("cloister");
    }
    config
        .connect_timeout(CONNECT)
        // A database machine that went away without a word is noticed in half a minute.
        .keepalives_idle(Duration::from_secs(15))
        .tcp_user_timeout(Duration::from_secs(30));
    config
}

async fn establish(
    server: Arc<Server>,
    statements: Option<Arc<Statements>>,
) -> ConnectionResult<AsyncPgConnection> {
    let connecting = server.config.connect(server.tls.clone());
    let (client, connection) = connecting.await.map_err(bad_connection)?;
    let mut connection =
        AsyncPgConnection::try_from_client_and_connection(client, connection).await?;
    if let Some(statements) = statements {
        let limited = connection.batch_execute(LIMITS).await;
        limited.map_err(ConnectionError::CouldntSetupConfiguration)?;
        connection.set_instrumentation(Counter::new(statements));
    }
    Ok(connection)
}

/// Diesel keeps only a text of what went wrong, so it has to tell the whole chain.
fn bad_connection(error: tokio_postgres::Error) -> ConnectionError {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    ConnectionError::BadConnection(text)
}
