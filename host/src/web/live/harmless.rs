//! Harmless text: what agents and people say, made safe for a terminal. A terminal obeys what is in its input: sequences that
//! move its cursor, change its title or colours, or make text look like someone else's (ECMA-48; and Unicode's own marks that
//! turn the direction of what follows). They are taken out whole; letters stay, whatever stood around them.

/// The text without anything that a terminal obeys but line feeds and tabs.
pub(super) fn harmless(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let after = rest.get(next.len_utf8()..).unwrap_or_default();
        rest = match next {
            '\n' | '\t' => {
                kept.push(next);
                after
            }
            // A line of its own, however its end is written; a terminal would write over the line.
            '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => {
                kept.push('\n');
                match next {
                    '\r' => after.strip_prefix('\n').unwrap_or(after),
                    _ => after,
                }
            }
            '\u{1b}' => after_escape(after),
            '\u{9b}' => after_control_sequence(after),
            '\u{90}' | '\u{98}' | '\u{9d}' | '\u{9e}' | '\u{9f}' => after_string(after),
            other => {
                if !other.is_control() && !turns_text(other) {
                    kept.push(other);
                }
                after
            }
        };
    }
    kept
}

/// What follows a sequence that begins with ESC.
fn after_escape(text: &str) -> &str {
    let Some(next) = text.chars().next() else {
        return text;
    };
    let after = text.get(next.len_utf8()..).unwrap_or_default();
    match next {
        '[' => after_control_sequence(after),
        ']' | 'P' | 'X' | '^' | '_' => after_string(after),
        // Intermediate bytes, then a final one.
        ' '..='/' => {
            let after = after.trim_start_matches(|c| matches!(c, ' '..='/'));
            after
                .strip_prefix(|c| matches!(c, '0'..='~'))
                .unwrap_or(after)
        }
        '0'..='~' => after,
        // No sequence: what follows is text, or begins another one.
        _ => text,
    }
}

/// What follows a control sequence: parameters, intermediate bytes, a final one.
fn after_control_sequence(text: &str) -> &str {
    let after = text.trim_start_matches(|c| matches!(c, '0'..='?'));
    let after = after.trim_start_matches(|c| matches!(c, ' '..='/'));
    after
        .strip_prefix(|c| matches!(c, '@'..='~'))
        .unwrap_or(after)
}

/// What follows a control string, such as one that sets a title. One that never ends is none: what it would have hidden is
/// shown.
fn after_string(text: &str) -> &str {
    let end = text.find(['\u{7}', '\u{1b}', '\u{9c}', '\n']);
    match end.and_then(|at| text.get(at..)) {
        Some(rest) if rest.starts_with('\n') => text,
        Some(rest) => rest
            .strip_prefix("\u{1b}\\")
            .or_else(|| rest.strip_prefix(['\u{7}', '\u{9c}']))
            // Another sequence breaks it off.
            .unwrap_or(rest),
        None => text,
    }
}

/// Whether a character turns the direction of those that follow.
fn turns_text(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_go_whole_and_words_stay() {
        for (text, shown) in [
            ("plain, with\ttab and\nline", "plain, with\ttab and\nline"),
            ("\u{1b}[31mred\u{1b}[0m", "red"),
            ("\u{1b}[2J\u{1b}[1;1Hnew screen", "new screen"),
            ("\u{1b}]0;a title\u{7}after", "after"),
            (
                "\u{1b}]8;;https://evil.example\u{1b}\\link\u{1b}]8;;\u{1b}\\",
                "link",
            ),
            ("\u{1b}Pq#0;2\u{1b}\\sixel", "sixel"),
            ("\u{9b}31mred\u{9d}0;t\u{9c}x", "redx"),
            ("\u{1b}(0lines\u{1b}(B", "lines"),
            ("\u{1b}cfresh\u{1b}7\u{1b}8", "fresh"),
            ("safe\rEVIL", "safe\nEVIL"),
            ("a\r\nb\u{2028}c\u{85}d", "a\nb\nc\nd"),
            ("back\u{8}\u{8}\u{7}\u{0}\u{7f}", "back"),
            ("\u{202e}drowssap\u{202c}", "drowssap"),
            ("é 漢字 🎉 العربية", "é 漢字 🎉 العربية"),
            // What begins a sequence and is none.
            ("\u{1b}é", "é"),
            ("\u{1b}", ""),
            ("\u{1b}\u{1b}[31mx", "x"),
            ("\u{1b}]0;never ends", "0;never ends"),
            ("\u{1b}]0;not over\nlines", "0;not over\nlines"),
        ] {
            assert_eq!(harmless(text), shown, "{text:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_that_a_terminal_obeys_is_left(text in "[\\x00-\\x1f\\[\\]0-9;mHPX\\\\^_\u{80}-\u{9f}\u{202e}a-c]{0,60}") {
            let shown = harmless(&text);
            let obeyed = |c: char| c.is_control() && c != '\n' && c != '\t';
            proptest::prop_assert!(!shown.contains(obeyed), "{shown:?}");
            proptest::prop_assert_eq!(&harmless(&shown), &shown);
        }
    }
}
