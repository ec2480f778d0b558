//! A boundary is where a text may be cut: the later in the room there is and the coarser, the better.

use unicode_segmentation::GraphemeCursor;

use super::TextUnit;
use super::fence::{self, Fence};

/// A text in two, without the white space between.
#[derive(Debug)]
pub(super) struct Cut<'a> {
    pub(super) piece: &'a str,
    pub(super) rest: &'a str,
}

/// Kinds of boundaries, the coarsest first. Each finds its last one in a text: the end of what comes before it.
const LEVELS: [fn(&str) -> Option<usize>; 4] = [paragraph, line, sentence, word];

/// The part of the room that a coarser boundary has to fill to be preferred over a finer one.
const WORTHWHILE: usize = 3;

/// Cuts a text that is longer than the room. The piece may be empty where there is only white space; the rest is always
/// shorter than the text.
pub(super) fn cut<'a>(text: &'a str, room: usize, unit: TextUnit, open: Option<&Fence>) -> Cut<'a> {
    let window = window(text, room, unit);
    let at = outside_of_marker(text, best(text, window), open);
    let (piece, rest) = text.split_at(at);
    let in_code = fence::state_after(piece, open).is_some();
    Cut {
        piece: piece.trim_end(),
        rest: without_gap(piece, rest, in_code),
    }
}

/// Bytes of the longest start of the text that fits; at least one code point. Reads no further than that.
pub(super) fn window(text: &str, room: usize, unit: TextUnit) -> usize {
    let mut used = 0;
    let over = text.char_indices().find(|(_, char)| {
        used += unit.measure_char(*char);
        used > room
    });
    let first = text.chars().next().map_or(0, char::len_utf8);
    over.map_or(text.len(), |(at, _)| at).max(first)
}

/// The best boundary within the window, at its very end too.
fn best(text: &str, window: usize) -> usize {
    let gap = text[window..]
        .chars()
        .take(2)
        .take_while(|char| char.is_whitespace());
    let inside = &text[..window + gap.map(char::len_utf8).sum::<usize>()];
    let ends = || {
        LEVELS
            .iter()
            .filter_map(|level| level(inside))
            .map(|at| at.min(window))
            .filter(|at| *at > 0)
    };
    let worthwhile = ends().find(|at| *at >= window / WORTHWHILE);
    worthwhile
        .or_else(|| ends().next())
        .unwrap_or_else(|| grapheme(text, window))
}

fn paragraph(text: &str) -> Option<usize> {
    text.rfind("\n\n")
}

fn line(text: &str) -> Option<usize> {
    text.rfind('\n')
}

/// Behind a full stop or its like that white space follows, or that ends a sentence without any.
fn sentence(text: &str) -> Option<usize> {
    let mut next_is_space = false;
    for (at, char) in text.char_indices().rev() {
        match char {
            '.' | '!' | '?' | '…' if next_is_space => return Some(at + char.len_utf8()),
            '。' | '！' | '？' => return Some(at + char.len_utf8()),
            _ => next_is_space = char.is_whitespace(),
        }
    }
    None
}

fn word(text: &str) -> Option<usize> {
    text.rfind(char::is_whitespace)
}

/// The last boundary between graphemes; within one only where it is longer than the whole window.
fn grapheme(text: &str, window: usize) -> usize {
    let mut cursor = GraphemeCursor::new(window, text.len(), true);
    match cursor.is_boundary(text, 0) {
        Ok(true) => window,
        _ => cursor
            .prev_boundary(text, 0)
            .ok()
            .flatten()
            .filter(|at| *at > 0)
            .unwrap_or(window),
    }
}

/// Moves a cut within a line that opens or closes a fence to the start of that line.
fn outside_of_marker(text: &str, at: usize, open: Option<&Fence>) -> usize {
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let begun = text[start..at].trim_start();
    if start == 0 || !begun.starts_with(['`', '~']) {
        return at;
    }
    let end = text[at..]
        .find('\n')
        .map_or(text.len(), |length| at + length);
    let state = fence::state_after(&text[..start], open);
    let is_inside = at < end && fence::is_marker(&text[start..end], state.as_ref());
    if is_inside { start } else { at }
}

/// The rest without the white space at the cut: whole blank lines where a line ended, since what indents the next line
/// means something; in code only the one line break.
fn without_gap<'a>(piece: &str, rest: &'a str, in_code: bool) -> &'a str {
    let at_line_end = piece.ends_with('\n') || rest.starts_with('\n');
    match (at_line_end, in_code) {
        (true, true) => rest
            .strip_prefix('\n')
            .filter(|_| !piece.ends_with('\n'))
            .unwrap_or(rest),
        (true, false) => rest.trim_start_matches('\n'),
        (false, true) => rest,
        (false, false) => rest.trim_start(),
    }
}
