//! The guard decides by an address's text alone whether a request may go there, and through which client: names are
//! judged once more when they are resolved.

use std::net::IpAddr;
use std::sync::Arc;

use url::{Host, Url};

use super::address::{self, Special};
use crate::config::HostPattern;

/// How far a request to an address reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// Public addresses alone.
    Public,
    /// Anything: the operator names the host.
    Allowed,
}

/// Why a request may not go to an address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Not https.
    #[error("only https addresses are reached, not {scheme}")]
    Scheme {
        /// What it is instead.
        scheme: String,
    },
    /// A name or password before the host.
    #[error("an address with a user name in it is not reached")]
    UserInfo,
    /// No host at all.
    #[error("the address has no host")]
    NoHost,
    /// The host is, or resolves to, an address that is not public.
    #[error("{host}: {special}, which is not reached")]
    NotPublic {
        /// The host.
        host: String,
        /// Its address.
        special: Special,
    },
    /// The name has no address.
    #[error("{host} does not resolve")]
    Unresolved {
        /// The host.
        host: String,
    },
}

/// The rules, with the operator's exceptions.
#[derive(Clone, Debug)]
pub(super) struct Guard {
    allowed: Arc<[HostPattern]>,
}

impl Guard {
    pub(super) fn new(allowed: &[HostPattern]) -> Self {
        Self {
            allowed: allowed.into(),
        }
    }

    /// What the text of an address permits.
    pub(super) fn reach(&self, url: &Url) -> Result<Reach, Refused> {
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refused::UserInfo);
        }
        let host = url.host().ok_or(Refused::NoHost)?;
        let is_allowed = self.allows(&host, url.port_or_known_default());
        match url.scheme() {
            "https" => {}
            "http" if is_allowed => {}
            scheme => {
                return Err(Refused::Scheme {
                    scheme: scheme.to_owned(),
                });
            }
        }
        if is_allowed {
            return Ok(Reach::Allowed);
        }
        // The client connects to a literal address without asking any resolver.
        if let Some(literal) = literal(&host) {
            let not_public = |special| Refused::NotPublic {
                host: host.to_string(),
                special,
            };
            address::public(literal).map_err(not_public)?;
        }
        Ok(Reach::Public)
    }

    fn allows(&self, host: &Host<&str>, port: Option<u16>) -> bool {
        let name = match host {
            Host::Domain(name) => name.trim_end_matches('.').to_ascii_lowercase(),
            Host::Ipv4(address) => address.to_string(),
            Host::Ipv6(address) => address.to_string(),
        };
        let mut patterns = self.allowed.iter();
        patterns.any(|pattern| {
            pattern.host == name && pattern.port.is_none_or(|only| Some(only) == port)
        })
    }
}

fn literal(host: &Host<&str>) -> Option<IpAddr> {
    match host {
        Host::Domain(_) => None,
        Host::Ipv4(address) => Some((*address).into()),
        Host::Ipv6(address) => Some((*address).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach(url: &str, allowed: &[&str]) -> Result<Reach, Refused> {
        let allowed: Vec<HostPattern> = allowed.iter().map(|text| text.parse().unwrap()).collect();
        Guard::new(&allowed).reach(&url.parse().unwrap())
    }

    #[test]
    fn only_https_without_a_user_name() {
        assert_eq!(reach("https://shop.example/hook", &[]), Ok(Reach::Public));
        assert!(matches!(
            reach("http://shop.example/", &[]),
            Err(Refused::Scheme { .. })
        ));
        assert!(matches!(
            reach("ftp://shop.example/", &[]),
            Err(Refused::Scheme { .. })
        ));
        assert!(matches!(
            reach("file:///etc/passwd", &[]),
            Err(Refused::NoHost)
        ));
        for sneaky in [
            "https://me@shop.example/",
            "https://:pass@shop.example/",
            "https://shop.example@evil.example/",
        ] {
            assert_eq!(
                reach(sneaky, &["shop.example"]),
                Err(Refused::UserInfo),
                "{sneaky}"
            );
        }
    }

    #[test]
    fn a_literal_address_is_judged_however_it_is_spelled() {
        let spellings = [
            "https://127.0.0.1/",
            "https://127.1/",
            "https://0x7f.0.0.1/",
            "https://2130706433/",
            "https://017700000001/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[64:ff9b::7f00:1]/",
            "https://①②⑦.0.0.1/",
        ];
        for spelling in spellings {
            assert!(
                matches!(reach(spelling, &[]), Err(Refused::NotPublic { .. })),
                "{spelling}"
            );
        }
        assert_eq!(reach("https://1.1.1.1/", &[]), Ok(Reach::Public));
    }

    #[test]
    fn the_operator_may_allow_a_host_or_one_of_its_ports() {
        assert_eq!(
            reach("http://localhost:9000/", &["localhost"]),
            Ok(Reach::Allowed)
        );
        assert_eq!(
            reach("http://LOCALHOST.:9000/", &["localhost:9000"]),
            Ok(Reach::Allowed)
        );
        assert_eq!(reach("http://[::1]/", &["[::1]:80"]), Ok(Reach::Allowed));
        assert_eq!(
            reach("https://127.0.0.1/", &["127.0.0.1:443"]),
            Ok(Reach::Allowed)
        );
        assert!(reach("http://127.0.0.1:9001/", &["127.0.0.1:9000"]).is_err());
        assert!(reach("http://localhost.evil.example/", &["localhost"]).is_err());
        // Another port of an allowed name is only as good as any name: its address will be judged.
        assert_eq!(
            reach("https://localhost:9001/", &["localhost:9000"]),
            Ok(Reach::Public)
        );
    }
}
