//! Expected edits: where most cells are expected to be corrected.
//!
//! The expected Hamming loss of what is shown, under the model's own probabilities: the multi-label form of the "expected
//! number of edits" by which Liu & Wong (10.1093/jamia/ocae197) count an annotator's work; cost-sensitive as in Settles, Craven &
//! Friedland, "Active Learning with Real Annotation Costs" (NIPS workshop 2008). Taken per second, it asks for text whose
//! errors are quick to correct.

use super::{Needs, Strategy};

/// Where most is expected to be corrected.
pub const STRATEGY: Strategy = Strategy {
    name: "expected-edits",
    about: "where most labels are expected to be wrong",
    needs: Needs::NOTHING,
    scores: |request| request.by_word(|word| word.edits),
    reason: |item, _| format!("{:.0} in 100 words need an edit", 100.0 * item.mean().edits),
};
