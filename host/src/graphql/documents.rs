//! Documents: what was read of the texts of queries lately, and found to be bounded. Clients ask with the same few texts over and
//! over.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use async_graphql::parser::types::ExecutableDocument;

/// Documents that are kept at most, the bytes of their texts, and the fields in them, each of which takes a few hundred bytes; then
/// all are forgotten. Whoever sends a query fills this, also without an account.
const MOST: (usize, usize, usize) = (500, 256 << 10, 10_000);

/// See the module.
#[derive(Default)]
pub(super) struct Documents(Mutex<Known>);

#[derive(Default)]
struct Known {
    documents: HashMap<Box<str>, ExecutableDocument>,
    bytes: usize,
    fields: usize,
}

impl Documents {
    /// What a text says, where that is known.
    pub(super) fn find(&self, text: &str) -> Option<ExecutableDocument> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.documents.get(text).cloned()
    }

    /// Remembers what a text says, with so many fields.
    pub(super) fn keep(&self, text: &str, document: &ExecutableDocument, fields: usize) {
        if text.len() > MOST.1 || fields > MOST.2 {
            return;
        }
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_full = known.documents.len() >= MOST.0
            || known.bytes + text.len() > MOST.1
            || known.fields + fields > MOST.2;
        if is_full {
            *known = Known::default();
        }
        let before = known.documents.insert(text.into(), document.clone());
        if before.is_none() {
            known.bytes += text.len();
            known.fields += fields;
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
        let keep = |text: &str, fields| documents.keep(text, &parse_query(text).unwrap(), fields);
        assert!(documents.find("{ a }").is_none());
        keep("{ a }", 1);
        keep("{ a }", 1);
        let known = documents.find("{ a }").unwrap();
        assert_eq!(known.operations.iter().count(), 1);
        let sizes = || {
            let known = documents.0.lock().unwrap();
            (known.documents.len(), known.bytes, known.fields)
        };
        assert_eq!(sizes(), (1, 5, 1));

        let long = format!("{{ a }} #{}", "a".repeat(MOST.1));
        keep(&long, 1);
        let wide = "{ b }";
        keep(wide, MOST.2 + 1);
        assert!(documents.find(&long).is_none() && documents.find(wide).is_none());
        let within = || {
            let (documents, bytes, fields) = sizes();
            documents <= MOST.0 && bytes <= MOST.1 && fields <= MOST.2
        };
        for number in 0..3 * MOST.0 {
            keep(&format!("{{ a{number} }}"), 1);
            assert!(within(), "{number}");
        }
        for number in 0..100 {
            keep(&format!("{{ b{number} }}"), MOST.2 / 3);
            keep(&format!("{{ c{number} }} #{}", "c".repeat(MOST.1 / 3)), 1);
            assert!(within(), "{number}");
        }
        let known = documents.0.lock().unwrap();
        let texts = known.documents.keys().map(|text| text.len());
        assert_eq!(texts.sum::<usize>(), known.bytes);
    }
}
