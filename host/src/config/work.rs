//! How turns and deliveries are worked off.

use std::time::Duration;

use clap::Args;

use super::seconds;

/// How turns and deliveries are worked off.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "How work is done")]
pub struct Work {
    /// Seconds after which another host takes over what a dead one held
    #[arg(id = "lease", long = "lease-seconds", env = "CLOISTER_LEASE_SECONDS", value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub lease: Duration,
    /// Seconds that a request whose contract returns the reply waits for its turn
    #[arg(long, env = "CLOISTER_TURN_WAIT", value_name = "SECONDS", default_value = "25", value_parser = seconds)]
    pub turn_wait: Duration,
    /// Turns that run at the same time
    #[arg(long, env = "CLOISTER_TURN_WORKERS", value_name = "COUNT", default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=4096))]
    pub turn_workers: u16,
    /// Turns of one agent that run at the same time
    #[arg(long, env = "CLOISTER_AGENT_TURNS", value_name = "COUNT", default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=4096))]
    pub agent_turns: u16,
    /// Deliveries that are on their way at the same time
    #[arg(long, env = "CLOISTER_DELIVERY_WORKERS", value_name = "COUNT", default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=4096))]
    pub delivery_workers: u16,
    /// Seconds after each failed attempt until a delivery is tried again; after the last of them it is given up
    #[arg(id = "retry", long = "retry-seconds", env = "CLOISTER_RETRY_SECONDS", value_name = "SECONDS", value_delimiter = ',', default_value = "5,300,1800,7200,18000,36000,50400,72000,86400", value_parser = seconds)]
    pub retry: Vec<Duration>,
    /// Seconds after which a messaging product is told that an agent is still at work, and again and again
    #[arg(id = "notice", long = "notice-seconds", env = "CLOISTER_NOTICE_SECONDS", value_name = "SECONDS", default_value = "60", value_parser = seconds)]
    pub notice: Duration,
    /// Seconds that running turns get to finish when the process is asked to stop
    #[arg(id = "stop", long = "stop-seconds", env = "CLOISTER_STOP_SECONDS", value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub stop: Duration,
    /// Whether what the first message about projects needs is compiled right after the start
    #[arg(long, env = "CLOISTER_WARM_UP", value_name = "on|off", default_value = "on", value_parser = clap::builder::BoolishValueParser::new(), action = clap::ArgAction::Set)]
    pub warm_up: bool,
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::config::Config;

    fn stop(flags: &[&str]) -> Duration {
        Config::from_flags(flags.iter().copied()).unwrap().work.stop
    }

    #[test]
    fn running_turns_get_ten_seconds_to_finish_unless_the_operator_says_otherwise() {
        assert_eq!(stop(&[]), Duration::from_secs(10));
        assert_eq!(
            stop(&["--stop-seconds", "1.5"]),
            Duration::from_millis(1_500)
        );
    }
}
