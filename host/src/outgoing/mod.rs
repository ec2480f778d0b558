//! Outgoing is every HTTP request that a user or an agent can steer: it passes one guard, which lets it reach public
//! addresses over https and what the operator allows, and no one's private network. A name is resolved and checked at
//! the moment of connecting, and the connection goes to the checked address, so that an answer of the name server that
//! changes in between gains nothing. Redirects and proxies are off.

mod address;
mod guard;
mod hosts;
mod open;
mod relay;
mod resolver;
mod send;
mod socket;

use std::sync::Arc;
use std::time::Duration;

use reqwest::Client;
use url::Url;

pub use self::address::Special;
pub use self::guard::Refused;
use self::guard::{Guard, Reach};
pub use self::hosts::{AllowedHost, NoHost};
pub use self::open::{Chosen, Incoming};
pub use self::relay::{Answered, NoAnswer, Relayed, no_answer_in};
use self::resolver::{Any, PublicOnly};
pub use self::socket::Socket;
use self::socket::Sockets;
use crate::config::HostPattern;

/// How long resolving, connecting and greeting may take together.
const CONNECT: Duration = Duration::from_secs(5);
/// How long an unused connection is kept.
const IDLE: Duration = Duration::from_secs(60);
/// Unused connections to one host.
const IDLE_CONNECTIONS: usize = 16;

/// Sends guarded requests. Cheap to clone; connections are shared and reused.
#[derive(Clone, Debug)]
pub struct Outgoing {
    guard: Guard,
    /// Connects to public addresses alone.
    public: Client,
    /// Connects anywhere; for what the operator allows by name or chose. None where that is nothing.
    allowed: Option<Client>,
    /// The same two for sockets.
    sockets: Arc<Sockets>,
}

/// The machine does not let the client be built.
#[derive(Debug, thiserror::Error)]
#[error("outgoing requests cannot be made")]
pub struct NoClient(#[from] reqwest::Error);

impl Outgoing {
    /// A client with the operator's list of private hosts that may be reached.
    pub fn new(allow_private_hosts: &[HostPattern]) -> Result<Self, NoClient> {
        Self::with_own(allow_private_hosts, false)
    }

    /// The same, for an operator who has chosen addresses, too ([`Chosen::ByOperator`]).
    pub fn with_own(allow_private_hosts: &[HostPattern], has_own: bool) -> Result<Self, NoClient> {
        // The process has one default; a second attempt to set it changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let allowed = match (allow_private_hosts, has_own) {
            ([], false) => None,
            _ => Some(client(Any)?),
        };
        Ok(Self {
            guard: Guard::new(allow_private_hosts),
            public: client(PublicOnly)?,
            allowed,
            sockets: Arc::default(),
        })
    }

    /// Whether requests may go to an address as it is now: for when a user saves it. Sending checks again.
    pub async fn check(&self, url: &Url) -> Result<(), Refused> {
        match self.guard.reach(url)? {
            Reach::Allowed => Ok(()),
            Reach::Public => {
                let host = url.host_str().unwrap_or_default();
                let resolved =
                    tokio::time::timeout(CONNECT, resolver::public_addresses(host)).await;
                match resolved {
                    Ok(Ok(_)) => Ok(()),
                    Ok(Err(error)) => Err(error.into()),
                    Err(_) => Err(Refused::Unresolved {
                        host: host.to_owned(),
                    }),
                }
            }
        }
    }

    /// A client for requests to this address and no other, for what makes requests of its own.
    pub fn guarded(&self, url: &Url) -> Result<Client, Refused> {
        self.client(url).cloned()
    }

    /// The client that may send to an address.
    fn client(&self, url: &Url) -> Result<&Client, Refused> {
        match (self.guard.reach(url)?, &self.allowed) {
            (Reach::Allowed, Some(client)) => Ok(client),
            _ => Ok(&self.public),
        }
    }
}

/// A client for addresses that the operator wrote down, and no one else: it connects anywhere.
pub fn of_operator() -> Result<Client, NoClient> {
    // The process has one default; a second attempt to set it changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Ok(client(Any)?)
}

fn client(resolver: impl reqwest::dns::Resolve + Copy + 'static) -> Result<Client, reqwest::Error> {
    builder(resolver).build().or_else(|error| {
        // A machine without root certificates can still serve; only what it sends over TLS fails.
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "no root certificates: install `ca-certificates`; until then no https address can be reached"
        );
        builder(resolver).tls_certs_only([]).build()
    })
}

/// What every client is made with.
fn builder(resolver: impl reqwest::dns::Resolve + 'static) -> reqwest::ClientBuilder {
    Client::builder()
        .user_agent(concat!("Cloister/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .no_proxy()
        .dns_resolver(Arc::new(resolver))
        .connect_timeout(CONNECT)
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(IDLE_CONNECTIONS)
}

#[cfg(test)]
mod tests;
