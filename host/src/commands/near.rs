//! What someone may have meant who wrote a name that does not exist.

/// Names that are offered at most.
const MOST: usize = 3;

/// The known names that are nearest to what was written, the nearest first; none where nothing is near.
pub fn near<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let written = written.to_lowercase();
    // One letter in three may be wrong.
    let most = (written.chars().count() / 3).max(1);
    let mut found: Vec<(usize, &str)> = known
        .into_iter()
        .filter_map(|name| {
            let lower = name.to_lowercase();
            let is_part = written.chars().count() >= 2
                && (lower.starts_with(&written) || written.starts_with(&lower));
            let distance = if is_part {
                1
            } else {
                distance(&written, &lower)
            };
            (distance <= most && distance < lower.chars().count()).then_some((distance, name))
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    found
        .into_iter()
        .take(MOST)
        .map(|(_, name)| name.to_owned())
        .collect()
}

/// Letters to put in, to leave out or to change, and neighbours to swap (optimal string alignment).
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    let mut last = None;
    for (place, letter) in one.chars().enumerate() {
        let mut next = vec![place + 1];
        for (column, known) in other.iter().enumerate() {
            let at = |row: &[usize], column: usize| row.get(column).copied().unwrap_or(usize::MAX);
            let changed = at(&row, column) + usize::from(letter != *known);
            let added = at(&row, column + 1) + 1;
            let left_out = at(&next, column) + 1;
            let mut least = changed.min(added).min(left_out);
            let is_swapped =
                column > 0 && last == Some(*known) && other.get(column - 1) == Some(&letter);
            if is_swapped {
                least = least.min(at(&before, column - 1).saturating_add(1));
            }
            next.push(least);
        }
        last = Some(letter);
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_near_and_another_word_is_not() {
        let known = [
            "create",
            "create-shared",
            "restart",
            "start",
            "status",
            "stop",
        ];
        assert_eq!(near("craete", known), ["create"]);
        assert_eq!(near("create", known), ["create", "create-shared"]);
        assert_eq!(near("strat", known)[0], "start");
        assert!(near("weather", known).is_empty());
        assert!(near("x", ["y"]).is_empty());
    }

    #[test]
    fn distances_are_counted() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", "abc"), 0);
        assert_eq!(distance("craete", "create"), 1);
    }
}
