//! A request: what a message asks of the navigator. What is not plainly about finding one's way between projects is none:
//! an agent is there for it. So patterns are held against the whole message, and no word alone makes a request.

use std::ops::Range;

use crate::name::{self, Named};
use crate::pattern::{begins, ends, follow};
use crate::phrases::{Phrases, of};
use crate::text::{Kind, Token, is_cyrillic, is_ideograph, tokens};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    English,
    Chinese,
    Russian,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Which projects there are.
    List,
    /// In which one the conversation goes on.
    Current,
    /// To go on in another one.
    Switch {
        /// What it is called, in each way to read the message; the shortest first.
        names: Vec<String>,
        certainty: Certainty,
    },
    /// To go on in another one, without saying which.
    SwitchSomewhere,
    /// To make one.
    Create { name: String },
    /// To make one, without saying what it is called.
    CreateSomething,
}

/// How sure it is that a message means a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Certainty {
    /// If there is a project of exactly this name.
    Exact,
    /// If there is a project that this can mean.
    Likely,
    /// It does, whether there is one or not.
    Sure,
}

/// A message that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    pub request: Request,
    pub language: Language,
}

/// Reads a message; nothing where it is no request.
pub fn read(text: &str) -> Option<Read> {
    let tokens = tokens(text)?;
    let languages: &[Language] = if text.contains(is_ideograph) {
        &[Language::Chinese, Language::English]
    } else if text.contains(is_cyrillic) {
        &[Language::Russian, Language::English]
    } else {
        &[Language::English]
    };
    languages.iter().find_map(|&language| {
        let request = Reader {
            text,
            language,
            phrases: of(language),
        }
        .read(&tokens)?;
        Some(Read { request, language })
    })
}

struct Reader<'a> {
    text: &'a str,
    language: Language,
    phrases: &'a Phrases,
}

impl Reader<'_> {
    fn read(&self, tokens: &[Token]) -> Option<Request> {
        let plain = self.without_fillers(tokens);
        let whole = without_marks(&plain);
        let polite = self.without_ending(whole);
        self.read_from(polite)
            .or_else(|| match polite.len() == whole.len() {
                true => None,
                false => self.read_from(whole),
            })
    }

    /// Reads with more and more of what leads up to a request left out; what is said of going anywhere comes last.
    fn read_from(&self, tokens: &[Token]) -> Option<Request> {
        self.read_after(tokens, |tokens, asks_leave| {
            self.about_projects(tokens, asks_leave)
        })
        .or_else(|| {
            let goes =
                |tokens: &[Token], _| self.switch(self.phrases.goes_to, tokens, Certainty::Exact);
            self.read_after(tokens, goes)
        })
    }

    fn read_after(
        &self,
        mut tokens: &[Token],
        read: impl Fn(&[Token], bool) -> Option<Request>,
    ) -> Option<Request> {
        let mut asks_leave = false;
        loop {
            let ends_inside = tokens.iter().any(|token| token.is_mark(".!?;~"));
            if !ends_inside && let Some(request) = read(tokens, asks_leave) {
                return Some(request);
            }
            let leave = begins(self.phrases.leave, tokens);
            let taken = leave.or_else(|| begins(self.phrases.beginnings, tokens))?;
            asks_leave |= leave.is_some();
            tokens = without_marks(tokens.get(taken..)?);
        }
    }

    /// The tokens without "please", wherever it stands, and without the commas around it.
    fn without_fillers(&self, tokens: &[Token]) -> Vec<Token> {
        let is_filler = |at: Option<usize>| {
            let token = at.and_then(|at| tokens.get(at));
            token.is_some_and(|token| {
                token.kind == Kind::Word && self.phrases.fillers.contains(&token.folded.as_str())
            })
        };
        let is_kept = |at: usize, token: &Token| {
            let beside = is_filler(at.checked_sub(1)) || is_filler(Some(at + 1));
            !(is_filler(Some(at)) || token.is_mark(",") && beside)
        };
        let kept = tokens
            .iter()
            .enumerate()
            .filter(|(at, token)| is_kept(*at, token));
        kept.map(|(_, token)| token.clone()).collect()
    }

    /// The words without what is said at the end of a request.
    fn without_ending<'t>(&self, mut tokens: &'t [Token]) -> &'t [Token] {
        while let Some(taken) =
            ends(self.phrases.endings, tokens).filter(|taken| *taken < tokens.len())
        {
            let left = tokens.len() - taken;
            tokens = without_marks(tokens.get(..left).unwrap_or_default());
        }
        tokens
    }

    /// `asks_leave` is for "may I", which can be asked for seeing and going and is a question where something is made.
    fn about_projects(&self, tokens: &[Token], asks_leave: bool) -> Option<Request> {
        if !tokens.iter().any(|token| self.is_project(token)) {
            return None;
        }
        let phrases = self.phrases;
        let says = |patterns: &[&str]| {
            patterns
                .iter()
                .any(|pattern| follow(pattern, tokens).is_some())
        };
        if says(phrases.lists) {
            return Some(Request::List);
        }
        if says(phrases.asks_current) {
            return Some(Request::Current);
        }
        if says(phrases.switches_somewhere) {
            return Some(Request::SwitchSomewhere);
        }
        if !asks_leave && let Some(request) = self.create(tokens) {
            return Some(request);
        }
        self.switch(phrases.switches, tokens, Certainty::Sure)
            .or_else(|| self.switch(phrases.works_in, tokens, Certainty::Likely))
    }

    fn is_project(&self, token: &Token) -> bool {
        let word = token.folded.as_str();
        token.kind == Kind::Word
            && (word.starts_with("project") || word.starts_with("проект") || "项专".contains(word))
    }

    fn create(&self, tokens: &[Token]) -> Option<Request> {
        let phrases = self.phrases;
        let says = |patterns: &[&str]| {
            patterns
                .iter()
                .any(|pattern| follow(pattern, tokens).is_some())
        };
        if says(phrases.creates_something) {
            return Some(Request::CreateSomething);
        }
        let named = self.names(phrases.creates, tokens).next();
        let told = named.filter(|named| !named.is_doubtful);
        let shown = || {
            let mut names = self.names(phrases.creates_bare, tokens);
            names.find(|named| !named.is_doubtful && named.looks_like_one)
        };
        let quoted = || {
            let mut names = self.names(phrases.creates_quoted, tokens);
            names.find(|named| named.is_quoted)
        };
        let named = told.or_else(shown).or_else(quoted)?;
        Some(Request::Create { name: named.text })
    }

    /// What may be a name by the first of the patterns that are followed.
    fn names(&self, patterns: &[&str], tokens: &[Token]) -> impl Iterator<Item = Named> {
        let ranges = patterns.iter().find_map(|pattern| {
            let found = self.named(follow(pattern, tokens)?, tokens);
            (!found.is_empty()).then_some(found)
        });
        ranges.unwrap_or_default().into_iter()
    }

    /// The names of these ranges that can be names, the shortest first.
    fn named(&self, ranges: Vec<Range<usize>>, tokens: &[Token]) -> Vec<Named> {
        let name = |range| name::read(self.text, self.language, self.phrases, tokens.get(range)?);
        let mut names: Vec<Named> = ranges.into_iter().filter_map(name).collect();
        names.sort_by_key(|named| named.text.len());
        names.dedup_by(|one, other| one.text == other.text);
        names
    }

    fn switch(&self, patterns: &[&str], tokens: &[Token], certainty: Certainty) -> Option<Request> {
        let mut names: Vec<Named> = self.names(patterns, tokens).collect();
        if !names.is_empty() {
            // "The site project" may be all of a name.
            names.extend(self.names(self.phrases.goes_to, tokens));
            names.sort_by_key(|named| named.text.len());
            names.dedup_by(|one, other| one.text == other.text);
        }
        let first = names.first()?;
        let certainty = match first.is_doubtful || first.is_thing {
            true => Certainty::Exact,
            false => certainty,
        };
        Some(Request::Switch {
            names: names.into_iter().map(|named| named.text).collect(),
            certainty,
        })
    }
}

/// The tokens without marks at either end.
fn without_marks(tokens: &[Token]) -> &[Token] {
    let is_word = |token: &Token| token.kind != Kind::Mark;
    let start = tokens.iter().position(is_word).unwrap_or(tokens.len());
    let end = tokens
        .iter()
        .rposition(is_word)
        .map_or(start, |last| last + 1);
    tokens.get(start..end).unwrap_or_default()
}
