//! The table, for people: one row a number, with its reference and what is to be reached.

use std::fmt;
use std::time::Duration;

const HEAD: [&str; 5] = [
    "what",
    "measured",
    "reference in the same run",
    "ratio",
    "reach",
];

/// Rows so far.
#[derive(Default)]
pub(crate) struct Table {
    rows: Vec<[String; 5]>,
}

impl Table {
    /// Adds a row, and tells it at once: the whole takes minutes.
    pub(crate) fn row(
        &mut self,
        what: &str,
        measured: String,
        reference: String,
        ratio: String,
        reach: &str,
    ) {
        eprintln!("{what}: {measured}; {reference}; {ratio} (reach: {reach})");
        self.rows.push([
            what.to_owned(),
            measured,
            reference,
            ratio,
            reach.to_owned(),
        ]);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = HEAD.map(str::to_owned);
        let rule = HEAD.map(|_| "---".to_owned());
        for row in [&head, &rule].into_iter().chain(&self.rows) {
            writeln!(f, "| {} |", row.join(" | "))?;
        }
        Ok(())
    }
}

/// A time in milliseconds.
pub(crate) fn millis(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1_000.0)
}

/// A rate.
pub(crate) fn per_second(rate: f64) -> String {
    format!("{rate:.0}/s")
}

/// Bytes in millions.
pub(crate) fn megabytes(bytes: u64) -> String {
    #[expect(
        clippy::cast_precision_loss,
        reason = "shown with one digit after the point"
    )]
    let millions = bytes as f64 / 1_000_000.0;
    format!("{millions:.1} MB")
}
