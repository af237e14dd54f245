//! Thinned copies of a head, for strategies that look where heads that could as well have been learned disagree.

use crate::active_learning::Disagreement;
use crate::encoder::vectors::{by_stretches, f16};
use crate::head::{Head, HeadError};

/// Some thinned copies of a head; the same seed gives the same ones.
#[derive(Debug, Default)]
pub struct Draws(Vec<Head>);

impl Draws {
    /// Copies of `head`.
    ///
    /// # Errors
    /// When tensors can't be made.
    pub fn of(head: &Head, seed: u64) -> Result<Self, HeadError> {
        Ok(Self(head.draws(seed)?))
    }

    /// How much the copies disagree on each of these words, in bits; nothing without copies. `vectors` are those of the
    /// words, row-major.
    ///
    /// # Errors
    /// When a computation fails.
    pub fn disagreement(&self, vectors: &[f32], words: usize) -> Result<Vec<f32>, HeadError> {
        let Some(first) = self.0.first() else { return Ok(Vec::new()) };
        let mut disagreement = Disagreement::new(words, first.labels());
        for head in &self.0 {
            disagreement.add(&head.probabilities(vectors)?);
        }
        Ok(disagreement.words())
    }

    /// As [`Draws::disagreement`], of vectors as they are kept.
    ///
    /// # Errors
    /// When a computation fails.
    pub fn of_halves(&self, vectors: &[f16]) -> Result<Vec<f32>, HeadError> {
        let Some(first) = self.0.first() else { return Ok(Vec::new()) };
        let inputs = first.inputs();
        by_stretches(vectors, inputs, |_, wide| self.disagreement(wide, wide.len() / inputs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::LabelScheme;
    use crate::head::HeadMeta;

    #[test]
    fn copies_disagree_where_the_head_leans_on_what_they_lack() {
        let scheme = LabelScheme::from_names("s", &["a"]).unwrap();
        let head = Head::new(HeadMeta::fresh(scheme, ""), 8, None, &[0.5], 1).unwrap();
        let vectors: Vec<f32> = [[0.0f32; 8], [6.0; 8]].concat();
        let draws = Draws::of(&head, 3).unwrap();
        let [nothing, much] = draws.disagreement(&vectors, 2).unwrap()[..] else { panic!("a number a word") };
        assert!(nothing.abs() < 1e-6 && much > 0.0, "{nothing} {much}");
        assert_eq!(Draws::of(&head, 3).unwrap().disagreement(&vectors, 2).unwrap(), [nothing, much], "the same again");
        assert_ne!(Draws::of(&head, 4).unwrap().disagreement(&vectors, 2).unwrap()[1], much, "others");
        assert!(Draws::default().disagreement(&vectors, 2).unwrap().is_empty());
    }
}
