//! WASI 0.2, for guests of toolchains that cannot do without: clocks, random numbers, standard streams, and an empty file
//! system and environment. There is no directory, a socket is `access-denied`, and no name has an address: Python's runtime
//! names those interfaces, whatever its agent does. What a guest prints goes to its log at `debug`.
//!
//! Outgoing requests are those of the capability `http`. Other calls of WASI are not calls of the host: they are not counted,
//! and waiting in one is the guest's own time.

mod console;
mod http;
mod sockets;

use std::sync::Arc;

use wasmtime::component::{Linker, ResourceTable};
use wasmtime_wasi::cli::{WasiCli, WasiCliView};
use wasmtime_wasi::filesystem::{WasiFilesystem, WasiFilesystemView};
use wasmtime_wasi::p2::bindings::{cli, filesystem, random};
use wasmtime_wasi::random::WasiRandom;
use wasmtime_wasi::{I32Exit, WasiCtx, WasiCtxView, WasiView};

use crate::guest::Guest;
use crate::recording::Outside;
use console::Console;

/// The interfaces that [`link`] links.
const LINKED: [&str; 29] = [
    "wasi:cli/environment",
    "wasi:cli/exit",
    "wasi:cli/stderr",
    "wasi:cli/stdin",
    "wasi:cli/stdout",
    "wasi:cli/terminal-input",
    "wasi:cli/terminal-output",
    "wasi:cli/terminal-stderr",
    "wasi:cli/terminal-stdin",
    "wasi:cli/terminal-stdout",
    "wasi:clocks/monotonic-clock",
    "wasi:clocks/wall-clock",
    "wasi:filesystem/preopens",
    "wasi:filesystem/types",
    "wasi:http/outgoing-handler",
    "wasi:http/types",
    "wasi:io/error",
    "wasi:io/poll",
    "wasi:io/streams",
    "wasi:random/insecure",
    "wasi:random/insecure-seed",
    "wasi:random/random",
    "wasi:sockets/instance-network",
    "wasi:sockets/ip-name-lookup",
    "wasi:sockets/network",
    "wasi:sockets/tcp",
    "wasi:sockets/tcp-create-socket",
    "wasi:sockets/udp",
    "wasi:sockets/udp-create-socket",
];

/// Bytes of random numbers that one call gives.
const RANDOM_BYTES: u64 = 64 * 1024;

/// Whether an import is one of them, in a version that the linked one stands for.
pub(crate) fn knows(import: &str) -> bool {
    let Some((interface, version)) = import.split_once('@') else {
        return false;
    };
    LINKED.contains(&interface) && version.starts_with("0.2.")
}

/// Whether an import is what the capability `http` is made of.
pub(crate) fn is_http(import: &str) -> bool {
    import.starts_with("wasi:http/outgoing-handler@")
}

/// Whether an import is WASI's at all.
pub(crate) fn is_wasi(import: &str) -> bool {
    import.starts_with("wasi:")
}

/// Puts the interfaces into the linker.
pub(crate) fn link(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    // Clocks, streams, random numbers.
    wasmtime_wasi::p2::add_to_linker_proxy_interfaces_async(linker)?;
    random::insecure::add_to_linker::<_, WasiRandom>(linker, |guest| guest.ctx().ctx.random())?;
    random::insecure_seed::add_to_linker::<_, WasiRandom>(linker, |guest| {
        guest.ctx().ctx.random()
    })?;
    cli::environment::add_to_linker::<_, WasiCli>(linker, Guest::cli)?;
    cli::exit::add_to_linker::<_, WasiCli>(linker, Guest::cli)?;
    cli::terminal_input::add_to_linker::<_, WasiCli>(linker, Guest::cli)?;
    cli::terminal_output::add_to_linker::<_, WasiCli>(linker, Guest::cli)?;
    cli::terminal_stdin::add_to_linker::<_, WasiCli>(linker, Guest::cli)?;
    cli::terminal_stdout::add_to_linker::<_, WasiCli>(linker, Guest::cli)?;
    cli::terminal_stderr::add_to_linker::<_, WasiCli>(linker, Guest::cli)?;
    filesystem::preopens::add_to_linker::<_, WasiFilesystem>(linker, Guest::filesystem)?;
    filesystem::types::add_to_linker::<_, WasiFilesystem>(linker, Guest::filesystem)?;
    sockets::link(linker)?;
    http::link(linker)
}

/// What a guest has of WASI; made at its first call of it.
pub(crate) struct Wasi {
    context: WasiCtx,
    resources: ResourceTable,
    printed: [(&'static str, Console); 2],
    http: http::Outgoing,
}

impl Wasi {
    fn new(outside: Option<Arc<Outside>>) -> Box<Self> {
        let (stdout, stderr) = (Console::default(), Console::default());
        let mut context = WasiCtx::builder();
        context
            .stdout(stdout.clone())
            .stderr(stderr.clone())
            .allow_tcp(false)
            .allow_udp(false)
            .allow_ip_name_lookup(false)
            .max_random_size(RANDOM_BYTES);
        if let Some(outside) = outside {
            outside.equip(&mut context);
        }
        Box::new(Self {
            context: context.build(),
            resources: ResourceTable::new(),
            printed: [("stdout", stdout), ("stderr", stderr)],
            http: http::Outgoing::new(),
        })
    }

    /// What was printed and not yet taken, a line each with the stream's name.
    pub(crate) fn take_lines(&self) -> Vec<(&'static str, String)> {
        let lines = |(name, console): &(&'static str, Console)| {
            let (name, text) = (*name, console.take());
            text.lines()
                .map(|line| (name, line.to_owned()))
                .collect::<Vec<_>>()
        };
        self.printed.iter().flat_map(lines).collect()
    }
}

impl Guest {
    /// What it has of WASI.
    fn wasi(&mut self) -> &mut Wasi {
        let Guest { wasi, tape, .. } = self;
        wasi.get_or_insert_with(|| Wasi::new(tape.outside()))
    }
}

impl WasiView for Guest {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        let Wasi {
            context, resources, ..
        } = self.wasi();
        WasiCtxView {
            ctx: context,
            table: resources,
        }
    }
}

/// The status that a guest ended itself with, if this is why it stopped.
pub(crate) fn exit_status(error: &wasmtime::Error) -> Option<i32> {
    error.downcast_ref::<I32Exit>().map(|exit| exit.0)
}
