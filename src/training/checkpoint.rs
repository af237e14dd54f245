//! What a training needs to go on after a kill.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use candle_core::Tensor;
use serde::{Deserialize, Serialize};

use super::TrainingError;
use super::finetune::{EncoderTraining, EpochReport};
use super::save::write_atomically;

/// Weights, moments and reports after some epochs; without any, the mark of a training that has begun to write its model.
#[derive(Debug)]
pub struct Checkpoint {
    /// The training it belongs to.
    pub settings: EncoderTraining,
    /// Hash of what it learns from, in hexadecimal.
    pub material: String,
    /// One report an epoch that is done; none of the mark.
    pub reports: Vec<EpochReport>,
    /// The optimizer's parameters and moments by name; none of the mark.
    pub state: HashMap<String, Tensor>,
}

/// The part that is written as text, among the tensors' metadata.
#[derive(Serialize, Deserialize)]
struct Header {
    settings: EncoderTraining,
    material: String,
    reports: Vec<EpochReport>,
}

const HEADER: &str = "chartmark-checkpoint";

fn path(out: &Path) -> PathBuf {
    out.join("checkpoint.safetensors")
}

fn failed(path: &Path, error: impl std::fmt::Display) -> TrainingError {
    TrainingError::File { path: path.display().to_string(), error: error.to_string() }
}

impl Checkpoint {
    /// The checkpoint in `out`, if there is one.
    ///
    /// # Errors
    /// When it is damaged, or of a training with other settings, or `out` holds a finished model.
    pub fn read(out: &Path, settings: &EncoderTraining, material: &str) -> Result<Option<Self>, TrainingError> {
        let path = path(out);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound && out.join("model.safetensors").exists() => {
                let place = out.display();
                return Err(TrainingError::Occupied(format!(
                    "{place} holds a finished model already; give --out another directory"
                )));
            }
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(&path, error)),
        };
        let (_, metadata) = safetensors::SafeTensors::read_metadata(&bytes).map_err(|error| failed(&path, error))?;
        let header = metadata
            .metadata()
            .as_ref()
            .and_then(|fields| fields.get(HEADER))
            .ok_or_else(|| failed(&path, "it is no checkpoint"))?;
        let header: Header = serde_json::from_str(header).map_err(|error| failed(&path, error))?;
        if header.settings != *settings || header.material != material {
            // No weights of the other training are there: it has only begun.
            if header.reports.is_empty() && !out.join("model.safetensors").exists() {
                return Ok(None);
            }
            let place = out.display();
            return Err(TrainingError::Occupied(format!(
                "{place} holds the checkpoint of a training with other settings or on other data; repeat its command, or give --out another directory"
            )));
        }
        let state = candle_core::safetensors::load_buffer(&bytes, &candle_core::Device::Cpu)?;
        Ok(Some(Self { settings: header.settings, material: header.material, reports: header.reports, state }))
    }

    /// The mark that stands beside a model which belongs to a training without a checkpoint yet. A kill before the first one
    /// would otherwise leave what looks like a finished model.
    pub fn mark(settings: &EncoderTraining, material: &str) -> Self {
        Self { settings: settings.clone(), material: material.to_owned(), reports: Vec::new(), state: HashMap::new() }
    }

    /// Writes the checkpoint so that a kill leaves either the old one or the new one.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn write(&self, out: &Path) -> Result<(), TrainingError> {
        let path = path(out);
        let header = Header { settings: self.settings.clone(), material: self.material.clone(), reports: self.reports.clone() };
        let header = serde_json::to_string(&header).map_err(|error| failed(&path, error))?;
        let bytes = safetensors::serialize(&self.state, Some(HashMap::from([(HEADER.to_owned(), header)])))
            .map_err(|error| failed(&path, error))?;
        write_atomically(&path, &bytes)
    }

    /// Removes the checkpoint of a finished training.
    ///
    /// # Errors
    /// When it is there but can't be removed.
    pub fn remove(out: &Path) -> Result<(), TrainingError> {
        let path = path(out);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(failed(&path, error)),
            _ => Ok(()),
        }
    }
}
