//! Hosts that someone allows, as they are written down: `api.example.com`, `api.example.com:8443`, `*.example.com` for every name
//! below it, `*` for any. Without a port, the usual one of the scheme is meant.

use std::str::FromStr;

use url::{Host, Url};

/// Bytes of one.
const TEXT: usize = 253 + 6;

/// Some hosts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedHost {
    name: Name,
    port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Name {
    Any,
    Below(String),
    Only(Host<String>),
}

/// A text that names no hosts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no host: write `api.example.com`, `*.example.com` for every name below it, with `:8443` where the port is not the usual one"
)]
pub struct NoHost(String);

impl AllowedHost {
    /// Whether it is `*`.
    pub fn is_any(&self) -> bool {
        self.name == Name::Any
    }

    /// Whether an address is on one of these hosts.
    pub fn covers(&self, url: &Url) -> bool {
        let Some(host) = url.host() else { return false };
        let usual = match url.scheme() {
            "https" => Some(443),
            "http" => Some(80),
            _ => None,
        };
        let is_port = match self.port {
            Some(only) => url.port_or_known_default() == Some(only),
            None => url.port_or_known_default() == usual,
        };
        is_port
            && match (&self.name, host) {
                (Name::Any, _) => true,
                (Name::Below(parent), Host::Domain(name)) => name
                    .trim_end_matches('.')
                    .strip_suffix(parent.as_str())
                    .is_some_and(|rest| rest.len() > 1 && rest.ends_with('.')),
                (Name::Below(_), _) => false,
                (Name::Only(Host::Domain(only)), Host::Domain(name)) => {
                    only == name.trim_end_matches('.')
                }
                (Name::Only(Host::Ipv4(only)), Host::Ipv4(address)) => *only == address,
                (Name::Only(Host::Ipv6(only)), Host::Ipv6(address)) => *only == address,
                (Name::Only(_), _) => false,
            }
    }
}

impl FromStr for AllowedHost {
    type Err = NoHost;

    fn from_str(text: &str) -> Result<Self, NoHost> {
        let wrong = || NoHost(text.chars().take(TEXT).collect());
        if text.len() > TEXT {
            return Err(wrong());
        }
        let after = |at: &usize| text.get(*at..).unwrap_or_default();
        let colon = text.rfind(':').filter(|at| !after(at).contains(']'));
        let (name, port) = match colon {
            Some(at) => {
                let (name, port) = text.split_at(at);
                let port = port.trim_start_matches(':').parse().map_err(|_| wrong())?;
                (name, Some(port))
            }
            None => (text, None),
        };
        let host = |name: &str| match Host::parse(name) {
            Ok(Host::Domain(name)) if name.trim_end_matches('.').is_empty() => Err(wrong()),
            Ok(Host::Domain(name)) => Ok(Host::Domain(name.trim_end_matches('.').to_owned())),
            Ok(address) => Ok(address),
            Err(_) => Err(wrong()),
        };
        let name = match name.strip_prefix("*.") {
            _ if name == "*" => Name::Any,
            None => Name::Only(host(name)?),
            Some(parent) => match host(parent)? {
                // Not every name of a whole country, or of the world.
                Host::Domain(parent) if parent.contains('.') => Name::Below(parent),
                _ => return Err(wrong()),
            },
        };
        Ok(Self { name, port })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covers(allowed: &str, url: &str) -> bool {
        let allowed: AllowedHost = allowed.parse().unwrap();
        allowed.covers(&url.parse().unwrap())
    }

    #[test]
    fn a_host_is_itself_at_the_usual_port() {
        for (allowed, url) in [
            ("api.example.com", "https://api.example.com/x?y"),
            ("API.Example.COM", "https://api.example.com"),
            ("api.example.com", "https://api.example.com.:443/"),
            ("api.example.com:8443", "https://api.example.com:8443/"),
            ("127.0.0.1:9000", "http://127.0.0.1:9000/"),
            ("[::1]:9000", "http://[::1]:9000/"),
            ("bücher.example", "https://xn--bcher-kva.example/"),
            ("*", "https://anything.example/"),
        ] {
            assert!(covers(allowed, url), "{allowed} {url}");
        }
        for (allowed, url) in [
            ("api.example.com", "https://api.example.com:8443/"),
            ("api.example.com:8443", "https://api.example.com/"),
            ("api.example.com", "https://api.example.com.evil.example/"),
            ("api.example.com", "https://evil-api.example.com/"),
            ("example.com", "https://api.example.com/"),
            ("127.0.0.1", "https://127.0.0.2/"),
            ("*", "https://anything.example:8443/"),
        ] {
            assert!(!covers(allowed, url), "{allowed} {url}");
        }
    }

    #[test]
    fn a_star_is_for_names_below() {
        assert!(covers("*.example.com", "https://a.example.com/"));
        assert!(covers("*.example.com", "https://a.b.example.com/"));
        for url in [
            "https://example.com/",
            "https://aexample.com/",
            "https://.example.com/",
            "https://example.com.evil.example/",
        ] {
            let covered = url
                .parse()
                .is_ok_and(|url: Url| "*.example.com".parse::<AllowedHost>().unwrap().covers(&url));
            assert!(!covered, "{url}");
        }
    }

    #[test]
    fn what_names_no_host_is_refused() {
        for wrong in [
            "",
            "*.com",
            "*.",
            "*.*",
            "a b",
            "https://example.com",
            "example.com/path",
            "example.com:",
            "example.com:x",
            "example.com:70000",
            ".",
            "*.127.0.0.1",
            "user@example.com",
        ] {
            assert!(wrong.parse::<AllowedHost>().is_err(), "{wrong}");
        }
    }
}
