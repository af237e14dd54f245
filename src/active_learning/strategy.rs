//! Acquisition functions: what to review next.
//!
//! Each is a [`Strategy`] in a file of its own, with its source. All of them are for several labels a word, say how much
//! a word of an item is worth on average, and are then taken per [cost](super::cost): a long note is not better for being
//! long, nor a note that takes many keys for being wrong. Greater is better throughout.

pub mod bald;
pub mod cardinality;
pub mod clustering;
pub mod core_set;
pub mod cvirs;
pub mod entropy;
pub mod expected_edits;
pub mod hybrid;
pub mod least_confidence;
pub mod margin;
pub mod random;

use std::cmp::Ordering;

use super::cost::{Cost, Per};
use super::decided::DecidedWords;
use super::item::Item;
use super::score::WordScore;

/// An acquisition function.
pub struct Strategy {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it looks for, in a sentence.
    pub about: &'static str,
    /// What it needs to know of words, beside their probabilities.
    pub needs: Needs,
    /// A score for each item of the pool, the greatest first to be reviewed.
    scores: fn(&Request<'_>) -> Vec<f64>,
    /// Why an item stands where it stands, for the annotator: the beginning of a sentence.
    reason: fn(&Item, &Request<'_>) -> String,
}

impl std::fmt::Debug for Strategy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// What a strategy wants to be told of words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Their vectors.
    pub vectors: bool,
    /// How much dropout draws of the head disagree on them.
    pub draws: bool,
    /// How they compare with what is decided.
    pub decided: bool,
}

impl Needs {
    /// Their probabilities tell enough.
    const NOTHING: Self = Self { vectors: false, draws: false, decided: false };
}

/// What there is to choose from.
#[derive(Clone, Copy, Debug)]
pub struct Pool<'a> {
    /// Documents or passages; those without an undecided word are passed over.
    pub items: &'a [Item],
    /// What is decided already.
    pub decided: &'a DecidedWords,
    /// By what usefulness is divided.
    pub per: Per,
}

/// A pool to score, and for what.
struct Request<'a> {
    pool: Pool<'a>,
    /// How many items will be reviewed before the next ranking: the order of the others matters less.
    first: usize,
    seed: u64,
    /// Undecided words of an item, in the mean; 1 where nothing is left.
    typical: f64,
}

/// An item in its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranked {
    /// Its index in the pool.
    pub item: usize,
    /// Its score by the strategy, per cost.
    pub score: f64,
    /// What reviewing it is expected to cost.
    pub cost: Cost,
    /// Why it stands here, in a sentence for the annotator.
    pub reason: String,
}

/// All strategies, the one that is used where none is named last: whoever goes through them from there meets chance first.
pub const STRATEGIES: [&Strategy; 11] = [
    &random::STRATEGY,
    &least_confidence::STRATEGY,
    &margin::STRATEGY,
    &expected_edits::STRATEGY,
    &cardinality::STRATEGY,
    &cvirs::STRATEGY,
    &entropy::STRATEGY,
    &core_set::STRATEGY,
    &clustering::STRATEGY,
    &hybrid::STRATEGY,
    &bald::STRATEGY,
];

/// The one that is used where none is named. Of all, it came to 98% of the full-data micro-F1 with the fewest edits (0.82 of
/// chance's), few words to read (0.62) and few keys (0.77), in `chartmark simulate` on adverse events, two seeds, a head from
/// nothing that learns as on the screen. Up to 95% nothing needs fewer edits than chance: the words that a head is unsure of are
/// those that it is wrong about.
pub const DEFAULT: &Strategy = &bald::STRATEGY;

/// The strategy of this name.
pub fn by_name(name: &str) -> Option<&'static Strategy> {
    STRATEGIES.into_iter().find(|strategy| strategy.name == name)
}

/// Why an item stands where it stands while the head knows nothing.
pub const NOTHING_LEARNED: &str = "nothing is learned yet; by lot";

/// What those say that compare with decided words, while there are none.
const NOTHING_DECIDED: &str = "nothing is decided yet to compare with";

/// Probabilities, and bits of disagreement a word, that differ by no more are the same: single precision is no finer.
const ROUNDING: f32 = 1e-6;

/// The order in which to review the pool's items, best first, equal ones as they stand. `first` is how many will be reviewed before the next
/// ranking: strategies that choose one item in view of another make that many choices with care. While the head has learned nothing
/// that the strategy could go by, the order is by lot. The same arguments give the same order.
pub fn rank(strategy: &Strategy, pool: &Pool<'_>, first: usize, seed: u64) -> Vec<Ranked> {
    let request = Request::new(pool, first, seed);
    let by_lot = nothing_learned(strategy, pool);
    let explain = |(item, score)| Ranked {
        item,
        score,
        cost: pool.items[item].cost,
        reason: if by_lot { lot_reason(&pool.items[item]) } else { reason(strategy, &request, item) },
    };
    ordered(strategy, &request, by_lot).into_iter().map(explain).collect()
}

/// As [`rank`], without the sentences: indices and scores.
pub fn order(strategy: &Strategy, pool: &Pool<'_>, first: usize, seed: u64) -> Vec<(usize, f64)> {
    ordered(strategy, &Request::new(pool, first, seed), nothing_learned(strategy, pool))
}

fn ordered(strategy: &Strategy, request: &Request<'_>, by_lot: bool) -> Vec<(usize, f64)> {
    let scores = if by_lot { (random::STRATEGY.scores)(request) } else { (strategy.scores)(request) };
    let left = |(item, _): &(usize, f64)| request.pool.items[*item].words > 0;
    let mut order: Vec<(usize, f64)> = scores.into_iter().enumerate().filter(left).collect();
    order.sort_by(|a, b| descending(a.1, b.1).then(a.0.cmp(&b.0)));
    if by_lot {
        // What was drawn says nothing of the item.
        order.iter_mut().for_each(|(_, score)| *score = 0.0);
    }
    order
}

/// Whether a strategy would hold items against each other by a head that tells none from another: one that has learned nothing
/// says the same of every cell, and thinned copies of it agree on all. Then the corpus's order would decide, and pass for doubt.
/// Vectors differ from the first, whatever the head knows.
fn nothing_learned(strategy: &Strategy, pool: &Pool<'_>) -> bool {
    let left = || pool.items.iter().filter(|item| item.words > 0);
    match strategy.needs {
        _ if strategy.name == random::STRATEGY.name => false,
        Needs { vectors: true, .. } => false,
        // Not by their probabilities: seed terms raise some of them before anything is learned.
        Needs { draws: true, .. } => left().all(|item| item.mean().disagreement <= f64::from(ROUNDING)),
        Needs { .. } => {
            let spans = left().filter_map(|item| item.span);
            let (low, high) = spans.fold((1.0f32, 0.0f32), |all, span| (all.0.min(span.0), all.1.max(span.1)));
            high - low <= ROUNDING
        }
    }
}

/// What a place by lot is told with: corrections can't be foreseen.
fn lot_reason(item: &Item) -> String {
    format!("{NOTHING_LEARNED}; {} undecided {}", item.words, words(item))
}

fn reason(strategy: &Strategy, request: &Request<'_>, item: usize) -> String {
    let it = &request.pool.items[item];
    let corrections = match it.cost.corrections.round() {
        0.0 => "hardly a correction".to_owned(),
        1.0 => "about one correction".to_owned(),
        many => format!("about {many:.0} corrections"),
    };
    format!("{}; {corrections} expected in {} undecided {}", (strategy.reason)(it, request), it.words, words(it))
}

fn words(item: &Item) -> &'static str {
    if item.words == 1 { "word" } else { "words" }
}

impl<'a> Request<'a> {
    fn new(pool: &Pool<'a>, first: usize, seed: u64) -> Self {
        let left = pool.items.iter().filter(|item| item.words > 0);
        let (items, words) = left.fold((0, 0.0), |(items, words), item| (items + 1, words + f64::from(item.words)));
        Self { pool: *pool, first, seed, typical: if items == 0 { 1.0 } else { words / f64::from(items) } }
    }
}

impl Request<'_> {
    /// Scores by the mean of a measure over an item's words, per cost.
    fn by_word(&self, value: impl Fn(&WordScore) -> f64) -> Vec<f64> {
        self.by_item(|item| value(&item.mean()))
    }

    /// Scores by what a word of an item is worth, per cost.
    fn by_item(&self, value: impl Fn(&Item) -> f64) -> Vec<f64> {
        self.pool.items.iter().map(|item| value(item) * self.pool.worth(item)).collect()
    }
}

impl Pool<'_> {
    /// How many words a unit of cost buys in an item.
    fn worth(&self, item: &Item) -> f64 {
        f64::from(item.words) / self.per.of(&item.cost)
    }
}

/// The greater first; what is not a number last.
fn descending(a: f64, b: f64) -> Ordering {
    let known = |x: f64| if x.is_nan() { f64::NEG_INFINITY } else { x };
    known(b).total_cmp(&known(a))
}

/// A share in percent, for sentences.
fn percent(share: f64) -> String {
    format!("{:.0}%", 100.0 * share)
}

#[cfg(test)]
mod tests;
