//! Resolvers that the clients connect through: what they return is what is connected to.

use std::io;
use std::net::{IpAddr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::address::{self, Special};
use super::guard::Refused;

/// Why a name was not resolved.
#[derive(Debug, thiserror::Error)]
pub(super) enum ResolveError {
    /// One of its addresses is not public. One is enough: which of them is connected to is chance.
    #[error("{host}: {special}")]
    NotPublic { host: String, special: Special },
    /// The system's resolver has no answer.
    #[error("{host} does not resolve")]
    Unresolved {
        host: String,
        #[source]
        source: io::Error,
    },
}

impl From<ResolveError> for Refused {
    fn from(error: ResolveError) -> Self {
        match error {
            ResolveError::NotPublic { host, special } => Refused::NotPublic { host, special },
            ResolveError::Unresolved { host, .. } => Refused::Unresolved { host },
        }
    }
}

/// Resolves names that have public addresses and no others.
#[derive(Clone, Copy)]
pub(super) struct PublicOnly;

/// Resolves any name.
#[derive(Clone, Copy)]
pub(super) struct Any;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move { boxed(public_addresses(name.as_str()).await?) })
    }
}

impl Resolve for Any {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move { boxed(addresses(name.as_str()).await?) })
    }
}

/// The addresses of a host, all of them public.
pub(super) async fn public_addresses(host: &str) -> Result<Vec<SocketAddr>, ResolveError> {
    let found = addresses(host).await?;
    for one in &found {
        let not_public = |special| ResolveError::NotPublic {
            host: host.to_owned(),
            special,
        };
        address::public(one.ip()).map_err(not_public)?;
    }
    Ok(found)
}

/// The addresses of a host, at least one. The port is the client's to fill in.
async fn addresses(host: &str) -> Result<Vec<SocketAddr>, ResolveError> {
    let unresolved = |source| ResolveError::Unresolved {
        host: host.to_owned(),
        source,
    };
    let literal = host
        .trim_start_matches('[')
        .trim_end_matches(']')
        .parse::<IpAddr>();
    let found: Vec<SocketAddr> = match literal {
        Ok(address) => vec![SocketAddr::new(address, 0)],
        Err(_) => tokio::net::lookup_host((host, 0))
            .await
            .map_err(unresolved)?
            .collect(),
    };
    if found.is_empty() {
        return Err(unresolved(io::ErrorKind::NotFound.into()));
    }
    Ok(found)
}

fn boxed(addresses: Vec<SocketAddr>) -> Result<Addrs, Box<dyn std::error::Error + Send + Sync>> {
    Ok(Box::new(addresses.into_iter()))
}
