//! What is known of one word. Whoever asks several things of a word finds its decisions once.

use super::annotation::{Decided, WordState};
use super::label::LabelSet;

/// The decisions on one word: a human's, and those of an import.
#[derive(Clone, Debug)]
pub struct OnWord<'a> {
    /// The human decisions, by label.
    pub human: Vec<(usize, &'a Decided)>,
    /// The labels that the import gives the word; `None` where it says nothing of the word.
    pub(super) present: Option<LabelSet>,
    /// The labels that the import says of every word whether it has them; `None` where there is no import.
    pub(super) complete: Option<LabelSet>,
}

impl OnWord<'_> {
    /// The labels that are decided, and of these the ones that the word has: for each label what
    /// [`Annotations::decision`](super::Annotations::decision) says.
    pub fn decisions(&self) -> (LabelSet, LabelSet) {
        let mut present = self.present.unwrap_or_default();
        let mut decided = self.complete.unwrap_or_default();
        present.iter().for_each(|label| decided.insert(label));
        for &(label, human) in &self.human {
            decided.insert(label);
            if human.present {
                present.insert(label);
            } else {
                present.remove(label);
            }
        }
        (decided, present)
    }

    /// The labels shown, of so many: decided ones as decided, the others as predicted.
    pub fn shown(&self, labels: usize, predicted: LabelSet) -> LabelSet {
        let mut shown = match self.complete {
            None => predicted,
            Some(complete) => {
                let present = self.present.unwrap_or_default();
                let known = |label: usize| complete.contains(label) || present.contains(label);
                (0..labels).filter(|&l| if known(l) { present.contains(l) } else { predicted.contains(l) }).collect()
            }
        };
        for &(label, human) in &self.human {
            if human.present {
                shown.insert(label);
            } else {
                shown.remove(label);
            }
        }
        shown
    }

    /// What the decisions amount to, beside what the model predicts here.
    pub fn state(&self, predicted: LabelSet) -> WordState {
        if !self.human.is_empty() {
            let corrects = self.human.iter().any(|(_, human)| human.corrects());
            return if corrects { WordState::Corrected } else { WordState::Accepted };
        }
        let imported = self.present.is_some() || self.complete.is_some_and(|complete| !complete.is_empty());
        match imported {
            true => WordState::Imported,
            false if predicted.is_empty() => WordState::Undecided,
            false => WordState::Predicted,
        }
    }
}
