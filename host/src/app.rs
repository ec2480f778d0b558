//! The app is a whole host: everything that a process needs, built from its configuration, served until it is told to
//! stop, and taken down in the order that loses nothing.

mod error;
mod folder;
mod offline;

use std::ffi::OsString;
use std::future::Future;
use std::net::SocketAddr;
use std::num::NonZero;
use std::thread::available_parallelism;
use std::time::Duration;

use channels::Moved;
use sandbox::{Engine, EngineConfig};
use store::Store;
use store::embedded::{EmbeddedPostgres, Options};
use store::ids::HostId;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::Instant;

pub use self::error::StartError;
use self::folder::DataFolder;
pub use self::offline::Offline;
use crate::auth::{Budgets, Remembered};
use crate::config::Config;
use crate::context::{Context, Parts};
use crate::external::External;
use crate::gather::Gather;
use crate::live::nats::Nats;
use crate::live::sources::Feeds;
use crate::live::{Live, relay};
use crate::metrics::Metrics;
use crate::models::KnownUsage;
use crate::outgoing::Outgoing;
use crate::rates::SignIns;
use crate::reads::Reads;
use crate::server::Server;
use crate::service::bootstrap::{self, Home};
use crate::service::navigation;
use crate::supervisor::Supervisor;
use crate::tools::Known as KnownTools;
use crate::turns;
use crate::usual::Usual;
use crate::vault::{Keyring, Vault};
use crate::{cleaning, cli, consumers, router};

const COMPILED_CODE: &str = "cloister 2026-11-20 authentication of compiled code";

/// A host that is ready to serve.
pub struct App {
    cx: Context,
    listener: TcpListener,
    address: SocketAddr,
    home: Home,
    turns: turns::Running,
    postgres: Option<EmbeddedPostgres>,
    _folder: DataFolder,
}

impl App {
    /// Builds a host: the data folder, the address, the database, the engine, the workers, and on an empty database the
    /// first organization.
    pub async fn start(config: Config, host_id: HostId) -> Result<App, StartError> {
        let folder = DataFolder::hold(&config.place.data_dir)?;
        // Before anything slow: a port that is taken is told at once.
        let listener = listen(config.web.listen).await?;
        let address = listener.local_addr().map_err(StartError::Address)?;
        folder.leave_address(address)?;
        let vault = Vault::new(keyring(&config, &folder)?);
        let postgres = start_postgres(&config, &folder).await?;
        let parts = assemble(config, host_id, address, vault, &folder, postgres.as_ref());
        match parts.await {
            Ok((cx, home, turns)) => Ok(App {
                cx,
                listener,
                address,
                home,
                turns,
                postgres,
                _folder: folder,
            }),
            Err(error) => {
                if let Some(postgres) = postgres {
                    postgres.stop().await;
                }
                Err(error)
            }
        }
    }

    /// The address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it serves with.
    pub fn context(&self) -> &Context {
        &self.cx
    }

    /// What is in its database to start with.
    pub fn home(&self) -> &Home {
        &self.home
    }

    /// Serves until `stop` resolves; then takes no more, lets what runs finish within the time that the operator gave, and
    /// gives the rest back. Tells when that time is over.
    pub async fn serve(self, stop: impl Future<Output = ()> + Send) -> Instant {
        let router = router::router(self.cx.clone());
        let (web, tasks) = (&self.cx.config.web, self.cx.tasks.clone());
        let server = Server::new(self.listener, router, web, tasks);
        let mut server = std::pin::pin!(server.serve());
        tokio::select! {
            // It ends by itself only where something else has begun to stop the process.
            () = &mut server => tracing::info!("stopping"),
            () = stop => tracing::info!("stopping"),
        }
        let deadline = Instant::now() + self.cx.config.work.stop;
        self.cx.tasks.stop();
        if tokio::time::timeout_at(deadline, server).await.is_err() {
            tracing::warn!("requests were still being answered at the end of the time to stop");
        }
        take_down(&self.cx, &self.turns, self.postgres, deadline).await;
        tracing::info!("stopped");
        deadline
    }
}

async fn take_down(
    cx: &Context,
    turns: &turns::Running,
    postgres: Option<EmbeddedPostgres>,
    deadline: Instant,
) {
    // Time for writes that are under way, even where requests used up theirs.
    let left = deadline
        .saturating_duration_since(Instant::now())
        .max(Duration::from_millis(500));
    if let Err(still_running) = cx.tasks.stop_within(left).await {
        tracing::warn!(%still_running, "tasks did not stop in time; another host takes over what they held");
    }
    if let Err(error) = turns.release().await {
        let error = &error as &dyn std::error::Error;
        tracing::warn!(
            error,
            "leases could not be given back; they run out by themselves"
        );
    }
    cx.store.close();
    if let Some(postgres) = postgres {
        postgres.stop().await;
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address)
        .await
        .map_err(|source| StartError::Listen { address, source })
}

fn keyring(config: &Config, folder: &DataFolder) -> Result<Keyring, StartError> {
    match &config.identity.master_key {
        Some(ring) => Ok(ring.clone()),
        None => Ok(Keyring::load_or_create(&folder.master_key())?),
    }
}

async fn start_postgres(
    config: &Config,
    folder: &DataFolder,
) -> Result<Option<EmbeddedPostgres>, StartError> {
    if config.place.database_url.is_some() {
        return Ok(None);
    }
    let options = Options::new(folder.path())
        .programs(config.place.postgres_bin.clone())
        .search_path(config.place.search_path.clone());
    Ok(Some(options.start().await?))
}

async fn assemble(
    config: Config,
    host_id: HostId,
    address: SocketAddr,
    vault: Vault,
    folder: &DataFolder,
    postgres: Option<&EmbeddedPostgres>,
) -> Result<(Context, Home, turns::Running), StartError> {
    let store = open_store(&config, postgres).await?;
    let engine = Engine::new(engine_config(&config, folder, &vault)?)?;
    let outgoing = Outgoing::with_own(
        &config.platforms.allow_private_hosts,
        config.models.is_set(),
    )?;
    // Over TLS it takes what the client of other requests has set up.
    let nats = match &config.place.nats_url {
        Some(url) => Some(Nats::open(url, store::installation::id(&store).await?).await?),
        None => None,
    };
    let (inbox, prepared) = turns::prepare(store.clone());
    let cx = Context::new(Parts {
        public_address: config.web.public_address(address),
        store,
        engine,
        drivers: drivers(&config),
        vault,
        outgoing,
        live: Live::default(),
        feeds: Feeds::default(),
        inbox,
        remembered: Remembered::default(),
        budgets: Budgets::default(),
        reads: Reads::default(),
        speakers: Gather::default(),
        usual: Usual::default(),
        external: External::default(),
        sign_ins: SignIns::default(),
        model_usage: KnownUsage::default(),
        replays: Semaphore::new(available_parallelism().map_or(1, NonZero::get)),
        tools: KnownTools::default(),
        metrics: Metrics::default(),
        host_id,
        instance: folder.instance(),
        tasks: Supervisor::default(),
        config,
    });
    let turns = prepared.start(&cx).await?;
    relay::start(&cx.live, &cx.store, nats, cx.host_id, &cx.tasks);
    consumers::start(&cx);
    cleaning::start(&cx);
    match bootstrap::home(&cx, folder.path()).await {
        Ok(home) => {
            if cx.config.work.warm_up {
                navigation::warm(&cx);
            }
            Ok((cx, home, turns))
        }
        Err(error) => {
            take_down(&cx, &turns, None, Instant::now() + Duration::from_secs(2)).await;
            Err(StartError::Bootstrap(error))
        }
    }
}

/// The drivers, of platforms that the operator may have moved.
fn drivers(config: &Config) -> channels::Registry {
    let moved = config.platforms.api_urls();
    channels::Registry::standard(|what| match what {
        Moved::Api(kind) => moved.get(kind.as_str()).map(|url| (*url).clone()),
        Moved::WechatFiles => config.platforms.wechat_cdn_url.clone(),
    })
}

async fn open_store(
    config: &Config,
    postgres: Option<&EmbeddedPostgres>,
) -> Result<Store, StartError> {
    let connections = config.place.database_connections.into();
    let store = match (&config.place.database_url, postgres) {
        (Some(url), _) => Store::connect(url.expose(), connections).await?,
        (None, Some(postgres)) => Store::connect(&postgres.url(), connections).await?,
        (None, None) => return Err(StartError::NoDatabase),
    };
    let ran = store.migrate().await?;
    if !ran.is_empty() {
        tracing::info!(
            migrations = ran.join(", "),
            "the database was brought up to date"
        );
    }
    Ok(store)
}

fn engine_config(
    config: &Config,
    folder: &DataFolder,
    vault: &Vault,
) -> Result<EngineConfig, StartError> {
    let own = std::env::current_exe().map_err(StartError::OwnProgram)?;
    Ok(EngineConfig {
        cache_dir: folder.compiled(),
        cache_key: vault.derive(COMPILED_CODE),
        compiler: vec![own.into(), OsString::from(cli::COMPILE_MODULE)],
        code_cache_bytes: config.limits.code_cache,
        max_instances: config.work.turn_workers.into(),
        compile_memory: config.limits.compile_memory,
        compile_time: config.limits.compile_time,
    })
}
