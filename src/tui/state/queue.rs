//! The documents, in the order they are worked through.

use crate::active_learning::{Standing, queue_order};
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
}

/// All documents.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Queue {
    /// A row a document, in order of the corpus.
    pub rows: Vec<QueueRow>,
    /// Indices of `rows` in the order shown.
    pub order: Vec<usize>,
    /// Whether `order` is by uncertainty (else the corpus's).
    pub by_uncertainty: bool,
    /// Position in `order` of the queue's cursor.
    pub cursor: usize,
    /// Position in `order` of the first row shown.
    pub scroll: usize,
}

impl Queue {
    /// Documents of which only the names are known, in order of the corpus.
    pub fn new(names: Vec<String>) -> Self {
        let order = (0..names.len()).collect();
        let rows = names.into_iter().map(|name| QueueRow { name, ..QueueRow::default() }).collect();
        Self { rows, order, ..Self::default() }
    }

    /// The document `delta` places further down, if there is one.
    pub fn neighbour(&self, document: usize, delta: isize) -> Option<usize> {
        self.order.get(self.position(document)?.checked_add_signed(delta)?).copied()
    }

    /// The least and the greatest uncertainty of all documents, over those that are predicted.
    pub fn range(&self) -> Option<(f32, f32)> {
        let known = self.rows.iter().filter_map(|row| row.uncertainty);
        known.map(|unsure| (unsure, unsure)).reduce(|(least, most), (unsure, _)| (least.min(unsure), most.max(unsure)))
    }

    /// Puts the rows in order: by [`queue_order`], or as the corpus is. The cursor stays on its document.
    pub fn sort(&mut self, by_uncertainty: bool) {
        let document = self.order.get(self.cursor).copied();
        self.by_uncertainty = by_uncertainty;
        self.order = if by_uncertainty {
            let standing =
                |row: &QueueRow| Standing { done: row.entry.review == ReviewState::Done, uncertainty: row.uncertainty };
            queue_order(&self.rows.iter().map(standing).collect::<Vec<_>>())
        } else {
            (0..self.rows.len()).collect()
        };
        self.cursor = document.and_then(|document| self.position(document)).unwrap_or(0);
    }

    /// Position in `order` of a document.
    pub fn position(&self, document: usize) -> Option<usize> {
        self.order.iter().position(|&other| other == document)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_uncertain_comes_first_what_is_done_last_and_the_cursor_stays_on_its_document() {
        let mut queue = Queue::new(["a", "b", "c", "d", "e"].map(String::from).to_vec());
        assert_eq!(queue.range(), None);
        for (row, uncertainty) in queue.rows.iter_mut().zip([Some(0.1), None, Some(0.7), Some(0.4), Some(0.9)]) {
            row.uncertainty = uncertainty;
        }
        queue.rows[4].entry.review = ReviewState::Done;
        queue.cursor = 3;
        queue.sort(true);
        assert_eq!((&*queue.order, queue.cursor), (&[2, 3, 0, 1, 4][..], 1));
        assert_eq!((queue.neighbour(2, -1), queue.neighbour(2, 1), queue.neighbour(4, 1)), (None, Some(3), None));
        queue.sort(false);
        assert_eq!((&*queue.order, queue.cursor, queue.range()), (&[0, 1, 2, 3, 4][..], 3, Some((0.1, 0.9))));
    }
}
