use clap::Args;

use super::bytes;

/// What is kept of turns, so that they can be run again.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "The journal")]
pub struct Journal {
    /// Days for which is kept what agents heard in their turns, answers of models among it
    #[arg(id = "journal_days", long = "journal-days", env = "CLOISTER_JOURNAL_DAYS", value_name = "DAYS", default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..=3_650))]
    pub days: u16,
    /// The most that is kept of one turn; of a turn that heard more nothing is, and 0 keeps nothing at all
    #[arg(id = "journal_bytes", long = "journal-bytes", env = "CLOISTER_JOURNAL_BYTES", value_name = "SIZE", default_value = "1MiB", value_parser = bytes)]
    pub bytes: u64,
}

impl Journal {
    /// The most that is kept of one turn.
    pub fn most(&self) -> usize {
        usize::try_from(self.bytes).unwrap_or(usize::MAX)
    }
}
