//! Configuration is what an operator decides before the start: environment variables and the same as flags, parsed once
//! into one struct an area. This is the only reader of the environment.

use std::ffi::OsString;
use std::time::Duration;

use clap::Args;

mod addresses;
mod graphql;
mod identity;
mod journal;
mod limits;
mod mistake;
mod models;
mod onboarding;
mod place;
mod platforms;
mod solana;
mod tools;
mod web;
mod work;

pub use addresses::{HostPattern, NatsProof, NatsUrl};
pub use graphql::Graphql;
pub use identity::Identity;
pub use journal::Journal;
pub use limits::Limits;
pub use mistake::{Mistake, parse_or_say};
pub use models::Models;
pub use onboarding::{Allowance, Onboarding};
pub use place::Place;
pub use platforms::Platforms;
pub use solana::{RpcUrl, Solana};
pub use tools::Tools;
pub use web::Web;
pub use work::Work;

/// Everything that `cloister serve` can be told.
#[derive(Args, Clone, Debug)]
pub struct Config {
    /// How the process is reached.
    #[command(flatten)]
    pub web: Web,
    /// What the control plane answers.
    #[command(flatten)]
    pub graphql: Graphql,
    /// Where its data lives.
    #[command(flatten)]
    pub place: Place,
    /// Keys, and who the first owner is.
    #[command(flatten)]
    pub identity: Identity,
    /// How turns and deliveries are worked off.
    #[command(flatten)]
    pub work: Work,
    /// What agents and their compilation may use.
    #[command(flatten)]
    pub limits: Limits,
    /// What people of messaging products are given.
    #[command(flatten)]
    pub onboarding: Onboarding,
    /// What it talks to.
    #[command(flatten)]
    pub platforms: Platforms,
    /// Which language model agents ask.
    #[command(flatten)]
    pub models: Models,
    /// What is kept of turns.
    #[command(flatten)]
    pub journal: Journal,
    /// What calls of tools may take.
    #[command(flatten)]
    pub tools: Tools,
    /// Where wallets' balances are asked for.
    #[command(flatten)]
    pub solana: Solana,
}

impl Config {
    /// The configuration of a process without any flags or variables, as tests want it: parsed as the real one is.
    pub fn from_flags<I, T>(flags: I) -> Result<Self, Mistake>
    where
        I: IntoIterator<Item = T>,
        T: Into<OsString> + Clone,
    {
        #[derive(clap::Parser)]
        struct Only {
            #[command(flatten)]
            config: Config,
        }
        let flags =
            std::iter::once(OsString::from("cloister")).chain(flags.into_iter().map(Into::into));
        mistake::parse::<Only>(flags).map(|only| only.config)
    }
}

/// Seconds, whole or with a fraction, at least one millisecond.
pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is not a number of seconds above 0");
    let seconds: f64 = text.parse().map_err(|_| wrong())?;
    if !(0.001..=31_536_000.0).contains(&seconds) {
        return Err(wrong());
    }
    Ok(Duration::from_secs_f64(seconds))
}

/// A switch.
pub(crate) fn on_or_off(text: &str) -> Result<bool, String> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(format!("`{text}` is neither on nor off")),
    }
}

/// Bytes, as a number with an optional binary unit: `512`, `64KiB`, `256MiB`, `2GiB`.
pub(crate) fn bytes(text: &str) -> Result<u64, String> {
    const UNITS: [(&str, u32); 3] = [("KiB", 10), ("MiB", 20), ("GiB", 30)];
    let wrong = || format!("`{text}` is not a size such as 64MiB");
    let (number, shift) = UNITS
        .iter()
        .find_map(|(unit, shift)| Some((text.strip_suffix(unit)?, *shift)))
        .unwrap_or((text, 0));
    let number: u64 = number.trim().parse().map_err(|_| wrong())?;
    number.checked_mul(1 << shift).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_said_means_the_documented_defaults() {
        let config = Config::from_flags::<_, &str>([]).unwrap();
        assert_eq!(config.web.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(config.place.data_dir.to_str(), Some("./data"));
        assert_eq!(config.work.lease, Duration::from_secs(10));
        assert_eq!(config.work.turn_wait, Duration::from_secs(25));
    }

    #[test]
    fn sizes_and_times_are_read_with_their_units() {
        assert_eq!(bytes("64MiB"), Ok(64 << 20));
        assert_eq!(bytes("512"), Ok(512));
        assert!(bytes("99999999999GiB").is_err());
        assert!(bytes("a lot").is_err());
        assert_eq!(seconds("0.25"), Ok(Duration::from_millis(250)));
        assert!(seconds("0").is_err());
        assert!(seconds("inf").is_err());
        assert!(seconds("-3").is_err());
    }
}
