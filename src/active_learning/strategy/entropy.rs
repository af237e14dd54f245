//! Entropy: where most bits are missing to know the label sets.
//!
//! Total token entropy of Settles & Craven, "An Analysis of Active Learning Strategies for Sequence Labeling Tasks"
//! (EMNLP 2008), with the entropy of a word's set: the sum of its labels', which are independent given the word.

use super::{Needs, Strategy};

/// Where most bits are missing.
pub const STRATEGY: Strategy = Strategy {
    name: "entropy",
    about: "where most is unknown of the label sets, in bits",
    needs: Needs::NOTHING,
    scores: |request| request.by_word(|word| word.entropy),
    reason: |item, _| format!("the labels of a word are unknown by {:.2} bits", item.mean().entropy),
};
