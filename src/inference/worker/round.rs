//! Whose turn it is when nothing more urgent is to be predicted.

use std::collections::VecDeque;

/// One pass over the corpus with one version.
pub(super) struct Round {
    /// Whether each document's summary is sent (or it can't be read).
    pub summarised: Vec<bool>,
    /// How many are.
    pub done: usize,
    /// Documents whose vectors were there when the round began: they come first, before any is forgotten.
    cached: VecDeque<usize>,
    /// No document before this one is left.
    next: usize,
}

impl Round {
    /// A round over so many documents; those whose vectors are there come first.
    pub fn new(documents: usize, cached: Vec<usize>) -> Self {
        Self { summarised: vec![false; documents], done: 0, cached: cached.into(), next: 0 }
    }

    /// Marks a document; false if it was marked already, or isn't in the corpus.
    pub fn mark(&mut self, document: usize) -> bool {
        let fresh = self.summarised.get_mut(document).is_some_and(|done| !std::mem::replace(done, true));
        self.done += usize::from(fresh);
        fresh
    }

    /// The document whose turn it is.
    pub fn turn(&mut self) -> Option<usize> {
        while let Some(&document) = self.cached.front() {
            if !self.summarised[document] {
                return Some(document);
            }
            self.cached.pop_front();
        }
        self.next += self.summarised[self.next..].iter().take_while(|done| **done).count();
        (self.next < self.summarised.len()).then_some(self.next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cached_documents_come_first_and_each_comes_once() {
        let mut round = Round::new(5, vec![3, 1]);
        assert!(round.mark(0) && !round.mark(0) && !round.mark(9));
        let order: Vec<usize> = std::iter::from_fn(|| round.turn().filter(|&document| round.mark(document))).collect();
        assert_eq!((order, round.done), (vec![3, 1, 2, 4], 5));
    }
}
