//! CVIRS: category vector inconsistency and ranking of scores.
//!
//! Reyes, Morell & Ventura, "Effective active learning strategy for multi-label learning" (Neurocomputing 2018). The
//! product of two things. *Ranking of scores*: each label ranks the pool by how close its probability is to even, and a
//! Borda count joins the rankings (here each label ranks items by the mean over their words). *Category vector
//! inconsistency*: how unlike the shown set is the sets of decided words, by a normalised distance of entropies (1 where
//! two sets share no cell).

use super::{NOTHING_DECIDED, Needs, Request, Strategy, descending, percent};
use crate::active_learning::decided::DecidedWords;
use crate::active_learning::item::Item;
use crate::domain::LabelSet;

/// Where labels are uncertain by a joint ranking and sets unlike the decided ones.
pub const STRATEGY: Strategy = Strategy {
    name: "cvirs",
    about: "where labels rank as uncertain and label sets are unlike those decided",
    needs: Needs { decided: true, ..Needs::NOTHING },
    scores,
    reason: |item, request| match request.pool.decided.words() {
        0 => format!("labels rank as uncertain; {NOTHING_DECIDED}"),
        _ => format!("label sets are {} unlike those decided so far", percent(item.mean().inconsistency)),
    },
};

fn scores(request: &Request<'_>) -> Vec<f64> {
    let ranking = borda(request);
    let items = request.pool.items.iter().zip(ranking);
    // Before anything is decided no set is inconsistent with another; the ranking alone counts then.
    let none = request.pool.decided.words() == 0;
    items.map(|(item, rank)| rank * if none { 1.0 } else { item.mean().inconsistency } * request.pool.worth(item)).collect()
}

/// For each item the mean over labels of the share of the pool that it outranks.
fn borda(request: &Request<'_>) -> Vec<f64> {
    let items = request.pool.items;
    // An item that nothing is known of, or nothing is left of, has no doubts.
    let labels = items.iter().map(|item| item.doubts.len()).max().unwrap_or(0);
    let mut points = vec![0.0; items.len()];
    let mut order: Vec<usize> = (0..items.len()).collect();
    for label in 0..labels {
        let doubt = |item: usize| {
            let Item { doubts, words, .. } = &items[item];
            doubts.get(label).map_or(0.0, |doubt| f64::from(*doubt) / f64::from(*words.max(&1)))
        };
        order.sort_by(|&a, &b| descending(doubt(a), doubt(b)).then(a.cmp(&b)));
        for (place, &item) in order.iter().enumerate() {
            points[item] += (items.len() - place) as f64;
        }
    }
    let most = (labels * items.len()).max(1) as f64;
    points.into_iter().map(|points| points / most).collect()
}

/// Mean distance of a shown set from the sets of decided words, from 0 to 1.
pub fn inconsistency(shown: LabelSet, decided: &DecidedWords, labels: usize) -> f64 {
    let sum: f64 = decided.sets().map(|(set, count)| count as f64 * distance(shown, set, labels)).sum();
    sum / (decided.words().max(1) as f64)
}

/// Distance of two label sets: 1 where no cell agrees, else the variation of information of their cells divided by
/// their joint entropy (0 for equal sets, 1 for independent ones).
fn distance(a: LabelSet, b: LabelSet, labels: usize) -> f64 {
    let both = a.intersection(b).len();
    let (only_a, only_b) = (a.len() - both, b.len() - both);
    if labels == 0 || a == b {
        return 0.0;
    }
    if only_a + only_b == labels {
        return 1.0;
    }
    let entropy = |counts: &[usize]| -> f64 {
        let share = |&count: &usize| count as f64 / labels as f64;
        counts.iter().map(share).filter(|&share| share > 0.0).map(|share| -share * share.log2()).sum()
    };
    let joint = entropy(&[both, only_a, only_b, labels - both - only_a - only_b]);
    let (of_a, of_b) = (entropy(&[a.len(), labels - a.len()]), entropy(&[b.len(), labels - b.len()]));
    ((2.0 * joint - of_a - of_b) / joint).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(labels: &[usize]) -> LabelSet {
        labels.iter().copied().collect()
    }

    #[test]
    fn sets_are_near_if_their_cells_tell_of_each_other() {
        assert_eq!(distance(set(&[1, 2]), set(&[1, 2]), 4), 0.0);
        assert_eq!(distance(set(&[0, 1]), set(&[2, 3]), 4), 1.0, "no cell agrees");
        assert!((distance(set(&[0, 1]), set(&[0, 2]), 4) - 1.0).abs() < 1e-12, "neither tells anything of the other");
        let (near, far) = (distance(set(&[0, 1, 2]), set(&[0, 1]), 8), distance(set(&[0, 1, 2]), set(&[5]), 8));
        assert!(near < far && near > 0.0, "{near} {far}");
        let mut decided = DecidedWords::default();
        assert_eq!(inconsistency(set(&[1]), &decided, 4), 0.0);
        decided.add(set(&[1]));
        decided.add(set(&[0, 2, 3]));
        assert_eq!(inconsistency(set(&[1]), &decided, 4), 0.5);
    }
}
