//! The documents, in the order they are worked through.

use crate::store::protocol::QueueEntry;

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
    /// Position in `order` of a document.
    pub fn position(&self, document: usize) -> Option<usize> {
        self.order.iter().position(|&other| other == document)
    }
}
