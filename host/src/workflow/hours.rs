//! Hours: days of the week and a stretch of the day, by the clock of a place.

use chrono::{DateTime, Datelike, NaiveTime, Utc, Weekday};
use chrono_tz::Tz;

/// A stretch of the day on some days. One that ends before it starts goes on past midnight, and belongs to the day on
/// which it started. One that ends when it starts is the whole day.
#[derive(Debug)]
pub(super) struct Hours {
    pub(super) from: NaiveTime,
    pub(super) to: NaiveTime,
    pub(super) zone: Tz,
    /// All, where none is given.
    pub(super) days: Vec<Weekday>,
}

impl Hours {
    pub(super) fn meet(&self, at: DateTime<Utc>) -> bool {
        let there = at.with_timezone(&self.zone);
        let (time, day) = (there.time(), there.weekday());
        let is_day = |day: Weekday| self.days.is_empty() || self.days.contains(&day);
        if self.from < self.to {
            return is_day(day) && self.from <= time && time < self.to;
        }
        (is_day(day) && time >= self.from) || (is_day(day.pred()) && time < self.to)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    fn hours(from: &str, to: &str, days: &[Weekday]) -> Hours {
        let time = |text: &str| NaiveTime::parse_from_str(text, "%H:%M").unwrap();
        Hours {
            from: time(from),
            to: time(to),
            zone: chrono_tz::Europe::Zurich,
            days: days.to_vec(),
        }
    }

    /// In 2026: the 20th of November is a Friday, and Zurich an hour ahead of UTC.
    fn at(day: u32, hour: u32, minute: u32) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, day, hour, minute, 0)
            .unwrap()
    }

    #[test]
    fn the_clock_is_the_places_own() {
        let office = hours("09:00", "17:00", &[Weekday::Fri]);
        assert!(!office.meet(at(20, 7, 59)));
        assert!(office.meet(at(20, 8, 0)));
        assert!(office.meet(at(20, 15, 59)));
        assert!(!office.meet(at(20, 16, 0)));
        assert!(!office.meet(at(21, 10, 0)));
        // In summer the same clock is two hours ahead.
        let summer = Utc.with_ymd_and_hms(2026, 7, 3, 7, 0, 0).unwrap();
        assert!(office.meet(summer));
    }

    #[test]
    fn a_night_belongs_to_the_day_on_which_it_started() {
        let night = hours("22:00", "06:00", &[Weekday::Fri]);
        assert!(night.meet(at(20, 21, 30)));
        assert!(night.meet(at(21, 4, 0)));
        assert!(!night.meet(at(20, 4, 0)));
        assert!(!night.meet(at(21, 21, 30)));
    }

    #[test]
    fn the_same_start_and_end_is_the_whole_day() {
        let saturday = hours("00:00", "00:00", &[Weekday::Sat]);
        assert!(saturday.meet(at(21, 12, 0)));
        assert!(!saturday.meet(at(20, 12, 0)));
    }
}
