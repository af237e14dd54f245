//! What people write beside a document: comments on it or on words of it, and marks, which are comments without a text.

use std::ops::Range;
use std::sync::Arc;

use super::history::EditId;

/// What a comment stands on. There is at most one comment on each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Anchor {
    /// The document as a whole.
    Document,
    /// Neighbouring words.
    Words {
        /// Index of the first.
        first: u32,
        /// Index of the last.
        last: u32,
    },
}

impl Anchor {
    /// The words from `first` to `last`.
    pub fn words(first: usize, last: usize) -> Self {
        Self::Words { first: first as u32, last: last as u32 }
    }

    /// Indices of its words; none for the document.
    pub fn range(self) -> Option<Range<usize>> {
        match self {
            Self::Document => None,
            Self::Words { first, last } => Some(first as usize..last as usize + 1),
        }
    }
}

/// A comment, or a mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// What it says; nothing for a mark.
    pub text: Arc<str>,
    /// The edit that made it: the key to who and when.
    pub edit: EditId,
}

impl Comment {
    /// Whether it only marks a place.
    pub fn is_mark(&self) -> bool {
        self.text.is_empty()
    }
}

/// What one edit does to one comment.
#[derive(Clone, Debug, PartialEq)]
pub struct CommentChange {
    /// Where it stands.
    pub anchor: Anchor,
    /// The comment before; `None` where there was none.
    pub before: Option<Comment>,
    /// The comment after.
    pub after: Option<Comment>,
}
