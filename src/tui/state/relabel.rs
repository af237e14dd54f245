//! Working on the labels themselves.

use crate::domain::{Cell, Decision, Threshold};
use crate::inference::protocol::Turn;
use crate::tui::state::{Mode, State};

/// What is being done in the list of labels. Its cursor is [`super::Schemes::label`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doing {
    /// The labels are looked at.
    Looking,
    /// Something of the label under the cursor is typed.
    Typing {
        /// What.
        field: Field,
        /// As far as it was typed.
        text: String,
    },
    /// The label that another is to be merged into is chosen with the cursor.
    Merging {
        /// The other label.
        from: String,
    },
    /// The threshold of the label under the cursor is set.
    Threshold {
        /// As it stands.
        value: Threshold,
        /// What it would change, as far as that is known.
        affected: Affected,
    },
    /// The store counts the decisions of a label that is to be deleted.
    Deleting {
        /// The label.
        label: String,
    },
}

/// What can be typed of a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The name of a new one.
    New,
    /// Its name.
    Name,
    /// Its description.
    Description,
    /// Its colour.
    Color,
    /// Its key: the next character.
    Key,
}

/// How many words another threshold would change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Affected {
    /// Undecided words of the note on screen.
    pub here: usize,
    /// Undecided words of all notes that the model holds, and how many notes these are; `None` while they are counted.
    pub all: Option<(usize, usize)>,
}

/// The threshold that is being tried, and what it would change, also while the help lies over that.
pub fn trying(mode: &Mode) -> Option<(Threshold, Affected)> {
    match mode {
        Mode::Relabel(Doing::Threshold { value, affected }) => Some((*value, *affected)),
        Mode::Help { from, .. } => trying(from),
        Mode::Palette(palette) => trying(&palette.from),
        _ => None,
    }
}

/// The same, to be changed.
pub fn tried(mode: &mut Mode) -> Option<&mut Affected> {
    match mode {
        Mode::Relabel(Doing::Threshold { affected, .. }) => Some(affected),
        Mode::Help { from, .. } => tried(from),
        Mode::Palette(palette) => tried(&mut palette.from),
        _ => None,
    }
}

impl State {
    /// From which probability on a label is shown: what was set for it, or what the model has.
    pub fn threshold(&self, label: usize) -> f32 {
        let own = self.scheme.labels.get(label).and_then(|label| label.threshold).map(Threshold::get);
        let using = || self.work.using.as_ref().and_then(|using| using.thresholds.get(label).copied());
        own.or_else(using).unwrap_or(0.5)
    }

    /// How many words of the note on screen would have a label, or lose it, if its threshold were `value`. Of the others only the
    /// model's thread can tell.
    pub fn affected(&self, label: usize, value: Threshold) -> Affected {
        let (before, after) = (self.threshold(label), value.get());
        let turns = |p: Option<f32>| p.is_some_and(|p| (p >= before) != (p >= after));
        let mut affected = Affected::default();
        if let Some(open) = &self.open
            && let Some(predictions) = &open.predictions
        {
            let words = (0..open.words.len()).filter(|&word| open.words[word].alphanumeric);
            let undecided = |&word: &usize| open.annotations.decision(Cell::new(word, label)) == Decision::Unknown;
            let probability = |word: usize| predictions.word(word).and_then(|row| row.get(label).copied());
            affected.here = words.filter(undecided).filter(|&word| turns(probability(word))).count();
        }
        affected
    }

    /// The threshold that is being tried, as the model's thread knows it; `None` if its head has no such label.
    pub fn turn(&self) -> Option<Turn> {
        let (value, _) = trying(&self.mode)?;
        let label = self.schemes.label;
        let column = (*self.work.using.as_ref()?.columns.get(label)?)?;
        Some(Turn { label: column, before: self.threshold(label), after: value.get() })
    }
}
