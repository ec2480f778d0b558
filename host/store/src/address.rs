//! The address of a database: what it says of the server, and how far the server is believed (`sslmode`, with the words
//! and the meanings that Postgres' own clients have).

use std::fmt;
use std::path::PathBuf;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

/// A database's address, read.
#[derive(Clone)]
pub struct Address {
    pub(crate) config: Config,
    pub(crate) trust: Trust,
    pub(crate) roots: Roots,
}

/// What is asked of the server's certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trust {
    /// Nothing: the connection is encrypted, to whomever it leads.
    Anyone,
    /// That an authority that is believed has signed it.
    Authority,
    /// That, and that it names the host.
    Named,
}

/// Who may have signed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Roots {
    /// Those whom the system believes.
    System,
    /// Those in a file of PEM blocks.
    File(PathBuf),
}

/// Why a text is not a database's address. Shows nothing of the text, which may hold a password.
#[derive(Debug, thiserror::Error)]
pub enum BadAddress {
    /// Something is wrong with the rest of it.
    #[error("not a database's address: {0}")]
    Malformed(#[from] tokio_postgres::Error),
    /// There is no such mode.
    #[error("sslmode must be disable, prefer, require, verify-ca or verify-full")]
    Mode,
    /// A certificate that no one asks for.
    #[error("sslrootcert needs sslmode=verify-ca or verify-full")]
    Unused,
}

impl Address {
    /// Reads `postgres://user:password@host/database?sslmode=verify-full&sslrootcert=/etc/ca.pem`. Without `sslmode` it
    /// is `prefer`, and without `sslrootcert` the system's authorities are believed.
    pub fn parse(text: &str) -> Result<Self, BadAddress> {
        let (text, mode, file) = take_apart(text);
        let (mode, trust) = match mode.as_deref() {
            None | Some("prefer" | "allow") => (SslMode::Prefer, Trust::Anyone),
            Some("disable") => (SslMode::Disable, Trust::Anyone),
            // With a certificate to hold it against, as Postgres' own clients do.
            Some("require") if file.is_some() => (SslMode::Require, Trust::Authority),
            Some("require") => (SslMode::Require, Trust::Anyone),
            Some("verify-ca") => (SslMode::Require, Trust::Authority),
            Some("verify-full") => (SslMode::Require, Trust::Named),
            Some(_) => return Err(BadAddress::Mode),
        };
        let roots = match file.as_deref() {
            None | Some("system") => Roots::System,
            Some(_) if trust == Trust::Anyone => return Err(BadAddress::Unused),
            Some(file) => Roots::File(file.into()),
        };
        let mut config: Config = text.parse()?;
        let is_socket = |host: &Host| matches!(host, Host::Unix(_));
        let is_local = !config.get_hosts().is_empty() && config.get_hosts().iter().all(is_socket);
        // Through a file of this machine there is nothing to encrypt, and asking is a round trip.
        config.ssl_mode(match mode {
            SslMode::Prefer if is_local => SslMode::Disable,
            mode => mode,
        });
        Ok(Self {
            config,
            trust,
            roots,
        })
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Address")
            .field("hosts", &self.config.get_hosts())
            .field("trust", &self.trust)
            .finish_non_exhaustive()
    }
}

/// The address without the two parameters that the client library does not know, and what they were.
fn take_apart(text: &str) -> (String, Option<String>, Option<String>) {
    let Some((start, query)) = text.split_once('?') else {
        return (text.to_owned(), None, None);
    };
    let (mut mode, mut file, mut rest) = (None, None, Vec::new());
    for parameter in query.split('&') {
        match parameter.split_once('=') {
            Some(("sslmode", value)) => mode = Some(decoded(value)),
            Some(("sslrootcert", value)) => file = Some(decoded(value)),
            _ => rest.push(parameter),
        }
    }
    let text = match rest.is_empty() {
        true => start.to_owned(),
        false => format!("{start}?{}", rest.join("&")),
    };
    (text, mode, file)
}

fn decoded(value: &str) -> String {
    percent_encoding::percent_decode_str(value)
        .decode_utf8_lossy()
        .into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<(SslMode, Trust, Roots), String> {
        let address = Address::parse(&format!("postgres://me:hunter2@db.example/x{query}"));
        let address = address.map_err(|error| error.to_string())?;
        assert_eq!(address.config.get_dbname(), Some("x"));
        Ok((address.config.get_ssl_mode(), address.trust, address.roots))
    }

    #[test]
    fn each_mode_means_what_it_means_to_postgres_own_clients() {
        let ca = || Roots::File("/etc/my ca.pem".into());
        for (query, expected) in [
            ("", (SslMode::Prefer, Trust::Anyone, Roots::System)),
            (
                "?sslmode=prefer",
                (SslMode::Prefer, Trust::Anyone, Roots::System),
            ),
            (
                "?sslmode=disable",
                (SslMode::Disable, Trust::Anyone, Roots::System),
            ),
            (
                "?sslmode=require",
                (SslMode::Require, Trust::Anyone, Roots::System),
            ),
            (
                "?sslmode=require&sslrootcert=/etc/my%20ca.pem",
                (SslMode::Require, Trust::Authority, ca()),
            ),
            (
                "?application_name=a&sslmode=verify-ca&connect_timeout=3",
                (SslMode::Require, Trust::Authority, Roots::System),
            ),
            (
                "?sslrootcert=/etc/my%20ca.pem&sslmode=verify-full",
                (SslMode::Require, Trust::Named, ca()),
            ),
            (
                "?sslmode=verify-full&sslrootcert=system",
                (SslMode::Require, Trust::Named, Roots::System),
            ),
        ] {
            assert_eq!(read(query), Ok(expected), "{query}");
        }
    }

    #[test]
    fn a_wrong_address_is_told_without_its_password() {
        for query in ["?sslmode=yes", "?sslrootcert=/ca.pem", "?colour=blue"] {
            let told = read(query).unwrap_err();
            assert!(!told.contains("hunter2"), "{told}");
        }
    }

    #[test]
    fn a_socket_of_this_machine_is_not_encrypted() {
        let address = Address::parse("postgres:///x?host=/run/cloister&user=postgres").unwrap();
        assert_eq!(address.config.get_ssl_mode(), SslMode::Disable);
    }
}
