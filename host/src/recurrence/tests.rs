//! Zurich puts its clocks forward on 2026-03-29 at 2:00 (1:00 UTC) to 3:00, and back on 2026-10-25 at 3:00 (1:00 UTC) to
//! 2:00.

use proptest::prelude::*;

use super::*;

fn recurrence(expression: &str, zone: &str) -> Recurrence {
    Recurrence::parse(expression, zone).unwrap()
}

fn utc(text: &str) -> DateTime<Utc> {
    format!("{text}:00Z").parse().unwrap()
}

/// The next slots after a moment, in UTC.
fn slots(expression: &str, zone: &str, after: &str, count: usize) -> Vec<String> {
    let recurrence = recurrence(expression, zone);
    let mut slots = Vec::new();
    let mut at = utc(after);
    for _ in 0..count {
        at = recurrence.after(at).unwrap();
        slots.push(at.format("%m-%dT%H:%M").to_string());
    }
    slots
}

#[test]
fn slots_go_by_the_clock_of_the_place() {
    let working_days = slots("30 8 * * MON-FRI", "Europe/Zurich", "2026-03-27T07:00", 3);
    assert_eq!(working_days, ["03-27T07:30", "03-30T06:30", "03-31T06:30"]);
    let kathmandu = slots("0 0 1 * *", "Asia/Kathmandu", "2026-01-01T00:00", 2);
    assert_eq!(kathmandu, ["01-31T18:15", "02-28T18:15"]);
    assert_eq!(
        slots("@daily", "UTC", "2026-01-01T00:00", 1),
        ["01-02T00:00"]
    );
    // Either of two days is enough, as cron has it.
    let either = slots("0 12 13 * FRI", "UTC", "2026-11-10T00:00", 3);
    assert_eq!(either, ["11-13T12:00", "11-20T12:00", "11-27T12:00"]);
}

#[test]
fn a_skipped_time_comes_when_the_clock_goes_on() {
    let once = slots("30 2 * * *", "Europe/Zurich", "2026-03-28T00:00", 3);
    assert_eq!(once, ["03-28T01:30", "03-29T01:00", "03-30T00:30"]);
    // Four times of the hour that is not are one moment.
    let quarters = slots("*/15 2 * * *", "Europe/Zurich", "2026-03-29T00:00", 2);
    assert_eq!(quarters, ["03-29T01:00", "03-30T00:00"]);
    // Where the clock is put forward at midnight, by half an hour, or over a whole day.
    let beirut = slots("0 0 * * *", "Asia/Beirut", "2026-03-28T12:00", 2);
    assert_eq!(beirut, ["03-28T22:00", "03-29T21:00"]);
    let lord_howe = slots("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T12:00", 1);
    assert_eq!(lord_howe, ["10-03T15:30"]);
    let apia = slots("0 9 * * *", "Pacific/Apia", "2011-12-29T18:00", 3);
    assert_eq!(apia, ["12-29T19:00", "12-30T10:00", "12-30T19:00"]);
}

#[test]
fn a_repeated_time_comes_the_first_time() {
    let once = slots("30 2 * * *", "Europe/Zurich", "2026-10-24T12:00", 2);
    assert_eq!(once, ["10-25T00:30", "10-26T01:30"]);
    // Also for who asks in the hour that is the second.
    let second = slots("*/30 2,3 * * *", "Europe/Zurich", "2026-10-25T01:10", 2);
    assert_eq!(second, ["10-25T02:00", "10-25T02:30"]);
}

#[test]
fn what_comes_every_hour_follows_the_clock() {
    let forward = slots("*/30 * * * *", "Europe/Zurich", "2026-03-29T00:00", 4);
    assert_eq!(
        forward,
        ["03-29T00:30", "03-29T01:00", "03-29T01:30", "03-29T02:00"]
    );
    let back = slots("0 * * * *", "Europe/Zurich", "2026-10-24T23:30", 5);
    assert_eq!(
        back,
        [
            "10-25T00:00",
            "10-25T01:00",
            "10-25T02:00",
            "10-25T03:00",
            "10-25T04:00"
        ]
    );
    // From the first of two equal hours into the second.
    let across = slots("10,50 * * * *", "Europe/Zurich", "2026-10-25T00:20", 4);
    assert_eq!(
        across,
        ["10-25T00:50", "10-25T01:10", "10-25T01:50", "10-25T02:10"]
    );
    let last = slots("30 * 25 10 *", "Europe/Zurich", "2026-10-25T22:00", 2);
    assert_eq!(last, ["10-25T22:30", "10-24T22:30"]);
}

#[test]
fn what_is_no_recurrence_says_what_would_be() {
    for wrong in [
        "",
        "* * * *",
        "61 * * * *",
        "0 0 0 * *",
        "every day",
        "@reboot",
        "* * * * * *",
    ] {
        let told = Recurrence::parse(wrong, "UTC").unwrap_err().to_string();
        assert!(told.contains("MON-FRI"), "{wrong}: {told}");
    }
    let told = Recurrence::parse("* * * * *", "Mars/Olympus").unwrap_err();
    assert!(
        told.to_string().contains("`Mars/Olympus` is no time zone"),
        "{told}"
    );
    assert!(Recurrence::parse(&"*".repeat(300), "UTC").is_err());
    assert_eq!(
        recurrence("0 0 30 2 *", "UTC").after(utc("2026-01-01T00:00")),
        None
    );
}

#[test]
fn what_passed_is_made_up_for_within_bounds() {
    let (minutely, daily) = (
        recurrence("* * * * *", "UTC"),
        recurrence("0 9 * * *", "UTC"),
    );
    let now = utc("2026-01-08T12:00");
    // A host that was away for ten minutes leaves nothing out.
    assert_eq!(
        minutely.following(utc("2026-01-08T11:50"), now),
        Some(utc("2026-01-08T11:51"))
    );
    // After a week, an hour is enough.
    assert_eq!(
        minutely.following(utc("2026-01-01T12:00"), now),
        Some(utc("2026-01-08T11:01"))
    );
    assert_eq!(
        daily.following(utc("2026-01-06T09:00"), now),
        Some(utc("2026-01-09T09:00"))
    );
}

/// All slots of a stretch of time, minute by minute, as the module's header defines them.
fn by_definition(
    expression: &str,
    zone: Tz,
    from: DateTime<Utc>,
    minutes: i64,
) -> Vec<DateTime<Utc>> {
    let cron: Cron = expression.parse().unwrap();
    let matches = |time: NaiveDateTime| cron.is_time_matching(&time.and_utc()).unwrap();
    let clock = |minute: i64| {
        (from + TimeDelta::minutes(minute))
            .with_timezone(&zone)
            .naive_local()
    };
    let mut seen = std::collections::BTreeSet::new();
    let every_hour = expression.split(' ').nth(1).unwrap().starts_with('*');
    let mut slots = Vec::new();
    for minute in -240..=minutes {
        let shown = clock(minute);
        let mut skipped = clock(minute - 1) + TimeDelta::minutes(1);
        let mut is_slot = matches(shown) && (every_hour || !seen.contains(&shown));
        while !every_hour && skipped < shown {
            is_slot |= matches(skipped) && !seen.contains(&skipped);
            skipped += TimeDelta::minutes(1);
        }
        seen.insert(shown);
        if is_slot && minute > 0 {
            slots.push(from + TimeDelta::minutes(minute));
        }
    }
    slots
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Around every change of the clock, walking from slot to slot meets each once and no other.
    #[test]
    fn walking_meets_every_slot_once(
        expression in prop::sample::select(vec![
            "*/10 * * * *", "0 */2 * * *", "7,37 * * * *", "30 2 * * *", "*/20 1-3 * * *", "0 0 * * *", "59 23 * * *", "15 0-23 * * *",
        ]),
        zone in prop::sample::select(vec![
            Tz::Europe__Zurich, Tz::America__New_York, Tz::Australia__Lord_Howe, Tz::Asia__Beirut, Tz::UTC, Tz::America__St_Johns,
        ]),
        day in prop::sample::select(vec!["2026-03-08", "2026-03-29", "2026-04-05", "2026-10-04", "2026-10-25", "2026-11-01"]),
        earlier in 0..1_440_i64,
    ) {
        let from = utc(&format!("{day}T00:00")) - TimeDelta::minutes(earlier);
        let expected = by_definition(expression, zone, from, 2_880);
        let recurrence = recurrence(expression, zone.name());
        let until = from + TimeDelta::minutes(2_880);
        let walked: Vec<_> = std::iter::successors(recurrence.after(from), |slot| recurrence.after(*slot))
            .take_while(|slot| *slot <= until)
            .collect();
        prop_assert_eq!(walked, expected);
    }
}
