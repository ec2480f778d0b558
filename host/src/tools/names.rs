//! The names of tools, as agents and models see them: the toolset's, two underscores, and the tool's own, in the characters and
//! the length that every provider of models takes.

/// Bytes of a name, and of a toolset's.
const LONG: usize = 64;
/// Bytes of a toolset's name.
pub const TOOLSET: usize = 24;

/// Whether this can be a toolset's name: small letters, digits and single underscores between them.
pub fn is_toolset(name: &str) -> bool {
    let is_word = |word: &str| {
        let mut characters = word.chars();
        !word.is_empty() && characters.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    };
    name.len() <= TOOLSET && name.split('_').all(is_word)
}

/// What agents call a tool of a toolset.
pub fn public(toolset: &str, own: &str) -> String {
    let clean: String = own
        .chars()
        .map(|c| match c {
            c if c.is_ascii_alphanumeric() || matches!(c, '_' | '-') => c,
            _ => '_',
        })
        .collect();
    let name = format!("{toolset}__{clean}");
    if name.len() <= LONG && clean == own {
        return name;
    }
    // Two that would be called the same are told apart by what they really are called.
    let mark = blake3::hash(own.as_bytes()).to_hex();
    let mark = mark.get(..8).unwrap_or_default();
    let room = LONG - 1 - mark.len();
    let kept = name.get(..room).unwrap_or(&name);
    format!("{kept}_{mark}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_toolsets_name_has_no_two_underscores() {
        for good in ["weather", "a_b_c", "x1", "a23456789012345678901234"] {
            assert!(is_toolset(good), "{good}");
        }
        for bad in [
            "",
            "_a",
            "a_",
            "a__b",
            "A",
            "a-b",
            "é",
            "a234567890123456789012345",
        ] {
            assert!(!is_toolset(bad), "{bad}");
        }
    }

    #[test]
    fn names_fit_and_stay_apart() {
        assert_eq!(public("weather", "get-today"), "weather__get-today");
        let (dotted, spaced) = (public("w", "get.today"), public("w", "get today"));
        assert!(dotted.starts_with("w__get_today_"), "{dotted}");
        assert_ne!(dotted, spaced);
        let long = public("a23456789012345678901234", &"x".repeat(128));
        assert_eq!(long.len(), LONG);
        assert_ne!(long, public("a23456789012345678901234", &"x".repeat(127)));
        let strange = public("w", "погода");
        assert!(strange.is_ascii() && strange.len() <= LONG, "{strange}");
    }
}
