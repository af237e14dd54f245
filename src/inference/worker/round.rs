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
    /// Which of them are still to be done, and how many.
    early: Vec<bool>,
    early_left: usize,
    /// Whether a stage has just been reached.
    reached: bool,
    /// No document before this one is left.
    next: usize,
}

impl Round {
    /// A round over so many documents; those whose vectors are there come first.
    pub fn new(documents: usize, cached: Vec<usize>) -> Self {
        let mut early = vec![false; documents];
        cached.iter().for_each(|&document| early[document] = true);
        let early_left = cached.len();
        Self { summarised: vec![false; documents], done: 0, cached: cached.into(), early, early_left, reached: false, next: 0 }
    }

    /// Whether a document is still to be marked.
    pub fn wants(&self, document: usize) -> bool {
        self.summarised.get(document).is_some_and(|done| !done)
    }

    /// Marks a document; false if it was marked already, or isn't in the corpus.
    pub fn mark(&mut self, document: usize) -> bool {
        let fresh = self.summarised.get_mut(document).is_some_and(|done| !std::mem::replace(done, true));
        if fresh {
            self.done += 1;
            if std::mem::take(&mut self.early[document]) {
                self.early_left -= 1;
                self.reached |= self.early_left == 0;
            }
            self.reached |= self.done == self.summarised.len();
        }
        fresh
    }

    /// Whether a stage has been reached since this was asked last: those whose vectors were there are done, or all are.
    pub fn reached(&mut self) -> bool {
        std::mem::take(&mut self.reached)
    }

    /// The documents whose turn comes next, in order; no more than `most`.
    pub fn ahead(&mut self, most: usize) -> Vec<usize> {
        if self.turn().is_none() {
            return Vec::new();
        }
        let (summarised, early) = (&self.summarised, &self.early);
        let cached = self.cached.iter().copied().filter(|&document| !summarised[document]);
        let others = (self.next..summarised.len()).filter(|&document| !summarised[document] && !early[document]);
        cached.chain(others).take(most).collect()
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
        assert_eq!((round.ahead(3), round.ahead(9)), (vec![3, 1, 2], vec![3, 1, 2, 4]));
        let mut stages = Vec::new();
        let order: Vec<usize> = std::iter::from_fn(|| {
            let next = round.turn().filter(|&document| round.mark(document));
            stages.extend(next.filter(|_| round.reached()));
            next
        })
        .collect();
        assert_eq!((order, round.done), (vec![3, 1, 2, 4], 5));
        assert!(round.ahead(9).is_empty());
        assert_eq!(stages, [1, 4], "those whose vectors were there; then all");
    }
}
