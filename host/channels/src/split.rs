//! Splitting is how a long text becomes several messages that a platform takes: at the end of a paragraph where there is
//! one, else of a line, a sentence, a word, a grapheme. A code fence that is cut is closed at the end of one piece and
//! opened again, with its language, at the start of the next.

mod boundary;
mod fence;
mod limit;

use self::boundary::{Cut, cut, window};
use self::fence::Fence;
pub use self::limit::{TextLimit, TextUnit};

/// The pieces of a text, in order, each within the limit. Only white space at the cuts is dropped, and only fence
/// markers are added. A text of nothing but white space has no pieces.
pub fn split(text: &str, limit: TextLimit) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    let mut open: Option<Fence> = None;
    while !rest.trim().is_empty() {
        // A marker that would leave too little room for what is fenced is left away.
        let reopened = open
            .take()
            .filter(|fence| fence.overhead(limit.unit) <= limit.max / 2);
        let head = reopened.as_ref().map(Fence::reopening).unwrap_or_default();
        let room = limit.max - limit.unit.measure(&head);
        if window(rest, room, limit.unit) == rest.len() {
            pieces.push(format!("{head}{rest}"));
            break;
        }
        let (cut, after) = cut_with_fence(rest, room, reopened.as_ref(), limit);
        let (said, remaining) = (cut.piece, cut.rest);
        let tail = after.as_ref().map(Fence::closing).unwrap_or_default();
        if !said.trim().is_empty() {
            pieces.push(format!("{head}{said}{tail}"));
        }
        (rest, open) = match after {
            // What was just closed need not be opened again only to be closed.
            Some(fence) => match fence.skip_closing_line(remaining) {
                Some(beyond) => (beyond, None),
                None => (remaining, Some(fence)),
            },
            None => (remaining, None),
        };
    }
    pieces
}

/// Cuts so that the marker that closes a fence left open fits as well; tells which fence that is.
fn cut_with_fence<'a>(
    rest: &'a str,
    room: usize,
    open: Option<&Fence>,
    limit: TextLimit,
) -> (Cut<'a>, Option<Fence>) {
    let mut reserve = 0;
    loop {
        let cut = cut(rest, room - reserve, limit.unit, open);
        let after = fence::state_after(cut.piece, open)
            .filter(|fence| fence.overhead(limit.unit) <= limit.max / 2);
        let needed = after
            .as_ref()
            .map_or(0, |fence| limit.unit.measure(&fence.closing()));
        if needed <= reserve {
            return (cut, after);
        }
        // Grows each time around and is bounded by half of the limit, so this ends.
        reserve = needed;
    }
}

#[cfg(test)]
mod tests;
