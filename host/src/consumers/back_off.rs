//! Back-off: how long one waits after a failure, longer each time, and never as long as others do.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(60);

/// Failures in a row.
#[derive(Debug, Default)]
pub(super) struct BackOff {
    failures: u32,
}

impl BackOff {
    /// Something worked.
    pub(super) fn reset(&mut self) {
        self.failures = 0;
    }

    /// Something failed: how long to wait, at least as long as was asked for.
    pub(super) fn failed(&mut self, asked: Option<Duration>) -> Duration {
        let doubled = FIRST
            .saturating_mul(1 << self.failures.min(10))
            .min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        let mut random = [0_u8; 1];
        // Without randomness the back-off is merely less spread.
        let _ = getrandom::fill(&mut random);
        let jittered = doubled.mul_f64(0.75 + f64::from(random[0]) / 255.0 / 2.0);
        jittered.max(asked.unwrap_or_default())
    }

    /// How often in a row.
    pub(super) fn failures(&self) -> u32 {
        self.failures
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_to_a_minute_and_starts_over() {
        let mut back_off = BackOff::default();
        let waits: Vec<_> = (0..12).map(|_| back_off.failed(None)).collect();
        assert!(waits[0] <= FIRST.mul_f64(1.25) && waits[0] >= FIRST.mul_f64(0.75));
        assert!(waits[11] <= LONGEST.mul_f64(1.25) && waits[11] >= LONGEST.mul_f64(0.75));
        assert!(back_off.failed(Some(Duration::from_secs(300))) >= Duration::from_secs(300));
        back_off.reset();
        assert!(back_off.failed(None) < Duration::from_secs(1));
    }
}
