//! Tests of a message's text. Letters count the same in either case.

use regex::{Regex, RegexBuilder};

/// Characters of a pattern or a text at most.
pub(super) const LONGEST: usize = 500;
/// Bytes that a compiled pattern may take: time grows with it and with the text's length, and with nothing else.
const COMPILED: usize = 256 << 10;

/// What a text is held against.
#[derive(Debug)]
pub(super) enum TextTest {
    /// Has it somewhere, folded.
    Contains(String),
    /// Is it, folded, but for white space around it.
    Equals(String),
    /// Starts with it, folded.
    StartsWith(String),
    /// Has a match.
    Matches(Regex),
}

impl TextTest {
    /// A pattern's test, or what is wrong with the pattern.
    pub(super) fn matching(pattern: &str) -> Result<TextTest, String> {
        let built = RegexBuilder::new(pattern)
            .case_insensitive(true)
            .size_limit(COMPILED)
            .dfa_size_limit(COMPILED)
            .build();
        match built {
            Ok(pattern) => Ok(TextTest::Matches(pattern)),
            Err(regex::Error::CompiledTooBig(_)) => {
                Err("is too large a pattern; repeat less".to_owned())
            }
            Err(error) => Err(format!("is not a pattern: {error}")),
        }
    }

    pub(super) fn meets(&self, text: &str) -> bool {
        match self {
            TextTest::Contains(part) => folded(text).contains(part),
            TextTest::Equals(whole) => folded(text).trim() == whole,
            TextTest::StartsWith(start) => folded(text).trim_start().starts_with(start),
            TextTest::Matches(pattern) => pattern.is_match(text),
        }
    }
}

/// A text in which letters of either case are the same.
pub(super) fn folded(text: &str) -> String {
    text.to_lowercase()
}
