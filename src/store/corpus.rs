//! Where the store's thread reads notes from.

use crate::domain::{Document, DocumentId, Span, TextHash};
use crate::formats::Corpus;

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

    /// Where the document with this id stands.
    fn index_of(&self, id: &DocumentId) -> Option<usize> {
        (0..self.len()).find(|&index| self.id(index) == *id)
    }

    /// Reads the document at `index` and the gold that comes with it, if any (spans in byte offsets).
    ///
    /// # Errors
    /// A sentence: why it cannot be read, and what to do.
    fn load(&self, index: usize) -> Result<(Document, Option<Vec<Span>>), String>;

    /// Whether all of it could be read: a document that is not there is not in a folder or file that was left out.
    fn is_whole(&self) -> bool {
        true
    }

    /// How many bytes the text of the document at `index` has, as far as can be told without reading it.
    fn size(&self, _index: usize) -> Option<u64> {
        None
    }

    /// The hash of the document's text at `index`, where that is in memory.
    fn held_text(&self, _index: usize) -> Option<TextHash> {
        None
    }

    /// Whether the document at `index` may come with gold. Where it does not, a training need not read it.
    fn has_gold(&self, _index: usize) -> bool {
        true
    }

    /// The names of the labels that occur anywhere in the gold.
    fn gold_labels(&self) -> &[String];

    /// Whether the gold of the document at `index` decides words without a span to be `absent`, of the labels that gold uses
    /// somewhere.
    fn is_complete(&self, _index: usize) -> bool {
        true
    }
}

impl CorpusSource for Corpus {
    fn len(&self) -> usize {
        Self::len(self)
    }

    fn id(&self, index: usize) -> DocumentId {
        Self::id(self, index).cloned().unwrap_or_else(|| "".into())
    }

    fn index_of(&self, id: &DocumentId) -> Option<usize> {
        Self::index_of(self, id)
    }

    fn load(&self, index: usize) -> Result<(Document, Option<Vec<Span>>), String> {
        let loaded = Self::load(self, index).map_err(|error| error.to_string())?;
        Ok((loaded.document, loaded.gold))
    }

    fn is_whole(&self) -> bool {
        Self::is_whole(self)
    }

    fn size(&self, index: usize) -> Option<u64> {
        Self::size(self, index)
    }

    fn held_text(&self, index: usize) -> Option<TextHash> {
        Self::held_text(self, index)
    }

    fn has_gold(&self, index: usize) -> bool {
        Self::has_gold(self, index)
    }

    fn gold_labels(&self) -> &[String] {
        Self::gold_labels(self)
    }

    fn is_complete(&self, index: usize) -> bool {
        !self.has_partial_gold(index)
    }
}
