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
