//! BALD by dropout: where heads that could as well have been learned disagree, each being sure of itself.
//!
//! Houlsby et al., "Bayesian Active Learning for Classification and Preference Learning" (2011); dropout as draws from
//! the posterior: Gal, Islam & Ghahramani, "Deep Bayesian Active Learning with Image Data" (ICML 2017). The draws are
//! thinned copies of the head. What no head can know (noise) is no reason here, unlike under entropy.

use super::{Needs, Strategy};

/// Where thinned heads disagree.
pub const STRATEGY: Strategy = Strategy {
    name: "bald",
    about: "where thinned copies of the model disagree",
    needs: Needs { draws: true, ..Needs::NOTHING },
    scores: |request| request.by_word(|word| word.disagreement),
    reason: |item, _| {
        format!("the model is in doubt here: thinned copies of it disagree by {:.3} bits a word", item.mean().disagreement)
    },
};
