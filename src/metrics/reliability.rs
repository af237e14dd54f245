//! Calibration of each label's probabilities, and beside it that of the same head before it was calibrated.

use serde::Serialize;
use serde::ser::Serializer;

use super::calibration::Calibration;
use crate::domain::{LabelSet, Predictions, Words};

/// One label's calibration, or that of all together. Serialises as the calibration with a field `uncalibrated`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Reliability {
    /// Of the probabilities as they are.
    #[serde(flatten)]
    pub calibration: Calibration,
    /// Of the same head's probabilities before its calibration, if it has one.
    pub uncalibrated: Option<Calibration>,
}

/// Adds up the cells of documents, label by label.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reliabilities(Vec<Reliability>);

impl Reliabilities {
    /// Adds the alphanumeric words of one document. `gold` holds a set a word; `predictions` a column a label, and
    /// `uncalibrated` likewise. Words that are not predicted are passed over.
    pub fn add(&mut self, words: &Words, gold: &[LabelSet], predictions: &Predictions, uncalibrated: Option<&Predictions>) {
        self.0.resize(self.0.len().max(predictions.labels()), Reliability::default());
        let scored = words.iter().zip(gold).enumerate().filter(|(_, (word, _))| word.alphanumeric);
        for (word, (_, gold)) in scored {
            for (label, &probability) in predictions.word(word).unwrap_or_default().iter().enumerate() {
                self.0[label].calibration.add(probability, gold.contains(label));
            }
            for (label, &probability) in uncalibrated.and_then(|it| it.word(word)).unwrap_or_default().iter().enumerate() {
                self.0[label].uncalibrated.get_or_insert_default().add(probability, gold.contains(label));
            }
        }
    }

    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// That of a label; `None` for one of which nothing was predicted.
    pub fn label(&self, label: usize) -> Option<&Reliability> {
        self.0.get(label)
    }

    /// All labels together.
    pub fn all(&self) -> Reliability {
        let mut all = Reliability::default();
        for Reliability { calibration, uncalibrated } in &self.0 {
            all.calibration += calibration;
            if let Some(uncalibrated) = uncalibrated {
                *all.uncalibrated.get_or_insert_default() += uncalibrated;
            }
        }
        all
    }
}

impl Serialize for Reliabilities {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.all().serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokenization::segment;

    #[test]
    fn labels_and_the_head_before_its_calibration_are_told_apart() {
        let words = segment("pain, fever");
        let gold = ["ab", "", "b"].map(|names| names.bytes().map(|name| usize::from(name - b'a')).collect::<LabelSet>());
        let sure = Predictions::new(0, 2, vec![1.0, 1.0, 0.5, 0.5, 0.0, 1.0]);
        let timid = Predictions::new(0, 2, vec![0.5; 6]);
        let mut found = Reliabilities::default();
        assert!(found.is_empty());
        found.add(&words, &gold, &sure, Some(&timid));
        assert_eq!(found.label(0).unwrap().calibration.brier(), Some(0.0), "the comma doesn't count");
        assert_eq!(found.label(1).unwrap().uncalibrated.unwrap().brier(), Some(0.25));
        assert_eq!((found.label(2), found.all().calibration.shown()), (None, 3));
        let json = serde_json::to_value(&found).unwrap();
        assert_eq!((&json["error"], &json["uncalibrated"]["cells"]), (&0.0.into(), &4.into()));
        let mut alone = Reliabilities::default();
        alone.add(&words, &gold, &sure, None);
        assert!(serde_json::to_value(&alone).unwrap()["uncalibrated"].is_null());
    }
}
