//! `cloister serve`: the host.

use std::io::Write;
use std::time::Duration;

use clap::Args;
use store::ids::HostId;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::Instant;
use tracing_subscriber::EnvFilter;

use super::Failure;
use crate::app::App;
use crate::config::Config;
use crate::error::chain;
use crate::logging;
use crate::service::bootstrap::{FIRST_CHANNEL, OWNER_TOKEN};
use crate::service::channels::public_id;
use crate::spans::export::Export;

/// How long the last spans may take on their way at the end: whatever is left of the time to stop, between these.
const LEAST_TO_SEND: Duration = Duration::from_millis(500);
const MOST_TO_SEND: Duration = Duration::from_secs(2);

/// Run the host
#[derive(Args)]
pub(super) struct Serve {
    #[command(flatten)]
    config: Config,
}

impl Serve {
    pub(super) fn run(self) -> Result<(), Failure> {
        let filter = logging::filter(&self.config.web.log).map_err(Failure::wrong)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|error| Failure::failed(format!("cannot start threads: {error}")))?;
        runtime.block_on(serve(self.config, filter))
    }
}

async fn serve(config: Config, filter: EnvFilter) -> Result<(), Failure> {
    let host_id = HostId::new();
    let collector = config.web.otlp_url.as_ref();
    let export = collector.map(|url| Export::start(url, host_id)).transpose();
    let export = export.map_err(|error| Failure::failed(chain(&error)))?;
    logging::start(filter, export.as_ref().map(Export::tracer));
    // From here on a signal stops the host in order, also while it starts.
    let stop = stop_signal()?;
    let mut stop = std::pin::pin!(stop);
    let app = tokio::select! {
        app = App::start(config, host_id) => app?,
        () = &mut stop => return Ok(()),
    };
    // Nobody to greet if standard output is closed.
    let _ = greet(&app, &mut std::io::stdout().lock());
    let deadline = app.serve(stop).await;
    if let Some(export) = export {
        let left = deadline.saturating_duration_since(Instant::now());
        export.stop(left.clamp(LEAST_TO_SEND, MOST_TO_SEND)).await;
    }
    Ok(())
}

fn stop_signal() -> Result<impl Future<Output = ()>, Failure> {
    let failed = |error| Failure::failed(format!("cannot listen for signals: {error}"));
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Tells on standard output where everything is.
fn greet(app: &App, out: &mut impl Write) -> std::io::Result<()> {
    let (cx, home) = (app.context(), app.home());
    let address = &cx.public_address;
    let folder = cx.config.place.data_dir.display();
    writeln!(
        out,
        "Cloister is listening on http://{} ({address})",
        app.address()
    )?;
    if let Some(channel) = home.web_channel {
        writeln!(
            out,
            "  Chat with the first agent:  {address}/chat/{}",
            public_id(channel)
        )?;
    }
    if let Some(link) = &home.sign_in_link {
        writeln!(out, "  Sign in (works once):       {link}")?;
    }
    writeln!(out, "  GraphQL:                    {address}/graphql")?;
    if cx.config.place.data_dir.join(OWNER_TOKEN).exists() {
        writeln!(out, "  Token for scripts:          {folder}/{OWNER_TOKEN}")?;
    }
    if home.is_new {
        writeln!(
            out,
            "  First webhook channel:      {folder}/{FIRST_CHANNEL}"
        )?;
        writeln!(
            out,
            "  Your own agent:             cloister agent new hello && cd hello && cloister agent push"
        )?;
    }
    out.flush()
}
