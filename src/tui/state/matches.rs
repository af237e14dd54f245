//! The places that are to have a label set, or taken, in one go.

use std::sync::Arc;

use crate::domain::Words;
use crate::domain::matches::Place;
use crate::store::protocol::Alike;

/// One place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// Index of its document.
    pub document: usize,
    /// Where in it, and what stands around it.
    pub place: Place,
    /// Whether it takes part.
    pub taken: bool,
}

/// Which notes the list covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The one on screen.
    Note,
    /// The others too; the store is still looking, and has looked through so many.
    Looking(usize),
    /// All.
    Corpus,
}

/// A label and the places that read alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matches {
    /// What is looked for, and the label.
    pub alike: Arc<Alike>,
    /// What stands at each place, as it stands under the cursor.
    pub phrase: String,
    /// The words of the document on screen.
    pub among: Arc<Words>,
    /// Which notes it covers.
    pub reach: Reach,
    /// The places: those of the note on screen first.
    pub list: Vec<Match>,
    /// Index in `list` of the list's cursor.
    pub cursor: usize,
}

impl Matches {
    /// The places that take part.
    pub fn taken(&self) -> impl Iterator<Item = &Match> {
        self.list.iter().filter(|found| found.taken)
    }
}
