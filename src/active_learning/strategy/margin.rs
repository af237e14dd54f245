//! Margin, or breaking ties: where the two most probable sets are nearly equally probable.
//!
//! Scheffer, Decomain & Wrobel, "Active Hidden Markov Models for Information Extraction" (IDA 2001); Luo et al., "Active
//! Learning to Recognize Multiple Types of Plankton" (JMLR 2005). The second set differs from the first in the one
//! label that is least certain.

use super::{Needs, Strategy, percent};

/// Where two sets are nearly equally probable.
pub const STRATEGY: Strategy = Strategy {
    name: "margin",
    about: "where the two most probable label sets are nearly tied",
    needs: Needs::NOTHING,
    scores: |request| request.by_word(|word| word.margin),
    reason: |item, _| format!("the best label set of a word leads the next by {}", percent(1.0 - item.mean().margin)),
};
