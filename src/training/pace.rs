//! How long the steps of a fine-tuning take.

use std::time::Instant;

use super::TrainingError;
use super::examples::Example;
use super::finetune::EncoderTraining;
use super::learner::Learner;
use crate::domain::{LabelScheme, LabelSet};
use crate::encoder::Encoder;
use crate::head::{Head, HeadMeta};

/// Labels of the head that is timed along.
const LABELS: usize = 16;

/// Seconds of each of `passes` passes, after one to warm up, over sequences of subword ids (special tokens included) in
/// steps as `settings` packs them: forward, backward and update of an encoder that was loaded trainable and of a head
/// of 16 labels over every subword. A step of the schedule's middle is taken, so that weights do move.
///
/// # Errors
/// When a computation fails.
pub fn steps(
    encoder: Encoder,
    sequences: &[Vec<u32>],
    settings: &EncoderTraining,
    passes: usize,
) -> Result<Vec<f64>, TrainingError> {
    let names: Vec<String> = (0..LABELS).map(|label| format!("label {label}")).collect();
    let scheme = LabelScheme::from_names("timed", &names).map_err(candle_core::Error::wrap)?;
    let meta = HeadMeta::fresh(scheme, "");
    let head = Head::new(meta, encoder.bert.config.hidden, None, &[0.1; LABELS], settings.seed)?;
    let mut learner = Learner::with_heads(encoder, vec![head], settings, String::new())?;
    let target = |&id: &u32| LabelSet::from_iter([id as usize % LABELS, id as usize / LABELS % LABELS]);
    let example = |ids: &Vec<u32>| Example {
        ids: ids.clone(),
        segments: (0..ids.len()).map(|row| row..row + 1).collect(),
        targets: ids.iter().map(target).collect(),
    };
    let steps = learner.pack(0, sequences.iter().map(example).collect());
    let mut pass = || -> Result<f64, TrainingError> {
        let begun = Instant::now();
        for step in &steps {
            learner.step(step, 1, 2)?;
        }
        Ok(begun.elapsed().as_secs_f64())
    };
    pass()?;
    (0..passes).map(|_| pass()).collect()
}
