//! Names that are too long for their place: cut where they tell least.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;

use super::paint::{clean, columns};

/// How many characters most of the names begin with alike: as many as the median name shares with the one before it in
/// the alphabet.
pub(super) fn alike(names: &[&str]) -> usize {
    let mut names = names.to_vec();
    names.sort_unstable();
    let shared = |pair: &[&str]| pair[0].chars().zip(pair[1].chars()).take_while(|(a, b)| a == b).count();
    let mut shared: Vec<usize> = names.windows(2).map(shared).collect();
    shared.sort_unstable();
    shared.get(shared.len() / 2).copied().unwrap_or(0)
}

/// A name in `width` columns: cut at its end, but in its middle where what tells it from the others would be cut off.
pub(super) fn shorten(name: &str, width: u16, alike: usize) -> Cow<'_, str> {
    let width = usize::from(width);
    if usize::from(columns(name)) <= width || alike + 4 < width || width < 8 {
        return Cow::Borrowed(name);
    }
    let name = clean(name);
    let head: String = name.graphemes(true).take(width / 4).collect();
    let room = width.saturating_sub(usize::from(columns(&head)) + 1);
    let mut tail: &str = &name[head.len()..];
    while usize::from(columns(tail)) > room {
        tail = tail.grapheme_indices(true).nth(1).map_or("", |(at, _)| &tail[at..]);
    }
    Cow::Owned(format!("{head}…{tail}"))
}

/// A note's name without the ending that says nothing.
pub(super) fn stem(name: &str) -> &str {
    name.strip_suffix(".txt").unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_cut_where_it_tells_least() {
        let check = |names: &[&str], width, expected: &[&str]| {
            let alike = alike(names);
            let found: Vec<_> = names.iter().map(|name| shorten(name, width, alike)).collect();
            assert_eq!(found, expected);
        };
        check(
            &["bench_test3_D2N168", "bench_test3_D2N169", "bench_test3_D2N17"],
            12,
            &["ben…3_D2N168", "ben…3_D2N169", "ben…t3_D2N17"],
        );
        // The pen cuts these at their ends.
        check(&["01-discharge-summary", "02-emergency-note"], 12, &["01-discharge-summary", "02-emergency-note"]);
        check(&["高血圧高血圧高血圧1", "高血圧高血圧高血圧2"], 9, &["高血…圧1", "高血…圧2"]);
    }
}
