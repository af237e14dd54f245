//! `chartmark train --scope encoder`.

use std::ops::ControlFlow;
use std::path::Path;

use anyhow::Result;

use super::{base, describe};
use crate::cli::args::{Shared, TrainArguments};
use crate::cli::progress::{Bar, duration};
use crate::cli::tell::tell;
use crate::domain::visible;
use crate::encoder::{DeviceChoice, EncodeOptions, Encoder, Purpose};
use crate::head::Head;
use crate::inference::model::heads;
use crate::training::{EncoderTraining, Gold, Progress, fine_tune};

/// The head of the base that has just the labels of `gold`, in their order; `None` if no linear head has.
fn start(heads: &[Head], gold: &Gold<'_>) -> Result<Option<Head>> {
    let known = |head: &&Head| {
        let labels = &head.meta.scheme;
        head.hidden().is_none()
            && labels.len() == gold.scheme.len()
            && gold.scheme.names().all(|name| labels.index(name).is_some())
    };
    let Some(head) = heads.iter().find(known) else { return Ok(None) };
    tell(format_args!("going on from the head for '{}'", visible(&head.meta.scheme.name)));
    Ok(Some(head.conformed(gold.scheme)?))
}

/// Fine-tunes the encoder of `--base` and writes the model to `out`.
pub fn run(arguments: &TrainArguments, shared: &Shared, gold: &[Gold<'_>], out: &Path) -> Result<()> {
    let device = DeviceChoice::from(shared.device).open()?;
    let base = base(arguments, shared);
    let encoder = Encoder::load(&base, &device, Purpose::Training)?;
    let heads = if arguments.fresh_heads { Vec::new() } else { heads(&base, &encoder.hash)? };
    let started = gold.iter().map(|gold| start(&heads, gold)).collect::<Result<Vec<_>>>()?;
    let gold: Vec<_> = gold.iter().zip(&started).map(|(gold, start)| Gold { start: start.as_ref(), ..*gold }).collect();
    let standard = EncoderTraining::standard(encoder.bert.config.positions);
    let pooling = arguments.pooling.map_or(standard.encode.pooling, Into::into);
    let settings = EncoderTraining {
        epochs: arguments.epochs.map_or(standard.epochs, Into::into),
        learning_rate: arguments.lr.unwrap_or(standard.learning_rate),
        batch: arguments.batch.map_or(standard.batch, Into::into),
        dropout: arguments.dropout.unwrap_or(standard.dropout),
        mask: arguments.mask.unwrap_or(standard.mask),
        layer_decay: arguments.layer_decay.unwrap_or(standard.layer_decay),
        seed: arguments.seed.unwrap_or(standard.seed),
        encode: EncodeOptions { pooling, ..standard.encode },
        ..standard
    };
    let mut bar = Bar::new();
    let watch = |progress: Progress<'_>| {
        match progress {
            Progress::Step { epoch, step, steps, loss, left } => {
                let left = duration(left);
                bar.set(step, steps, &format!("epoch {epoch}/{}, loss {loss:.4}, {left} left", settings.epochs));
            }
            Progress::Epoch(report) => bar.line(&describe(report)),
        }
        ControlFlow::Continue(())
    };
    let reports = fine_tune(encoder, &gold, &settings, out, watch)?;
    bar.finish();
    if let Some(best) = reports.iter().rev().find(|report| report.best) {
        tell(format_args!("{} holds the model of epoch {}", out.display(), best.epoch));
    }
    Ok(())
}
