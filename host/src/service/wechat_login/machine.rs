//! The machine of a login: what the platform says of a code, and what becomes of it.

use channels::{Looked, Scanned, Secret};
use store::scans::ScanPhase;

/// What becomes of a code.
#[derive(Debug, PartialEq, Eq)]
pub enum Move {
    /// Nothing new.
    Stay,
    /// It goes on in this phase.
    On {
        /// The phase.
        phase: ScanPhase,
        /// What it is asked after with from now on, where that is another.
        handle: Option<Secret<String>>,
        /// Whether digits are wanted.
        needs_digits: bool,
        /// What is wrong with those that were typed.
        reason: Option<&'static str>,
    },
    /// It is over, for this reason.
    End(&'static str),
    /// The account is connected with the credential that the channel has.
    Keep,
    /// The account is connected with this one.
    Bind(Scanned),
}

/// What the platform's word means for a code that is not over. `needed` says that digits were wanted, `typed` that some were
/// told with the question.
pub fn after(phase: ScanPhase, needed: bool, typed: bool, looked: Looked) -> Move {
    let on = |phase, handle| Move::On {
        phase,
        handle,
        needs_digits: false,
        reason: None,
    };
    match (phase, looked) {
        // It never goes back.
        (_, Looked::Waiting) => Move::Stay,
        (ScanPhase::Scanning, Looked::Scanned) if !needed => Move::Stay,
        (_, Looked::Scanned) => on(ScanPhase::Scanning, None),
        (_, Looked::Elsewhere(handle)) => on(ScanPhase::Scanning, Some(handle)),
        (_, Looked::NeedsDigits) if needed && !typed => Move::Stay,
        (_, Looked::NeedsDigits) => Move::On {
            phase: ScanPhase::Scanning,
            handle: None,
            needs_digits: true,
            reason: typed.then_some("the digits are wrong; type those that WeChat shows now"),
        },
        (_, Looked::Over(why)) => Move::End(why),
        (_, Looked::Known) => Move::Keep,
        (_, Looked::Confirmed(scanned)) => Move::Bind(scanned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(phase: ScanPhase, needed: bool, typed: bool, looked: Looked) -> String {
        match after(phase, needed, typed, looked) {
            Move::Stay => "stay".to_owned(),
            Move::On {
                phase,
                handle,
                needs_digits,
                reason,
            } => {
                let handle = if handle.is_some() { " elsewhere" } else { "" };
                let digits = if needs_digits { " digits" } else { "" };
                let wrong = if reason.is_some() { " wrong" } else { "" };
                format!("{phase}{handle}{digits}{wrong}")
            }
            Move::End(_) => "expired".to_owned(),
            Move::Keep => "bound as before".to_owned(),
            Move::Bind(_) => "bound".to_owned(),
        }
    }

    #[test]
    fn the_table_drawn() {
        let credential = Secret::new(serde_json::Value::Null);
        let words = [
            ("wait", Looked::Waiting),
            ("scaned", Looked::Scanned),
            (
                "redirect",
                Looked::Elsewhere(Secret::new("elsewhere".to_owned())),
            ),
            ("digits", Looked::NeedsDigits),
            ("over", Looked::Over("it is late")),
            ("known", Looked::Known),
            ("confirmed", Looked::Confirmed(Scanned { credential })),
        ];
        let rows = words.map(|(word, looked)| {
            let columns = [
                (ScanPhase::AwaitingScan, false, false),
                (ScanPhase::Scanning, false, false),
                (ScanPhase::Scanning, true, false),
                (ScanPhase::Scanning, true, true),
            ]
            .map(|(phase, needed, typed)| drawn(phase, needed, typed, looked.clone()));
            format!("{word}: {}", columns.join(", "))
        });
        // Waiting to be scanned, scanned, with digits wanted, with digits told.
        assert_eq!(
            rows,
            [
                "wait: stay, stay, stay, stay",
                "scaned: scanning, stay, scanning, scanning",
                "redirect: scanning elsewhere, scanning elsewhere, scanning elsewhere, scanning elsewhere",
                "digits: scanning digits, scanning digits, stay, scanning digits wrong",
                "over: expired, expired, expired, expired",
                "known: bound as before, bound as before, bound as before, bound as before",
                "confirmed: bound, bound, bound, bound",
            ]
        );
    }
}
