//! The server of a test process, and the thread that makes and drops databases on it.

use std::path::PathBuf;
use std::sync::OnceLock;

use tokio::sync::{mpsc, oneshot};
use tokio_postgres::{Client, NoTls};

use super::undertaker;
use crate::embedded::{EmbeddedPostgres, Options};
use crate::pool::Store;

const TEMPLATE: &str = "template_cloister";

/// A database's name.
pub(super) struct Name(pub(super) String);

enum Order {
    Create {
        migrated: bool,
        made: oneshot::Sender<Name>,
    },
    Drop(String),
}

/// The one server of this process.
pub(super) struct Server {
    postgres: EmbeddedPostgres,
    orders: mpsc::UnboundedSender<Order>,
}

/// Starts it if this is the first call.
pub(super) fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| {
        // Not on the caller's runtime: that ends with the caller's test.
        let (ready, started) = std::sync::mpsc::channel();
        let (orders, taken) = mpsc::unbounded_channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build();
            runtime.expect("a runtime").block_on(async {
                let postgres = start().await;
                let admin = connect(&postgres.url_of("postgres")).await;
                make_template(&admin, &postgres).await;
                ready.send(postgres).expect("the caller waits");
                work(admin, taken).await;
            });
        });
        Server {
            postgres: started
                .recv()
                .expect("the test server starts: see the panic above"),
            orders,
        }
    })
}

impl Server {
    pub(super) fn url(&self, database: &str) -> String {
        self.postgres.url_of(database)
    }

    pub(super) async fn create(&self, migrated: bool) -> Name {
        let (made, name) = oneshot::channel();
        let sent = self.orders.send(Order::Create { migrated, made });
        assert!(sent.is_ok(), "the test server's thread works");
        name.await
            .expect("the database is made: see the panic above")
    }

    pub(super) fn forget(&self, name: &Name) {
        // At the end of the process no one is there to take it, and the whole server goes.
        let _ = self.orders.send(Order::Drop(name.0.clone()));
    }
}

async fn start() -> EmbeddedPostgres {
    let folder: PathBuf = tempfile::Builder::new()
        .prefix("cloister-test-")
        .tempdir()
        .expect("a folder")
        .keep();
    undertaker::bury_after_us(&folder);
    Options::new(folder)
        .volatile()
        .start()
        .await
        .expect("Postgres starts")
}

async fn make_template(admin: &Client, postgres: &EmbeddedPostgres) {
    admin
        .batch_execute(&format!("CREATE DATABASE {TEMPLATE}"))
        .await
        .expect("a template");
    let store = Store::connect(&postgres.url_of(TEMPLATE), 1)
        .await
        .expect("the template answers");
    store.migrate().await.expect("the migrations run");
    store.close();
}

async fn work(admin: Client, mut orders: mpsc::UnboundedReceiver<Order>) {
    let mut count = 0;
    while let Some(order) = orders.recv().await {
        match order {
            Order::Create { migrated, made } => {
                count += 1;
                let name = format!("test_{count}");
                let template = if migrated { TEMPLATE } else { "template1" };
                create(&admin, &name, template).await;
                let _ = made.send(Name(name));
            }
            Order::Drop(name) => {
                // Whoever still holds a connection to it is a leftover of the test.
                admin
                    .batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)"))
                    .await
                    .expect("it is dropped");
            }
        }
    }
}

/// A template must have no session, and the one that migrated it may take a moment to end.
async fn create(admin: &Client, name: &str, template: &str) {
    let version = admin
        .query_one("SELECT current_setting('server_version_num')::int", &[])
        .await
        .expect("the server answers");
    // The way of servers before 15 takes a sixth of the time where nothing waits for a disk.
    let strategy = match version.get::<_, i32>(0) {
        150_000.. => "STRATEGY FILE_COPY",
        _ => "",
    };
    let statement = format!("CREATE DATABASE {name} TEMPLATE {template} {strategy}");
    for _ in 0..100 {
        match admin.batch_execute(&statement).await {
            Ok(()) => return,
            Err(error) if error.code() == Some(&tokio_postgres::error::SqlState::OBJECT_IN_USE) => {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
            Err(error) => panic!("{statement}: {error:?}"),
        }
    }
    panic!("{template} stays in use");
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls)
        .await
        .expect("the server answers");
    tokio::spawn(connection);
    client
}
