//! Which document a panic is blamed on, and when the worker gives up.
//!
//! Documents are computed together. If that panics, each of them comes by itself from then on, until it was computed well or
//! is found to be the one. The others go on being computed together.

use std::collections::HashSet;

/// After so many panics without a document between them, something else is broken.
const MOST_IN_A_ROW: usize = 5;
/// After so many panics in all, restarting helps nobody.
const MOST: usize = 30;

/// What is known of the documents at work, and of earlier panics.
#[derive(Debug, Default)]
pub(super) struct Blame {
    at_work: Vec<usize>,
    apart: HashSet<usize>,
    bad: HashSet<usize>,
    in_a_row: usize,
    all: usize,
}

impl Blame {
    /// These documents are computed from here on: the ones to blame for a panic.
    pub fn at_work(&mut self, documents: impl IntoIterator<Item = usize>) {
        self.at_work.clear();
        self.at_work.extend(documents);
    }

    /// Nothing has happened to the documents at work.
    pub fn went_well(&mut self) {
        if !self.at_work.is_empty() {
            self.in_a_row = 0;
        }
        for document in self.at_work.drain(..) {
            self.apart.remove(&document);
        }
    }

    /// There was a panic; tells whether to start again.
    pub fn panicked(&mut self) -> bool {
        self.in_a_row += 1;
        self.all += 1;
        match self.at_work[..] {
            [one] => self.set_bad(one),
            _ => self.apart.extend(&self.at_work),
        }
        self.at_work.clear();
        self.in_a_row < MOST_IN_A_ROW && self.all < MOST
    }

    /// A document can't be read or computed.
    pub fn set_bad(&mut self, document: usize) {
        self.apart.remove(&document);
        self.bad.insert(document);
    }

    /// Whether it can't.
    pub fn is_bad(&self, document: usize) -> bool {
        self.bad.contains(&document)
    }

    /// Of these documents, the first ones that may be computed together: one that has to come by itself does.
    pub fn together<'a>(&self, documents: &'a [usize]) -> &'a [usize] {
        let several = documents.iter().take_while(|document| !self.apart.contains(document)).count();
        &documents[..several.max(1).min(documents.len())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computes documents as far as it can, those of `bad` panicking; gives the blame and the lots that went well.
    fn compute(documents: usize, bad: &[usize]) -> (Blame, Vec<usize>, bool) {
        let (mut blame, mut lots, mut done) = (Blame::default(), Vec::new(), vec![false; documents]);
        loop {
            let left: Vec<usize> = (0..documents).filter(|&document| !done[document] && !blame.is_bad(document)).collect();
            if left.is_empty() {
                return (blame, lots, true);
            }
            let together = blame.together(&left[..left.len().min(4)]).to_vec();
            blame.at_work(together.iter().copied());
            if together.iter().any(|document| bad.contains(document)) {
                if !blame.panicked() {
                    return (blame, lots, false);
                }
            } else {
                together.iter().for_each(|&document| done[document] = true);
                lots.push(together.len());
                blame.went_well();
            }
        }
    }

    #[test]
    fn the_one_to_blame_is_found_and_the_others_are_computed() {
        let check = |bad: &[usize], lots: &[usize]| {
            let (blame, found, ended) = compute(12, bad);
            assert!(ended, "{bad:?}: {blame:?}");
            assert_eq!(found, lots, "{bad:?}");
            assert_eq!((0..12).filter(|&document| blame.is_bad(document)).collect::<Vec<_>>(), bad);
            assert!(blame.apart.is_empty(), "those that went well go with others again: {blame:?}");
        };
        check(&[], &[4, 4, 4]);
        check(&[5], &[4, 1, 1, 1, 4]);
        check(&[0, 2, 4, 7], &[1, 1, 1, 1, 4]);
        check(&[11], &[4, 4, 1, 1, 1]);
    }

    #[test]
    fn what_fails_everywhere_ends() {
        let all: Vec<usize> = (0..12).collect();
        let (blame, lots, ended) = compute(12, &all);
        assert!(!ended && lots.is_empty());
        assert_eq!(blame.all, MOST_IN_A_ROW);
        // No document is to blame, however often one goes well between.
        let mut blame = Blame::default();
        let panics = (0..100).take_while(|&document| {
            blame.at_work([document]);
            blame.went_well();
            blame.panicked()
        });
        assert_eq!(panics.count(), MOST - 1);
        assert!(!(0..100).any(|document| blame.is_bad(document)));
    }

    #[test]
    fn two_bad_ones_in_a_row_are_not_the_end() {
        // A lot, then one after the other: three panics, none of them without something learned of a document.
        let (_, _, ended) = compute(12, &[4, 5]);
        assert!(ended);
    }
}
