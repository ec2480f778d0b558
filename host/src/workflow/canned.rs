//! Canned replies: what a workflow, or the host itself, says without an agent. They go with the turn, and its commit says them.

use serde::{Deserialize, Serialize};

/// What is said without an agent, as the turn's `event` column has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Canned {
    /// The texts, in order.
    #[serde(rename = "canned")]
    pub texts: Vec<String>,
    /// Whether whoever spoke is welcomed first.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub welcome: bool,
}

impl Canned {
    /// The column's value; none where nothing is said.
    pub fn column(texts: Vec<String>) -> Option<serde_json::Value> {
        if texts.is_empty() {
            return None;
        }
        let canned = Canned {
            texts,
            welcome: false,
        };
        serde_json::to_value(canned).ok()
    }

    /// Reads the column. None where it holds another event, or none.
    pub fn read(column: Option<&serde_json::Value>) -> Option<Canned> {
        Canned::deserialize(column?).ok()
    }
}
