//! Patterns of messages. A pattern is a line of elements that a whole message has to follow, from its first word to its
//! last: `word`, `one|of|these`, `[perhaps|this]`, `two_words` as one choice, and `<name>` for anything at all.

use std::ops::Range;

use crate::text::{Kind, Token, is_ideograph};

const NAME: &str = "<name>";
/// Ways to read one message by one pattern.
const MOST: usize = 12;

/// Whether the tokens follow the pattern; if so, where the name may be, a range of tokens for each way to read them.
pub fn follow(pattern: &str, tokens: &[Token]) -> Option<Vec<Range<usize>>> {
    let mut reading = Reading {
        elements: pattern.split(' ').collect(),
        tokens,
        is_followed: false,
        names: Vec::new(),
    };
    reading.walk(0, 0, None);
    reading.is_followed.then_some(reading.names)
}

/// How many tokens one of the alternatives takes from the beginning: the longest that fits.
pub fn begins(alternatives: &[&str], tokens: &[Token]) -> Option<usize> {
    let taken = alternatives.iter().filter_map(|words| take(words, tokens));
    taken.max()
}

/// The same from the end.
pub fn ends(alternatives: &[&str], tokens: &[Token]) -> Option<usize> {
    let fits = |words: &&str| {
        let length = units(words).count();
        let from = tokens.len().checked_sub(length)?;
        take(words, tokens.get(from..)?)
    };
    alternatives.iter().filter_map(fits).max()
}

struct Reading<'a> {
    elements: Vec<&'a str>,
    tokens: &'a [Token],
    is_followed: bool,
    names: Vec<Range<usize>>,
}

impl Reading<'_> {
    fn walk(&mut self, element: usize, at: usize, name: Option<Range<usize>>) {
        let Some(&wanted) = self.elements.get(element) else {
            if at == self.tokens.len() {
                self.is_followed = true;
                self.names.extend(name.filter(|_| self.names.len() < MOST));
            }
            return;
        };
        if wanted == NAME {
            for end in at + 1..=self.tokens.len() {
                self.walk(element + 1, end, Some(at..end));
            }
            return;
        }
        let inside = wanted
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'));
        for words in inside.unwrap_or(wanted).split('|') {
            let rest = self.tokens.get(at..).unwrap_or_default();
            if let Some(taken) = take(words, rest) {
                self.walk(element + 1, at + taken, name.clone());
            }
        }
        if inside.is_some() {
            self.walk(element + 1, at, name);
        }
    }
}

/// How many tokens these words take from the beginning.
fn take(words: &str, tokens: &[Token]) -> Option<usize> {
    let mut taken = 0;
    for unit in units(words) {
        let token = tokens.get(taken)?;
        if token.kind == Kind::Quote || token.folded != unit {
            return None;
        }
        taken += 1;
    }
    Some(taken)
}

/// What is one token each: words between `_`, and each Chinese character.
fn units(words: &str) -> impl Iterator<Item = &str> {
    words.split('_').flat_map(|word| {
        let mut rest = word;
        std::iter::from_fn(move || {
            let first = rest.chars().next()?;
            let length = match is_ideograph(first) {
                true => first.len_utf8(),
                false => rest.find(is_ideograph).unwrap_or(rest.len()),
            };
            let (unit, after) = rest.split_at(length);
            rest = after;
            Some(unit)
        })
    })
}
