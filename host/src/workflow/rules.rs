//! Rules as people write them, in JSON, and what is wrong with one:
//!
//! ```json
//! [{ "name": "at night",
//!    "when": { "hours": { "from": "18:00", "to": "08:00", "timeZone": "Europe/Zurich", "weekdays": ["mon", "tue"] } },
//!    "then": { "reply": "We are back at eight.", "stop": true } }]
//! ```
//!
//! `when` has any of `text` (one of `contains`, `equals`, `startsWith`, `matches`), `contacts`, `isGroup`, `hours` and
//! `isFirstMessage`; without any, the rule is met by every message. `then` has `agent`, `team` or `reply`; a reply may stand beside either,
//! and alone it is the end unless `stop` is false.

use chrono::{NaiveTime, Weekday};
use serde::Deserialize;
use serde_json::Value;
use store::ids::{AgentId, ContactId};
use uuid::Uuid;

use super::text::{LONGEST, TextTest, folded};
use super::{Hours, Rule, Then, To, When, Workflow};

/// Rules of a workflow at most.
const RULES: usize = 100;
/// Contacts that a rule names at most.
const CONTACTS: usize = 500;
/// Characters of a canned reply at most.
const REPLY: usize = 4_000;

/// What is wrong, and where: `rules[2].when.text.matches`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {why}")]
pub struct Mistake {
    /// The field.
    pub place: String,
    /// What is wrong with it, and what would be right.
    pub why: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WrittenRule {
    /// For people.
    name: Option<String>,
    #[serde(default)]
    when: WrittenWhen,
    then: WrittenThen,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WrittenWhen {
    text: Option<WrittenText>,
    contacts: Option<Vec<ContactId>>,
    is_group: Option<bool>,
    hours: Option<WrittenHours>,
    is_first_message: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WrittenText {
    contains: Option<String>,
    equals: Option<String>,
    starts_with: Option<String>,
    matches: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WrittenHours {
    from: String,
    to: String,
    time_zone: String,
    #[serde(default)]
    weekdays: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WrittenThen {
    agent: Option<AgentId>,
    team: Option<Uuid>,
    reply: Option<String>,
    stop: Option<bool>,
}

/// Reads rules, or says which one is wrong and why.
pub fn parse(rules: &Value) -> Result<Workflow, Mistake> {
    let wrong = |why: String| Mistake {
        place: "rules".to_owned(),
        why,
    };
    let list = rules
        .as_array()
        .ok_or_else(|| wrong("must be a list of rules".to_owned()))?;
    if list.len() > RULES {
        return Err(wrong(format!("has more than {RULES} rules")));
    }
    let rules = list.iter().enumerate().map(|(number, rule)| {
        let place = format!("rules[{number}]");
        let written = WrittenRule::deserialize(rule).map_err(|error| Mistake {
            place: place.clone(),
            why: error.to_string(),
        })?;
        read(written).map_err(|(field, why)| Mistake {
            place: format!("{place}.{field}"),
            why,
        })
    });
    Ok(Workflow {
        rules: rules.collect::<Result<_, _>>()?,
    })
}

/// A field of a rule, and what is wrong with it.
type Wrong = (&'static str, String);

fn read(written: WrittenRule) -> Result<Rule, Wrong> {
    if written.name.is_some_and(|name| length(&name) > LONGEST) {
        return Err(("name", format!("has more than {LONGEST} characters")));
    }
    let when = written.when;
    if when
        .contacts
        .as_ref()
        .is_some_and(|ids| ids.len() > CONTACTS)
    {
        return Err(("when.contacts", format!("names more than {CONTACTS}")));
    }
    Ok(Rule {
        when: When {
            text: when.text.map(text).transpose()?,
            contacts: when
                .contacts
                .map(|ids| ids.into_iter().map(ContactId::uuid).collect()),
            is_group: when.is_group,
            hours: when.hours.map(hours).transpose()?,
            is_first: when.is_first_message,
        },
        then: then(written.then)?,
    })
}

fn text(written: WrittenText) -> Result<TextTest, Wrong> {
    let given = [
        ("when.text.contains", written.contains),
        ("when.text.equals", written.equals),
        ("when.text.startsWith", written.starts_with),
        ("when.text.matches", written.matches),
    ];
    let mut given = given
        .into_iter()
        .filter_map(|(field, value)| Some((field, value?)));
    let (Some((field, value)), None) = (given.next(), given.next()) else {
        let why = "must have one of contains, equals, startsWith and matches";
        return Err(("when.text", why.to_owned()));
    };
    if value.trim().is_empty() || length(&value) > LONGEST {
        return Err((
            field,
            format!("must have 1 to {LONGEST} characters that show"),
        ));
    }
    Ok(match field {
        "when.text.contains" => TextTest::Contains(folded(&value)),
        "when.text.equals" => TextTest::Equals(folded(value.trim())),
        "when.text.startsWith" => TextTest::StartsWith(folded(value.trim_start())),
        _ => TextTest::matching(&value).map_err(|why| (field, why))?,
    })
}

fn hours(written: WrittenHours) -> Result<Hours, Wrong> {
    let time = |field, text: &str| {
        NaiveTime::parse_from_str(text, "%H:%M")
            .map_err(|_| (field, format!("`{text}` is not a time such as 17:30")))
    };
    let zone = written.time_zone.parse().map_err(|_| {
        let why = format!(
            "`{}` is not a time zone such as Europe/Zurich",
            written.time_zone
        );
        ("when.hours.timeZone", why)
    })?;
    let day = |text: &String| {
        text.parse::<Weekday>().map_err(|_| {
            (
                "when.hours.weekdays",
                format!("`{text}` is not a day such as mon"),
            )
        })
    };
    Ok(Hours {
        from: time("when.hours.from", &written.from)?,
        to: time("when.hours.to", &written.to)?,
        zone,
        days: written.weekdays.iter().map(day).collect::<Result<_, _>>()?,
    })
}

fn then(written: WrittenThen) -> Result<Then, Wrong> {
    let (is_said, stop) = (written.reply.is_some(), written.stop);
    if written
        .reply
        .as_ref()
        .is_some_and(|reply| reply.trim().is_empty() || length(reply) > REPLY)
    {
        return Err((
            "then.reply",
            format!("must have 1 to {REPLY} characters that show"),
        ));
    }
    let to = match (written.agent, written.team) {
        (Some(_), Some(_)) => {
            let why = "names an agent and a team; one of them handles a message";
            return Err(("then", why.to_owned()));
        }
        (None, None) if !is_said => {
            return Err(("then", "must name an agent, a team or a reply".to_owned()));
        }
        (None, None) if stop == Some(false) => To::NextRule,
        (None, None) => To::Nobody,
        _ if stop == Some(false) => {
            let why = "can be false only where a reply stands alone";
            return Err(("then.stop", why.to_owned()));
        }
        (Some(agent), None) => To::Agent(agent),
        (None, Some(team)) => To::Team(team),
    };
    Ok(Then {
        reply: written.reply,
        to,
    })
}

fn length(text: &str) -> usize {
    text.chars().count()
}
