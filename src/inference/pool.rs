//! From word vectors to what ranking needs of a document: small enough to be kept for 50,000 of them.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::active_learning::{DecidedWords, VectorRows};
use crate::domain::{Annotations, Cell, Decision, LabelSet, Words};
use crate::encoder::Vectors;

/// Numbers that are kept of a mean vector. Distances between means come out right within about a sixth (Johnson &
/// Lindenstrauss 1984), and 50,000 documents take 13 MB.
const KEPT: usize = 64;

/// A fixed random projection, under which distances stay about what they were (Achlioptas, "Database-friendly random
/// projections", 2003: signs do as well as normal deviates).
#[derive(Clone, Debug)]
pub struct Projection {
    /// Row-major, [`KEPT`] × width; empty where vectors are short enough as they are.
    signs: Vec<f32>,
    width: usize,
}

impl Projection {
    /// The projection of vectors of so many numbers; always the same.
    pub fn new(width: usize) -> Self {
        let mut generator = ChaCha8Rng::seed_from_u64(0);
        let scale = 1.0 / (KEPT as f32).sqrt();
        let rows = if width > KEPT { KEPT } else { 0 };
        Self { signs: (0..rows * width).map(|_| if generator.random::<bool>() { scale } else { -scale }).collect(), width }
    }

    /// A vector's shorter form. One of another length (none, say) stays as it is.
    pub fn of(&self, vector: Vec<f32>) -> Vec<f32> {
        if self.signs.is_empty() || vector.len() != self.width {
            return vector;
        }
        let row = |signs: &[f32]| signs.iter().zip(&vector).map(|(sign, value)| sign * value).sum();
        self.signs.chunks_exact(self.width).map(row).collect()
    }
}

impl VectorRows for Vectors {
    fn width(&self, words: usize) -> usize {
        self.halves().len() / words.max(1)
    }

    fn add_to(&self, word: usize, sum: &mut [f32]) {
        Self::add_to(self, word, sum);
    }
}

/// What is decided of one document.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DecidedPart {
    /// The label set of each alphanumeric word whose labels are all decided, or that was reviewed elsewhere.
    pub sets: Vec<LabelSet>,
    /// The mean of these words' vectors, projected; empty where they aren't known.
    pub centroid: Vec<f32>,
    /// Whether some other alphanumeric word is left: one with an undecided label.
    pub left: bool,
}

impl DecidedPart {
    /// Looks at a document's decisions on so many labels. `vectors` are those of its words, or none.
    pub fn of(
        words: &Words,
        annotations: &Annotations,
        labels: usize,
        vectors: &dyn VectorRows,
        projection: &Projection,
    ) -> Self {
        let (mut part, mut whole) = (Self::default(), Vec::new());
        let reviewed = annotations.imported.as_ref().is_some_and(|imported| imported.reviewed);
        for word in (0..words.len()).filter(|&word| words[word].alphanumeric) {
            let mut set = LabelSet::EMPTY;
            let mut decided = |label: usize| match annotations.decision(Cell::new(word, label)) {
                Decision::Unknown => reviewed,
                Decision::Absent => true,
                Decision::Present => {
                    set.insert(label);
                    true
                }
            };
            if (0..labels).all(&mut decided) {
                part.sets.push(set);
                whole.push(word);
            } else {
                part.left = true;
            }
        }
        part.centroid = centroid(words, whole.into_iter(), vectors, projection);
        part
    }

    /// Takes in the vectors of a document of which nothing is left to decide, if they weren't known before.
    pub fn locate(&mut self, words: &Words, vectors: &dyn VectorRows, projection: &Projection) {
        if self.centroid.is_empty() && !self.left {
            let all = (0..words.len()).filter(|&word| words[word].alphanumeric);
            self.centroid = centroid(words, all, vectors, projection);
        }
    }

    /// Adds it to what is known of decided words.
    pub fn add_to(&self, decided: &mut DecidedWords) {
        self.sets.iter().for_each(|&set| decided.add(set));
        if !self.centroid.is_empty() {
            decided.add_centroid(self.centroid.clone());
        }
    }
}

/// The mean of some words' vectors, projected; empty for none.
fn centroid(words: &Words, some: impl Iterator<Item = usize>, vectors: &dyn VectorRows, projection: &Projection) -> Vec<f32> {
    let (mut sum, mut count) = (vec![0.0; vectors.width(words.len())], 0u32);
    for word in some {
        vectors.add_to(word, &mut sum);
        count += 1;
    }
    if count == 0 {
        return Vec::new();
    }
    sum.iter_mut().for_each(|value| *value /= count as f32);
    projection.of(sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{EditId, Imported, Scope, Shown};
    use crate::tokenization::segment;

    #[test]
    fn words_are_decided_when_all_of_their_labels_are() {
        let words = segment("bad pain. now");
        let shown = Shown { predictions: None, thresholds: &[0.5; 2] };
        let mut annotations = Annotations::default();
        let vectors = [1.0, 0.0, 0.0, 1.0, 9.0, 9.0, 3.0, 3.0];
        let check = |annotations: &Annotations, sets: &[&[usize]], centroid: &[f32], left| {
            let part = DecidedPart::of(&words, annotations, 2, &vectors, &Projection::new(2));
            let sets: Vec<LabelSet> = sets.iter().map(|set| set.iter().copied().collect()).collect();
            assert_eq!(part, DecidedPart { sets, centroid: centroid.to_vec(), left });
        };
        check(&annotations, &[], &[], true);
        annotations.apply(&annotations.toggle(EditId(1), [1], 1, &shown));
        check(&annotations, &[], &[], true);
        annotations.apply(&annotations.accept(EditId(2), [0, 1], Scope::Word, &shown));
        check(&annotations, &[&[], &[1]], &[0.5, 0.5], true);
        annotations.imported = Some(Imported { complete: [0, 1].into_iter().collect(), ..Imported::default() });
        check(&annotations, &[&[], &[1], &[]], &[4.0 / 3.0, 4.0 / 3.0], false);
        let partly = Imported { complete: [0].into_iter().collect(), ..Imported::default() };
        annotations.imported = Some(partly.clone());
        check(&annotations, &[&[], &[1]], &[0.5, 0.5], true);
        annotations.imported = Some(Imported { reviewed: true, ..partly });
        check(&annotations, &[&[], &[1], &[]], &[4.0 / 3.0, 4.0 / 3.0], false);
        // Decided before the model has read it: placed when it does.
        let projection = Projection::new(2);
        let mut part = DecidedPart::of(&words, &annotations, 2, &Vectors::default(), &projection);
        assert_eq!((part.centroid.len(), part.left), (0, false));
        part.locate(&words, &vectors, &projection);
        assert_eq!(part.centroid, [4.0 / 3.0, 4.0 / 3.0]);
    }

    #[test]
    fn distances_survive_the_projection() {
        let mut generator = ChaCha8Rng::seed_from_u64(1);
        let mut vector = || (0..384).map(|_| generator.random_range(-1.0..1.0)).collect::<Vec<f32>>();
        let projection = Projection::new(384);
        let distance = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f32>().sqrt();
        for _ in 0..20 {
            let (a, b) = (vector(), vector());
            let ratio = distance(&projection.of(a.clone()), &projection.of(b.clone())) / distance(&a, &b);
            assert!((0.65..1.35).contains(&ratio), "{ratio}");
        }
        assert_eq!(projection.of(vec![1.0; 3]), [1.0; 3]);
        assert_eq!(projection.of(vec![1.0; 384]).len(), KEPT);
    }
}
