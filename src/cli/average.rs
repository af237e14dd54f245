//! `chartmark model average`.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::args::Shared;
use super::setup::{precision, vacant};
use super::tell::tell;
use crate::domain::visible;
use crate::encoder::{DeviceChoice, ModelSource, Weights};
use crate::inference::Model;
use crate::inference::model::description;
use crate::training::{average, save};

/// Writes the mean of the models to `out`.
pub fn run(models: &[PathBuf], out: &Path, shared: &Shared) -> Result<()> {
    vacant(out)?;
    let device = DeviceChoice::from(shared.device).open()?;
    let (mut loaded, mut weights, mut origins) = (Vec::new(), Vec::new(), Vec::new());
    for directory in models {
        let source = ModelSource::Directory(directory.clone());
        loaded.push(Model::load(&source, &device, precision(shared))?);
        weights.push(Weights::from_safetensors(&source.weights_as_safetensors()?)?);
        origins.push(description(&source)?.map_or(Value::Null, |description| description.training));
    }
    let first = loaded.first().context("there is no model to average")?;
    let mut heads = Vec::new();
    for head in &first.heads {
        let name = &head.meta.scheme.name;
        let of = |model: &'_ Model| model.heads.iter().position(|head| head.meta.scheme.name == *name);
        let mut alike = Vec::new();
        for (model, directory) in loaded.iter().zip(models) {
            let place = of(model).with_context(|| format!("{} has no head for '{}'", directory.display(), visible(name)))?;
            alike.push(&model.heads[place]);
        }
        heads.push(average::heads(&alike)?);
    }
    let parts: Vec<_> = heads.iter().map(|head| save::HeadPart { head, metrics: json!({}) }).collect();
    let name = out.file_name().map_or_else(|| "model".into(), |name| name.to_string_lossy());
    let encode = average::encoding(loaded.iter().map(|model| model.encode))?;
    let weights = average::encoders(weights)?;
    let parts = save::Parts { encoder: &first.encoder, weights: &weights, heads: &parts, encode, name: &name };
    save::write(out, &parts, &json!({ "average_of": origins }), &json!({}))?;
    tell(format_args!("{} holds the mean of {} models; calibrate it: train --scope thresholds", out.display(), models.len()));
    Ok(())
}
