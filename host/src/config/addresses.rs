//! Addresses that an operator writes down, each parsed once.

use std::fmt;
use std::str::FromStr;

use async_nats::ServerAddr;
use percent_encoding::percent_decode_str;
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

/// The servers of one NATS, and who this host is there.
#[derive(Clone, Debug)]
pub struct NatsUrl {
    /// The servers, without a user or a password.
    pub servers: Vec<ServerAddr>,
    /// What this host shows them.
    pub proof: Option<NatsProof>,
}

/// Who a host is at a NATS server. It does not show itself.
#[derive(Clone, PartialEq, Eq)]
pub enum NatsProof {
    /// A user and their password.
    Password(String, String),
    /// A token, which stands where a user would and has no password.
    Token(String),
}

impl NatsUrl {
    /// Where the servers are, for people.
    pub fn hosts(&self) -> String {
        let hosts = self.servers.iter().map(|server| {
            // The host as it was written, which for IPv6 is one in brackets.
            let url = server.clone().into_inner();
            format!("{}:{}", url.host_str().unwrap_or_default(), server.port())
        });
        hosts.collect::<Vec<_>>().join(", ")
    }
}

impl fmt::Debug for NatsProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NatsProof(…)")
    }
}

pub(super) fn nats_url(text: &str) -> Result<NatsUrl, String> {
    let mut all = NatsUrl {
        servers: Vec::new(),
        proof: None,
    };
    for one in text.split(',') {
        let mut url: Url =
            (one.trim().parse()).map_err(|error| format!("not an address ({error})"))?;
        if !matches!(url.scheme(), "nats" | "tls") || url.host_str().is_none_or(str::is_empty) {
            return Err("it must begin with nats:// or tls:// and name a host".to_owned());
        }
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err("it must have no path, query or fragment".to_owned());
        }
        let proof = nats_proof(&url)?;
        if proof.is_some() && all.proof.is_some() && proof != all.proof {
            return Err("the servers must all take the same user and password".to_owned());
        }
        all.proof = all.proof.or(proof);
        // Neither fails for an address with a host.
        let _ = (url.set_username(""), url.set_password(None));
        all.servers
            .push(ServerAddr::from_url(url).map_err(|error| error.to_string())?);
    }
    Ok(all)
}

fn nats_proof(url: &Url) -> Result<Option<NatsProof>, String> {
    let decoded = |text: &str| {
        let text = percent_decode_str(text).decode_utf8();
        let text = text.map_err(|_| "its user or password is no text".to_owned())?;
        Ok::<_, String>(text.into_owned())
    };
    Ok(match (url.username(), url.password()) {
        ("", None) => None,
        ("", Some(_)) => return Err("it has a password and no user".to_owned()),
        (token, None) => Some(NatsProof::Token(decoded(token)?)),
        (user, Some(password)) => Some(NatsProof::Password(decoded(user)?, decoded(password)?)),
    })
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
    fn the_servers_of_a_nats_have_one_password_which_is_not_shown() {
        let url = nats_url("nats://me:hunt%65r2@one, tls://[::1]:4300").unwrap();
        assert_eq!(url.hosts(), "one:4222, [::1]:4300");
        assert!(!format!("{url:?}").contains("hunt"), "{url:?}");
        let password = NatsProof::Password("me".into(), "hunter2".into());
        assert_eq!(url.proof, Some(password));
        let token = nats_url("nats://s3cret@one").unwrap();
        assert_eq!(token.proof, Some(NatsProof::Token("s3cret".into())));
        for wrong in [
            "",
            "nats://",
            "one:4222",
            "http://one",
            "nats://one/events",
            "nats://one,",
            "nats://:x@one",
            "nats://a:b@one,nats://a:c@two",
        ] {
            let told = nats_url(wrong).unwrap_err();
            assert!(!told.contains("one"), "{told}");
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
