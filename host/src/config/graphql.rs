//! What the control plane answers.

use std::time::Duration;

use clap::Args;

use super::{on_or_off, seconds};

/// What the control plane answers.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "The control plane")]
pub struct Graphql {
    /// Whether GraphQL tells its schema to those who ask: on or off
    #[arg(id = "introspection", long = "graphql-introspection", env = "CLOISTER_GRAPHQL_INTROSPECTION", value_name = "ON|OFF", default_value = "on", value_parser = on_or_off, action = clap::ArgAction::Set)]
    pub introspection: bool,
    /// Seconds that a query may take; a mutation also gets the time that compiling a module may
    #[arg(id = "graphql_time", long = "graphql-seconds", env = "CLOISTER_GRAPHQL_SECONDS", value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    pub time: Duration,
}
