//! A recurrence is what a timer that comes due again and again goes by: a cron expression and a time zone. The times that
//! it names are its slots, each a minute by the clock of a place.
//!
//! Clocks are put forward and back. Where the expression names hours, a slot is a time on that clock, and comes once:
//! in an hour that is skipped at the moment at which the clock goes on, in an hour that is repeated the first time. Where
//! it is for every hour (`*`, `*/2`), its slots follow the clock: those of a skipped hour do not come, those of a repeated
//! one come twice.

use chrono::{DateTime, MappedLocalTime, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};

/// Bytes of an expression.
const EXPRESSION: usize = 256;
/// A clock is put forward or back by no more than this at a time.
const SHIFT: TimeDelta = TimeDelta::hours(3);
/// How far back slots are made up for that passed while no host was there.
const MADE_UP: TimeDelta = TimeDelta::hours(1);
/// Slots that are looked at before a search is given up.
const LOOKED_AT: usize = 10_000;

/// Minutes by the clock of a place.
#[derive(Clone, Debug)]
pub struct Recurrence {
    cron: Cron,
    zone: Tz,
    is_for_every_hour: bool,
}

/// Why a text is no recurrence. Each says what would be one.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    /// Not a cron expression.
    #[error(
        "`{given}` is no cron expression: {why}. It has five fields (minute, hour, day of the month, month, day of the week), \
         such as `30 8 * * MON-FRI` for 8:30 on working days"
    )]
    Expression {
        /// The text.
        given: String,
        /// What is wrong with it.
        why: String,
    },
    /// Not a time zone.
    #[error(
        "`{given}` is no time zone: name one as the IANA database does, such as `Europe/Zurich`, or `UTC`"
    )]
    Zone {
        /// The text.
        given: String,
    },
    /// An expression without slots.
    #[error("`{given}` never comes: there is no such day")]
    Never {
        /// The expression.
        given: String,
    },
}

impl Recurrence {
    /// Reads an expression and the name of a zone.
    pub fn parse(expression: &str, zone: &str) -> Result<Self, Mistake> {
        let wrong = |why: &str| Mistake::Expression {
            given: expression.chars().take(EXPRESSION).collect(),
            why: why.trim_end_matches('.').to_owned(),
        };
        if expression.len() > EXPRESSION {
            return Err(wrong(&format!("it has more than {EXPRESSION} bytes")));
        }
        let zone = zone.parse().map_err(|_| Mistake::Zone {
            given: zone.chars().take(64).collect(),
        })?;
        let parser = CronParser::builder()
            .seconds(Seconds::Disallowed)
            .year(Year::Disallowed)
            .build();
        let cron = parser.parse(expression);
        let cron = cron.map_err(|error| wrong(&error.to_string()))?;
        let hours = expression.split_whitespace().nth(1).unwrap_or_default();
        let is_hourly = expression.trim().eq_ignore_ascii_case("@hourly");
        Ok(Self {
            cron,
            zone,
            is_for_every_hour: is_hourly || hours.starts_with(['*', '?']),
        })
    }

    /// The first slot after a moment. It may take long where there is none.
    pub fn after(&self, moment: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let there = self.clock(moment);
        if !self.is_for_every_hour {
            // In the order of the clock, slots are in the order of time.
            let mut slots = self.slots(there).map(|slot| self.once(slot));
            return slots.find_map(|slot| slot.filter(|slot| *slot > moment));
        }
        let shifts = |by: TimeDelta| self.offset(moment + by) != self.offset(moment);
        if !shifts(SHIFT) && !shifts(-SHIFT) {
            return self.slots(there).find_map(|slot| self.first(slot));
        }
        // Near a change of the clock, a slot that it shows earlier may come later.
        let near = self
            .slots(there - SHIFT)
            .take_while(|slot| *slot <= there + SHIFT + SHIFT);
        let near = near
            .flat_map(|slot| self.each(slot))
            .filter(|slot| *slot > moment)
            .min();
        near.or_else(|| self.slots(there + SHIFT).find_map(|slot| self.first(slot)))
    }

    /// The slot that follows one which has come, for whoever comes to it at `now`. Slots that passed while no host was there
    /// are made up for where that is an hour ago or less; of earlier ones, the one that has come has to do.
    pub fn following(&self, slot: DateTime<Utc>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.after(slot.max(now - MADE_UP))
    }

    /// The times on the clock that the expression names, after one.
    fn slots(&self, after: NaiveDateTime) -> impl Iterator<Item = NaiveDateTime> {
        let next = |slot: &NaiveDateTime| {
            let next = self.cron.find_next_occurrence(&slot.and_utc(), false);
            next.ok().map(|next| next.naive_utc())
        };
        std::iter::successors(Some(after), next)
            .skip(1)
            .take(LOOKED_AT)
    }

    /// When a time on the clock is the first time, or when the clock goes on where it skips it.
    fn once(&self, slot: NaiveDateTime) -> Option<DateTime<Utc>> {
        self.first(slot).or_else(|| self.end_of_gap(slot))
    }

    fn first(&self, slot: NaiveDateTime) -> Option<DateTime<Utc>> {
        let found = self.zone.from_local_datetime(&slot).earliest();
        found.map(|found| found.to_utc())
    }

    /// Each time at which the clock shows a time.
    fn each(&self, slot: NaiveDateTime) -> impl Iterator<Item = DateTime<Utc>> + use<> {
        let (first, second) = match self.zone.from_local_datetime(&slot) {
            MappedLocalTime::Single(only) => (Some(only), None),
            MappedLocalTime::Ambiguous(first, second) => (Some(first), Some(second)),
            MappedLocalTime::None => (None, None),
        };
        first.into_iter().chain(second).map(|found| found.to_utc())
    }

    /// The moment at which the clock is put forward over a time that it never shows: the first one after which it is later.
    fn end_of_gap(&self, slot: NaiveDateTime) -> Option<DateTime<Utc>> {
        // A day on either side is enough for every zone and every change that there ever was.
        let (mut before, mut after) = (
            slot.and_utc() - TimeDelta::days(2),
            slot.and_utc() + TimeDelta::days(2),
        );
        while after - before > TimeDelta::seconds(1) {
            let middle = before + TimeDelta::seconds((after - before).num_seconds() / 2);
            match self.clock(middle) <= slot {
                true => before = middle,
                false => after = middle,
            }
        }
        Some(after)
    }

    fn clock(&self, moment: DateTime<Utc>) -> NaiveDateTime {
        moment.with_timezone(&self.zone).naive_local()
    }

    fn offset(&self, moment: DateTime<Utc>) -> i32 {
        let offset = self.zone.offset_from_utc_datetime(&moment.naive_utc());
        offset.fix().local_minus_utc()
    }
}

#[cfg(test)]
mod tests;
