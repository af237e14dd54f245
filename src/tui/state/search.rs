//! A search within the document on screen.

use std::ops::Range;

use crate::domain::LabelScheme;
use crate::domain::pattern::Problem;
use crate::tui::state::open::Basis;

/// A query that begins so asks for words with a label.
pub const BY_LABEL: &str = "label:";

/// What is searched, and where it stands in the document on screen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Search {
    /// What is searched, as typed: a regular expression, or `label:` and the name of a label.
    pub query: String,
    /// What is wrong with the query, if anything is: then it is searched as plain text, or nothing is.
    pub problem: Option<Problem>,
    /// Bytes of the text of each hit, in order, apart: what is marked.
    pub hits: Vec<Range<usize>>,
    /// The words that the hits lead to, in order, each once: what is counted and walked.
    pub places: Vec<usize>,
    /// What the hits of a label were derived from.
    pub basis: Option<Basis>,
    /// Where the cursor stood when the search box was opened: Esc goes back there.
    pub origin: usize,
}

impl Search {
    /// The place to go to from a word on: the first one there or further down, else the first of all.
    pub fn place_from(&self, word: usize) -> Option<usize> {
        let from = self.places.partition_point(|&place| place < word);
        self.places.get(from).or(self.places.first()).copied()
    }

    /// The label that the query asks for, by its name or the beginning of it in whatever case; `None` where it asks for
    /// text, `Some(None)` where no label is called so.
    pub fn label(&self, scheme: &LabelScheme) -> Option<Option<usize>> {
        let wanted = self.query.strip_prefix(BY_LABEL)?.trim().to_lowercase();
        let position = |fits: &dyn Fn(&str) -> bool| scheme.names().position(|name| fits(&name.to_lowercase()));
        let begins = || position(&|name| !wanted.is_empty() && name.starts_with(&wanted));
        Some(position(&|name| name == wanted).or_else(begins))
    }
}
