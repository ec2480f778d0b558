//! Where a request comes from: the other end of the connection, or, behind a proxy of one's own, whom the proxy names.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::request::Parts;

/// The address of the client, where the server was told to keep it.
pub(crate) fn client(parts: &Parts) -> Option<IpAddr> {
    let peer = parts
        .extensions
        .get::<ConnectInfo<SocketAddr>>()?
        .0
        .ip()
        .to_canonical();
    let forwarded = parts.headers.get_all("x-forwarded-for").iter().next_back();
    Some(behind(
        peer,
        forwarded.and_then(|value| value.to_str().ok()),
    ))
}

/// Only a neighbour is believed, and of what it says only what it added itself: the last entry.
fn behind(peer: IpAddr, forwarded: Option<&str>) -> IpAddr {
    let is_neighbour = match peer {
        IpAddr::V4(peer) => peer.is_loopback() || peer.is_private(),
        IpAddr::V6(peer) => peer.is_loopback() || peer.is_unique_local(),
    };
    let last = forwarded.and_then(|list| list.rsplit(',').next()?.trim().parse().ok());
    last.filter(|_| is_neighbour).unwrap_or(peer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_proxy_next_door_is_believed() {
        let client = |peer: &str, forwarded| behind(peer.parse().unwrap(), forwarded).to_string();
        assert_eq!(client("198.51.100.7", Some("1.2.3.4")), "198.51.100.7");
        assert_eq!(client("127.0.0.1", Some("6.6.6.6, 1.2.3.4")), "1.2.3.4");
        assert_eq!(client("10.0.0.2", Some("unknown")), "10.0.0.2");
        assert_eq!(client("::1", None), "::1");
    }
}
