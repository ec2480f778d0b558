//! Limits on what one visitor and one address may do, kept in this process. They slow down a flood; they are not an
//! account of anything.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::rates::{Buckets, Rate, locked, network};

const MESSAGES_OF_VISITOR: Rate = Rate {
    burst: 20.0,
    seconds_each: 1.5,
};
const MESSAGES_OF_ADDRESS: Rate = Rate {
    burst: 120.0,
    seconds_each: 0.25,
};
const SESSIONS_OF_ADDRESS: Rate = Rate {
    burst: 60.0,
    seconds_each: 2.0,
};
/// Streams that one visitor may hold: tabs, and connections that have not been noticed to be gone.
const STREAMS: u32 = 12;

/// The limits of this process. Cheap to clone.
#[derive(Clone, Default)]
pub struct Limits(Arc<Inner>);

#[derive(Default)]
struct Inner {
    visitors: Mutex<Buckets<String>>,
    addresses: Mutex<Buckets<IpAddr>>,
    sessions: Mutex<Buckets<IpAddr>>,
    streams: Mutex<HashMap<String, u32>>,
}

impl Limits {
    /// Counts a message.
    pub(super) fn message(&self, visitor: &str, address: Option<IpAddr>) -> Result<()> {
        let now = Instant::now();
        locked(&self.0.visitors).take(visitor.to_owned(), MESSAGES_OF_VISITOR, now)?;
        by_address(&self.0.addresses, address, MESSAGES_OF_ADDRESS, now)
    }

    /// Counts the opening of a session.
    pub(super) fn session(&self, address: Option<IpAddr>) -> Result<()> {
        by_address(
            &self.0.sessions,
            address,
            SESSIONS_OF_ADDRESS,
            Instant::now(),
        )
    }

    /// Takes one of the visitor's places for a stream, until the seat is dropped.
    pub(super) fn seat(&self, visitor: &str) -> Result<Seat> {
        let mut streams = locked(&self.0.streams);
        let taken = streams.entry(visitor.to_owned()).or_default();
        if *taken >= STREAMS {
            return Err(Error::RateLimited {
                retry_after: Duration::from_secs(30),
            });
        }
        *taken += 1;
        Ok(Seat {
            limits: self.clone(),
            visitor: visitor.to_owned(),
        })
    }
}

/// A visitor's place for one stream.
pub(super) struct Seat {
    limits: Limits,
    visitor: String,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut streams = locked(&self.limits.0.streams);
        if let Some(taken) = streams.get_mut(&self.visitor) {
            *taken -= 1;
            if *taken == 0 {
                streams.remove(&self.visitor);
            }
        }
    }
}

fn by_address(
    buckets: &Mutex<Buckets<IpAddr>>,
    address: Option<IpAddr>,
    rate: Rate,
    now: Instant,
) -> Result<()> {
    match address {
        Some(address) => locked(buckets).take(network(address), rate, now),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_visitor_has_so_many_streams_at_a_time() {
        let limits = Limits::default();
        let mut seats: Vec<_> = (0..STREAMS)
            .map(|_| limits.seat("web:1").unwrap())
            .collect();
        assert!(limits.seat("web:1").is_err());
        assert!(limits.seat("web:2").is_ok());
        seats.pop();
        assert!(limits.seat("web:1").is_ok());
        drop(seats);
        assert!(locked(&limits.0.streams).is_empty());
    }
}
