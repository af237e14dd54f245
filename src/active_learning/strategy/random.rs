//! By lot: the baseline, and the only order under which the metrics of what was reviewed speak of the whole corpus.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{Needs, Request, Strategy};

/// By lot.
pub const STRATEGY: Strategy = Strategy {
    name: "random",
    about: "by lot, so that what is reviewed speaks of the whole",
    needs: Needs::NOTHING,
    scores,
    reason: |_, _| "drawn by lot".into(),
};

fn scores(request: &Request<'_>) -> Vec<f64> {
    let mut generator = ChaCha8Rng::seed_from_u64(request.seed);
    request.pool.items.iter().map(|_| generator.random_range(0.0..1.0)).collect()
}
