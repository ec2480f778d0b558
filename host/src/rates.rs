//! Rates: how often someone may do something, kept in this process. They slow a flood down; they are no account of anything.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::error::{Error, Result};

/// How much at once, and how long one more takes.
#[derive(Clone, Copy)]
pub(crate) struct Rate {
    pub(crate) burst: f64,
    pub(crate) seconds_each: f64,
}

/// Buckets that are kept before full ones are thrown away.
const KEPT: usize = 10_000;

const SIGN_INS_OF_ACCOUNT: Rate = Rate {
    burst: 10.0,
    seconds_each: 30.0,
};
const SIGN_INS_OF_ADDRESS: Rate = Rate {
    burst: 30.0,
    seconds_each: 10.0,
};

/// How often someone may try to sign in: at one account, and from one address. Cheap to clone.
#[derive(Clone, Default)]
pub struct SignIns(Arc<SignInBuckets>);

#[derive(Default)]
struct SignInBuckets {
    accounts: Mutex<Buckets<String>>,
    addresses: Mutex<Buckets<IpAddr>>,
}

impl SignIns {
    /// Counts a try, before the password is looked at; one with a link names no account, and no one else pays for it.
    pub fn attempt(&self, account: &str, address: Option<IpAddr>) -> Result<()> {
        let now = Instant::now();
        if let Some(address) = address {
            locked(&self.0.addresses).take(network(address), SIGN_INS_OF_ADDRESS, now)?;
        }
        if account.is_empty() {
            return Ok(());
        }
        locked(&self.0.accounts).take(account.to_lowercase(), SIGN_INS_OF_ACCOUNT, now)
    }

    /// A try was right: those before it are forgotten.
    pub fn succeeded(&self, account: &str, address: Option<IpAddr>) {
        locked(&self.0.accounts).fill(&account.to_lowercase());
        if let Some(address) = address {
            locked(&self.0.addresses).fill(&network(address));
        }
    }
}

/// What one customer is given: an IPv4 address, or an IPv6 network of 64 bits.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() & !u128::from(u64::MAX)).into()),
    }
}

pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What someone has left.
struct Bucket {
    left: f64,
    at: Instant,
}

/// The buckets of everyone who is counted.
pub(crate) struct Buckets<Key>(HashMap<Key, Bucket>);

impl<Key> Default for Buckets<Key> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<Key: Eq + Hash> Buckets<Key> {
    /// Takes one out of someone's bucket, or tells when there will be one.
    pub(crate) fn take(&mut self, key: Key, rate: Rate, now: Instant) -> Result<()> {
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

impl<Key: Eq + Hash> Buckets<Key> {
    /// Fills someone's bucket again.
    pub(crate) fn fill(&mut self, key: &Key) {
        self.0.remove(key);
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
    fn an_account_is_tried_so_often_from_wherever() {
        let rates = SignIns::default();
        let from = |n: u8| Some(IpAddr::from([192, 0, 2, n]));
        for n in 0..10 {
            rates.attempt("Ada@example.org", from(n)).unwrap();
        }
        assert!(rates.attempt("ada@example.org", from(99)).is_err());
        assert!(rates.attempt("eve@example.org", from(99)).is_ok());
        rates.succeeded("ADA@example.org", None);
        assert!(rates.attempt("ada@example.org", from(99)).is_ok());
    }

    #[test]
    fn an_address_tries_so_many_accounts() {
        let (rates, address) = (SignIns::default(), Some(IpAddr::from([192, 0, 2, 1])));
        for n in 0..30 {
            rates.attempt(&format!("{n}@example.org"), address).unwrap();
        }
        assert!(rates.attempt("one.more@example.org", address).is_err());
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
    fn a_whole_network_of_ipv6_counts_as_one() {
        let parse = |text: &str| network(text.parse().unwrap());
        assert_eq!(parse("2001:db8::1"), parse("2001:db8::ffff:2"));
        assert_ne!(parse("2001:db8::1"), parse("2001:db8:0:1::1"));
        assert_eq!(parse("::ffff:192.0.2.1"), parse("192.0.2.1"));
        assert_ne!(parse("192.0.2.1"), parse("192.0.2.2"));
    }
}
