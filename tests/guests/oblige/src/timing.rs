//! Timers that repeat.

use cloister_guest::{Context, Error};

/// Sets one (`repeat NAME ZONE CRON`), lists them or cancels one; what came of it, or the refusal.
pub fn time(context: &Context, how: &str, rest: &str) -> String {
    let told = match how {
        "repeat" => repeat(context, rest),
        "cancel" => context.schedule().cancel(rest).map(|was| was.to_string()),
        _ => list(context),
    };
    told.unwrap_or_else(|error| {
        let code = format!("{:?}", error.code).replace("ErrorCode::", "");
        format!("{code}: {}", error.message)
    })
}

fn repeat(context: &Context, rest: &str) -> Result<String, Error> {
    let mut words = rest.splitn(3, ' ');
    let mut next = || words.next().unwrap_or_default();
    let (name, zone, cron) = (next(), next(), next());
    let first = context.schedule().repeat(name, cron, zone, "")?;
    Ok(first.to_string())
}

/// Each with its next slot, and what it goes by where it repeats.
fn list(context: &Context) -> Result<String, Error> {
    let schedule = context.schedule();
    let (entries, recurrences) = (schedule.entries()?, schedule.recurrences()?);
    let lines = entries.iter().map(|entry| {
        let repeats = recurrences.iter().find(|one| one.name == entry.name);
        let goes_by = repeats.map(|one| format!(" {} {}", one.time_zone, one.cron));
        format!(
            "{} {}{}",
            entry.name,
            entry.due_at,
            goes_by.unwrap_or_default()
        )
    });
    Ok(lines.collect::<Vec<_>>().join("; "))
}
