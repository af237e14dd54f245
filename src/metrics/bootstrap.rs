//! Paired bootstrap: is one version worse than another, or did the held-out documents just fall so?
//!
//! Words of one document depend on each other, so whole groups (documents, or passages where there are few) are drawn
//! with replacement, the same draw for both versions, and micro-F1 is computed afresh from the draw's counts. The
//! method is that of Efron & Tibshirani, *An Introduction to the Bootstrap* (1993), in the paired form that
//! Berg-Kirkpatrick, Burkett & Klein, "An Empirical Investigation of Statistical Significance in NLP" (EMNLP 2012),
//! describe. It asks the question directly (in what share of the draws is B below A?) instead of testing a null
//! hypothesis of no difference.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use super::counts::Counts;

/// How many draws are enough for a 90% statement.
pub const RESAMPLES: usize = 1000;

/// With fewer groups than this nothing can be told: draws from one or two groups are those groups again, and their interval
/// is as narrow as a point.
pub const FEWEST: usize = 5;

/// What the draws say of B beside A. Differences are `B − A` in micro-F1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// Share of the draws in which B is worse than A; an equal draw is not worse.
    pub worse: f64,
    /// The difference on the groups as they are.
    pub observed: f64,
    /// Mean difference over the draws.
    pub difference: f64,
    /// The 5th and 95th percentiles of the differences: a 90% interval.
    pub interval: (f64, f64),
    /// Number of groups drawn from.
    pub groups: usize,
}

/// What a comparison amounts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Finding {
    /// B is better: the whole interval lies above 0.
    Better,
    /// B is worse: the whole interval lies below 0.
    Worse,
    /// It can't be told.
    Unclear,
}

impl Comparison {
    /// What the differences of the draws, `resamples` of them, say beside the difference `observed` on the groups.
    pub(super) fn of(mut differences: Vec<f64>, observed: f64, groups: usize) -> Self {
        differences.sort_by(f64::total_cmp);
        let count = differences.len();
        let percentile = |share: f64| differences[(share * (count - 1) as f64).round() as usize];
        Self {
            worse: differences.partition_point(|&difference| difference < 0.0) as f64 / count as f64,
            observed,
            difference: differences.iter().sum::<f64>() / count as f64,
            interval: (percentile(0.05), percentile(0.95)),
            groups,
        }
    }

    /// Whether B is better or worse, or it can't be told. Swapping A and B swaps the answer.
    pub fn finding(&self) -> Finding {
        match self.interval {
            _ if self.too_few() => Finding::Unclear,
            (low, _) if low > 0.0 => Finding::Better,
            (_, high) if high < 0.0 => Finding::Worse,
            _ => Finding::Unclear,
        }
    }

    /// Whether there are too few groups to tell anything, whatever the draws say.
    pub fn too_few(&self) -> bool {
        self.groups < FEWEST
    }
}

/// The indices of one draw of `groups` groups with replacement.
pub(super) fn draw(random: &mut ChaCha8Rng, groups: usize) -> impl Iterator<Item = usize> {
    (0..groups).map(move |_| random.random_range(0..groups))
}

/// Compares B to A on the same groups: `groups` holds both versions' counts, (A, B), for each. The same seed gives the
/// same answer. `None` if there is no group or no draw.
pub fn compare(groups: &[(Counts, Counts)], seed: u64, resamples: usize) -> Option<Comparison> {
    if groups.is_empty() || resamples == 0 {
        return None;
    }
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let differences = (0..resamples).map(|_| difference(draw(&mut random, groups.len()).map(|group| groups[group]))).collect();
    Some(Comparison::of(differences, difference(groups.iter().copied()), groups.len()))
}

fn difference(groups: impl Iterator<Item = (Counts, Counts)>) -> f64 {
    let (mut a, mut b) = (Counts::default(), Counts::default());
    for (of_a, of_b) in groups {
        a += of_a;
        b += of_b;
    }
    b.f1() - a.f1()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn counts(tp: u64, fp: u64, fn_: u64) -> Counts {
        Counts { tp, fp, fn_, tn: 50 }
    }

    #[test]
    fn tells_worse_from_equal_from_better() {
        let good = |n: u64| counts(8 + n % 3, 1, 1);
        let poor = |n: u64| counts(3 + n % 2, 4, 6);
        let share = |a: fn(u64) -> Counts, b: fn(u64) -> Counts| {
            let groups: Vec<_> = (0..12).map(|n| (a(n), b(n))).collect();
            compare(&groups, 7, RESAMPLES).unwrap()
        };
        let worse = share(good, poor);
        assert_eq!(worse.worse, 1.0);
        assert!(worse.interval.1 < 0.0 && worse.interval.0 <= worse.difference && worse.difference <= worse.interval.1);
        let better = share(poor, good);
        assert_eq!(better.worse, 0.0);
        assert!(better.interval.0 > 0.0);
        let same = share(good, good);
        assert_eq!((same.worse, same.observed, same.interval), (0.0, 0.0, (0.0, 0.0)));
        assert_eq!([worse, better, same].map(|it| it.finding()), [Finding::Worse, Finding::Better, Finding::Unclear]);
    }

    #[test]
    fn few_groups_tell_nothing_however_far_apart() {
        let finding = |groups: usize| compare(&vec![(counts(8, 1, 1), counts(3, 4, 6)); groups], 7, RESAMPLES).unwrap().finding();
        assert_eq!([1, FEWEST - 1, FEWEST].map(finding), [Finding::Unclear, Finding::Unclear, Finding::Worse]);
    }

    #[test]
    fn one_lucky_document_does_not_settle_it() {
        let mut groups = vec![(counts(5, 2, 2), counts(5, 2, 2)); 4];
        groups.push((counts(4, 3, 3), counts(8, 0, 0)));
        groups.push((counts(6, 1, 2), counts(4, 3, 4)));
        let comparison = compare(&groups, 1, RESAMPLES).unwrap();
        assert!((0.1..0.9).contains(&comparison.worse), "{comparison:?}");
        assert_eq!(compare(&[], 1, RESAMPLES), None);
    }

    proptest! {
        #[test]
        fn the_seed_alone_decides_the_draws(seed in any::<u64>(), raw in prop::collection::vec((0u64..9, 0u64..9, 0u64..9), 1..9)) {
            let groups: Vec<_> = raw.iter().map(|&(x, y, z)| (counts(x, y, z), counts(z, x, y))).collect();
            let first = compare(&groups, seed, 50).unwrap();
            prop_assert_eq!(Some(first), compare(&groups, seed, 50));
            prop_assert!(first.interval.0 <= first.interval.1 && (0.0..=1.0).contains(&first.worse));
            let swapped: Vec<_> = groups.iter().map(|&(a, b)| (b, a)).collect();
            let swapped = compare(&swapped, seed, 50).unwrap();
            prop_assert!((first.difference + swapped.difference).abs() < 1e-12);
            prop_assert!(first.worse + swapped.worse <= 1.0 + 1e-12);
        }
    }
}
