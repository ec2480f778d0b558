//! What is known of the tools of one toolset, and for how long.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use store::ids::ToolsetId;
use store::page::Time;
use tokio::time::Instant;

use super::names::public;
use super::schema::Schema;

/// Tools of one toolset, and of all toolsets of a project together.
pub const MOST: usize = 100;
/// Characters of a description.
const DESCRIPTION: usize = 2_000;
/// Toolsets that are known at once; the next look at each asks again.
const KNOWN: usize = 1_000;

/// A tool, as who has it tells of it.
#[derive(Clone, Debug)]
pub struct Described {
    /// Its own name.
    pub name: String,
    /// What it does.
    pub description: String,
    /// JSON Schema of its arguments.
    pub input_schema: String,
    /// JSON Schema of its result, where one is promised.
    pub output_schema: Option<String>,
}

/// A tool that can be called.
#[derive(Debug)]
pub struct Tool {
    /// What agents call it.
    pub name: String,
    /// What it is told as, its own name among it.
    pub described: Described,
    /// What its arguments are held against.
    pub input: Schema,
    /// What its result is held against.
    pub output: Option<Schema>,
}

/// The tools of one toolset.
#[derive(Debug, Default)]
pub struct Listing {
    /// Those that can be called.
    pub tools: Vec<Tool>,
    /// Those that cannot, by the names that agents would call them, and why.
    pub refused: Vec<(String, String)>,
}

impl Listing {
    /// Takes what a toolset of this name tells of its tools.
    pub fn of(toolset: &str, all: Vec<Described>) -> Self {
        let mut listing = Self::default();
        let left_out = all.len().saturating_sub(MOST);
        for mut described in all.into_iter().take(MOST) {
            let name = public(toolset, &described.name);
            if let Some((end, _)) = described.description.char_indices().nth(DESCRIPTION) {
                described.description.truncate(end);
            }
            let is_known = listing.tools.iter().any(|known| known.name == name);
            match Tool::of(name.clone(), described) {
                Ok(_) if is_known => {
                    listing
                        .refused
                        .push((name, "there are two of this name".to_owned()));
                }
                Ok(tool) => listing.tools.push(tool),
                Err(why) => listing.refused.push((name, why)),
            }
        }
        if left_out > 0 {
            let why = format!("{left_out} more than the {MOST} tools that a toolset may have");
            listing.refused.push((toolset.to_owned(), why));
        }
        listing
    }
}

impl Tool {
    fn of(name: String, described: Described) -> Result<Self, String> {
        if described.name.is_empty() || described.name.chars().count() > 128 {
            return Err("its name has not 1 to 128 characters".to_owned());
        }
        let wrong = |what: &'static str| move |error| format!("the schema of its {what} {error}");
        let input = Schema::parse(&described.input_schema).map_err(wrong("arguments"))?;
        let output = described.output_schema.as_deref().map(Schema::parse);
        let output = output.transpose().map_err(wrong("result"))?;
        Ok(Self {
            name,
            described,
            input,
            output,
        })
    }
}

/// The listings that were made a while ago.
#[derive(Default)]
pub struct Known(Mutex<HashMap<(ToolsetId, Time), Made>>);

/// A listing, and when it was made.
type Made = (Arc<Listing>, Instant);

impl Known {
    /// The one of a toolset as of its last change, if it is younger than this.
    pub fn get(&self, toolset: (ToolsetId, Time), younger: Duration) -> Option<Arc<Listing>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (listing, made) = known.get(&toolset)?;
        (made.elapsed() < younger).then(|| listing.clone())
    }

    /// Keeps one.
    pub fn keep(&self, toolset: (ToolsetId, Time), listing: Arc<Listing>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KNOWN {
            known.clear();
        }
        known.insert(toolset, (listing, Instant::now()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(name: &str, schema: &str) -> Described {
        Described {
            name: name.to_owned(),
            description: "é".repeat(3_000),
            input_schema: schema.to_owned(),
            output_schema: None,
        }
    }

    #[test]
    fn what_cannot_be_called_is_told_and_the_rest_stays() {
        let mut all = vec![
            described("good", "{}"),
            described("good", "{}"),
            described("endless", r##"{"$ref": "#"}"##),
            described("", "{}"),
        ];
        all.extend((0..100).map(|number| described(&format!("t{number}"), "{}")));
        let listing = Listing::of("set", all);
        assert_eq!(listing.tools.len(), MOST - 3);
        assert_eq!(listing.tools[0].name, "set__good");
        assert_eq!(
            listing.tools[0].described.description.chars().count(),
            DESCRIPTION
        );
        let refused: Vec<_> = listing
            .refused
            .iter()
            .map(|(name, why)| format!("{name}: {why}"))
            .collect();
        assert_eq!(refused[0], "set__good: there are two of this name");
        assert!(refused[1].contains("the schema of its arguments refers to itself without an end"));
        assert!(
            refused[2].contains("has not 1 to 128 characters"),
            "{}",
            refused[2]
        );
        assert_eq!(
            refused[3],
            "set: 4 more than the 100 tools that a toolset may have"
        );
    }

    #[test]
    fn what_is_known_is_forgotten() {
        let (known, toolset) = (Known::default(), (ToolsetId::new(), Time::default()));
        known.keep(toolset, Arc::default());
        assert!(known.get(toolset, Duration::from_secs(60)).is_some());
        assert!(known.get(toolset, Duration::ZERO).is_none());
        assert!(
            known
                .get((ToolsetId::new(), Time::default()), Duration::from_secs(60))
                .is_none()
        );
    }
}
