//! The terms on which an agent is granted `tools`: `{"toolsets": [NAME, …], "callsPerTurn": NUMBER}`, each of which may be left out.
//! Without names, it has all toolsets of its project.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::MOST;
use crate::error::{Error, Result};
use crate::tools::is_toolset;

/// Calls of one turn, at most.
const CALLS: u32 = 50;

/// What an agent may use.
#[derive(Clone, Debug)]
pub struct Terms {
    /// The toolsets by name; none is all.
    toolsets: Option<Vec<String>>,
    /// Calls of one turn.
    pub calls: u32,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Written {
    toolsets: Option<Vec<String>>,
    calls_per_turn: Option<u32>,
}

impl Terms {
    /// What stored terms allow. Those that cannot be read allow nothing.
    pub fn of(terms: Option<&Value>) -> Self {
        let read = terms.and_then(|terms| Written::deserialize(terms).ok());
        match read {
            Some(Written {
                toolsets,
                calls_per_turn,
            }) => Self {
                toolsets,
                calls: calls_per_turn.unwrap_or(CALLS),
            },
            None => Self {
                toolsets: Some(Vec::new()),
                calls: 0,
            },
        }
    }

    /// Whether a toolset of this name may be used.
    pub fn covers(&self, toolset: &str) -> bool {
        let named = self.toolsets.as_ref();
        named.is_none_or(|names| names.iter().any(|name| name == toolset))
    }
}

/// Terms as they are stored.
pub(in crate::service) fn checked_terms(terms: &Value) -> Result<Value> {
    let wrong = |why: String| Error::invalid("terms", why);
    let read = Written::deserialize(terms).map_err(|error| {
        wrong(format!(
            "{error}; of `tools` there are `toolsets` and `callsPerTurn`"
        ))
    })?;
    let mut stored = Map::new();
    if let Some(names) = read.toolsets {
        if names.len() > MOST {
            return Err(wrong(format!("`toolsets` may name {MOST}")));
        }
        if let Some(bad) = names.iter().find(|name| !is_toolset(name)) {
            return Err(wrong(format!("`{bad}` is no name of a toolset")));
        }
        stored.insert("toolsets".to_owned(), json!(names));
    }
    match read.calls_per_turn {
        None => {}
        Some(calls) if (1..=CALLS).contains(&calls) => {
            stored.insert("callsPerTurn".to_owned(), calls.into());
        }
        Some(calls) => {
            let why = format!("`callsPerTurn` must be 1 to {CALLS}, not {calls}");
            return Err(wrong(why));
        }
    }
    Ok(stored.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_is_all() {
        let terms = Terms::of(Some(&checked_terms(&json!({})).unwrap()));
        assert!(terms.covers("weather") && terms.calls == 50);
        let one = checked_terms(&json!({ "toolsets": ["weather"], "callsPerTurn": 2 })).unwrap();
        let terms = Terms::of(Some(&one));
        assert!(terms.covers("weather") && !terms.covers("calendar") && terms.calls == 2);
        for nothing in [None, Some(json!({ "toolsets": 3 }))] {
            let terms = Terms::of(nothing.as_ref());
            assert!(!terms.covers("weather") && terms.calls == 0);
        }
    }

    #[test]
    fn wrong_terms_say_what_would_be_right() {
        for (terms, told) in [
            (
                json!({ "toolset": "a" }),
                "there are `toolsets` and `callsPerTurn`",
            ),
            (json!({ "toolsets": ["a b"] }), "`a b` is no name"),
            (json!({ "toolsets": vec!["a"; 21] }), "may name 20"),
            (json!({ "callsPerTurn": 51 }), "1 to 50"),
        ] {
            let error = checked_terms(&terms).unwrap_err().to_string();
            assert!(error.contains(told), "{terms}: {error}");
        }
    }
}
