//! How many keys a note asks for: typed on our screen, from what the model predicts to what gold says, and on the screen
//! of SLATE, where an annotator labels the same words from nothing.
//!
//! # What is counted
//!
//! - One key pressed is one key, with Shift or Ctrl or without. `Space` and a letter are two, a digit is one.
//! - The annotator reads the note and sees what is wrong in it; she makes no mistake. From where the cursor stands she takes
//!   the shortest way that the tool's own keys offer: no jump knows where the next error is. Tab leads to where the
//!   *model* is unsure, `w` to where a label that is shown begins, and so on (`MOVES`).
//! - She goes through the note from its beginning: whatever she does next puts the first word right that is still wrong,
//!   alone or with words behind it. Which selection she makes, with which keys, which labels she toggles on it, and
//!   whether she has the same done at all places that read alike (`*`), is searched for (`plan`): of the ways to come
//!   as far, the few that look cheapest are followed. So a count is that of keys which do it, and nobody says that fewer
//!   would not.
//! - Ours ends with reading on to the end of the note, which the screen asks for, and the key that accepts the rest and
//!   goes to the next note. In SLATE reading is free, and the note ends with the key that saves it and opens the next.
//! - SLATE is given the same search, a screen as wide as the whole terminal, and the benefit of the doubt where its manual
//!   leaves any (`slate`).
//!
//! That it is no made-up count is checked each time: the keys are typed into a fresh screen with our keymap, each through
//! [`update`](crate::tui::update::update()), and what is decided in the end must be gold, cell by cell (`typed`).

mod ours;
mod plan;
mod slate;

use std::sync::Arc;

use crate::domain::{Document, LabelScheme, LabelSet, Predictions, Words};
use crate::tui::keymap::{Key, Keymap};

/// Columns and rows of the terminal, for both.
pub const SCREEN: (u16, u16) = (120, 40);

/// A note, what is predicted for it, and what is right.
#[derive(Clone, Debug)]
pub struct Task {
    /// The note.
    pub document: Arc<Document>,
    /// Its words.
    pub words: Arc<Words>,
    /// The labels.
    pub scheme: Arc<LabelScheme>,
    /// The bindings.
    pub keymap: Arc<Keymap>,
    /// What the model says.
    pub predictions: Predictions,
    /// Its thresholds, one a label.
    pub thresholds: Arc<[f32]>,
    /// The labels of each word by gold.
    pub gold: Arc<[LabelSet]>,
}

impl Task {
    /// The words that are labelled and counted.
    fn real(&self) -> Vec<usize> {
        (0..self.words.len()).filter(|&word| self.words[word].alphanumeric).collect()
    }

    /// The same, with a model that has nothing to say.
    #[must_use]
    pub fn from_nothing(&self) -> Self {
        let silent = Predictions::new(0, self.scheme.len(), vec![0.0; self.words.len() * self.scheme.len()]);
        Self { predictions: silent, thresholds: vec![0.5; self.scheme.len()].into(), ..self.clone() }
    }
}

/// The keys for one note.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keystrokes {
    /// Words that are labelled and counted.
    pub words: usize,
    /// Words that are predicted otherwise than gold says.
    pub wrong: usize,
    /// Keys on our screen, in order.
    pub ours: Vec<Key>,
    /// How many of them move and select; the others label and accept.
    pub moving: usize,
    /// Number of keys in SLATE.
    pub slate: usize,
}

/// Plans a note's keys, and checks ours by typing them. `None` if they do not lead to gold.
pub fn count(task: &Task) -> Option<Keystrokes> {
    let real = task.real();
    let wrong = real.iter().filter(|&&word| task.predictions.predicted(word, &task.thresholds) != task.gold[word]).count();
    let ours = ours::plan(task)?;
    let moving = ours::moving(task, &ours);
    let slate = slate::plan(task)?.len();
    ours::typed(task, &ours).then_some(Keystrokes { words: real.len(), wrong, ours, moving, slate })
}

#[cfg(test)]
mod tests;
