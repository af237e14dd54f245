//! Least confidence: where the set that is shown is least probable.
//!
//! Culotta & McCallum, "Reducing Labeling Effort for Structured Prediction Tasks" (AAAI 2005), for a word's label set
//! instead of a sentence's label sequence.

use super::{Needs, Strategy, percent};

/// Where the shown sets are least probable.
pub const STRATEGY: Strategy = Strategy {
    name: "least-confidence",
    about: "where the labels shown are least probable",
    needs: Needs::NOTHING,
    scores: |request| request.by_word(|word| word.least_confidence),
    reason: |item, _| format!("the labels of a word are wrong with {}", percent(item.mean().least_confidence)),
};
