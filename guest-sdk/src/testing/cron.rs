//! Cron expressions as a test's host reads them: by a clock that shows UTC in every time zone, and never shifts.

use super::limits::invalid;
use crate::Error;

const MINUTE: u64 = 60_000;
const DAY: u64 = 24 * 60 * MINUTE;
/// A day that comes at all comes within eight years.
const DAYS: u64 = 366 * 8;

const MONTHS: [&str; 12] = [
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// An expression: what each field names, a bit a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cron {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Whether a day has to be both one of the month's and one of the week's, since one of the two is any.
    both: bool,
}

impl Cron {
    pub(super) fn parse(text: &str) -> Result<Cron, Error> {
        let wrong = || invalid(format!("`{text}` is no cron expression of five fields"));
        let mut fields = text.split_whitespace();
        let mut next = |least: u64, most: u64, names: &[&str], first: u64| {
            let field = fields.next()?;
            let bits = field_bits(field, least, most, names, first)?;
            Some((bits, field.starts_with('*')))
        };
        let mut read = || {
            let (minutes, _) = next(0, 59, &[], 0)?;
            let (hours, _) = next(0, 23, &[], 0)?;
            let (days, any_day) = next(1, 31, &[], 0)?;
            let (months, _) = next(1, 12, &MONTHS, 1)?;
            let (weekdays, any_weekday) = next(0, 7, &WEEKDAYS, 0)?;
            Some(Cron {
                minutes,
                hours,
                days,
                months,
                // Sunday is 0 and 7.
                weekdays: weekdays | weekdays >> 7,
                both: any_day || any_weekday,
            })
        };
        let cron = read().ok_or_else(wrong)?;
        match fields.next() {
            None => Ok(cron),
            Some(_) => Err(wrong()),
        }
    }

    /// The first minute after a time, both in milliseconds since the Unix epoch.
    pub(super) fn after(&self, time: u64) -> Option<u64> {
        let start = (time / MINUTE + 1) * MINUTE;
        let mut at = start;
        while at < start + DAYS * DAY {
            if !self.is_day(at / DAY) {
                at = (at / DAY + 1) * DAY;
                continue;
            }
            let minute = at % DAY / MINUTE;
            if has(self.hours, minute / 60) && has(self.minutes, minute % 60) {
                return Some(at);
            }
            at += MINUTE;
        }
        None
    }

    fn is_day(&self, days_since_1970: u64) -> bool {
        let (month, day) = month_and_day(days_since_1970);
        // The first of January 1970 was a Thursday.
        let (of_month, of_week) = (
            has(self.days, day),
            has(self.weekdays, (days_since_1970 + 4) % 7),
        );
        has(self.months, month)
            && match self.both {
                true => of_month && of_week,
                false => of_month || of_week,
            }
    }
}

fn has(bits: u64, number: u64) -> bool {
    bits >> number & 1 == 1
}

/// Lists of numbers, ranges and steps, with names where there are some.
fn field_bits(field: &str, least: u64, most: u64, names: &[&str], first: u64) -> Option<u64> {
    let number = |text: &str| {
        let named = names
            .iter()
            .position(|name| text.eq_ignore_ascii_case(name));
        let number = match named {
            Some(place) => place as u64 + first,
            None => text.parse().ok()?,
        };
        (least..=most).contains(&number).then_some(number)
    };
    let mut bits = 0;
    for part in field.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, step.parse().ok().filter(|step| *step > 0)?),
            None => (part, 1_usize),
        };
        let (from, to) = match range.split_once('-') {
            Some((from, to)) => (number(from)?, number(to)?),
            None if range == "*" => (least, most),
            None => (number(range)?, number(range)?),
        };
        if from > to {
            return None;
        }
        for one in (from..=to).step_by(step) {
            bits |= 1 << one;
        }
    }
    Some(bits)
}

/// The month and the day of the month, by the civil calendar.
fn month_and_day(days_since_1970: u64) -> (u64, u64) {
    // Counted from a first of March, so that the day that not every year has is the last one.
    let days = days_since_1970 + 719_468;
    let of_era = days % 146_097;
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    (if month < 10 { month + 3 } else { month - 9 }, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-01-01T00:00:00Z, a Thursday.
    const NEW_YEAR: u64 = 1_767_225_600_000;

    /// Minutes after the new year.
    fn after(text: &str, minutes: u64) -> Option<u64> {
        let found = Cron::parse(text)
            .unwrap()
            .after(NEW_YEAR + minutes * MINUTE);
        found.map(|found| (found - NEW_YEAR) / MINUTE)
    }

    #[test]
    fn the_next_minute_is_found() {
        assert_eq!(after("* * * * *", 0), Some(1));
        assert_eq!(after("*/15 * * * *", 1), Some(15));
        assert_eq!(after("30 8 * * MON-FRI", 9 * 60), Some(24 * 60 + 510));
        assert_eq!(after("0 0 1 FEB *", 0), Some(31 * 24 * 60));
        assert_eq!(after("0 0 * * 7", 0), Some(3 * 24 * 60));
        // The 13th, or a Friday.
        assert_eq!(after("0 0 13 * FRI", 0), Some(24 * 60));
        assert_eq!(after("0 0 29 2 *", 0), Some((365 + 365 + 59) * 24 * 60));
        assert_eq!(after("0 0 30 2 *", 0), None);
    }

    #[test]
    fn what_is_none_is_refused() {
        for wrong in [
            "",
            "* * * *",
            "* * * * * *",
            "60 * * * *",
            "5-1 * * * *",
            "*/0 * * * *",
            "x * * * *",
        ] {
            assert!(Cron::parse(wrong).is_err(), "{wrong}");
        }
    }
}
