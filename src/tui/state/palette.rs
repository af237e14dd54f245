//! The list of all actions, found by what is typed: made of the rows of the keymap, as help and hints are.

use super::Mode;
use crate::tui::keymap::{Binding, Keymap};

/// The list of actions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Palette {
    /// What was typed.
    pub query: String,
    /// Index of the row that the cursor stands on.
    pub cursor: usize,
    /// Where it was opened: what works there is what it can do.
    pub from: Box<Mode>,
}

/// A row of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found<'k> {
    /// The row of the keymap.
    pub binding: &'k Binding,
    /// Whether it works where the list was opened.
    pub here: bool,
    /// The characters of the description that the query has found, from the left.
    pub marked: Vec<usize>,
}

impl Palette {
    /// The rows that what was typed finds: those that work here before the others, the best first. All of them, in the
    /// order of the help, if nothing was typed.
    pub fn found<'k>(&self, keymap: &'k Keymap) -> Vec<Found<'k>> {
        let (here, elsewhere) = keymap.here_and_elsewhere(self.from.context());
        let ranked = |rows: Vec<&'k Binding>, here: bool| {
            let mut rows: Vec<(i32, Found<'k>)> = rows
                .into_iter()
                .filter_map(|binding| {
                    let (score, marked) = score(binding, self.query.trim())?;
                    Some((score, Found { binding, here, marked }))
                })
                .collect();
            rows.sort_by_key(|(score, _)| -score);
            rows.into_iter().map(|(_, found)| found)
        };
        ranked(here, true).chain(ranked(elsewhere, false)).collect()
    }
}

/// How well a row fits a query, and the characters of its description that were found. A key that is written out fits
/// best of all, then the row's name or another word for it, then its description.
fn score(binding: &Binding, query: &str) -> Option<(i32, Vec<usize>)> {
    const KEY: i32 = 1000;
    let is_key = binding.keys.iter().any(|key| key.to_string() == query);
    let besides = is_key.then_some(KEY).into_iter().chain(called(binding, query)).reduce(|key, name| key + name);
    match find(&binding.description, query) {
        Some((score, marked)) => Some((score + besides.unwrap_or(0), marked)),
        None => Some((besides?, Vec::new())),
    }
}

/// How well a query fits the name of a row or one of the other words for it: whole, or the beginning of one of its words.
fn called(binding: &Binding, query: &str) -> Option<i32> {
    let query = query.to_lowercase().replace('-', " ");
    if query.is_empty() {
        return None;
    }
    let name = binding.name.replace('-', " ");
    let fit = |(index, name): (usize, &str)| {
        // The name is what it is called; the rest are what others call it.
        let own = i32::from(index == 0);
        if name == query {
            return Some(500 + 100 * own);
        }
        let begins = name.match_indices(&*query).any(|(at, _)| at == 0 || name.as_bytes()[at - 1] == b' ');
        if begins {
            return Some(60 + own);
        }
        // Letters of it, in order; of a few letters nearly every name has some.
        const FEW: usize = 3;
        find(name, &query).filter(|_| query.chars().count() >= FEW).map(|(score, _)| score)
    };
    std::iter::once(&*name).chain(binding.also.iter().map(String::as_str)).enumerate().filter_map(fit).max()
}

/// Finds the characters of `query` in `text`, in order but not side by side, upper and lower case the same, blanks aside.
/// Gives the best way to do so: the places, and a score that is higher for beginnings of words and for neighbours.
fn find(text: &str, query: &str) -> Option<(i32, Vec<usize>)> {
    const BEGINS: i32 = 8;
    const FOLLOWS: i32 = 6;
    // What lies between costs, up to this much: letters picked from all over a sentence are hardly meant.
    const APART: usize = 12;
    let lower = |c: char| c.to_lowercase().next().unwrap_or(c);
    let text: Vec<char> = text.chars().map(lower).collect();
    let query: Vec<char> = query.chars().filter(|c| !c.is_whitespace()).map(lower).collect();
    let begins = |at: usize| at == 0 || !text[at - 1].is_alphanumeric();
    // For each character of the query: the best score that ends with it at a place, and the place of the one before.
    let mut rows: Vec<Vec<Option<(i32, usize)>>> = Vec::with_capacity(query.len());
    for (index, &wanted) in query.iter().enumerate() {
        let before = rows.last();
        let row = (0..text.len()).map(|at| {
            if text[at] != wanted {
                return None;
            }
            let own = 1 + if begins(at) { BEGINS } else { 0 };
            let Some(before) = before else { return (index == 0).then_some((own, at)) };
            let step = |from: usize| if from + 1 == at { FOLLOWS } else { -((at - from - 1).min(APART) as i32) };
            let reached = |from: usize| before[from].map(|(score, _)| (score + step(from), from));
            (0..at).filter_map(reached).max().map(|(score, from)| (score + own, from))
        });
        let row = row.collect();
        rows.push(row);
    }
    let Some(last) = rows.last() else { return Some((0, Vec::new())) };
    let (score, mut at) = (0..text.len())
        .filter_map(|at| last[at].map(|(score, _)| (score, at)))
        .max_by_key(|&(score, at)| (score, usize::MAX - at))?;
    let mut places = Vec::with_capacity(rows.len());
    for row in rows.iter().rev() {
        places.push(at);
        at = row[at].map_or(0, |(_, from)| from);
    }
    places.reverse();
    Some((score, places))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_found_where_a_reader_sees_them() {
        let check = |text: &str, query: &str, expected: Option<&[usize]>| {
            assert_eq!(find(text, query).map(|(_, places)| places).as_deref(), expected, "{query} in {text}");
        };
        check("next note of the queue", "note", Some(&[5, 6, 7, 8]));
        check("next note of the queue", "NQ", Some(&[5, 17]));
        check("train now", "tn", Some(&[0, 6]));
        check("train now", "t n", Some(&[0, 6]));
        check("train now", "nt", None);
        check("anything", "", Some(&[]));
        check("", "x", None);
    }

    #[test]
    fn what_works_here_comes_first_then_what_fits_best() {
        let keymap = Keymap::bundled().unwrap();
        let first = |from: Mode, query: &str| {
            let palette = Palette { query: query.to_owned(), cursor: 0, from: Box::new(from) };
            let found = palette.found(&keymap);
            (found[0].binding.description.clone(), found[0].here)
        };
        assert_eq!(first(Mode::Note, "train"), ("train now, from all decisions".to_owned(), true));
        assert!(first(Mode::Note, "qit").0.starts_with("quit;"));
        assert_eq!(first(Mode::Note, "T").0, "train now, from all decisions");
        assert_eq!(first(Mode::Versions, "activate the version").0, "activate the version (in their list)");
        assert!(!first(Mode::Note, "activate the version (in").1);
        for (query, begins) in [
            ("blind", "hide predictions"),
            ("history", "list everything that was done"),
            ("export", "write what is decided"),
            ("find", "search in the note"),
            ("hist", "list everything that was done"),
            ("roll-back", "roll back"),
            ("Timeline", "list everything"),
            ("bookmrk", "mark the word"),
            ("nxt doc", "next note of the queue"),
        ] {
            assert!(first(Mode::Note, query).0.starts_with(begins), "{query} finds {}", first(Mode::Note, query).0);
        }
    }
}
