//! A path names a file of a workspace: relative to its root, with `/` between its parts, in one spelling only.

use std::fmt;

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Text;
use serde::Serialize;
use unicode_normalization::{UnicodeNormalization, is_nfc};

/// Bytes of a path.
const LENGTH: usize = 512;
/// Bytes of one part of it, as file systems have it.
const PART: usize = 255;
/// Parts of a path.
const DEPTH: usize = 32;

/// A path of a workspace. Its text is in the composed form of Unicode (NFC), so that two spellings that look alike name one
/// file. There are no folders: they are what the beginnings of paths have in common.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, AsExpression, FromSqlRow,
)]
#[diesel(sql_type = Text)]
#[serde(transparent)]
pub struct FilePath(String);

/// The text is no path of a workspace, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{shown}` is no path of a workspace: {why}")]
pub struct BadPath {
    shown: String,
    why: &'static str,
}

impl FilePath {
    /// Reads a path: `reports/2026/may.csv`.
    pub fn parse(text: &str) -> Result<Self, BadPath> {
        let wrong = |why| BadPath {
            shown: shown(text),
            why,
        };
        // What is longer than this in any form is not worth composing.
        if text.len() > 4 * LENGTH {
            return Err(wrong("it may have 512 bytes"));
        }
        let path: String = match is_nfc(text) {
            true => text.to_owned(),
            false => text.nfc().collect(),
        };
        let why = match path.as_str() {
            "" => "it is empty",
            long if long.len() > LENGTH => "it may have 512 bytes",
            absolute if absolute.starts_with('/') => "it begins at the workspace, without `/`",
            path if path.contains('\\') => "its parts have `/` between them, and no `\\`",
            path if path.contains(unfit) => "it has a control character in it",
            path if path.split('/').count() > DEPTH => "it may have 32 parts",
            path => match path.split('/').find_map(fault) {
                Some(why) => why,
                None => return Ok(Self(path.to_owned())),
            },
        };
        Err(wrong(why))
    }

    /// What paths have to begin with, to be listed: a beginning of a path, perhaps empty.
    pub fn prefix(text: &str) -> Result<String, BadPath> {
        let told = |bad: BadPath| BadPath {
            shown: shown(text),
            ..bad
        };
        if let Some((folder, _)) = text.rsplit_once('/') {
            FilePath::parse(folder).map_err(told)?;
        }
        // Whatever could come next.
        FilePath::parse(&format!("{text}x")).map_err(told)?;
        Ok(text.nfc().collect())
    }

    /// The path of a file in a folder, under a name that came from elsewhere: whatever cannot be in a path is left out or
    /// replaced. `mark` tells it from others of the name: with `-2`, `photo.jpg` is `photo-2.jpg`.
    pub fn of_name(folder: &str, name: &str, mark: &str) -> Result<Self, BadPath> {
        /// Bytes that a name keeps; the mark comes behind.
        const KEPT: usize = 180;
        let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
        let good: String = last.nfc().filter(|c| !unfit(*c)).collect();
        let good = good.trim_matches(|c: char| c.is_whitespace() || c == '.');
        let good = match good {
            "" => "file",
            good => good,
        };
        // A long name keeps what tells its type.
        let (stem, ending) = match good.rsplit_once('.') {
            Some((stem, ending)) if !stem.is_empty() && ending.len() <= 16 => {
                (stem, format!(".{ending}"))
            }
            _ => (good, String::new()),
        };
        let cut = stem.floor_char_boundary(KEPT);
        let stem = stem.get(..cut).unwrap_or(stem).trim_end();
        Self::parse(&format!("{folder}/{stem}{mark}{ending}"))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last part: the name of the file.
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }
}

impl fmt::Display for FilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl ToSql<Text, Pg> for FilePath {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<Text, Pg>::to_sql(&self.0, out)
    }
}

/// What is in a row was a path when it was written.
impl FromSql<Text, Pg> for FilePath {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        <String as FromSql<Text, Pg>>::from_sql(value).map(Self)
    }
}

/// Paths come after the empty text and before a character that none has.
impl crate::listing::Bounded for FilePath {
    fn lowest() -> Self {
        Self(String::new())
    }

    fn highest() -> Self {
        Self('\u{10ffff}'.to_string())
    }
}

/// Characters that no path has: those that are not seen, that turn text around, or that are none.
fn unfit(c: char) -> bool {
    let is_no_character = u32::from(c) & 0xfffe == 0xfffe || matches!(c, '\u{fdd0}'..='\u{fdef}');
    let turns_text =
        matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let breaks_lines = matches!(c, '\u{2028}' | '\u{2029}');
    c.is_control() || is_no_character || turns_text || breaks_lines || c == '\u{feff}'
}

/// What is wrong with a part.
fn fault(part: &str) -> Option<&'static str> {
    match part {
        "" => Some("it has an empty part"),
        "." | ".." => Some("it has a part that is `.` or `..`"),
        long if long.len() > PART => Some("a part may have 255 bytes"),
        part if part.trim() != part => Some("a part begins or ends with a space"),
        _ => None,
    }
}

/// A bad path as an error may show it.
fn shown(text: &str) -> String {
    const MOST: usize = 80;
    let mut shown: String = text
        .chars()
        .take(MOST)
        .map(|c| if unfit(c) { '\u{fffd}' } else { c })
        .collect();
    if text.chars().nth(MOST).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_relative_and_has_one_spelling() {
        for good in [
            "a",
            "a/b.txt",
            "報告/五月.csv",
            ".env",
            "a b/c",
            "...",
            "x/".repeat(31).trim_end_matches('/'),
        ] {
            assert_eq!(FilePath::parse(good).unwrap().as_str(), good, "{good}");
        }
        let composed = FilePath::parse("caf\u{e9}").unwrap();
        assert_eq!(FilePath::parse("cafe\u{301}").unwrap(), composed);
    }

    #[test]
    fn what_leads_elsewhere_or_hides_is_no_path() {
        for bad in [
            "",
            "/",
            "/etc/passwd",
            "a//b",
            "a/",
            "../a",
            "a/../b",
            "a/.",
            "a\\b",
            "a\0b",
            "a\nb",
            "a\u{202e}b",
            " a",
            "a /b",
            "\u{10ffff}",
            "a\u{fffe}",
            &"x".repeat(256),
            &"x/".repeat(40),
            &"abcdefg/".repeat(70),
        ] {
            assert!(FilePath::parse(bad).is_err(), "{bad:?}");
        }
        let long = FilePath::parse(&"é".repeat(100_000)).unwrap_err();
        assert!(long.to_string().len() < 400, "{long}");
        assert!(
            !FilePath::parse("a\nb")
                .unwrap_err()
                .to_string()
                .contains('\n')
        );
    }

    #[test]
    fn a_beginning_of_paths_may_be_empty_or_a_folder() {
        for good in ["", "a", "a/", "a/b/", "a/b"] {
            assert_eq!(FilePath::prefix(good).unwrap(), good);
        }
        for bad in ["/", "../", "a//", "a/../"] {
            assert!(FilePath::prefix(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_name_from_elsewhere_becomes_a_safe_one() {
        let named = |name: &str, mark| FilePath::of_name("inbox", name, mark).unwrap().0;
        assert_eq!(named("photo.jpg", ""), "inbox/photo.jpg");
        assert_eq!(named("photo.jpg", "-2"), "inbox/photo-2.jpg");
        assert_eq!(named("../../etc/passwd", ""), "inbox/passwd");
        assert_eq!(named("C:\\x\\cat.png", "-3"), "inbox/cat-3.png");
        assert_eq!(named(" .\u{202e}\0 ", ""), "inbox/file");
        assert_eq!(named("..", "-2"), "inbox/file-2");
        assert_eq!(named(".env", "-2"), "inbox/env-2");
        assert!(named(&format!("{}.pdf", "é".repeat(300)), "-12").ends_with("é-12.pdf"));
        assert_eq!(named("a.b\nc", ""), "inbox/a.bc");
    }
}
