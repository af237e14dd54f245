//! The documents, in the order they are worked through.

use crate::active_learning::{DEFAULT, STRATEGIES, Strategy};
use crate::domain::Disposition;
use crate::inference::protocol::{RankedDocument, Ranking};
use crate::store::protocol::{QueueEntry, ReviewState};

/// One document's line.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QueueRow {
    /// The document's id, as the reader knows it.
    pub name: String,
    /// Review state and number of decided cells.
    pub entry: QueueEntry,
    /// Mean uncertainty of its words, 0 (sure) to 1, once it is predicted.
    pub uncertainty: Option<f32>,
    /// Number of its words with an alphanumeric character, once it is predicted.
    pub words: Option<usize>,
    /// Its place in the last ranking, if it had one.
    pub ranked: Option<RankedDocument>,
}

/// All documents.
#[derive(Clone, Debug)]
pub struct Queue {
    /// A row a document, in order of the corpus.
    pub rows: Vec<QueueRow>,
    /// Indices of `rows` in the order shown.
    pub order: Vec<usize>,
    /// The acquisition function that the queue is to be ordered by; `None`: the corpus's own order.
    pub strategy: Option<&'static Strategy>,
    /// The one that `order` is by, once a ranking has come.
    pub ordered_by: Option<&'static Strategy>,
    /// A ranking that waits until nobody's cursor is in the list.
    pub waiting: Option<Box<Ranking>>,
    /// The least and the greatest score of the ranking.
    scores: Option<(f32, f32)>,
    /// Whether the reader has asked for the next ranking, and waits for it.
    pub asked: bool,
    /// Position in `order` of the queue's cursor.
    pub cursor: usize,
    /// Position in `order` of the first row shown.
    pub scroll: usize,
}

impl Default for Queue {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl Queue {
    /// Documents of which only the names are known, in order of the corpus.
    pub fn new(names: Vec<String>) -> Self {
        let order = (0..names.len()).collect();
        let rows = names.into_iter().map(|name| QueueRow { name, ..QueueRow::default() }).collect();
        let (strategy, ordered_by, waiting) = (Some(DEFAULT), None, None);
        Self { rows, order, strategy, ordered_by, waiting, scores: None, asked: false, cursor: 0, scroll: 0 }
    }

    /// The document `delta` places further down, if there is one. Skipped ones are passed over.
    pub fn neighbour(&self, document: usize, delta: isize) -> Option<usize> {
        let here = self.position(document)?;
        let counts = |&&other: &&usize| self.review(other) != ReviewState::Skipped;
        let steps = delta.unsigned_abs().checked_sub(1)?;
        let found = match delta > 0 {
            true => self.order[here + 1..].iter().filter(counts).nth(steps),
            false => self.order[..here].iter().rev().filter(counts).nth(steps),
        };
        found.copied()
    }

    /// The document to review once `document` is done: the first that nothing was said of, of the ranking where there is
    /// one, else after it in the corpus and around its end.
    pub fn after(&self, document: usize) -> Option<usize> {
        let here = if self.ordered_by.is_some() { 0 } else { self.position(document).unwrap_or(0) };
        let (before, after) = self.order.split_at(here);
        after
            .iter()
            .chain(before)
            .copied()
            .find(|&other| other != document && self.review(other).disposition() == Disposition::Open)
    }

    /// How far the review of a document has come.
    pub fn review(&self, document: usize) -> ReviewState {
        self.rows.get(document).map(|row| row.entry.review).unwrap_or_default()
    }

    /// The least and the greatest of what the bars show, over the documents that have any.
    pub fn range(&self) -> Option<(f32, f32)> {
        if self.ordered_by.is_some() { self.scores } else { range(self.rows.iter().filter_map(|row| row.uncertainty)) }
    }

    /// What a row's bar shows: the score that it is ranked by, else the model's uncertainty.
    pub fn bar(&self, row: &QueueRow) -> Option<f32> {
        match self.ordered_by {
            Some(_) => row.ranked.as_ref()?.score.map(|score| score as f32).filter(|score| score.is_finite()),
            None => row.uncertainty,
        }
    }

    /// The strategy behind (or before) the one in use; the corpus's own order lies between the last and the first.
    pub fn next_strategy(&self, forward: bool) -> Option<&'static Strategy> {
        let all: Vec<Option<&'static Strategy>> = STRATEGIES.into_iter().map(Some).chain([None]).collect();
        let named = |strategy: Option<&Strategy>| strategy.map(|strategy| strategy.name);
        let here = all.iter().position(|&other| named(other) == named(self.strategy)).unwrap_or(0);
        let step = if forward { 1 } else { all.len() - 1 };
        all[(here + step) % all.len()]
    }

    /// Puts the rows as the corpus is. The cursor stays on its document.
    pub fn as_it_was(&mut self) {
        let order = (0..self.rows.len()).collect();
        self.rows.iter_mut().for_each(|row| row.ranked = None);
        (self.ordered_by, self.waiting) = (None, None);
        self.reorder(order);
    }

    /// Puts the rows in the order of a ranking; behind it those that it doesn't know, and last what is settled. The cursor
    /// stays on its document.
    pub fn rank(&mut self, ranking: Ranking) {
        self.rows.iter_mut().for_each(|row| row.ranked = None);
        self.ordered_by = Some(ranking.strategy);
        (self.asked, self.waiting) = (false, None);
        let mut order = Vec::with_capacity(self.rows.len());
        for ranked in ranking.documents {
            let document = ranked.document;
            if let Some(row) = self.rows.get_mut(document).filter(|row| row.ranked.is_none()) {
                row.ranked = Some(ranked);
                order.push(document);
            }
        }
        let rest = (0..self.rows.len()).filter(|&document| self.rows[document].ranked.is_none());
        order.extend(rest);
        self.scores = range(self.rows.iter().filter_map(|row| self.bar(row)));
        // A stable sort: those that were settled while the ranking was made go last too.
        order.sort_by_key(|&document| self.review(document).is_settled());
        self.reorder(order);
    }

    fn reorder(&mut self, order: Vec<usize>) {
        let document = self.order.get(self.cursor).copied();
        self.order = order;
        self.cursor = document.and_then(|document| self.position(document)).unwrap_or(0);
    }

    /// The documents that nobody need be led to: done or skipped.
    pub fn settled(&self) -> Vec<usize> {
        (0..self.rows.len()).filter(|&document| self.review(document).is_settled()).collect()
    }

    /// Position in `order` of a document.
    pub fn position(&self, document: usize) -> Option<usize> {
        self.order.iter().position(|&other| other == document)
    }
}

/// The least and the greatest of some values.
fn range(values: impl Iterator<Item = f32>) -> Option<(f32, f32)> {
    values.map(|value| (value, value)).reduce(|(least, most), (value, _)| (least.min(value), most.max(value)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::active_learning::Cost;

    fn ranking(documents: &[usize]) -> Ranking {
        let ranked = |(place, &document): (usize, &usize)| RankedDocument {
            document,
            score: Some(1.0 / (place + 1) as f64),
            cost: Cost::default(),
            reason: String::new(),
            random: false,
        };
        Ranking { version: 0, strategy: DEFAULT, documents: documents.iter().enumerate().map(ranked).collect() }
    }

    #[test]
    fn the_most_useful_comes_first_what_is_done_last_and_the_cursor_stays_on_its_document() {
        let mut queue = Queue::new(["a", "b", "c", "d", "e"].map(String::from).to_vec());
        assert_eq!((queue.range(), queue.after(0)), (None, Some(1)));
        queue.rows[1].uncertainty = Some(0.25);
        assert_eq!(queue.range(), Some((0.25, 0.25)));
        queue.rows[4].entry.review = ReviewState::Done;
        queue.cursor = 3;
        queue.rank(ranking(&[4, 2, 3, 9]));
        assert_eq!((&*queue.order, queue.cursor, queue.range()), (&[2, 3, 0, 1, 4][..], 1, Some((1.0 / 3.0, 1.0))));
        assert_eq!((queue.neighbour(2, -1), queue.neighbour(2, 1), queue.neighbour(4, 1)), (None, Some(3), None));
        assert_eq!((queue.after(2), queue.after(0)), (Some(3), Some(2)), "the best that is left");
        queue.as_it_was();
        assert_eq!((&*queue.order, queue.cursor, queue.range()), (&[0, 1, 2, 3, 4][..], 3, Some((0.25, 0.25))));
        assert_eq!(queue.after(3), Some(0), "around the end");
    }

    #[test]
    fn strategies_go_round_in_both_directions() {
        let mut queue = Queue::new(Vec::new());
        let mut seen = Vec::new();
        loop {
            queue.strategy = queue.next_strategy(true);
            seen.push(queue.strategy.map(|strategy| strategy.name));
            if seen.last() == Some(&Some(DEFAULT.name)) {
                break;
            }
        }
        assert!(seen.contains(&None) && seen.contains(&Some("entropy")) && seen.contains(&Some("bald")), "{seen:?}");
        queue.strategy = queue.next_strategy(false);
        assert_eq!(Some(&queue.strategy.map(|strategy| strategy.name)), seen.iter().rev().nth(1));
    }
}
