//! Where the store's thread reads notes from.

use crate::domain::{Document, DocumentId, Span};

/// A corpus of notes, read one at a time.
pub trait CorpusSource: Send + Sync {
    /// Number of documents.
    fn len(&self) -> usize;

    /// Whether there is no document.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The id of the document at `index`, which is below [`CorpusSource::len`].
    fn id(&self, index: usize) -> DocumentId;

    /// Reads the document at `index` and the gold that comes with it, if any (spans in byte offsets).
    ///
    /// # Errors
    /// A sentence: why it cannot be read, and what to do.
    fn load(&self, index: usize) -> Result<(Document, Option<Vec<Span>>), String>;

    /// Whether documents may come with gold. Where none does, a training need not look for it.
    fn has_gold(&self) -> bool {
        true
    }

    /// Whether the gold decides words without a span to be `absent`.
    fn complete(&self) -> bool {
        true
    }
}
