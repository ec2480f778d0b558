//! Limits: how often Discord lets one ask, as it says with every answer ("Rate Limits"). A request that would go over one
//! is not sent: whoever wants it is told when it may be.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::http::Response;

/// Requests of one bot in a second, with some to spare of the 50 that it may make.
const GLOBAL: u32 = 45;
const SECOND: Duration = Duration::from_secs(1);
/// More is not kept than what has not passed.
const KEPT: usize = 10_000;
/// The longest wait that is believed.
const LONGEST: Duration = Duration::from_secs(60 * 60);

/// What is known of limits, of all bots of the process.
#[derive(Debug, Default)]
pub(super) struct Limits(Mutex<Known>);

/// One bot, by its token's hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Account([u8; 16]);

impl Account {
    pub(super) fn of(token: &str) -> Self {
        let digest = Sha256::digest(token.as_bytes());
        let mut account = [0; 16];
        account
            .iter_mut()
            .zip(digest)
            .for_each(|(to, from)| *to = from);
        Self(account)
    }
}

#[derive(Debug, Default)]
struct Known {
    /// The bucket that a route is in, as Discord names it, with what of the route makes it its own.
    buckets: HashMap<(Account, String), String>,
    windows: HashMap<(Account, String), Window>,
    seconds: HashMap<Account, Spent>,
    identified: HashMap<Account, Instant>,
}

/// What is left of a bucket.
#[derive(Debug, Clone, Copy)]
struct Window {
    remaining: u32,
    until: Instant,
}

/// What a bot has sent in a second, and until when it may send nothing at all.
#[derive(Debug, Clone, Copy)]
struct Spent {
    since: Instant,
    sent: u32,
    silent_until: Option<Instant>,
}

/// The body of a refusal.
#[derive(Deserialize)]
struct Refusal {
    retry_after: Option<f64>,
    #[serde(default)]
    global: bool,
}

impl Limits {
    /// Takes one request of a route, or tells how long it has to wait. `major` is what of the route makes it its own.
    pub(super) fn take(&self, account: Account, route: &str, major: &str) -> Result<(), Duration> {
        let now = Instant::now();
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let spent = known.seconds.entry(account).or_insert(Spent {
            since: now,
            sent: 0,
            silent_until: None,
        });
        if let Some(until) = spent.silent_until.filter(|until| *until > now) {
            return Err(until - now);
        }
        if now - spent.since >= SECOND {
            (spent.since, spent.sent) = (now, 0);
        }
        if spent.sent >= GLOBAL {
            return Err(spent.since + SECOND - now);
        }
        let bucket = known.buckets.get(&(account, route.to_owned()));
        if let Some(key) = bucket.map(|bucket| (account, format!("{bucket}/{major}")))
            && let Some(window) = known.windows.get_mut(&key)
            && window.until > now
        {
            if window.remaining == 0 {
                return Err(window.until - now);
            }
            window.remaining -= 1;
        }
        if let Some(spent) = known.seconds.get_mut(&account) {
            spent.sent += 1;
        }
        Ok(())
    }

    /// Takes note of what an answer says. How long to wait, where it is a refusal for having asked too often.
    pub(super) fn note(
        &self,
        account: Account,
        route: &str,
        major: &str,
        response: &Response,
    ) -> Option<Duration> {
        let now = Instant::now();
        let number = |name: &str| response.headers.get(name)?.trim().parse::<f64>().ok();
        let wait = (response.status == 429).then(|| refused(response));
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.forget(now);
        let is_global = wait.as_ref().is_some_and(|(_, global)| *global);
        if let Some((wait, true)) = wait {
            let spent = known.seconds.entry(account).or_insert(Spent {
                since: now,
                sent: 0,
                silent_until: None,
            });
            spent.silent_until = Some(now + wait);
        }
        let bucket = response.headers.get("x-ratelimit-bucket");
        let named = bucket.map(str::to_owned);
        let after = number("x-ratelimit-reset-after").map(seconds);
        let after = match (wait, is_global) {
            (Some((wait, _)), false) => Some(wait.max(after.unwrap_or_default())),
            _ => after,
        };
        // A refusal without a name counts for its route alone.
        let named = named.or_else(|| wait.filter(|_| !is_global).map(|_| format!("of {route}")));
        if let (Some(bucket), Some(after)) = (named, after) {
            let remaining = match wait {
                Some(_) if !is_global => 0.0,
                _ => number("x-ratelimit-remaining").unwrap_or(1.0),
            };
            let window = Window {
                remaining: whole(remaining),
                until: now + after,
            };
            let key = (account, format!("{bucket}/{major}"));
            known.buckets.insert((account, route.to_owned()), bucket);
            known.windows.insert(key, window);
        }
        wait.map(|(wait, _)| wait)
    }

    /// How long a bot has to wait until it may identify; it counts as having identified then.
    pub(super) fn identify(&self, account: Account, every: Duration) -> Duration {
        let now = Instant::now();
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let last = known.identified.get(&account).copied();
        let at = last.map_or(now, |last| (last + every).max(now));
        known.identified.insert(account, at);
        at - now
    }
}

impl Known {
    fn forget(&mut self, now: Instant) {
        if self.windows.len() < KEPT && self.buckets.len() < KEPT && self.seconds.len() < KEPT {
            return;
        }
        self.windows.retain(|_, window| window.until > now);
        self.seconds.retain(|_, spent| {
            now - spent.since < SECOND || spent.silent_until.is_some_and(|until| until > now)
        });
        self.identified
            .retain(|_, at| now.saturating_duration_since(*at) < LONGEST);
        // Learnt again with the next answer of each.
        self.buckets.clear();
    }
}

/// The wait that a refusal asks for, and whether it is for everything.
fn refused(response: &Response) -> (Duration, bool) {
    let body: Option<Refusal> = serde_json::from_slice(&response.body).ok();
    let header = response.headers.get("retry-after");
    let header = header.and_then(|text| text.trim().parse::<f64>().ok());
    let asked = body.as_ref().and_then(|body| body.retry_after).or(header);
    let global = body.is_some_and(|body| body.global)
        || response.headers.get("x-ratelimit-global") == Some("true");
    (seconds(asked.unwrap_or(1.0)), global)
}

fn seconds(number: f64) -> Duration {
    Duration::try_from_secs_f64(number)
        .unwrap_or_default()
        .min(LONGEST)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "bounded just before"
)]
fn whole(number: f64) -> u32 {
    number.clamp(0.0, f64::from(u32::MAX)) as u32
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::http::Headers;

    fn response(status: u16, headers: &[(&str, &str)], body: &'static str) -> Response {
        Response {
            status,
            headers: headers.iter().copied().collect::<Headers>(),
            body: Bytes::from_static(body.as_bytes()),
        }
    }

    #[test]
    fn an_empty_bucket_is_waited_for_and_no_other() {
        let (limits, bot) = (Limits::default(), Account::of("a"));
        let spent = response(
            200,
            &[
                ("x-ratelimit-bucket", "b1"),
                ("x-ratelimit-remaining", "1"),
                ("x-ratelimit-reset-after", "9.5"),
            ],
            "",
        );
        assert_eq!(limits.take(bot, "POST messages", "1"), Ok(()));
        assert_eq!(limits.note(bot, "POST messages", "1", &spent), None);
        assert_eq!(limits.take(bot, "POST messages", "1"), Ok(()));
        let wait = limits.take(bot, "POST messages", "1").unwrap_err();
        assert!(wait > Duration::from_secs(9) && wait <= Duration::from_secs_f64(9.5));
        assert_eq!(limits.take(bot, "POST messages", "2"), Ok(()));
        assert_eq!(limits.take(bot, "POST typing", "1"), Ok(()));
        assert_eq!(limits.take(Account::of("b"), "POST messages", "1"), Ok(()));
    }

    #[test]
    fn a_refusal_counts_for_its_bucket_or_for_everything() {
        let (limits, bot) = (Limits::default(), Account::of("a"));
        let refusal = response(
            429,
            &[("retry-after", "3")],
            r#"{"message":"slow","retry_after":2.5,"global":false}"#,
        );
        let wait = limits.note(bot, "POST messages", "1", &refusal);
        assert_eq!(wait, Some(Duration::from_secs_f64(2.5)));
        assert!(limits.take(bot, "POST messages", "1").is_err());
        assert!(limits.take(bot, "POST typing", "1").is_ok());
        let global = response(
            429,
            &[("x-ratelimit-global", "true"), ("retry-after", "4")],
            "not json",
        );
        assert_eq!(
            limits.note(bot, "GET me", "", &global),
            Some(Duration::from_secs(4))
        );
        assert!(limits.take(bot, "POST typing", "1").is_err());
    }

    #[test]
    fn a_second_has_no_more_than_its_share() {
        let (limits, bot) = (Limits::default(), Account::of("a"));
        let sent = (0..100).filter(|_| limits.take(bot, "r", "").is_ok());
        let sent = u32::try_from(sent.count()).unwrap();
        assert!((GLOBAL..GLOBAL * 2).contains(&sent), "{sent}");
    }

    #[test]
    fn one_identifies_every_five_seconds() {
        let (limits, bot) = (Limits::default(), Account::of("a"));
        let every = Duration::from_secs(5);
        assert_eq!(limits.identify(bot, every), Duration::ZERO);
        let wait = limits.identify(bot, every);
        assert!(wait > Duration::from_secs(4) && wait <= every);
        assert!(limits.identify(bot, every) > Duration::from_secs(9));
    }
}
