//! How the process is reached.

use std::net::SocketAddr;
use std::time::Duration;

use clap::Args;
use url::Url;

/// How the process is reached.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "How it is reached")]
pub struct Web {
    /// Address and port to listen on
    #[arg(
        long,
        env = "CLOISTER_LISTEN",
        value_name = "ADDRESS",
        default_value = "127.0.0.1:8080"
    )]
    pub listen: SocketAddr,
    /// The address under which browsers and platforms reach this host, where a proxy stands before it
    #[arg(long, env = "CLOISTER_PUBLIC_URL", value_name = "URL", value_parser = super::addresses::web_url)]
    pub public_url: Option<Url>,
    /// Connections that may be open at the same time; more wait until one is closed
    #[arg(id = "connections", long = "max-connections", env = "CLOISTER_MAX_CONNECTIONS", value_name = "COUNT", default_value_t = 4096, value_parser = clap::value_parser!(u16).range(1..))]
    pub connections: u16,
    /// Seconds after which a connection is closed that brings no request, or no more of one that it began, or that does
    /// not take its answer
    #[arg(id = "idle", long = "idle-seconds", env = "CLOISTER_IDLE_SECONDS", value_name = "SECONDS", default_value = "60", value_parser = super::seconds)]
    pub idle: Duration,
    /// What to log, as for `RUST_LOG`: `info`, `debug`, `info,host::turns=debug`
    #[arg(
        long,
        env = "CLOISTER_LOG",
        value_name = "FILTER",
        default_value = "info"
    )]
    pub log: String,
    /// Where to send traces: the base address of a collector that takes OTLP over HTTP, as `http://127.0.0.1:4318`
    #[arg(long, env = "CLOISTER_OTLP_URL", value_name = "URL", value_parser = super::addresses::web_url)]
    pub otlp_url: Option<Url>,
}

impl Web {
    /// The address that people and platforms are given, without a slash at its end.
    pub fn public_address(&self, bound: SocketAddr) -> String {
        match &self.public_url {
            Some(url) => url.as_str().trim_end_matches('/').to_owned(),
            None if bound.ip().is_unspecified() => format!("http://localhost:{}", bound.port()),
            None => format!("http://{bound}"),
        }
    }

    /// Whether browsers come over TLS, so that a cookie may ask for it.
    pub fn is_secure(&self) -> bool {
        self.public_url
            .as_ref()
            .is_some_and(|url| url.scheme() == "https")
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    fn address(flags: &[&str]) -> String {
        let web = Config::from_flags(flags.iter().copied()).unwrap().web;
        let bound = web.listen;
        web.public_address(bound)
    }

    #[test]
    fn the_public_address_is_what_a_browser_can_open() {
        assert_eq!(address(&[]), "http://127.0.0.1:8080");
        assert_eq!(
            address(&["--listen", "0.0.0.0:9000"]),
            "http://localhost:9000"
        );
        assert_eq!(
            address(&["--public-url", "https://agents.example/"]),
            "https://agents.example"
        );
    }
}
