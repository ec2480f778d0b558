use proptest::prelude::*;

use super::*;

fn chars(max: usize) -> TextLimit {
    TextLimit::new(max, TextUnit::Chars)
}

#[test]
fn a_short_text_is_one_piece_as_it_is() {
    assert_eq!(split("  hi\n", chars(10)), ["  hi\n"]);
    assert_eq!(split(&"x".repeat(10_000), TextLimit::none()).len(), 1);
    assert!(split(" \n\n ", chars(10)).is_empty());
    assert!(split("", chars(10)).is_empty());
}

#[test]
fn the_coarsest_boundary_in_reach_is_taken() {
    assert_eq!(
        split("One two.\n\nThree four five.", chars(18)),
        ["One two.", "Three four five."]
    );
    assert_eq!(
        split("One two.\nThree four five.", chars(18)),
        ["One two.", "Three four five."]
    );
    assert_eq!(
        split("One two. Three four five.", chars(18)),
        ["One two.", "Three four five."]
    );
    assert_eq!(
        split("One two three four five", chars(18)),
        ["One two three four", "five"]
    );
    assert_eq!(
        split("今日は晴れ。明日は雨。", chars(8)),
        ["今日は晴れ。", "明日は雨。"]
    );
    assert_eq!(split("abcdefghij", chars(4)), ["abcd", "efgh", "ij"]);
}

#[test]
fn a_short_first_line_does_not_waste_a_message() {
    assert_eq!(
        split("Hi\n\none two three four five six", chars(24)),
        ["Hi\n\none two three four", "five six"]
    );
}

#[test]
fn a_grapheme_is_kept_whole_where_it_fits() {
    let family = "👩\u{200d}👩\u{200d}👧";
    assert_eq!(split(&family.repeat(2), chars(6)), [family, family]);
    // Its five code points do not fit into four: it has to be cut somewhere.
    assert!(split(family, chars(4)).len() > 1);
}

#[test]
fn each_unit_counts_in_its_own_way() {
    let text = "😀😀😀😀";
    assert_eq!(split(text, TextLimit::new(4, TextUnit::Chars)).len(), 1);
    assert_eq!(split(text, TextLimit::new(4, TextUnit::Utf16)).len(), 2);
    assert_eq!(split(text, TextLimit::new(4, TextUnit::Bytes)).len(), 4);
}

#[test]
fn a_code_fence_is_closed_and_opened_again() {
    let text = "Look:\n```rust\nfn one() {}\n    fn two() {}\nfn three() {}\n```\nDone.";
    let expected = [
        "Look:\n```rust\nfn one() {}\n```",
        "```rust\n    fn two() {}\n```",
        "```rust\nfn three() {}\n```\nDone.",
    ];
    assert_eq!(split(text, chars(34)), expected);
}

#[test]
fn a_marker_line_is_never_cut() {
    let text = "aaaa bbbb cccc\n```python\nx = 1\n```\n";
    for piece in split(text, chars(30)) {
        assert!(
            !piece.contains("```p") || piece.contains("```python\n"),
            "{piece:?}"
        );
    }
}

#[test]
fn a_marker_too_long_for_the_limit_is_left_away() {
    let text = format!("```{}\n{}", "x".repeat(40), "code ".repeat(20));
    let pieces = split(&text, chars(30));
    assert!(pieces.iter().all(|piece| chars(30).fits(piece)));
}

fn text() -> impl Strategy<Value = String> {
    let block = prop_oneof![
        "[a-zé漢😀 ,.!?。]{0,60}".boxed(),
        "([a-z]{1,12}[ \n]){1,20}".boxed(),
        Just("\n\n".to_owned()).boxed(),
        Just("\n   \n".to_owned()).boxed(),
        Just("\n```ℹ\n".to_owned()).boxed(),
        Just("\n```\n".to_owned()).boxed(),
        Just("\n~~~~\n".to_owned()).boxed(),
        Just("👩\u{200d}👩\u{200d}👧e\u{301}".to_owned()).boxed(),
    ];
    prop::collection::vec(block, 0..20).prop_map(|blocks| blocks.concat())
}

fn limit() -> impl Strategy<Value = TextLimit> {
    let unit = prop_oneof![
        Just(TextUnit::Chars),
        Just(TextUnit::Utf16),
        Just(TextUnit::Bytes)
    ];
    (0..200_usize, unit).prop_map(|(max, unit)| TextLimit::new(max, unit))
}

/// What must not be lost: all but white space and what fences consist of.
fn content(text: &str) -> String {
    text.chars()
        .filter(|char| !char.is_whitespace() && !matches!(char, '`' | '~' | 'ℹ'))
        .collect()
}

proptest! {
    #[test]
    fn pieces_fit_and_nothing_is_lost(text in text(), limit in limit()) {
        let pieces = split(&text, limit);
        for piece in &pieces {
            prop_assert!(limit.fits(piece), "{piece:?}");
            prop_assert!(!piece.trim().is_empty());
        }
        prop_assert_eq!(content(&pieces.concat()), content(&text));
    }

    #[test]
    fn every_piece_but_the_last_closes_its_fences(text in text(), max in 40..200_usize) {
        let pieces = split(&text, chars(max));
        for piece in pieces.iter().rev().skip(1) {
            prop_assert_eq!(fence::state_after(piece, None), None, "{}", piece);
        }
    }

    #[test]
    fn anything_at_all_is_split_to_an_end(text in "\\PC{0,300}|[`~\n a]{0,300}", limit in limit()) {
        let pieces = split(&text, limit);
        prop_assert!(pieces.iter().all(|piece| limit.fits(piece)));
    }
}
