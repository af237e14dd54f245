//! Core-set: what lies furthest from everything decided or already chosen.
//!
//! The k-center greedy algorithm of Sener & Savarese, "Active Learning for Convolutional Neural Networks: A Core-Set
//! Approach" (ICLR 2018), on the mean vectors of documents or passages.

use super::{Needs, Request, Strategy, descending};

/// What is furthest from the decided.
pub const STRATEGY: Strategy = Strategy {
    name: "core-set",
    about: "what is most unlike everything decided or chosen before it",
    needs: Needs { vectors: true, ..Needs::NOTHING },
    scores,
    reason: |_, _| "unlike what is decided so far".into(),
};

fn scores(request: &Request<'_>) -> Vec<f64> {
    let items = request.pool.items;
    let worth: Vec<f64> = items.iter().map(|item| request.pool.worth(item)).collect();
    let mut nearest = vec![f64::INFINITY; items.len()];
    let near = |nearest: &mut [f64], center: &[f32]| {
        for (nearest, item) in nearest.iter_mut().zip(items) {
            *nearest = nearest.min(distance(&item.centroid, center));
        }
    };
    for center in request.pool.decided.centroids() {
        near(&mut nearest, center);
    }
    if request.pool.decided.centroids().is_empty() {
        let known = items.iter().filter(|item| item.words > 0);
        near(&mut nearest, &mean(known.map(|item| item.centroid.as_slice())));
    }
    let mut scores = vec![f64::NAN; items.len()];
    for _ in 0..request.first.min(items.len()) {
        let left = (0..items.len()).filter(|&item| scores[item].is_nan() && items[item].words > 0);
        let furthest = left.min_by(|&a, &b| descending(nearest[a] * worth[a], nearest[b] * worth[b]));
        let Some(chosen) = furthest else { break };
        scores[chosen] = nearest[chosen] * worth[chosen];
        near(&mut nearest, &items[chosen].centroid);
    }
    let left = scores.iter().zip(&nearest).zip(&worth);
    left.map(|((&score, nearest), worth)| if score.is_nan() { nearest * worth } else { score }).collect()
}

/// Euclidean distance of two vectors of one length.
pub fn distance(a: &[f32], b: &[f32]) -> f64 {
    f64::from(a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f32>()).sqrt()
}

/// The mean of vectors of one length; empty for none.
pub fn mean<'a>(vectors: impl Iterator<Item = &'a [f32]>) -> Vec<f32> {
    let mut sum: Vec<f32> = Vec::new();
    let mut count = 0_u32;
    for vector in vectors {
        sum.resize(vector.len().max(sum.len()), 0.0);
        sum.iter_mut().zip(vector).for_each(|(sum, value)| *sum += value);
        count += 1;
    }
    sum.iter_mut().for_each(|value| *value /= count.max(1) as f32);
    sum
}
