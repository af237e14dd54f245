//! The guide beside the note: what labels mean, with examples, or the project's guidelines.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::domain::spans::Labelled;
use crate::domain::{Cell, Decision, LabelSet};
use crate::formats::markdown::Block;
use crate::tui::state::open::Basis;
use crate::tui::state::{OpenDocument, State};
use crate::tui::view::GuideLine;

/// So many examples of a label are shown.
pub const EXAMPLES: usize = 8;

/// A word is an example of what the model predicts from this probability on.
pub const LIKELY: f32 = 0.9;

/// What the guide tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// The labels of the word under the cursor, or a chosen one.
    Labels,
    /// The project's guidelines.
    Guidelines,
}

/// Where the guidelines are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// In a file, which need not be there.
    File(Arc<Path>),
    /// In the program.
    Text(&'static str),
}

/// The guide.
#[derive(Clone, Debug, Default)]
pub struct Guide {
    /// What it tells of, while it is shown.
    pub topic: Option<Topic>,
    /// The label that was chosen for it, by its index; else it follows the cursor.
    pub chosen: Option<usize>,
    /// The first line shown.
    pub scroll: usize,
    /// Where the guidelines are; `None` where no place for them is known.
    pub source: Option<Source>,
    /// The guidelines, once they are read.
    pub guidelines: Option<Arc<[Block]>>,
    /// The guidelines broken into lines, and for how many columns: they may be long, and are the same from key to key.
    pub page: Option<(u16, Arc<[GuideLine]>)>,
    /// Examples that the project has in its documents, by label, as far as they have come.
    pub known: BTreeMap<usize, Vec<String>>,
    /// Examples in the document on screen, by label.
    pub here: BTreeMap<usize, Here>,
    /// The document that `here` was taken from, and what its labels depend on.
    pub basis: Option<(usize, Basis)>,
}

/// What the document on screen has of a label, each text once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Here {
    /// What people have decided.
    pub decided: Vec<String>,
    /// What came with the notes.
    pub imported: Vec<String>,
    /// What the model predicts with at least [`LIKELY`], and nobody has decided.
    pub predicted: Vec<String>,
}

impl Here {
    /// The examples of a label in a document.
    pub fn of(open: &OpenDocument, label: usize) -> Self {
        let cell = |word: usize| Cell::new(word, label);
        let decided = |word| open.annotations.decided(cell(word)).is_some_and(|decided| decided.present);
        let present = |word| open.annotations.decision(cell(word)) == Decision::Present;
        let likely = |word| {
            let probability = open.shown().probability(word, label);
            open.annotations.decision(cell(word)) == Decision::Unknown && probability.is_some_and(|p| p >= LIKELY)
        };
        Self {
            decided: phrases(open, label, decided),
            imported: phrases(open, label, |word| present(word) && !decided(word)),
            predicted: phrases(open, label, likely),
        }
    }
}

/// The first different phrases whose words are all so.
fn phrases(open: &OpenDocument, label: usize, is_so: impl Fn(usize) -> bool) -> Vec<String> {
    let (text, words) = (&*open.document.text, &*open.words);
    let labels = |word: usize| if is_so(word) { [label].into_iter().collect() } else { LabelSet::EMPTY };
    let mut found = Vec::new();
    for run in (Labelled { text, words, labels }).runs(label) {
        add(&mut found, &text[words[*run.start()].start..words[*run.end()].end]);
        if found.len() == EXAMPLES {
            break;
        }
    }
    found
}

/// Adds a text that is not there yet.
pub fn add(found: &mut Vec<String>, text: &str) {
    if found.len() < EXAMPLES && !found.iter().any(|known| known.to_lowercase() == text.to_lowercase()) {
        found.push(text.to_owned());
    }
}

impl Guide {
    /// The labels that it tells of at length: the chosen one, the one that is read alone, or those of the word under the
    /// cursor; `None` where it lists all of them.
    pub fn labels(&self, state: &State) -> Option<Vec<usize>> {
        let alone = || state.open.as_ref().and_then(|open| open.reading.focus());
        let one = self.chosen.or_else(alone).filter(|&label| label < state.scheme.len());
        let of_word = || {
            let open = state.open.as_ref()?;
            Some(open.labels(open.word()?)).filter(|labels| !labels.is_empty())
        };
        match one {
            Some(label) => Some(vec![label]),
            None => of_word().map(|labels| labels.iter().collect()),
        }
    }
}
