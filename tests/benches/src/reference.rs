//! What a page through GraphQL is compared with: the least that answers with the same rows over HTTP. A minimal handler,
//! one prepared statement, and JSON as Postgres makes it; no caller, no rights, no schema.
//!
//! It is a process of its own, `benches reference <database>`, as the host is: the one thread of the load generator is
//! not shared with it.

use std::process::Stdio;

use anyhow::{Context, Result};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, StatusCode};
use axum::routing::get;
use axum::serve::ListenerExt;
use deadpool::managed::{Manager, Metrics, Pool, QueueMode, RecycleResult};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, ChildStdin, Command};
use tokio_postgres::{Client, NoTls, Statement};

use crate::host::Host;

/// As many as the host has.
const CONNECTIONS: usize = 16;
/// What the host says to each of its connections.
const SETTINGS: &str = "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off";
const PAGE: &str = include_str!("page.sql");

/// The running process.
pub(crate) struct Reference {
    /// `127.0.0.1:port`
    pub(crate) address: String,
    child: Child,
    /// It serves for as long as this is open.
    open: ChildStdin,
}

impl Reference {
    /// Starts it on the host's own Postgres, and waits until it listens.
    pub(crate) async fn start(host: &Host) -> Result<Reference> {
        let database = format!("host='{}' user=postgres dbname=cloister", host.socket()?);
        let mut child = Command::new(std::env::current_exe()?)
            .args(["reference", &database])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let open = child.stdin.take().context("no way to the reference")?;
        let said = child.stdout.take().context("no way from the reference")?;
        let line = BufReader::new(said).lines().next_line().await?;
        Ok(Reference {
            address: line.context("the reference ended at its start")?,
            child,
            open,
        })
    }

    /// Stops it.
    pub(crate) async fn stop(mut self) -> Result<()> {
        drop(self.open);
        self.child.wait().await?;
        Ok(())
    }
}

/// Serves pages at `/{conversation}`, until its input ends.
#[tokio::main]
pub(crate) async fn serve(database: &str) -> Result<()> {
    let connections = Connections(database.parse()?);
    let pool: Pool<Connections> = Pool::builder(connections)
        .max_size(CONNECTIONS)
        .queue_mode(QueueMode::Lifo)
        .build()?;
    let first = pool.get().await?;
    let owner = first
        .client
        .query_one("SELECT id::text FROM organizations", &[])
        .await
        .context("one organization")?
        .try_get(0)?;
    drop(first);
    let router = Router::new()
        .route("/{conversation}", get(page))
        .with_state(Pages { pool, owner });
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    let mut input = tokio::io::stdin();
    tokio::select! {
        served = axum::serve(listener, router) => served?,
        _ = input.read_u8() => {}
    }
    Ok(())
}

#[derive(Clone)]
struct Pages {
    pool: Pool<Connections>,
    owner: String,
}

type Answer = ([(HeaderName, &'static str); 1], String);

async fn page(
    State(pages): State<Pages>,
    Path(conversation): Path<String>,
) -> Result<Answer, (StatusCode, String)> {
    let read = async {
        let connection = pages.pool.get().await.map_err(|error| error.to_string())?;
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 2] = [&pages.owner, &conversation];
        let row = connection.client.query_one(&connection.page, &values).await;
        row.and_then(|row| row.try_get(0))
            .map_err(|error| error.to_string())
    };
    let text = read.await;
    let text = text.map_err(|why: String| (StatusCode::INTERNAL_SERVER_ERROR, why))?;
    Ok(([(CONTENT_TYPE, "application/json")], text))
}

struct Connections(tokio_postgres::Config);

struct Connection {
    client: Client,
    page: Statement,
}

impl Manager for Connections {
    type Type = Connection;
    type Error = tokio_postgres::Error;

    async fn create(&self) -> Result<Connection, tokio_postgres::Error> {
        let (client, driven) = self.0.connect(NoTls).await?;
        tokio::spawn(driven);
        client.batch_execute(SETTINGS).await?;
        let page = client.prepare(PAGE).await?;
        Ok(Connection { client, page })
    }

    async fn recycle(
        &self,
        _connection: &mut Connection,
        _metrics: &Metrics,
    ) -> RecycleResult<tokio_postgres::Error> {
        Ok(())
    }
}
