//! What agents and their compilation may use on this machine.

use std::time::Duration;

use clap::Args;

use super::{bytes, seconds};

/// What agents and their compilation may use on this machine.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "What agents may use")]
pub struct Limits {
    /// The largest module that may be uploaded
    #[arg(long, env = "CLOISTER_MODULE_SIZE", value_name = "SIZE", default_value = "32MiB", value_parser = bytes)]
    pub module_size: u64,
    /// Compiled code kept in memory
    #[arg(long, env = "CLOISTER_CODE_CACHE", value_name = "SIZE", default_value = "256MiB", value_parser = bytes)]
    pub code_cache: u64,
    /// Address space of the process that compiles a module
    #[arg(long, env = "CLOISTER_COMPILE_MEMORY", value_name = "SIZE", default_value = "2GiB", value_parser = bytes)]
    pub compile_memory: u64,
    /// Seconds that compiling a module may take
    #[arg(id = "compile_time", long = "compile-seconds", env = "CLOISTER_COMPILE_SECONDS", value_name = "SECONDS", default_value = "60", value_parser = seconds)]
    pub compile_time: Duration,
    /// The largest file that may come with an external message, at most 32MiB: it is kept with the message, and an agent has
    /// to hold it
    #[arg(long, env = "CLOISTER_MEDIA_SIZE", value_name = "SIZE", default_value = "8MiB", value_parser = media)]
    pub media_size: u64,
}

/// What an agent can hold beside everything else.
const MEDIA: u64 = 32 << 20;

fn media(text: &str) -> Result<u64, String> {
    match bytes(text)? {
        size @ 1..=MEDIA => Ok(size),
        _ => Err(format!(
            "`{text}` is not a size from 1 to {}MiB",
            MEDIA >> 20
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_no_larger_than_an_agent_can_hold() {
        assert_eq!(media("1MiB"), Ok(1 << 20));
        assert_eq!(media("32MiB"), Ok(MEDIA));
        for wrong in ["0", "33MiB", "large"] {
            assert!(media(wrong).is_err(), "{wrong}");
        }
    }
}
