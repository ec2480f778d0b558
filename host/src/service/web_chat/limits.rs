//! Limits on what one visitor and one address may do, kept in this process. They slow down a flood; they are not an
//! account of anything.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::error::{Error, Result};

/// How much at once, and how long one more takes.
#[derive(Clone, Copy)]
struct Rate {
    burst: f64,
    seconds_each: f64,
}

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
/// Buckets that are kept before full ones are thrown away.
const KEPT: usize = 10_000;

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

/// What one customer is given: an IPv4 address, or an IPv6 network of 64 bits.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() & !u128::from(u64::MAX)).into()),
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Bucket {
    left: f64,
    at: Instant,
}

struct Buckets<Key>(HashMap<Key, Bucket>);

impl<Key> Default for Buckets<Key> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<Key: Eq + Hash> Buckets<Key> {
    fn take(&mut self, key: Key, rate: Rate, now: Instant) -> Result<()> {
        if self.0.len() >= KEPT {
            self.0
                .retain(|_, bucket| bucket.filled(rate, now) < rate.burst);
        }
        let bucket = self.0.entry(key).or_insert(Bucket {
            left: rate.burst,
            at: now,
        });
        bucket.left = bucket.filled(rate, now);
        bucket.at = now;
        if bucket.left < 1.0 {
            let wait = (1.0 - bucket.left) * rate.seconds_each;
            return Err(Error::RateLimited {
                retry_after: Duration::from_secs_f64(wait),
            });
        }
        bucket.left -= 1.0;
        Ok(())
    }
}

impl Bucket {
    fn filled(&self, rate: Rate, now: Instant) -> f64 {
        let gained = now.saturating_duration_since(self.at).as_secs_f64() / rate.seconds_each;
        (self.left + gained).min(rate.burst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate {
        burst: 2.0,
        seconds_each: 10.0,
    };

    #[test]
    fn a_bucket_empties_and_fills_again() {
        let mut buckets = Buckets::default();
        let start = Instant::now();
        let mut take = |seconds| buckets.take("a", RATE, start + Duration::from_secs(seconds));
        assert!(take(0).is_ok());
        assert!(take(0).is_ok());
        let Err(Error::RateLimited { retry_after }) = take(4) else {
            panic!("a third one passed");
        };
        assert_eq!(retry_after.as_secs_f64().round() as u64, 6);
        assert!(take(10).is_ok());
        assert!(buckets.take("b", RATE, start).is_ok());
    }

    #[test]
    fn full_buckets_do_not_pile_up() {
        let mut buckets = Buckets::default();
        let start = Instant::now();
        for key in 0..KEPT {
            buckets.take(key, RATE, start).unwrap();
        }
        buckets
            .take(KEPT, RATE, start + Duration::from_secs(60))
            .unwrap();
        assert_eq!(buckets.0.len(), 1);
    }

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

    #[test]
    fn a_whole_network_of_ipv6_counts_as_one() {
        let parse = |text: &str| network(text.parse().unwrap());
        assert_eq!(parse("2001:db8::1"), parse("2001:db8::ffff:2"));
        assert_ne!(parse("2001:db8::1"), parse("2001:db8:0:1::1"));
        assert_eq!(parse("::ffff:192.0.2.1"), parse("192.0.2.1"));
        assert_ne!(parse("192.0.2.1"), parse("192.0.2.2"));
    }
}
