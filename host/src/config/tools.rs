//! What calls of tools may take.

use std::time::Duration;

use clap::Args;

use super::seconds;

/// What calls of tools may take.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Tools")]
pub struct Tools {
    /// Seconds that one call of a tool may take, or finding out which tools a server has
    #[arg(id = "tool_time", long = "tool-seconds", env = "CLOISTER_TOOL_SECONDS", value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    pub time: Duration,
    /// Seconds for which a server's list of tools is taken as it was
    #[arg(id = "tool_list_time", long = "tool-list-seconds", env = "CLOISTER_TOOL_LIST_SECONDS", value_name = "SECONDS", default_value = "60", value_parser = seconds)]
    pub list_time: Duration,
    /// Seconds for which a person is waited for before a call that they have to allow
    #[arg(id = "approval_time", long = "approval-seconds", env = "CLOISTER_APPROVAL_SECONDS", value_name = "SECONDS", default_value = "86400", value_parser = seconds)]
    pub approval_time: Duration,
}
