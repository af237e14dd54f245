//! Rows of a head's last layer, one a label: which of them have learned nothing, and how a row goes from one head to
//! another.

use candle_core::{DType, Device, Result, Tensor};

use super::classifier::{Head, HeadMeta, Layer, UNLEARNED};
use crate::domain::LabelSet;

impl Head {
    /// A head that has learned nothing: it predicts no label anywhere.
    ///
    /// # Errors
    /// When tensors can't be made.
    pub fn blank(meta: HeadMeta, inputs: usize) -> Result<Self> {
        let labels = meta.scheme.len();
        let weight = Tensor::zeros((labels, inputs), DType::F32, &Device::Cpu)?;
        let bias = Tensor::from_vec(vec![UNLEARNED; labels], labels, &Device::Cpu)?;
        Ok(Self { meta, layers: vec![Layer { weight, bias }] })
    }

    /// The labels that have learned nothing: their rows are all zeros, so that no vector makes a difference to them.
    ///
    /// # Errors
    /// When tensors can't be read.
    pub fn unlearned(&self) -> Result<LabelSet> {
        let Some(last) = self.layers.last() else { return Ok(LabelSet::EMPTY) };
        let rows = last.weight.to_vec2::<f32>()?;
        let blank = |row: &Vec<f32>| row.iter().all(|&weight| weight == 0.0);
        Ok(rows.iter().enumerate().filter(|(_, row)| blank(row)).map(|(label, _)| label).collect())
    }

    /// The same head with these labels as `base` has them, which has the same labels and shape.
    ///
    /// # Errors
    /// When the heads don't fit each other.
    pub fn restored(&self, base: &Self, labels: LabelSet) -> Result<Self> {
        let rows: Vec<(usize, usize)> = labels.iter().map(|label| (label, label)).collect();
        self.with_rows(base, &rows)
    }

    /// The same head in which labels that have learned nothing are as `other` knows them, as far as it does. Only where
    /// both look at the vectors in the same way: neither has a hidden layer. Else the head stays as it is.
    ///
    /// # Errors
    /// When tensors can't be made.
    pub fn completed(&self, other: &Self) -> Result<Self> {
        if self.layers.len() > 1 || other.layers.len() > 1 || self.inputs() != other.inputs() {
            return Ok(self.clone());
        }
        let (own, theirs) = (&self.meta.scheme, &other.meta.scheme);
        let known = |label: usize| Some((label, theirs.counterpart(own.labels.get(label)?)?));
        self.with_rows(other, &self.unlearned()?.iter().filter_map(known).collect::<Vec<_>>())
    }

    /// The same head with rows of another in the place of its own: (own row, the other's).
    fn with_rows(&self, other: &Self, rows: &[(usize, usize)]) -> Result<Self> {
        let mut head = self.clone();
        let (Some(last), Some(from)) = (head.layers.last_mut(), other.layers.last()) else { return Ok(head) };
        if rows.is_empty() {
            return Ok(head);
        }
        let (mut weights, mut biases) = (last.weight.to_vec2::<f32>()?, last.bias.to_vec1::<f32>()?);
        let (their_weights, their_biases) = (from.weight.to_vec2::<f32>()?, from.bias.to_vec1::<f32>()?);
        for &(own, theirs) in rows {
            weights[own].clone_from(&their_weights[theirs]);
            biases[own] = their_biases[theirs];
            head.meta.take(own, &other.meta, theirs);
        }
        let labels = biases.len();
        last.weight = Tensor::from_vec(weights.concat(), last.weight.shape().clone(), &Device::Cpu)?;
        last.bias = Tensor::from_vec(biases, labels, &Device::Cpu)?;
        Ok(head)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::LabelScheme;

    fn meta(labels: &[&str]) -> HeadMeta {
        let scheme = LabelScheme::from_names("s", labels).unwrap();
        HeadMeta { thresholds: (1..=labels.len()).map(|at| at as f32 / 10.0).collect(), ..HeadMeta::fresh(scheme, "e") }
    }

    fn learned(labels: &[&str], hidden: Option<usize>) -> Head {
        Head::new(meta(labels), 4, hidden, &vec![0.5; labels.len()], 3).unwrap()
    }

    const VECTOR: [f32; 4] = [0.5, -1.0, 2.0, 0.0];

    #[test]
    fn a_blank_head_has_learned_nothing_and_predicts_nothing() {
        let head = Head::blank(meta(&["a", "b"]), 4).unwrap();
        assert_eq!(head.unlearned().unwrap().len(), 2);
        assert!(head.probabilities(&VECTOR).unwrap().iter().all(|&probability| probability < 0.02));
        for hidden in [None, Some(3)] {
            let head = learned(&["a", "b"], hidden);
            assert!(head.unlearned().unwrap().is_empty());
            let grown = head.conformed(&meta(&["new", "b", "newer"]).scheme).unwrap();
            assert_eq!(grown.unlearned().unwrap().iter().collect::<Vec<_>>(), [0, 2]);
            assert_eq!(Head::from_bytes(&grown.to_bytes().unwrap()).unwrap().unlearned().unwrap().len(), 2);
        }
    }

    #[test]
    fn rows_go_from_one_head_to_another_by_name_with_their_thresholds() {
        let (ours, theirs) = (learned(&["a", "b"], None), learned(&["c", "b", "d"], None));
        let grown = ours.conformed(&meta(&["a", "b", "c", "new"]).scheme).unwrap();
        let completed = grown.completed(&theirs).unwrap();
        let (own, found, other) = (
            ours.probabilities(&VECTOR).unwrap(),
            completed.probabilities(&VECTOR).unwrap(),
            theirs.probabilities(&VECTOR).unwrap(),
        );
        assert_eq!(found[..3], [own[0], own[1], other[0]], "what is known stays");
        assert_eq!(completed.meta.thresholds, [0.1, 0.2, 0.1, 0.5]);
        assert_eq!(completed.unlearned().unwrap().iter().collect::<Vec<_>>(), [3]);
        let deep = learned(&["c"], Some(3));
        assert_eq!(grown.completed(&deep).unwrap().probabilities(&VECTOR).unwrap(), grown.probabilities(&VECTOR).unwrap());
        let restored = completed.restored(&grown, [2].into_iter().collect()).unwrap();
        assert_eq!(restored.to_bytes().unwrap(), grown.to_bytes().unwrap());
    }
}
