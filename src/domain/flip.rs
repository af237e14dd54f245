//! Which words' labels changed when another model version became active.

use std::collections::BTreeMap;

use super::document::TextHash;
use super::label::LabelSet;

/// A word whose shown label set changed when another version became active.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flip {
    /// Index of the document in the corpus.
    pub document: usize,
    /// Index of the word.
    pub word: usize,
    /// The word itself, as the note has it; empty if the note can't be read again.
    pub text: Box<str>,
    /// Shown before.
    pub before: LabelSet,
    /// Shown now.
    pub after: LabelSet,
}

/// How much another version has changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Turned {
    /// Number of words whose labels changed.
    pub words: usize,
    /// Number of documents that have such words.
    pub documents: usize,
    /// Number of documents that were looked at.
    pub read: usize,
    /// For each label of the scheme, on how many words it was turned on, and off.
    pub labels: Vec<(usize, usize)>,
}

impl Turned {
    /// Nothing, of so many labels.
    pub fn new(labels: usize) -> Self {
        Self { labels: vec![(0, 0); labels], ..Self::default() }
    }

    /// Counts a word.
    pub fn count(&mut self, before: LabelSet, after: LabelSet) {
        self.words += usize::from(before != after);
        self.each(before, after, |count| count + 1);
    }

    /// Takes back that a word was counted.
    pub fn discount(&mut self, before: LabelSet, after: LabelSet) {
        self.words = self.words.saturating_sub((before != after).into());
        self.each(before, after, |count| count.saturating_sub(1));
    }

    fn each(&mut self, before: LabelSet, after: LabelSet, change: impl Fn(usize) -> usize) {
        for label in before.difference(after).iter() {
            if let Some((on, off)) = self.labels.get_mut(label) {
                let side = if after.contains(label) { on } else { off };
                *side = change(*side);
            }
        }
    }
}

/// What a version has changed, compared with the one that was active before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The version active before.
    pub from: u64,
    /// The version active now.
    pub to: u64,
    /// How much, also where that is more words than are listed.
    pub turned: Turned,
    /// The words, in order of the corpus: at most [`MAX_FLIPS`].
    pub flips: Vec<Flip>,
    /// Hashes of the documents that they stand in, by index.
    pub texts: BTreeMap<usize, TextHash>,
}

/// At most this many flips are reported, and kept.
pub const MAX_FLIPS: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_turned_on_and_off_is_counted_by_label() {
        let set = |labels: &[usize]| labels.iter().copied().collect::<LabelSet>();
        let mut turned = Turned::new(3);
        turned.count(set(&[0]), set(&[1, 2]));
        turned.count(set(&[]), set(&[1]));
        turned.count(set(&[0]), set(&[0]));
        assert_eq!((turned.words, &turned.labels[..]), (2, &[(0, 1), (2, 0), (1, 0)][..]));
        turned.discount(set(&[0]), set(&[1, 2]));
        assert_eq!((turned.words, &turned.labels[..]), (1, &[(0, 0), (1, 0), (0, 0)][..]));
    }
}
