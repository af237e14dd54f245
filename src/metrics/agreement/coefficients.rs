//! Coefficients of agreement. Each is `None` where it is not defined: without cells, or where nothing varies, so that any
//! agreement is what chance would give.

use std::collections::BTreeMap;

use crate::domain::LabelSet;
use crate::metrics::Counts;

/// Cohen's kappa of two raters who say yes or no: κ = (pₒ − pₑ) / (1 − pₑ), where pₒ is the share of cells on which they
/// agree and pₑ the one that their own rates of yes would give by chance. Which of them is called gold makes no difference.
///
/// J. Cohen (1960), "A coefficient of agreement for nominal scales", Educational and Psychological Measurement 20(1), 37–46.
pub fn kappa(table: &Counts) -> Option<f64> {
    let cells = table.cells() as f64;
    let (one, other) = ((table.tp + table.fn_) as f64, (table.tp + table.fp) as f64);
    let chance = one * other + (cells - one) * (cells - other);
    let (agreed, all) = ((table.tp + table.tn) as f64 * cells, cells * cells);
    (chance < all).then(|| (agreed - chance) / (all - chance))
}

/// The mean of the kappas of pairs of raters, each weighted by its cells; pairs without one are left out. Of two raters it is
/// their kappa. The mean over pairs is that of R. J. Light (1971), "Measures of response agreement for qualitative data: some
/// generalizations and alternatives", Psychological Bulletin 76(5), 365–377; the weights are ours, since any two raters may
/// have decided more or less in common.
pub fn mean_kappa<'a>(tables: impl Iterator<Item = &'a Counts>) -> Option<f64> {
    let defined = tables.filter_map(|table| Some((kappa(table)?, table.cells() as f64)));
    let (sum, cells) = defined.fold((0.0, 0.0), |(sum, all), (kappa, cells)| (sum + kappa * cells, all + cells));
    (cells > 0.0).then(|| sum / cells)
}

/// 0 for equal values, 1 for others.
pub fn nominal<V: PartialEq>(one: V, other: V) -> f64 {
    if one == other { 0.0 } else { 1.0 }
}

/// The MASI distance of two sets: 1 − J·M, where J is the share of their labels that both have (Jaccard) and M is 1 for equal
/// sets, 2/3 where one holds the other, 1/3 where they only overlap, and 0 where they have nothing in common. Two empty sets
/// are equal.
///
/// R. Passonneau (2006), "Measuring agreement on set-valued items (MASI) for semantic and pragmatic annotation", LREC.
pub fn masi(one: LabelSet, other: LabelSet) -> f64 {
    if one == other {
        return 0.0;
    }
    let both = one.intersection(other);
    let monotonicity = if both == one || both == other { 2.0 / 3.0 } else { 1.0 / 3.0 };
    // Sets with nothing in common, of which one may be empty, have a J of 0 whatever M is.
    1.0 - monotonicity * both.len() as f64 / one.union(other).len() as f64
}

/// Krippendorff's alpha, of any number of raters, each of whom may have passed units over: α = 1 − Dₒ / Dₑ, where Dₒ is the
/// mean distance of two values of one unit, and Dₑ that of any two values. A unit with fewer than two values has no part in it.
///
/// K. Krippendorff (2011), "Computing Krippendorff's alpha-reliability", University of Pennsylvania, section C (nominal data,
/// any number of observers, missing data) and, for other distances, section D.
#[derive(Clone, Debug)]
pub struct Alpha<V> {
    distance: fn(V, V) -> f64,
    /// How often each value was given in units with two values or more.
    values: BTreeMap<V, u64>,
    /// The sum over units of the distances of their values, of which each meets all others with a weight of one.
    observed: f64,
}

impl<V: Copy + Ord> Alpha<V> {
    /// Alpha by this distance, of no units yet.
    pub fn new(distance: fn(V, V) -> f64) -> Self {
        Self { distance, values: BTreeMap::new(), observed: 0.0 }
    }

    /// Adds what raters have said of a unit.
    pub fn add(&mut self, unit: &[V]) {
        let Some(others) = unit.len().checked_sub(1).filter(|&others| others > 0) else { return };
        for (at, &one) in unit.iter().enumerate() {
            *self.values.entry(one).or_default() += 1;
            let distances = unit[at + 1..].iter().map(|&other| (self.distance)(one, other));
            self.observed += 2.0 * distances.sum::<f64>() / others as f64;
        }
    }

    /// Adds the units of another, by the same distance.
    pub fn absorb(&mut self, other: &Self) {
        other.values.iter().for_each(|(&value, count)| *self.values.entry(value).or_default() += count);
        self.observed += other.observed;
    }

    /// What it comes to.
    pub fn get(&self) -> Option<f64> {
        let given: u64 = self.values.values().sum();
        let mut expected = 0.0;
        for (at, (&one, &count)) in self.values.iter().enumerate() {
            let others = self.values.iter().skip(at + 1);
            let distances = others.map(|(&other, &others)| others as f64 * (self.distance)(one, other));
            expected += 2.0 * count as f64 * distances.sum::<f64>();
        }
        (expected > 0.0).then(|| 1.0 - given.saturating_sub(1) as f64 * self.observed / expected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn close(found: Option<f64>, expected: Option<f64>) {
        let same = found.zip(expected).map_or(found == expected, |(found, expected)| (found - expected).abs() < 5e-4);
        assert!(same, "{found:?} is not {expected:?}");
    }

    #[test]
    fn kappa_of_known_tables() {
        let check = |(tp, fp, fn_, tn): (u64, u64, u64, u64), expected: Option<f64>| {
            close(kappa(&Counts { tp, fp, fn_, tn }), expected);
            close(kappa(&Counts { tp, fp: fn_, fn_: fp, tn }), expected);
        };
        // By hand: pₒ = 0.7, pₑ = 0.5 · 0.6 + 0.5 · 0.4.
        check((20, 5, 10, 15), Some(0.4));
        // By hand: the same share of agreement, other rates of yes: 0.6 by chance 0.54, and by chance 0.46.
        check((45, 15, 25, 15), Some(0.06 / 0.46));
        check((25, 35, 5, 35), Some(0.14 / 0.54));
        check((1, 0, 0, 1), Some(1.0));
        check((0, 1, 1, 0), Some(-1.0));
        check((0, 3, 0, 0), Some(0.0));
        // Nothing varies, or nothing is there.
        check((7, 0, 0, 0), None);
        check((0, 0, 0, 7), None);
        check((0, 0, 0, 0), None);
    }

    #[test]
    fn the_mean_over_pairs_is_weighted_and_leaves_out_what_is_not_defined() {
        let table = |tp, fp, fn_, tn| Counts { tp, fp, fn_, tn };
        let check = |tables: &[Counts], expected: Option<f64>| close(mean_kappa(tables.iter()), expected);
        check(&[table(20, 5, 10, 15)], Some(0.4));
        check(&[table(20, 5, 10, 15), table(5, 0, 0, 5), table(0, 0, 0, 99)], Some((0.4 * 50.0 + 10.0) / 60.0));
        check(&[table(0, 0, 0, 99)], None);
        check(&[], None);
    }

    #[test]
    fn alpha_of_krippendorffs_own_examples() {
        let check = |raters: &[&str], expected: Option<f64>| {
            let mut alpha = Alpha::new(nominal);
            for unit in 0..raters[0].len() {
                let values: Vec<char> = raters.iter().filter_map(|rater| rater.chars().nth(unit)).filter(|c| *c != '.').collect();
                alpha.add(&values);
            }
            close(alpha.get(), expected);
        };
        // Krippendorff (2011), section A: Meg and Owen, two values.
        check(&["0100000010", "1110010000"], Some(0.095));
        // Section C: four observers, five values, some missing.
        check(&["123321412...", "1233224125.3", ".3332342251.", "12332441251."], Some(0.743));
        // Nothing varies; a single value is none to compare.
        check(&["111", "111"], None);
        check(&["12", ".."], None);
        check(&["12", "12"], Some(1.0));
        check(&["12", "21"], Some(-0.5));
    }

    #[test]
    fn units_can_be_added_in_parts() {
        let (mut all, mut one, mut other) = (Alpha::new(nominal), Alpha::new(nominal), Alpha::new(nominal));
        for (unit, values) in [[1, 1, 2], [2, 2, 2], [1, 2, 1], [3, 3, 1]].iter().enumerate() {
            all.add(values);
            if unit % 2 == 0 { one.add(values) } else { other.add(values) }
        }
        one.absorb(&other);
        close(one.get(), all.get());
    }

    #[test]
    fn masi_of_sets_by_hand() {
        let check = |one: &[usize], other: &[usize], expected: f64| {
            let set = |labels: &[usize]| labels.iter().copied().collect::<LabelSet>();
            close(Some(masi(set(one), set(other))), Some(expected));
            close(Some(masi(set(other), set(one))), Some(expected));
        };
        check(&[], &[], 0.0);
        check(&[3, 200], &[3, 200], 0.0);
        // One holds the other: J = 1/2, 2/3 and 1/4 by M = 2/3.
        check(&[1], &[1, 2], 1.0 - 1.0 / 3.0);
        check(&[1, 2], &[1, 2, 3], 1.0 - 4.0 / 9.0);
        check(&[1], &[1, 2, 3, 4], 1.0 - 1.0 / 6.0);
        // They overlap: J = 1/3 by M = 1/3.
        check(&[1, 2], &[2, 3], 1.0 - 1.0 / 9.0);
        check(&[1], &[2], 1.0);
        check(&[], &[2], 1.0);
    }
}
