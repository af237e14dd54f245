//! Label-cardinality inconsistency: where words show more or fewer labels than decided words carry.
//!
//! Li & Guo, "Active Learning with Multi-Label SVM Classification" (IJCAI 2013): |number of labels shown − mean number of
//! labels of the labelled instances|, here with words for instances. As there it is taken times the margin's
//! uncertainty (their combination with weight ½), else all words of one cardinality would be tied.

use super::{Needs, Strategy};

/// Where words show an unusual number of labels.
pub const STRATEGY: Strategy = Strategy {
    name: "cardinality",
    about: "where words show more or fewer labels than decided words carry",
    needs: Needs { vectors: false, draws: false },
    scores: |request| request.by_word(|word| (word.cardinality * word.margin).sqrt()),
    reason: |item, decided| {
        let (off, usual) = (item.mean().cardinality, decided.cardinality());
        format!("a word shows {off:.1} labels more or fewer than the usual {usual:.1}")
    },
};
