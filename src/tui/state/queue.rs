//! The documents, in the order they are worked through.

mod order;

use super::filter::{Annotators, Filter};
use crate::active_learning::{DEFAULT, Strategy};
use crate::domain::{Disposition, LabelScheme, LabelSet};
use crate::inference::protocol::{RankedDocument, Ranking};
use crate::store::protocol::{QueueEntry, ReviewState};

pub use order::Order;

/// One document's line.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QueueRow {
    /// The document's id, as the reader knows it.
    pub name: String,
    /// The same in lower case.
    folded: String,
    /// Review state and number of decided cells.
    pub entry: QueueEntry,
    /// Mean uncertainty of its words, 0 (sure) to 1, once it is predicted.
    pub uncertainty: Option<f32>,
    /// Number of its words with an alphanumeric character, once it is predicted.
    pub words: Option<usize>,
    /// How many of them have something undecided that the model is unsure of, once it is predicted.
    pub unsure: usize,
    /// The labels that a word of it has by somebody's decision, or an import's.
    pub decided: LabelSet,
    /// The labels that a word of it has by the model's prediction, once it is predicted, where nobody has decided.
    pub predicted: LabelSet,
    /// Why it can't be read, if it was tried and can't.
    pub unreadable: Option<String>,
    /// Its place in the last ranking, if it had one.
    pub ranked: Option<RankedDocument>,
}

impl QueueRow {
    /// A document of which only the name is known.
    pub fn named(name: String) -> Self {
        Self { folded: name.to_lowercase(), name, ..Self::default() }
    }

    /// The name in lower case, as it is searched.
    pub fn folded(&self) -> &str {
        &self.folded
    }
}

/// All documents.
#[derive(Clone, Debug)]
pub struct Queue {
    /// A row a document, in order of the corpus.
    pub rows: Vec<QueueRow>,
    /// Indices of `rows` in the order shown.
    pub order: Vec<usize>,
    /// What the queue is to be ordered by.
    pub wanted: Order,
    /// The acquisition function that `order` is by, once a ranking has come.
    pub ordered_by: Option<&'static Strategy>,
    /// A ranking that waits until nobody's cursor is in the list.
    pub waiting: Option<Box<Ranking>>,
    /// The least and the greatest score of the ranking.
    scores: Option<(f32, f32)>,
    /// Whether the reader has asked for the next ranking, and waits for it.
    pub asked: bool,
    /// Which of them are shown; all, if nothing is asked of them.
    pub filter: Option<Filter>,
    /// Who has decided something in which documents, once that was asked.
    pub annotators: Option<Annotators>,
    /// Indices of `rows` in the order shown, of those that the filter shows.
    shown: Vec<usize>,
    /// Whether `shown` is to be made anew.
    stale: bool,
    /// Position in [`Queue::list`] of the queue's cursor.
    pub cursor: usize,
    /// Position in [`Queue::list`] of the first row shown.
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
        let rows = names.into_iter().map(QueueRow::named).collect();
        Self {
            rows,
            order,
            wanted: Order::Ranked(DEFAULT),
            ordered_by: None,
            waiting: None,
            scores: None,
            asked: false,
            filter: None,
            annotators: None,
            shown: Vec::new(),
            stale: false,
            cursor: 0,
            scroll: 0,
        }
    }

    /// The documents that are shown, in their order.
    pub fn list(&self) -> &[usize] {
        if self.filter.is_some() { &self.shown } else { &self.order }
    }

    /// Whether the filter shows a document.
    pub fn passes(&self, document: usize) -> bool {
        self.filter.as_ref().is_none_or(|filter| filter.passes(document))
    }

    /// Shows the documents that a line asks for; all of them for an empty one. The cursor stays on its document where
    /// that is shown. `blind`: what is predicted may not be told.
    pub fn filter(&mut self, query: &str, scheme: &LabelScheme, blind: bool) {
        let before = self.filter.take();
        let document = before.as_ref().map_or(&self.order, |_| &self.shown).get(self.cursor).copied();
        self.filter = (!query.is_empty())
            .then(|| Filter::new(query.to_owned(), scheme, blind, &self.rows, self.annotators.as_ref(), before));
        self.list_anew(document);
    }

    /// Applies the filter anew to a document of which something has changed.
    pub fn touch(&mut self, document: usize) {
        if let (Some(filter), Some(row)) = (&mut self.filter, self.rows.get(document)) {
            self.stale |= filter.judge(document, row, self.annotators.as_ref());
        }
    }

    /// Brings what is shown in line with the filter, where that shows others than before. The cursor stays on its document.
    pub fn settle(&mut self) {
        if std::mem::take(&mut self.stale) {
            let document = self.list().get(self.cursor).copied();
            self.list_anew(document);
        }
    }

    fn list_anew(&mut self, cursor: Option<usize>) {
        self.shown.clear();
        if let Some(filter) = &self.filter {
            self.shown.extend(self.order.iter().filter(|&&document| filter.passes(document)));
        }
        self.stale = false;
        self.cursor = cursor.and_then(|document| self.position(document)).unwrap_or(0);
    }

    /// The document `delta` places further down of those that are shown, if there is one. Skipped ones are passed over,
    /// unless a filter shows them.
    pub fn neighbour(&self, document: usize, delta: isize) -> Option<usize> {
        let here = self.order.iter().position(|&other| other == document)?;
        let counts = |&&other: &&usize| {
            self.passes(other) && (self.filter.is_some() || self.review(other) != ReviewState::Skipped) && self.is_readable(other)
        };
        let steps = delta.unsigned_abs().checked_sub(1)?;
        let found = match delta > 0 {
            true => self.order[here + 1..].iter().filter(counts).nth(steps),
            false => self.order[..here].iter().rev().filter(counts).nth(steps),
        };
        found.copied()
    }

    /// The document to review once `document` is done: the first shown that nothing was said of, of the ranking where
    /// there is one, else after it in the order and around its end.
    pub fn after(&self, document: usize) -> Option<usize> {
        let place = || self.order.iter().position(|&other| other == document);
        let here = if self.ordered_by.is_some() { 0 } else { place().unwrap_or(0) };
        let (before, after) = self.order.split_at(here);
        let open =
            |other: usize| self.review(other).disposition() == Disposition::Open && self.passes(other) && self.is_readable(other);
        after.iter().chain(before).copied().find(|&other| other != document && open(other))
    }

    /// Whether nothing is known to be wrong with a document's file.
    pub fn is_readable(&self, document: usize) -> bool {
        self.rows.get(document).is_some_and(|row| row.unreadable.is_none())
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

    /// Puts the rows in an order that needs no ranking. The cursor stays on its document.
    pub fn unranked(&mut self) {
        let names: Vec<&str> = self.rows.iter().map(|row| row.name.as_str()).collect();
        let order = if self.wanted == Order::Names { order::by_name(&names) } else { (0..names.len()).collect() };
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

    /// Puts a document before all others. The cursor stays on its document.
    pub fn lead_with(&mut self, document: usize) {
        let others = self.order.iter().copied().filter(|&other| other != document);
        let order = std::iter::once(document).chain(others).collect();
        self.reorder(order);
    }

    fn reorder(&mut self, order: Vec<usize>) {
        let document = self.list().get(self.cursor).copied();
        self.order = order;
        self.list_anew(document);
    }

    /// The documents that nobody need be led to: done or skipped.
    pub fn settled(&self) -> Vec<usize> {
        (0..self.rows.len()).filter(|&document| self.review(document).is_settled()).collect()
    }

    /// Position in [`Queue::list`] of a document.
    pub fn position(&self, document: usize) -> Option<usize> {
        self.list().iter().position(|&other| other == document)
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
        queue.wanted = Order::Corpus;
        queue.unranked();
        assert_eq!((&*queue.order, queue.cursor, queue.range()), (&[0, 1, 2, 3, 4][..], 3, Some((0.25, 0.25))));
        assert_eq!(queue.after(3), Some(0), "around the end");
    }

    #[test]
    fn a_filter_is_followed_also_from_a_document_that_it_does_not_show() {
        let scheme = LabelScheme::from_names("s", &["symptom"]).unwrap();
        let mut queue = Queue::new(["a1", "b1", "a2", "b2", "a3"].map(String::from).to_vec());
        queue.rows[2].entry.review = ReviewState::Skipped;
        queue.cursor = 4;
        queue.filter("a -state:done", &scheme, false);
        assert_eq!((queue.list(), queue.cursor), (&[0, 2, 4][..], 2), "by name, at once");
        assert_eq!((queue.neighbour(0, 1), queue.neighbour(1, 1), queue.neighbour(3, -1)), (Some(2), Some(2), Some(2)));
        assert_eq!((queue.after(0), queue.after(3)), (Some(4), Some(4)), "nobody need be led to a skipped one");
        queue.rows[0].entry.review = ReviewState::Done;
        queue.touch(0);
        queue.settle();
        assert_eq!((queue.list(), queue.cursor), (&[2, 4][..], 1), "the cursor stays on its document");
        assert_eq!(queue.after(4), None);
        queue.rank(ranking(&[4, 3, 2]));
        assert_eq!((queue.list(), queue.cursor), (&[4, 2][..], 0));
        queue.filter("", &scheme, false);
        assert_eq!((queue.list().len(), queue.cursor), (5, 0));
    }
}
