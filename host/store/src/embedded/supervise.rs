//! The supervisor is the thread that owns the server: it prepares the folders, starts the server, starts it again when
//! it dies, and stops it when the host is done.

use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};

use super::account::Account;
use super::error::EmbeddedError;
use super::folder::DataDir;
use super::programs::Programs;
use super::server::Server;
use super::{Options, database, init, leftover, settings, socket};

/// Between a death and the next start: doubled each time, back to the first after a run of some length.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
const RUNS_WELL: Duration = Duration::from_secs(60);

type Ready = oneshot::Sender<Result<PathBuf, EmbeddedError>>;

/// Runs the server until `stopping` ends. `ready` gets the socket's folder, or why there is none.
pub(super) fn run(options: Options, ready: Ready, stopping: oneshot::Receiver<()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => runtime.block_on(supervise(options, ready, stopping)),
        Err(error) => drop(ready.send(Err(EmbeddedError::thread(error)))),
    }
}

async fn supervise(options: Options, ready: Ready, mut stopping: oneshot::Receiver<()>) {
    let started = async {
        let place = Place::prepare(&options)?;
        let server = place.start().await?;
        database::ensure(&place.socket_dir).await?;
        Ok((place, server))
    };
    let (place, mut server) = match started.await {
        Ok(started) => started,
        Err(error) => return drop(ready.send(Err(error))),
    };
    if ready.send(Ok(place.socket_dir.clone())).is_err() {
        return server.stop().await;
    }

    let mut pause = FIRST_PAUSE;
    loop {
        let since = Instant::now();
        tokio::select! {
            _ = &mut stopping => return server.stop().await,
            status = server.wait() => tracing::error!(?status, "Postgres ended by itself; starting it again"),
        }
        if since.elapsed() > RUNS_WELL {
            pause = FIRST_PAUSE;
        }
        server = tokio::select! {
            _ = &mut stopping => return,
            server = start_again(&place, &mut pause) => server,
        };
    }
}

/// Tries until it succeeds: a full disk may have room again.
async fn start_again(place: &Place, pause: &mut Duration) -> Server {
    loop {
        sleep(*pause).await;
        *pause = (*pause * 2).min(LONGEST_PAUSE);
        match place.start().await {
            Ok(server) => return server,
            Err(error) => tracing::error!(%error, retry_in = ?pause, "Postgres does not start"),
        }
    }
}

/// All that a start needs, checked.
struct Place {
    data_dir: DataDir,
    account: Account,
    programs: Programs,
    socket_dir: PathBuf,
    durable: bool,
    listen: String,
}

impl Place {
    fn prepare(options: &Options) -> Result<Place, EmbeddedError> {
        let data_dir = DataDir::hold(&options.data_dir)?;
        let cluster = data_dir.cluster();
        let account = Account::choose(&cluster)?;
        data_dir.let_through(&account)?;
        account.check_reach(data_dir.path())?;

        let version = std::fs::read_to_string(cluster.join("PG_VERSION")).ok();
        let version = version.as_deref().map(str::trim);
        let programs = Programs::find(options, version)?;
        match version {
            None => init::make_cluster(&data_dir, &account, &programs, options.durable)?,
            Some(version) => {
                let installed = programs.version()?;
                if installed != version {
                    return Err(EmbeddedError::Version {
                        folder: cluster,
                        cluster: version.to_owned(),
                        installed,
                    });
                }
            }
        }
        let socket_dir = socket::make_folder(data_dir.path(), &account)?;
        Ok(Place {
            data_dir,
            account,
            programs,
            socket_dir,
            durable: options.durable,
            listen: options.listen.clone(),
        })
    }

    async fn start(&self) -> Result<Server, EmbeddedError> {
        let cluster = self.data_dir.cluster();
        leftover::clear(&cluster).await?;
        leftover::clear_socket(&self.socket_dir)?;
        let arguments = settings::arguments(&cluster, &self.socket_dir, &self.listen, self.durable);
        let mut server = Server::spawn(&self.account, &self.programs, &arguments)?;
        server.ready(&cluster).await?;
        Ok(server)
    }
}
