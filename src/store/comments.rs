//! What was written beside the documents of a project.

use std::sync::Arc;

use crate::domain::{Anchor, Comment, Document, DocumentId, LabelScheme, Stamp, Words};
use crate::tokenization::segment::segment;

use super::error::StoreError;
use super::lineage::touched_since;
use super::project::Project;

/// So many characters of the words that a comment stands on are told.
const QUOTED: usize = 60;

/// A comment, as far as a list tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommentEntry {
    /// Index of the document in the corpus.
    pub document: usize,
    /// The first of the words that it stands on; `None` for the whole document.
    pub word: Option<usize>,
    /// Those words, or their beginning.
    pub quote: String,
    /// What it says; nothing for a mark.
    pub text: Arc<str>,
    /// Who wrote it and when.
    pub stamp: Option<Stamp>,
}

impl Project {
    /// Everything that was written beside documents, in order of the corpus. `find` gives a document's place in the corpus
    /// and the document as it is now; documents for which it gives `None` are left out.
    ///
    /// # Errors
    /// When the project cannot be read.
    pub fn comments(
        &self,
        mut find: impl FnMut(&DocumentId) -> Option<(usize, Document)>,
    ) -> Result<Vec<CommentEntry>, StoreError> {
        let mut entries = Vec::new();
        for id in touched_since(self.connection(), 0, " AND kind = 'comment'")? {
            let Some((index, document)) = find(&id.as_str().into()) else { continue };
            let words = segment(&document.text);
            let annotations = self.annotations(&document, &words, &no_labels())?.annotations;
            entries.extend(annotations.comments.iter().map(|(&anchor, comment)| {
                let stamp = annotations.stamp(comment.edit).cloned();
                entry(index, &document, &words, anchor, comment, stamp)
            }));
        }
        entries.sort_by_key(|entry| entry.document);
        Ok(entries)
    }
}

/// Decisions are of no concern here.
fn no_labels() -> LabelScheme {
    LabelScheme { name: String::new(), labels: Vec::new() }
}

fn entry(
    document: usize,
    note: &Document,
    words: &Words,
    anchor: Anchor,
    comment: &Comment,
    stamp: Option<Stamp>,
) -> CommentEntry {
    let range = anchor.range();
    let quoted = range.clone().and_then(|range| note.text.get(words.get(range.start)?.start..words.get(range.end - 1)?.end));
    let quote = quoted.unwrap_or_default().chars().take(QUOTED).collect();
    CommentEntry { document, word: range.map(|range| range.start), quote, text: comment.text.clone(), stamp }
}
