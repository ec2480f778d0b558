//! Text as patterns see it: words in one case, what stands in quotes as a whole, each Chinese character by itself, and
//! punctuation.

use std::ops::Range;

/// Characters that a message about projects has at most.
const LONGEST: usize = 300;
/// Tokens that it has at most.
const MOST: usize = 60;

/// One piece of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    pub kind: Kind,
    /// What patterns compare: lower case, simplified characters, `ё` as `е`. Of a quote it is what stands in it as written.
    pub folded: String,
    /// Where it stands in the message.
    pub place: Range<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Word,
    Quote,
    /// `,` `:` `.` `!` `?` `;`, or `~` for signs that say nothing.
    Mark,
}

impl Token {
    pub fn is_mark(&self, marks: &str) -> bool {
        self.kind == Kind::Mark && marks.contains(self.folded.as_str())
    }
}

/// Contractions, and what patterns have in their place.
const CONTRACTIONS: [(&str, &str); 13] = [
    ("what's", "what is"),
    ("what're", "what are"),
    ("whats", "what is"),
    ("which's", "which is"),
    ("i'm", "i am"),
    ("im", "i am"),
    ("i'd", "i would"),
    ("i've", "i have"),
    ("we've", "we have"),
    ("we're", "we are"),
    ("let's", "let us"),
    ("lets", "let us"),
    ("there's", "there is"),
];

const QUOTES: [(char, &[char]); 10] = [
    ('"', &['"', '”']),
    ('“', &['”', '"', '“']),
    ('”', &['”']),
    ('„', &['“', '”', '"']),
    ('«', &['»']),
    ('「', &['」']),
    ('『', &['』']),
    ('《', &['》']),
    ('`', &['`']),
    ('【', &['】']),
];

/// Traditional characters of this module's phrases, and their simplified forms.
const TRADITIONAL: &str = "項项個个麼么嗎吗請请創创換换轉转進进當当現现裡里裏里們们幫帮顯显開开選选擇择稱称為为給给這这還还\
    幾几於于後后動动設设將将來来過过說说訴诉專专馬马號号單单從从對对處处問问嘗尝試试麻麻煩烦謝谢";

/// The pieces of a message; nothing where it is longer than what is said to a navigator.
pub fn tokens(text: &str) -> Option<Vec<Token>> {
    if text.chars().count() > LONGEST {
        return None;
    }
    let mut tokens = Vec::new();
    let mut rest = text.char_indices().peekable();
    let mut last = ' ';
    while let Some((at, c)) = rest.next() {
        let before = std::mem::replace(&mut last, c);
        if c == '\n' {
            push(&mut tokens, Kind::Mark, ".", at..at + 1);
            continue;
        }
        if c.is_whitespace() || is_filler(c) {
            continue;
        }
        if let Some(inside) = quoted(text, at, c, before) {
            let trimmed = text.get(inside.clone())?.trim();
            push(&mut tokens, Kind::Quote, trimmed, inside.clone());
            while rest.next_if(|(next, _)| *next <= inside.end).is_some() {}
        } else if is_ideograph(c) {
            push(
                &mut tokens,
                Kind::Word,
                simplified(c).encode_utf8(&mut [0; 4]),
                at..at + c.len_utf8(),
            );
        } else if let Some(mark) = mark(c, rest.peek().map(|(_, next)| *next)) {
            push(&mut tokens, Kind::Mark, mark, at..at + c.len_utf8());
        } else {
            let mut end = at + c.len_utf8();
            while let Some((next, c)) = rest.next_if(|(next, c)| goes_on(text, *next, *c)) {
                end = next + c.len_utf8();
                last = c;
            }
            word(&mut tokens, text.get(at..end)?, at..end);
        }
        if tokens.len() > MOST {
            return None;
        }
    }
    Some(tokens)
}

fn push(tokens: &mut Vec<Token>, kind: Kind, folded: &str, place: Range<usize>) {
    tokens.push(Token {
        kind,
        folded: folded.to_owned(),
        place,
    });
}

fn word(tokens: &mut Vec<Token>, text: &str, place: Range<usize>) {
    if !text.chars().any(char::is_alphanumeric) {
        return push(tokens, Kind::Mark, "~", place);
    }
    let folded = fold(text);
    let expanded = CONTRACTIONS.iter().find(|(short, _)| *short == folded);
    let words = expanded.map_or(folded.as_str(), |(_, long)| long);
    for word in words.split(' ') {
        push(tokens, Kind::Word, word, place.clone());
    }
}

/// One case, one apostrophe, one `е`.
pub fn fold(text: &str) -> String {
    let same = |c| match c {
        'ё' => 'е',
        '’' | 'ʼ' | '‘' => '\'',
        c => simplified(c),
    };
    text.chars()
        .flat_map(char::to_lowercase)
        .map(same)
        .collect()
}

/// Where a quote's inside is, if one begins here.
fn quoted(text: &str, at: usize, opening: char, before: char) -> Option<Range<usize>> {
    let start = at + opening.len_utf8();
    let rest = text.get(start..)?;
    let length = match QUOTES.iter().find(|(open, _)| *open == opening) {
        Some((_, closing)) => rest.find(*closing)?,
        // An apostrophe is one at the border of words only.
        None if "'‘’".contains(opening) && !before.is_alphanumeric() => {
            let ends = |(at, c): (usize, char)| {
                let after = rest.get(at + c.len_utf8()..).unwrap_or("");
                let is_border = !after.starts_with(char::is_alphanumeric);
                ("'’".contains(c) && is_border).then_some(at)
            };
            rest.char_indices().find_map(ends)?
        }
        None => return None,
    };
    let inside = start..start + length;
    let is_said = text.get(inside.clone())?.chars().any(char::is_alphanumeric);
    is_said.then_some(inside)
}

/// Whether a word has this character too.
fn goes_on(text: &str, at: usize, c: char) -> bool {
    let next = text
        .get(at + c.len_utf8()..)
        .and_then(|rest| rest.chars().next());
    let is_quote = QUOTES
        .iter()
        .any(|(open, close)| *open == c || close.contains(&c));
    !(c.is_whitespace() || is_filler(c) || is_ideograph(c) || is_quote || mark(c, next).is_some())
}

/// The mark that a character is, where it does not stand inside a word.
fn mark(c: char, next: Option<char>) -> Option<&'static str> {
    let is_inside = next.is_some_and(|next| next.is_alphanumeric() && !is_ideograph(next));
    match c {
        ',' | ':' | '.' if is_inside => None,
        ',' | '，' | '、' => Some(","),
        ':' | '：' => Some(":"),
        '.' | '。' | '…' => Some("."),
        '!' | '！' => Some("!"),
        '?' | '？' => Some("?"),
        ';' | '；' => Some(";"),
        _ => None,
    }
}

/// What is not seen.
fn is_filler(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
        || c.is_control()
}

pub fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3134f}')
}

pub fn is_cyrillic(c: char) -> bool {
    matches!(c, '\u{400}'..='\u{52f}')
}

fn simplified(c: char) -> char {
    if !is_ideograph(c) {
        return c;
    }
    let mut pairs = TRADITIONAL.chars().filter(|c| is_ideograph(*c));
    while let (Some(traditional), Some(simplified)) = (pairs.next(), pairs.next()) {
        if traditional == c {
            return simplified;
        }
    }
    c
}
