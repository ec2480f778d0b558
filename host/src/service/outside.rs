//! Outside is what an agent may reach by `http`: the terms of that grant,
//! `{"hosts": ["api.example.com"], "requestsPerTurn": NUMBER, "responseBytes": NUMBER, "seconds": NUMBER}`, of which all but the
//! hosts may be left out.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use url::Url;

use crate::error::{Error, Result};
use crate::outgoing::AllowedHost;

/// Hosts that one grant, or one secret, may name.
pub const HOSTS: usize = 100;
/// Requests of one turn, at most.
const REQUESTS: u32 = 50;
/// Bytes of an answer, at most.
const RESPONSE: u32 = 8 << 20;
/// Seconds until the end of an answer, at most.
const SECONDS: u32 = 30;

/// What an agent may reach.
#[derive(Clone, Debug, Default)]
pub struct Outside {
    hosts: Vec<AllowedHost>,
    /// Requests of one turn.
    pub requests: u32,
    /// Bytes of the body of an answer.
    pub response: usize,
    /// How long until the end of an answer.
    pub time: Duration,
}

/// The terms, as they are written down.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Terms {
    #[serde(default)]
    hosts: Vec<String>,
    requests_per_turn: Option<u32>,
    response_bytes: Option<u32>,
    seconds: Option<u32>,
}

impl Outside {
    /// What stored terms allow; those that cannot be read allow nothing.
    pub fn of(terms: Option<&Value>) -> Self {
        let read = terms.and_then(|terms| Terms::deserialize(terms).ok());
        let Some(read) = read else {
            return Self::default();
        };
        Self {
            hosts: read
                .hosts
                .iter()
                .filter_map(|host| host.parse().ok())
                .collect(),
            requests: read.requests_per_turn.unwrap_or(REQUESTS),
            response: usize::try_from(read.response_bytes.unwrap_or(RESPONSE))
                .unwrap_or(usize::MAX),
            time: Duration::from_secs(read.seconds.unwrap_or(SECONDS).into()),
        }
    }

    /// Whether an address is on a host that may be reached, and then whether that host was named.
    pub fn covers(&self, url: &Url) -> Option<bool> {
        let covering = || self.hosts.iter().filter(|host| host.covers(url));
        let is_named = covering().any(|host| !host.is_any());
        (is_named || covering().next().is_some()).then_some(is_named)
    }
}

/// Terms as they are stored.
pub(super) fn checked_terms(terms: &Value) -> Result<Value> {
    let wrong = |why: String| Error::invalid("terms", why);
    let read = Terms::deserialize(terms).map_err(|error| {
        wrong(format!(
            "{error}; of `http` there are `hosts`, `requestsPerTurn`, `responseBytes` and `seconds`"
        ))
    })?;
    if read.hosts.is_empty() {
        let why = "`hosts` has to name the hosts that the agent may reach, such as [\"api.example.com\"]; [\"*\"] is every host";
        return Err(wrong(why.to_owned()));
    }
    let hosts = checked_hosts("terms", &read.hosts)?;
    let mut stored = Map::from_iter([("hosts".to_owned(), json!(hosts))]);
    for (name, asked, most) in [
        ("requestsPerTurn", read.requests_per_turn, REQUESTS),
        ("responseBytes", read.response_bytes, RESPONSE),
        ("seconds", read.seconds, SECONDS),
    ] {
        match asked {
            None => {}
            Some(number) if (1..=most).contains(&number) => {
                stored.insert(name.to_owned(), number.into());
            }
            Some(number) => {
                return Err(wrong(format!("`{name}` must be 1 to {most}, not {number}")));
            }
        }
    }
    Ok(stored.into())
}

/// Hosts as they are stored: each once, as it was written.
pub(super) fn checked_hosts(field: &str, hosts: &[String]) -> Result<Vec<String>> {
    if hosts.len() > HOSTS {
        return Err(Error::invalid(field, format!("may name {HOSTS} hosts")));
    }
    let mut kept: Vec<String> = Vec::with_capacity(hosts.len());
    for host in hosts {
        let host = host.trim().to_ascii_lowercase();
        let parsed = host.parse::<AllowedHost>();
        parsed.map_err(|error| Error::invalid(field, error.to_string()))?;
        if !kept.contains(&host) {
            kept.push(host);
        }
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_named_is_reached_and_no_more() {
        let terms = json!({ "hosts": ["api.example.com", "127.0.0.1:9"], "seconds": 3 });
        let outside = Outside::of(Some(&checked_terms(&terms).unwrap()));
        assert_eq!(outside.covers(&url("https://api.example.com/")), Some(true));
        assert_eq!(outside.covers(&url("https://example.com/")), None);
        assert_eq!((outside.requests, outside.response), (50, 8 << 20));
        assert_eq!(outside.time, Duration::from_secs(3));
        let any = Outside::of(Some(&json!({ "hosts": ["*", "api.example.com"] })));
        assert_eq!(any.covers(&url("https://example.com/")), Some(false));
        assert_eq!(any.covers(&url("https://api.example.com/")), Some(true));
        for nothing in [None, Some(json!({})), Some(json!({ "hosts": 3 }))] {
            let outside = Outside::of(nothing.as_ref());
            assert_eq!(outside.covers(&url("https://example.com/")), None);
        }
    }

    #[test]
    fn wrong_terms_say_what_would_be_right() {
        for (terms, told) in [
            (json!({}), "`hosts` has to name"),
            (json!({ "hosts": ["https://example.com"] }), "is no host"),
            (
                json!({ "hosts": ["a.example"], "seconds": 31 }),
                "`seconds` must be 1 to 30",
            ),
            (
                json!({ "hosts": ["a.example"], "requestsPerTurn": 0 }),
                "1 to 50",
            ),
            (json!({ "host": "a.example" }), "there are `hosts`"),
            (
                json!({ "hosts": vec!["a.example"; 101] }),
                "may name 100 hosts",
            ),
        ] {
            let error = checked_terms(&terms).unwrap_err().to_string();
            assert!(error.contains(told), "{terms}: {error}");
        }
    }
}
