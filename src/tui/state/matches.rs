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
    /// Those that the queue shows.
    Queue,
    /// All.
    Corpus,
}

/// How far the store has come with looking through the other notes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Looked {
    /// It was not asked.
    No,
    /// It is still looking, and has looked through so many.
    At(usize),
    /// It has looked through so many, and the list is long enough.
    Enough(usize),
    /// It has looked through all.
    All,
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
    /// How many were looked through.
    pub looked: Looked,
    /// The places: those of the note on screen first.
    pub list: Vec<Match>,
    /// Those that were found in notes that it does not cover.
    pub elsewhere: Vec<Match>,
    /// Index in `list` of the list's cursor.
    pub cursor: usize,
}

impl Matches {
    /// Has the list cover other notes: those that `covers` says. The cursor stays on its place, if that is among them.
    pub fn reach(&mut self, reach: Reach, covers: impl Fn(usize) -> bool) {
        self.reach = reach;
        let own = self.alike.besides;
        let at = self.list.get(self.cursor).map(|found| (found.document, found.place.words.clone()));
        let mut all: Vec<Match> = self.list.drain(..).chain(self.elsewhere.drain(..)).collect();
        all.sort_by_key(|found| (found.document != own, found.document, found.place.words.first().copied()));
        (self.list, self.elsewhere) = all.into_iter().partition(|found| match reach {
            Reach::Note => found.document == own,
            Reach::Queue | Reach::Corpus => found.document == own || covers(found.document),
        });
        let again = self.list.iter().position(|found| Some((found.document, found.place.words.clone())) == at);
        self.cursor = again.unwrap_or(0);
    }

    /// The places that take part.
    pub fn taken(&self) -> impl Iterator<Item = &Match> {
        self.list.iter().filter(|found| found.taken)
    }
}
