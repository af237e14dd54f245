//! A search within the document on screen.

use std::ops::Range;

/// What is searched, and where it stands in the document on screen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// The text searched, as typed; upper and lower case are the same.
    pub query: String,
    /// Bytes of the text of each hit, in order, apart.
    pub hits: Vec<Range<usize>>,
    /// Where the cursor stood when the search box was opened: Esc goes back there.
    pub origin: usize,
}
