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
    /// Bytes that the files of one agent may have; its owner may allow it less
    #[arg(long, env = "CLOISTER_WORKSPACE_SIZE", value_name = "SIZE", default_value = "256MiB", value_parser = bytes)]
    pub workspace_size: u64,
    /// Files that one agent may have; its owner may allow it fewer
    #[arg(long, env = "CLOISTER_WORKSPACE_FILES", value_name = "COUNT", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub workspace_files: u32,
    /// The largest file of an agent
    #[arg(long, env = "CLOISTER_FILE_SIZE", value_name = "SIZE", default_value = "32MiB", value_parser = bytes)]
    pub file_size: u64,
    /// Media types of files that are kept when they come with a message; `image/*` stands for every image
    #[arg(long = "file-types", env = "CLOISTER_FILE_TYPES", value_name = "TYPES", value_delimiter = ',', default_value = "application/*,audio/*,font/*,image/*,model/*,text/*,video/*", value_parser = media_types)]
    pub file_types: Vec<String>,
    /// Bytes of the files of a git repository that an agent is given, and of what is fetched for them
    #[arg(long, env = "CLOISTER_REPOSITORY_SIZE", value_name = "SIZE", default_value = "64MiB", value_parser = bytes)]
    pub repository_size: u64,
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

/// A media type, or all those of a kind.
fn media_types(text: &str) -> Result<String, String> {
    let text = text.trim().to_ascii_lowercase();
    let good = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_graphic());
    match text.split_once('/') {
        Some((kind, rest)) if good(kind) && good(rest) => Ok(text),
        _ => Err(format!(
            "`{text}` is not a media type such as image/png or image/*"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn a_file_is_no_larger_than_an_agent_can_hold() {
        assert_eq!(media("1MiB"), Ok(1 << 20));
        assert_eq!(media("32MiB"), Ok(MEDIA));
        for wrong in ["0", "33MiB", "large"] {
            assert!(media(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn media_types_are_read_as_a_list() {
        let types = |flags: &[&str]| {
            let config = Config::from_flags(flags.iter().copied());
            config.map(|config| config.limits.file_types)
        };
        let asked = types(&["--file-types", "image/*,Text/Plain"]).unwrap();
        assert_eq!(asked, ["image/*", "text/plain"]);
        assert_eq!(types(&[]).unwrap().len(), 7);
        assert!(types(&["--file-types", "pictures"]).is_err());
    }
}
