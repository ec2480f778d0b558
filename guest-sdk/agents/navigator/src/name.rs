//! A name, as a message has it: whether some of its words can be one, and how sure that is.

use crate::phrases::Phrases;
use crate::request::Language;
use crate::text::{Kind, Token, is_ideograph};

/// Words that a name has at most, or that many times three Chinese characters.
const WORDS: usize = 8;
/// Words that a name has without a doubt.
const FEW: usize = 5;
/// Characters that a project's name may have.
const LONGEST: usize = 100;
/// What a title has in lower case.
const SMALL: [&str; 8] = ["and", "of", "the", "&", "и", "в", "на", "для"];

/// Some words that can be a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    pub text: String,
    pub is_quoted: bool,
    /// It goes on like a sentence.
    pub is_doubtful: bool,
    /// It names what projects have, such as a plan.
    pub is_thing: bool,
    /// It would be taken for a name even where nothing says that it is one: by its capitals, hyphens or digits.
    pub looks_like_one: bool,
}

/// The name that these tokens are, if they can be one.
pub fn read(text: &str, language: Language, phrases: &Phrases, tokens: &[Token]) -> Option<Named> {
    let (first, last) = (tokens.first()?, tokens.last()?);
    if let [quote] = tokens
        && quote.kind == Kind::Quote
    {
        return Some(Named {
            text: quote.folded.clone(),
            is_quoted: true,
            is_doubtful: false,
            is_thing: false,
            looks_like_one: true,
        });
    }
    let written = text.get(first.place.start..last.place.end)?.trim();
    let words: Vec<Word> = tokens.iter().map(|token| Word::of(text, token)).collect();
    let weight: usize = words.iter().map(Word::weight).sum();
    let whole: Vec<&str> = tokens.iter().map(|token| token.folded.as_str()).collect();
    let joined = match language {
        Language::Chinese => whole.concat(),
        _ => whole.join(" "),
    };
    let is_impossible = words
        .iter()
        .any(|word| word.kind != Kind::Word && word.folded != ",")
        || first.kind == Kind::Mark
        || weight > WORDS * 3
        || written.chars().count() > LONGEST
        || phrases.no_names.contains(&joined.as_str())
        || phrases.no_first_words.contains(&first.folded.as_str());
    if is_impossible {
        return None;
    }
    let is_title = words.len() > 1
        && words
            .iter()
            .all(|word| word.is_capital() || word.is_small());
    let goes_on = words
        .iter()
        .any(|word| phrases.sentence_words.contains(&word.folded));
    let goes_on = goes_on
        || language == Language::Chinese
            && phrases
                .sentence_words
                .iter()
                .any(|word| joined.contains(word));
    let is_thing = words
        .iter()
        .any(|word| phrases.things.contains(&word.folded))
        || language == Language::Chinese
            && phrases.things.iter().any(|thing| joined.starts_with(thing));
    let is_foreign = language != Language::English && written.is_ascii() && words.len() == 1;
    let is_plain = language == Language::English && words.len() == 1;
    Some(Named {
        text: written.to_owned(),
        is_quoted: false,
        is_doubtful: goes_on && !is_title || weight > FEW * 3 || whole.contains(&","),
        is_thing,
        looks_like_one: !is_thing && (is_foreign || is_plain || words.iter().all(Word::is_marked)),
    })
}

/// A word of a name.
struct Word<'a> {
    kind: Kind,
    written: &'a str,
    folded: &'a str,
}

impl<'a> Word<'a> {
    fn of(text: &'a str, token: &'a Token) -> Self {
        Word {
            kind: token.kind,
            written: text.get(token.place.clone()).unwrap_or(""),
            folded: &token.folded,
        }
    }

    fn weight(&self) -> usize {
        match self.written.chars().all(is_ideograph) {
            true => 1,
            false => 3,
        }
    }

    fn is_capital(&self) -> bool {
        let first = self.written.chars().next();
        first.is_some_and(|c| c.is_uppercase() || c.is_numeric())
    }

    fn is_small(&self) -> bool {
        SMALL.contains(&self.folded)
    }

    /// Whether it has what words of a sentence do not have.
    fn is_marked(&self) -> bool {
        self.is_capital()
            || self.is_small()
            || self
                .written
                .contains(|c: char| "-_./".contains(c) || c.is_numeric())
    }
}
