//! What of a document has been on the screen, and as what: words count as seen with the labels that they were shown with.
//!
//! Where the model says something else of a word meanwhile, where its predictions were hidden, or one label alone was
//! shown, nobody has seen what accepting the word would decide now.

use std::collections::BTreeMap;
use std::ops::Range;

use ratatui::layout::Rect;

use crate::domain::{LabelScheme, LabelSet, TextHash};
use crate::tui::state::{Model, OpenDocument, State};
use crate::tui::view;

/// What has been seen of a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// The text that it was seen of.
    text: Option<TextHash>,
    /// For each way in which it was shown and each word a number that stands for what was shown of it; 0 for a word that was
    /// not. One does not take the place of another: whoever reads one label after the other has seen both.
    shown: BTreeMap<View, Vec<u64>>,
}

/// A way to show a document's labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum View {
    All,
    /// The label with this number alone.
    Alone(u64),
    /// Without predictions.
    Hidden,
}

/// Stands for a word of which no prediction was shown.
const HIDDEN: u64 = 1;

/// The labels of a scheme, each by a number that stays the same whatever it is called later and wherever it stands.
#[derive(Clone, Debug)]
pub struct Signs(Vec<u64>);

impl Signs {
    /// The numbers of these labels.
    pub fn of(scheme: &LabelScheme) -> Self {
        let first = |label: &crate::domain::Label| mixed(label.was.first().unwrap_or(&label.name));
        Self(scheme.labels.iter().map(first).collect())
    }

    /// Stands for a word that was shown with all its labels.
    fn all(&self, labels: LabelSet) -> u64 {
        labels.iter().filter_map(|label| self.0.get(label)).fold(mixed("all"), |sum, sign| sum.wrapping_add(*sign)).max(2)
    }

    /// Stands for a word of which one label alone was shown.
    fn one(&self, label: usize, present: bool) -> u64 {
        mixed(if present { "one" } else { "none" }).wrapping_mul(self.alone(label) | 1).max(2)
    }

    /// The number of a label.
    fn alone(&self, label: usize) -> u64 {
        self.0.get(label).copied().unwrap_or_default()
    }
}

/// A number that two names hardly share (FNV-1a, its bits spread).
fn mixed(name: &str) -> u64 {
    let hash =
        name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    (hash ^ (hash >> 31)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

impl Seen {
    /// Nothing yet of a document with this text.
    pub fn of(text: &str) -> Self {
        Self { text: Some(TextHash::of(text)), shown: BTreeMap::new() }
    }

    /// Whether it is this text that it was seen of.
    pub fn is_of(&self, text: &str) -> bool {
        self.text == Some(TextHash::of(text))
    }

    /// Whether all that is shown of a word now has been on the screen.
    fn has(&self, open: &OpenDocument, signs: &Signs, word: usize) -> bool {
        if open.blind {
            return self.shown.values().any(|shown| shown.get(word).is_some_and(|sign| *sign != 0));
        }
        let labels = open.shown().predicted(word);
        let seen = |view: View, sign: u64| self.shown.get(&view).and_then(|shown| shown.get(word)) == Some(&sign);
        // Whoever has seen all labels has seen the one.
        let one = |label: usize| seen(View::Alone(signs.alone(label)), signs.one(label, labels.contains(label)));
        seen(View::All, signs.all(labels)) || open.reading.focus().is_some_and(one)
    }

    /// A word is on the screen as it is shown now.
    fn show(&mut self, open: &OpenDocument, signs: &Signs, word: usize) {
        if self.has(open, signs, word) {
            return;
        }
        let labels = open.shown().predicted(word);
        let (view, sign) = match (open.blind, open.reading.focus()) {
            (true, _) => (View::Hidden, HIDDEN),
            (false, Some(label)) => (View::Alone(signs.alone(label)), signs.one(label, labels.contains(label))),
            (false, None) => (View::All, signs.all(labels)),
        };
        let shown = self.shown.entry(view).or_default();
        if shown.len() < open.words.len() {
            shown.resize(open.words.len(), 0);
        }
        if let Some(shown) = shown.get_mut(word) {
            *shown = sign;
        }
    }
}

impl State {
    /// Tells of the words of the document on screen whether all that is shown of them now has been on the screen.
    pub fn seen_words(&self) -> impl Fn(usize) -> bool {
        let signs = Signs::of(&self.scheme);
        let open = self.open.as_ref().map(|open| (open, self.seen.get(&open.document.id)));
        move |word| open.is_some_and(|(open, seen)| seen.is_some_and(|seen| seen.has(open, &signs, word)))
    }

    /// Whether the model has said what there is to see of a word: before that nobody can have seen it.
    fn is_told(&self, open: &OpenDocument, word: usize) -> bool {
        let told = || open.predictions.as_ref().is_some_and(|predictions| predictions.word(word).is_some());
        open.blind || matches!(self.model, Model::Failed(_)) || told()
    }

    /// The words of the document that are to be seen on the screen: on lines that nothing lies over.
    fn in_sight(&self) -> impl Iterator<Item = usize> {
        let covers = view::covers(self);
        let free = move |rows: &Range<u16>| {
            let over = |cover: &Rect| rows.start < cover.bottom() && cover.y < rows.end;
            covers.as_ref().is_some_and(|covers| !covers.iter().any(over))
        };
        self.work.sight.iter().filter(move |(_, rows)| free(rows)).flat_map(|(words, _)| words.clone())
    }

    /// Words on the screen of which something is shown there for the first time.
    pub fn unseen_in_sight(&self) -> Vec<usize> {
        let Some(open) = &self.open else { return Vec::new() };
        let seen = self.seen_words();
        self.in_sight().filter(|&word| open.words[word].alphanumeric && self.is_told(open, word) && !seen(word)).collect()
    }

    /// These words of the document on screen are on the screen as they are shown now.
    pub fn see(&mut self, words: &[usize]) {
        let Some(open) = &self.open else { return };
        let signs = Signs::of(&self.scheme);
        let seen = self.seen.entry(open.document.id.clone()).or_insert_with(|| Seen::of(&open.document.text));
        words.iter().for_each(|&word| seen.show(open, &signs, word));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_for_labels_differs_where_they_do_and_outlives_a_new_name_and_another_place() {
        let scheme = |names: &[&str]| LabelScheme::from_names("s", names).unwrap();
        let set = |labels: &[usize]| labels.iter().copied().collect::<LabelSet>();
        let signs = Signs::of(&scheme(&["a", "b", "c"]));
        let all: Vec<u64> = (0..8u64).map(|bits| signs.all((0..3).filter(|bit| bits >> bit & 1 == 1).collect())).collect();
        let one = (0..3).flat_map(|label| [true, false].map(|present| signs.one(label, present)));
        let mut different: Vec<u64> = all.iter().copied().chain(one).chain([0, HIDDEN]).collect();
        different.sort_unstable();
        different.dedup();
        assert_eq!(different.len(), 8 + 6 + 2);
        let mut other = scheme(&["c", "new", "A"]);
        other.labels[2].was = vec!["a".into()];
        assert_eq!(Signs::of(&other).all(set(&[0, 2])), signs.all(set(&[0, 2])));
    }
}
