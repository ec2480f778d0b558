//! What the model is told before anything else.

use cloister_guest::Event;

use crate::hands::Hands;
use crate::memory::Notes;
use crate::settings::Settings;
use crate::summary::Summary;

const RULES: &str = "Answer in the language of the message that you answer, unless you are asked for another one. You write in \
    a chat: be as short as the question allows. Say so when you do not know something.";

/// The text of the system.
pub fn system(event: &Event, settings: &Settings, hands: &Hands, summary: &Summary) -> String {
    let mut parts = vec![settings.system_prompt.trim().to_owned(), RULES.to_owned()];
    parts.push(format!("Today is {} (UTC).", date(event.received_at)));
    if event.conversation.is_group {
        parts.push(
            "This is a group: what people say begins with their name. Do not begin yours with one."
                .to_owned(),
        );
    } else if let Some(name) = event
        .contact()
        .and_then(|contact| contact.display_name.as_deref())
    {
        parts.push(format!("You talk with {name}."));
    }
    let lines = hands.notes.as_ref().map(Notes::lines).unwrap_or_default();
    if !lines.is_empty() {
        parts.push(format!("Your notes:\n{lines}"));
    }
    parts.extend(hands.absent());
    if !summary.text.is_empty() {
        parts.push(format!(
            "What was said earlier, summed up:\n{}",
            summary.text
        ));
    }
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n")
}

/// The day of a time in milliseconds since 1970, as `2026-11-28`.
fn date(millis: u64) -> String {
    // Counted in years that begin in March (H. Hinnant, "chrono-compatible low-level date algorithms").
    let days = millis / 86_400_000 + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::date;

    #[test]
    fn days_are_those_of_the_calendar() {
        for (millis, day) in [
            (0, "1970-01-01"),
            (951_782_400_000, "2000-02-29"),
            (1_767_225_600_000, "2026-01-01"),
            (1_767_225_599_999, "2025-12-31"),
            (1_795_910_399_000, "2026-11-28"),
        ] {
            assert_eq!(date(millis), day);
        }
    }
}
