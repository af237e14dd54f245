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

impl Changes {
    /// Takes in what was found in other documents. Words beyond [`MAX_FLIPS`] are counted and not listed. Gives how many
    /// of the words that are taken in stand before the one at `place` of the list.
    pub fn extend(&mut self, more: Self, place: usize) -> usize {
        let Self { turned, flips, texts, .. } = more;
        self.turned.words += turned.words;
        self.turned.documents += turned.documents;
        self.turned.read += turned.read;
        for (sum, more) in self.turned.labels.iter_mut().zip(turned.labels) {
            *sum = (sum.0 + more.0, sum.1 + more.1);
        }
        let room = MAX_FLIPS.saturating_sub(self.flips.len());
        let at = |flip: &Flip| (flip.document, flip.word);
        let taken: Vec<Flip> = flips.into_iter().take(room).collect();
        let before = self.flips.get(place).map_or(0, |here| taken.iter().filter(|flip| at(flip) < at(here)).count());
        self.texts.extend(texts.into_iter().filter(|(document, _)| taken.iter().any(|flip| flip.document == *document)));
        self.flips.extend(taken);
        self.flips.sort_by_key(at);
        before
    }
}

/// At most this many flips are reported, and kept.
pub const MAX_FLIPS: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_in_other_documents_are_taken_in_between() {
        let flip =
            |document, word| Flip { document, word, text: "".into(), before: LabelSet::EMPTY, after: [0].into_iter().collect() };
        let changes = |places: &[(usize, usize)]| {
            let mut turned = Turned { read: 3, documents: places.len(), ..Turned::new(1) };
            let flips: Vec<Flip> = places.iter().map(|&(document, word)| flip(document, word)).collect();
            flips.iter().for_each(|flip| turned.count(flip.before, flip.after));
            let texts = places.iter().map(|&(document, _)| (document, TextHash::of("x"))).collect();
            Changes { from: 1, to: 2, turned, flips, texts }
        };
        let mut all = changes(&[(1, 4), (5, 0)]);
        assert_eq!(all.extend(changes(&[(0, 2), (3, 1), (7, 7)]), 1), 2, "two stand before the second");
        assert_eq!(all, Changes { turned: all.turned.clone(), ..changes(&[(0, 2), (1, 4), (3, 1), (5, 0), (7, 7)]) });
        assert_eq!((all.turned.words, all.turned.read, all.turned.documents, &all.turned.labels[..]), (5, 6, 5, &[(5, 0)][..]));
        let mut full = changes(&vec![(9, 9); MAX_FLIPS]);
        assert_eq!(full.extend(changes(&[(0, 0)]), 0), 0);
        assert_eq!((full.flips.len(), full.turned.words, full.texts.len()), (MAX_FLIPS, MAX_FLIPS + 1, 1));
    }

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
