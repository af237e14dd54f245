//! Fitting a head to decided cells over cached word vectors, a step at a time.

use std::sync::Arc;

use candle_core::{Device, Tensor};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::HeadError;
use super::classifier::Head;
use super::loss::binary_cross_entropy;
use super::optimizer::{AdamW, AdamWOptions, Parameter};

/// Rows to learn from: one a word.
#[derive(Clone, Debug, Default)]
pub struct Examples {
    /// Length of a word vector.
    pub inputs: usize,
    /// Number of labels.
    pub labels: usize,
    /// Row-major, rows × inputs.
    pub vectors: Vec<f32>,
    /// Row-major, rows × labels: what each cell should be, 0 to 1.
    pub targets: Vec<f32>,
    /// Row-major, rows × labels: how much each cell counts; 0 for an unknown one.
    pub weights: Vec<f32>,
}

impl Examples {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.targets.len() / self.labels.max(1)
    }

    /// These rows, in this order, as tensors: vectors, targets, weights.
    fn tensors(&self, rows: &[usize]) -> candle_core::Result<[Tensor; 3]> {
        let gather = |from: &[f32], width: usize| {
            let values: Vec<f32> = rows.iter().flat_map(|row| &from[row * width..(row + 1) * width]).copied().collect();
            Tensor::from_vec(values, (rows.len(), width), &Device::Cpu)
        };
        Ok([gather(&self.vectors, self.inputs)?, gather(&self.targets, self.labels)?, gather(&self.weights, self.labels)?])
    }
}

/// How to fit.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct HeadTraining {
    /// Passes over the rows.
    pub passes: usize,
    /// Rows a step.
    pub batch: usize,
    /// At least this many steps, however few the rows.
    pub least_steps: usize,
    /// Peak learning rate; it falls to 0 linearly.
    pub learning_rate: f32,
    /// Weight decay.
    pub decay: f32,
    /// Seed of the order of the rows.
    pub seed: u64,
}

/// A fit under way. The same base, rows and settings give the same head, byte for byte, on the same machine.
#[derive(Debug)]
pub struct Trainer {
    settings: HeadTraining,
    examples: Arc<Examples>,
    /// Indices of the rows to fit.
    rows: Vec<usize>,
    /// The rows as tensors, if one step takes them all.
    whole: Option<[Tensor; 3]>,
    head: Head,
    optimizer: AdamW,
    generator: ChaCha8Rng,
    step: usize,
    steps: usize,
}

impl Trainer {
    /// Starts from `base` and fits those rows of `examples` whose index `keep` accepts.
    ///
    /// # Errors
    /// When no such row has a cell that counts, or tensors can't be made.
    pub fn new(
        base: &Head,
        examples: Arc<Examples>,
        keep: impl Fn(usize) -> bool,
        settings: HeadTraining,
    ) -> Result<Self, HeadError> {
        let counts =
            |row: &usize| examples.weights[row * examples.labels..(row + 1) * examples.labels].iter().any(|&weight| weight > 0.0);
        let rows: Vec<usize> = (0..examples.rows()).filter(|&row| keep(row)).filter(counts).collect();
        if rows.is_empty() {
            return Err(HeadError::NothingDecided);
        }
        let (head, variables) = base.trainable(&Device::Cpu)?;
        let parameter = |variable: candle_core::Var| Parameter {
            rate: 1.0,
            decay: if variable.rank() > 1 { settings.decay } else { 0.0 },
            variable,
        };
        let optimizer = AdamW::new(variables.into_iter().map(parameter).collect(), AdamWOptions::default());
        let a_pass = rows.len().div_ceil(settings.batch.max(1));
        let steps = (a_pass * settings.passes).max(settings.least_steps);
        let whole = if a_pass == 1 { Some(examples.tensors(&rows)?) } else { None };
        let generator = ChaCha8Rng::seed_from_u64(settings.seed);
        Ok(Self { settings, examples, rows, whole, head, optimizer, generator, step: 0, steps })
    }

    /// Steps in all.
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// Whether all steps are done.
    pub fn done(&self) -> bool {
        self.step >= self.steps
    }

    /// One step; gives its loss.
    ///
    /// # Errors
    /// When figures are no longer finite, or a computation fails.
    pub fn step(&mut self) -> Result<f32, HeadError> {
        let [vectors, targets, weights] = match &self.whole {
            Some(tensors) => tensors.clone(),
            None => {
                let batch = self.settings.batch.max(1);
                let a_pass = self.rows.len().div_ceil(batch);
                let first = self.step % a_pass * batch;
                if first == 0 {
                    self.rows.shuffle(&mut self.generator);
                }
                self.examples.tensors(&self.rows[first..(first + batch).min(self.rows.len())])?
            }
        };
        let loss = binary_cross_entropy(&self.head.logits(&vectors)?, &targets, &weights)?;
        let gradients = loss.backward()?;
        let rate = self.settings.learning_rate * (1.0 - self.step as f32 / self.steps as f32);
        let norm = self.optimizer.step(&gradients, rate)?;
        self.step += 1;
        let loss = loss.to_scalar::<f32>()?;
        if loss.is_finite() && norm.is_finite() { Ok(loss) } else { Err(HeadError::NotFinite) }
    }

    /// The head as it is now.
    ///
    /// # Errors
    /// When its weights are not finite.
    pub fn head(&self) -> Result<Head, HeadError> {
        let head = self.head.frozen()?;
        if head.is_finite()? { Ok(head) } else { Err(HeadError::NotFinite) }
    }
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::super::classifier::HeadMeta;
    use super::*;
    use crate::domain::LabelScheme;

    const SETTINGS: HeadTraining =
        HeadTraining { passes: 40, batch: 16, least_steps: 0, learning_rate: 0.05, decay: 0.0, seed: 5 };

    fn base(hidden: Option<usize>) -> Head {
        let scheme = LabelScheme::from_names("s", &["left", "ring"]).unwrap();
        Head::new(HeadMeta::fresh(scheme, ""), 2, hidden, &[0.3; 2], 1).unwrap()
    }

    /// 120 points of the plane: one label for the left half, one for what is far from the middle (which no line cuts
    /// off). A third of the cells is unknown; `unknown` is what stands there.
    fn examples(unknown: f32) -> Arc<Examples> {
        let mut generator = ChaCha8Rng::seed_from_u64(2);
        let mut examples = Examples { inputs: 2, labels: 2, ..Examples::default() };
        for row in 0..120 {
            let [x, y] = [(); 2].map(|()| generator.random_range(-2.0f32..2.0));
            examples.vectors.extend([x, y]);
            for (label, present) in [x < 0.0, x.hypot(y) > 1.3].into_iter().enumerate() {
                let known = (row + label) % 3 != 0;
                examples.targets.push(if known { f32::from(u8::from(present)) } else { unknown });
                examples.weights.push(f32::from(u8::from(known)));
            }
        }
        Arc::new(examples)
    }

    fn fit(base: &Head, examples: &Arc<Examples>, keep: impl Fn(usize) -> bool, settings: HeadTraining) -> Head {
        let mut trainer = Trainer::new(base, examples.clone(), keep, settings).unwrap();
        while !trainer.done() {
            trainer.step().unwrap();
        }
        trainer.head().unwrap()
    }

    /// Share of a label's cells, known or not, that a head gets right.
    fn right(head: &Head, label: usize) -> f64 {
        let examples = examples(0.5);
        let probabilities = head.probabilities(&examples.vectors).unwrap();
        let is = |row: &usize| {
            let (x, y) = (examples.vectors[row * 2], examples.vectors[row * 2 + 1]);
            (probabilities[row * 2 + label] >= 0.5) == [x < 0.0, x.hypot(y) > 1.3][label]
        };
        (0..120).filter(is).count() as f64 / 120.0
    }

    #[test]
    fn heads_learn_what_they_can_express() {
        let linear = fit(&base(None), &examples(0.0), |_| true, SETTINGS);
        assert!(right(&linear, 0) > 0.95, "{}", right(&linear, 0));
        assert!(right(&linear, 1) < 0.9, "no line cuts a ring off: {}", right(&linear, 1));
        let bent = fit(&base(Some(16)), &examples(0.0), |_| true, SETTINGS);
        assert!(right(&bent, 0) > 0.95 && right(&bent, 1) > 0.95, "{} {}", right(&bent, 0), right(&bent, 1));
    }

    #[test]
    fn a_head_is_a_function_of_base_rows_and_settings() {
        let bytes = |examples: &Arc<Examples>, settings| fit(&base(Some(4)), examples, |_| true, settings).to_bytes().unwrap();
        let short = HeadTraining { passes: 3, ..SETTINGS };
        let expected = bytes(&examples(0.0), short);
        assert_eq!(bytes(&examples(0.0), short), expected);
        assert_eq!(bytes(&examples(1.0), short), expected, "what stands in an unknown cell doesn't matter");
        assert_ne!(bytes(&examples(0.0), HeadTraining { seed: 6, ..short }), expected, "the order of the rows does");
        let before = base(Some(4)).to_bytes().unwrap();
        assert_ne!(expected, before);
        bytes(&examples(0.0), short);
        assert_eq!(base(Some(4)).to_bytes().unwrap(), before, "the base is left as it is");
    }

    #[test]
    fn rows_that_are_kept_out_teach_nothing() {
        let mut other = (*examples(0.0)).clone();
        other.targets[..80].iter_mut().for_each(|target| *target = 1.0 - *target);
        let of = |examples: Examples| fit(&base(None), &Arc::new(examples), |row| row >= 40, SETTINGS).to_bytes().unwrap();
        assert_eq!(of(other), of((*examples(0.0)).clone()));
    }

    #[test]
    fn without_a_decided_cell_there_is_nothing_to_learn() {
        let unknown = Examples { weights: vec![0.0; 240], ..(*examples(0.0)).clone() };
        let none = |examples: Examples, keep: fn(usize) -> bool| {
            let found = Trainer::new(&base(None), Arc::new(examples), keep, SETTINGS);
            assert!(matches!(found, Err(HeadError::NothingDecided)), "{found:?}");
        };
        none(unknown, |_| true);
        none((*examples(0.0)).clone(), |_| false);
        none(Examples { inputs: 2, labels: 2, ..Examples::default() }, |_| true);
    }

    #[test]
    fn figures_that_are_not_finite_stop_the_training() {
        let mut broken = (*examples(0.0)).clone();
        broken.vectors[7] = f32::NAN;
        let mut trainer = Trainer::new(&base(None), Arc::new(broken), |_| true, SETTINGS).unwrap();
        let found = std::iter::from_fn(|| (!trainer.done()).then(|| trainer.step())).find_map(Result::err);
        assert!(matches!(found, Some(HeadError::NotFinite)), "{found:?}");
    }
}
