//! Names: what people may call things, and the name in addresses that is made of one.

use crate::error::{Error, Result};

/// Characters that a name may have.
pub const NAME: usize = 100;
/// Characters that a slug may have.
const SLUG: usize = 63;

/// A name as it is kept: trimmed, on one line, not empty.
pub fn name(field: &str, text: &str) -> Result<String> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Error::invalid(field, "must not be empty"));
    }
    if text.chars().count() > NAME {
        return Err(Error::invalid(
            field,
            format!("has more than {NAME} characters"),
        ));
    }
    if text.chars().any(char::is_control) {
        return Err(Error::invalid(
            field,
            "must be one line, without control characters",
        ));
    }
    Ok(text.to_owned())
}

/// A slug that someone chose.
pub fn slug(field: &str, text: &str) -> Result<String> {
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    if text.len() <= SLUG && text.starts_with(good) && text.chars().all(|c| good(c) || c == '-') {
        return Ok(text.to_owned());
    }
    Err(Error::invalid(
        field,
        format!(
            "`{text}` is not a slug: 1 to {SLUG} lower-case letters, digits and `-`, a letter or digit first"
        ),
    ))
}

/// The slug that a name gives; one that gives none, such as one in another script, gives `otherwise`.
pub fn slug_of(name: &str, otherwise: &str) -> String {
    let mut slug = String::new();
    for c in name.chars().flat_map(char::to_lowercase) {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(SLUG);
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { otherwise } else { slug }.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_trimmed_line() {
        assert_eq!(name("name", "  The garden ").unwrap(), "The garden");
        for bad in ["", "  ", "a\nb", "a\0b", &"x".repeat(101)] {
            assert_eq!(name("name", bad).unwrap_err().code(), "invalid", "{bad:?}");
        }
    }

    #[test]
    fn a_slug_is_made_of_a_name() {
        assert_eq!(slug_of("  The Garden, 2nd!  ", "project"), "the-garden-2nd");
        assert_eq!(slug_of("Übung", "project"), "bung");
        assert_eq!(slug_of("庭", "project"), "project");
        assert_eq!(slug_of(&"ab ".repeat(40), "project").len(), 62);
        for made in ["the-garden-2nd", "bung", "project"] {
            assert_eq!(slug("slug", made).unwrap(), made);
        }
        for bad in ["", "-a", "A", "a b", &"x".repeat(64)] {
            assert!(slug("slug", bad).is_err(), "{bad:?}");
        }
    }
}
