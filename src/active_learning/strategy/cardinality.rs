//! Label-cardinality inconsistency: where words show more or fewer labels than decided words carry.
//!
//! Li & Guo, "Active Learning with Multi-Label SVM Classification" (IJCAI 2013): |number of labels shown − mean number of
//! labels of the labelled instances|, here with words for instances. As there it is taken times the margin's
//! uncertainty (their combination with weight ½), else all words of one cardinality would be tied.

use super::{NOTHING_DECIDED, Needs, Strategy};

/// Where words show an unusual number of labels.
pub const STRATEGY: Strategy = Strategy {
    name: "cardinality",
    about: "where words show more or fewer labels than decided words carry",
    needs: Needs { decided: true, ..Needs::NOTHING },
    scores: |request| request.by_word(|word| (word.cardinality * word.margin).sqrt()),
    reason: |item, request| {
        if request.pool.decided.words() == 0 {
            return format!("a word shows {:.1} labels; {NOTHING_DECIDED}", item.mean().cardinality);
        }
        let (off, usual) = (item.mean().cardinality, request.pool.decided.cardinality());
        format!("a word shows {off:.1} labels more or fewer than the usual {usual:.1}")
    },
};
