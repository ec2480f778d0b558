//! Addresses that an operator writes down, each parsed once.

use std::fmt;
use std::str::FromStr;

use url::Url;

/// An address of a web service.
pub(super) fn web_url(text: &str) -> Result<Url, String> {
    let url: Url = text
        .parse()
        .map_err(|error| format!("not an address ({error})"))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err("it must begin with http:// or https:// and name a host".to_owned());
    }
    if !url.username().is_empty() || url.query().is_some() || url.fragment().is_some() {
        return Err("it must have no user, query or fragment".to_owned());
    }
    Ok(url)
}

/// The address of a Postgres server. It may hold a password, so that it does not show itself.
#[derive(Clone)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// The address with its password.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DatabaseUrl(…)")
    }
}

pub(super) fn database_url(text: &str) -> Result<DatabaseUrl, String> {
    if !(text.starts_with("postgres://") || text.starts_with("postgresql://")) {
        return Err("it must begin with postgres://".to_owned());
    }
    store::Address::parse(text).map_err(|error| error.to_string())?;
    Ok(DatabaseUrl(text.to_owned()))
}

/// A host, or one port of it, that the operator lets outgoing requests reach although it is private.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPattern {
    /// A name or an address, lower case, an IPv6 address without brackets.
    pub host: String,
    /// The one port; `None` lets all through.
    pub port: Option<u16>,
}

impl FromStr for HostPattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim().to_ascii_lowercase();
        let wrong = || format!("`{text}` is not a host or host:port");
        let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((host, "")) => (host, None),
            Some((host, rest)) => (host, Some(rest.strip_prefix(':').ok_or_else(wrong)?)),
            // More than one colon without brackets: an IPv6 address without a port.
            None if text.matches(':').count() > 1 => (text.as_str(), None),
            None => match text.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (text.as_str(), None),
            },
        };
        let port = port.map(str::parse).transpose().map_err(|_| wrong())?;
        if host.is_empty() || host.contains(['/', '@', ' ', '*']) {
            return Err(wrong());
        }
        Ok(Self {
            host: host.to_owned(),
            port,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(host: &str, port: Option<u16>) -> Result<HostPattern, String> {
        Ok(HostPattern {
            host: host.to_owned(),
            port,
        })
    }

    #[test]
    fn private_hosts_are_named_with_or_without_a_port() {
        let parse = |text: &str| text.parse::<HostPattern>();
        assert_eq!(parse("LocalHost"), pattern("localhost", None));
        assert_eq!(parse("127.0.0.1:9000"), pattern("127.0.0.1", Some(9000)));
        assert_eq!(parse("::1"), pattern("::1", None));
        assert_eq!(parse("[::1]:80"), pattern("::1", Some(80)));
        for wrong in ["", ":80", "http://x", "x:port", "x:99999", "*.example"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_database_address_hides_its_password() {
        let url = database_url("postgres://me:hunter2@db/cloister").unwrap();
        assert!(!format!("{url:?}").contains("hunter2"));
        for wrong in ["mysql://db", "postgres://db/x?sslmode=maybe"] {
            assert!(database_url(wrong).is_err(), "{wrong}");
        }
    }
}
