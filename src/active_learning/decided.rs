//! What the decided words are like: that against which some acquisition functions hold the undecided ones.

use std::collections::BTreeMap;

use crate::domain::LabelSet;

/// Most centroids that are kept of decided items: distances to more of them change little and cost much.
const MOST_CENTROIDS: usize = 512;

/// The decided words of a project.
#[derive(Clone, Debug, Default)]
pub struct DecidedWords {
    words: u64,
    labels: u64,
    sets: BTreeMap<LabelSet, u64>,
    centroids: Vec<Vec<f32>>,
    /// How many centroids were offered, and every how many-th is kept.
    offered: usize,
    stride: usize,
}

impl DecidedWords {
    /// Adds an alphanumeric word whose labels are decided.
    pub fn add(&mut self, set: LabelSet) {
        self.words += 1;
        self.labels += set.len() as u64;
        *self.sets.entry(set).or_default() += 1;
    }

    /// Adds the mean vector of a decided document or passage; of very many, an even share is kept.
    pub fn add_centroid(&mut self, centroid: Vec<f32>) {
        self.stride = self.stride.max(1);
        if self.offered.is_multiple_of(self.stride) {
            self.centroids.push(centroid);
        }
        self.offered += 1;
        if self.centroids.len() > MOST_CENTROIDS {
            let mut index = 0;
            self.centroids.retain(|_| {
                index += 1;
                index % 2 == 1
            });
            self.stride *= 2;
        }
    }

    /// Number of decided words.
    pub fn words(&self) -> u64 {
        self.words
    }

    /// Mean number of labels of a decided word; 0 while there is none.
    pub fn cardinality(&self) -> f64 {
        if self.words == 0 { 0.0 } else { self.labels as f64 / self.words as f64 }
    }

    /// Each label set that decided words carry, and how many carry it.
    pub fn sets(&self) -> impl Iterator<Item = (LabelSet, u64)> {
        self.sets.iter().map(|(&set, &count)| (set, count))
    }

    /// Mean vectors of decided documents or passages.
    pub fn centroids(&self) -> &[Vec<f32>] {
        &self.centroids
    }
}
