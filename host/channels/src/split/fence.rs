//! A fence is a block of code between two lines of backticks or tildes, as CommonMark §4.5 defines it.

use super::TextUnit;

/// A fence that is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fence {
    /// The run of backticks or tildes that opened it.
    marker: String,
    /// What stands behind the marker: the language.
    info: String,
}

/// One line, read as a fence.
enum Line {
    Opens(Fence),
    Closes,
    Text,
}

impl Fence {
    /// What begins a piece in its middle.
    pub(super) fn reopening(&self) -> String {
        format!("{}{}\n", self.marker, self.info)
    }

    /// What ends a piece in its middle.
    pub(super) fn closing(&self) -> String {
        format!("\n{}", self.marker)
    }

    /// The length of both.
    pub(super) fn overhead(&self, unit: TextUnit) -> usize {
        unit.measure(&self.reopening()) + unit.measure(&self.closing())
    }

    /// What follows the line that closes this fence, where the text begins with it.
    pub(super) fn skip_closing_line<'a>(&self, text: &'a str) -> Option<&'a str> {
        let (line, beyond) = text.split_once('\n').unwrap_or((text, ""));
        matches!(read(line, Some(self)), Line::Closes).then_some(beyond)
    }
}

/// The fence that is open at the end of a text.
pub(super) fn state_after(text: &str, open: Option<&Fence>) -> Option<Fence> {
    let mut state = open.cloned();
    for line in text.lines() {
        match read(line, state.as_ref()) {
            Line::Opens(fence) => state = Some(fence),
            Line::Closes => state = None,
            Line::Text => {}
        }
    }
    state
}

/// Whether a line opens or closes a fence: one that must not be cut.
pub(super) fn is_marker(line: &str, open: Option<&Fence>) -> bool {
    !matches!(read(line, open), Line::Text)
}

fn read(line: &str, open: Option<&Fence>) -> Line {
    let unindented = line.trim_start_matches(' ');
    if line.len() - unindented.len() > 3 {
        return Line::Text;
    }
    let Some(char) = unindented
        .chars()
        .next()
        .filter(|char| matches!(char, '`' | '~'))
    else {
        return Line::Text;
    };
    let info = unindented.trim_start_matches(char);
    let (marker, info) = (&unindented[..unindented.len() - info.len()], info.trim());
    match open {
        Some(fence) if fence.marker.starts_with(char) => {
            if marker.len() >= fence.marker.len() && info.is_empty() {
                Line::Closes
            } else {
                Line::Text
            }
        }
        Some(_) => Line::Text,
        None if marker.len() < 3 || (char == '`' && info.contains('`')) => Line::Text,
        None => Line::Opens(Fence {
            marker: marker.to_owned(),
            info: info.to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(text: &str) -> Option<String> {
        state_after(text, None).map(|fence| fence.reopening())
    }

    #[test]
    fn a_fence_is_open_until_a_line_of_its_own_marker() {
        assert_eq!(state("```rust\nfn main() {}").as_deref(), Some("```rust\n"));
        assert_eq!(state("```rust\nfn main() {}\n```"), None);
        assert_eq!(state("````\n```\n").as_deref(), Some("````\n"));
        assert_eq!(state("~~~\n```\n").as_deref(), Some("~~~\n"));
        assert_eq!(state("   ```\ncode\n  `````  \n"), None);
    }

    #[test]
    fn what_only_looks_like_a_fence_is_text() {
        assert_eq!(state("``inline``"), None);
        assert_eq!(state("```one line```"), None);
        assert_eq!(state("    ```"), None);
        assert_eq!(state("say ```"), None);
    }
}
