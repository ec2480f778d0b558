//! A mistake is a wrong word on the command line or in the environment, told on one line, with exit code 2.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command, CommandFactory, Error, FromArgMatches};

/// What is wrong, as one line.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0}")]
pub struct Mistake(pub String);

/// Parses the command line and the environment.
pub(super) fn parse<P: CommandFactory + FromArgMatches>(
    line: impl IntoIterator<Item = OsString>,
) -> Result<P, Mistake> {
    try_parse(line).map_err(|error| told(&error, &P::command()))
}

/// Parses, or prints what is to be said (help, version, the mistake) and tells how to exit.
pub fn parse_or_say<P: CommandFactory + FromArgMatches>(
    line: impl IntoIterator<Item = OsString>,
) -> Result<P, ExitCode> {
    try_parse(line).map_err(|error| {
        if error.use_stderr() && error.kind() != ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
        {
            eprintln!("cloister: {}", told(&error, &P::command()));
        } else {
            // Nobody to tell if standard output is closed.
            let _ = error.print();
        }
        ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
    })
}

fn try_parse<P: CommandFactory + FromArgMatches>(
    line: impl IntoIterator<Item = OsString>,
) -> Result<P, Error> {
    let mut matches = P::command().try_get_matches_from(line)?;
    P::from_arg_matches_mut(&mut matches)
}

fn told(error: &Error, command: &Command) -> Mistake {
    let text = error.to_string();
    // Clap's further lines are advice; where it lists what is missing, the list is the point.
    let first = text
        .split("\n\n")
        .next()
        .unwrap_or_default()
        .trim_start_matches("error: ");
    let mut first = first.split_whitespace().collect::<Vec<_>>().join(" ");
    let Some(argument) = argument_of(error, command) else {
        return Mistake(first);
    };
    if argument.is_hide_env_values_set()
        && let Some(ContextValue::String(value)) = error.get(ContextKind::InvalidValue)
    {
        first = first.replacen(&format!("'{value}' "), "", 1);
    }
    match argument.get_env() {
        Some(variable) => Mistake(format!("{first} (also read from {})", variable.display())),
        None => Mistake(first),
    }
}

/// The argument that the error is about.
fn argument_of<'a>(error: &Error, command: &'a Command) -> Option<&'a Arg> {
    let Some(ContextValue::String(named)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    let flag = named.split_whitespace().next()?.trim_start_matches("--");
    arguments(command)
        .into_iter()
        .find(|argument| argument.get_long() == Some(flag))
}

fn arguments(command: &Command) -> Vec<&Arg> {
    let below = command.get_subcommands().flat_map(arguments);
    command.get_arguments().chain(below).collect()
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    #[test]
    fn a_wrong_value_is_one_line_that_names_flag_variable_and_value() {
        let mistake = Config::from_flags(["--listen", "everywhere"])
            .unwrap_err()
            .to_string();
        assert!(!mistake.contains('\n'), "{mistake}");
        for part in ["everywhere", "--listen", "CLOISTER_LISTEN"] {
            assert!(mistake.contains(part), "{mistake}");
        }
    }

    #[test]
    fn an_unknown_flag_is_named() {
        let mistake = Config::from_flags(["--lisen", "x"])
            .unwrap_err()
            .to_string();
        assert!(mistake.contains("--lisen"), "{mistake}");
    }

    #[test]
    fn a_wrong_master_key_is_not_repeated() {
        let mistake = Config::from_flags(["--master-key", "c2hvcnQ="])
            .unwrap_err()
            .to_string();
        assert!(mistake.contains("CLOISTER_MASTER_KEY"), "{mistake}");
        assert!(!mistake.contains("c2hvcnQ"), "{mistake}");
    }
}
