//! Documents: what was read of the texts of queries lately, and found to be bounded. Clients ask with the same few texts over and
//! over.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use async_graphql::parser::types::ExecutableDocument;

/// Documents that are kept at most, and the bytes of their texts; then all are forgotten.
const MOST: (usize, usize) = (500, 512 << 10);
/// Bytes of a text that is kept.
const LONGEST: usize = 8 << 10;

/// See the module.
#[derive(Default)]
pub(super) struct Documents(Mutex<Known>);

#[derive(Default)]
struct Known {
    documents: HashMap<Box<str>, ExecutableDocument>,
    bytes: usize,
}

impl Documents {
    /// What a text says, where that is known.
    pub(super) fn find(&self, text: &str) -> Option<ExecutableDocument> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.documents.get(text).cloned()
    }

    /// Remembers what a text says.
    pub(super) fn keep(&self, text: &str, document: &ExecutableDocument) {
        if text.len() > LONGEST {
            return;
        }
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.documents.len() >= MOST.0 || known.bytes + text.len() > MOST.1 {
            *known = Known::default();
        }
        let before = known.documents.insert(text.into(), document.clone());
        if before.is_none() {
            known.bytes += text.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    #[test]
    fn what_was_read_is_known_and_bounded() {
        let documents = Documents::default();
        let keep = |text: &str| documents.keep(text, &parse_query(text).unwrap());
        assert!(documents.find("{ a }").is_none());
        keep("{ a }");
        keep("{ a }");
        let known = documents.find("{ a }").unwrap();
        assert_eq!(known.operations.iter().count(), 1);
        assert_eq!(documents.0.lock().unwrap().bytes, 5);

        let long = format!("{{ {} }}", "a ".repeat(LONGEST));
        keep(&long);
        assert!(documents.find(&long).is_none());
        for number in 0..3 * MOST.0 {
            keep(&format!("{{ a{number} }}"));
        }
        let large = "a ".repeat(LONGEST / 2 - 100);
        for number in 0..100 {
            keep(&format!("{{ b{number} {large} }}"));
        }
        let known = documents.0.lock().unwrap();
        assert!(known.documents.len() <= MOST.0 && known.bytes <= MOST.1);
        let texts = known.documents.keys().map(|text| text.len());
        assert_eq!(texts.sum::<usize>(), known.bytes);
    }
}
