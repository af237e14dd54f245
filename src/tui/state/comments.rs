//! What is written beside the documents: the comment at hand, and the list of all.

use crate::domain::Anchor;
use crate::store::CommentEntry;

/// A comment that is being written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Writing {
    /// What it stands on.
    pub anchor: Anchor,
    /// The words that it stands on unless it is about the whole document.
    pub words: Option<Anchor>,
    /// What is typed so far.
    pub text: String,
}

/// Everything that was written beside documents, as it was when it was last listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comments {
    /// In order of the corpus.
    pub list: Vec<CommentEntry>,
    /// Index in `list` of the list's cursor.
    pub cursor: usize,
}
