//! What several commands need: the model and the notes that the arguments name.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use super::args::Shared;
use crate::domain::{Document, LabelScheme};
use crate::encoder::{DeviceChoice, ModelSource};
use crate::formats::{Corpus, GoldDocument, plain};
use crate::inference::model::description;
use crate::inference::{Model, bundled};

/// The model that `--model` names, else the bundled one.
pub fn source(shared: &Shared) -> ModelSource {
    shared.model.clone().map_or_else(bundled, ModelSource::Directory)
}

/// Loads that model on the device that `--device` names.
///
/// # Errors
/// When either can't be used.
pub fn load_model(shared: &Shared) -> Result<Model> {
    let device = DeviceChoice::from(shared.device).open()?;
    Ok(Model::load(&source(shared), &device)?)
}

/// Opens notes; what could not be read of them is told on standard error.
///
/// # Errors
/// When there is nothing to read.
pub fn open_corpus(path: &Path) -> Result<Corpus> {
    if path == Path::new("-") {
        let text = plain::read_from(std::io::stdin().lock(), "standard input", crate::formats::MAX_BYTES)?;
        let document = Document::new("-", text);
        return Ok(Corpus::from_documents("standard input", vec![GoldDocument { document, spans: None }]));
    }
    let (corpus, problems) = Corpus::open(path)?;
    problems.iter().for_each(|problem| eprintln!("chartmark: {problem}"));
    Ok(corpus)
}

/// Opens several, which must not be empty.
///
/// # Errors
/// When one can't be opened.
pub fn open_corpora(paths: &[PathBuf]) -> Result<Vec<Corpus>> {
    if paths.iter().filter(|path| *path == Path::new("-")).count() > 1 {
        bail!("'-' stands for standard input and can be given once");
    }
    paths.iter().map(|path| open_corpus(path)).collect()
}

/// The labels that a project starts with: the model's, or for a plain BERT those of the bundled model.
///
/// # Errors
/// When the model's description can't be read.
pub fn base_scheme(source: &ModelSource) -> Result<LabelScheme> {
    let found = match description(source)? {
        Some(own) => Some(own),
        None => description(&bundled())?,
    };
    found.map(|found| found.scheme).context("the bundled model has no labels; build chartmark again")
}

/// Who decides: `--annotator`, else the login name.
pub fn annotator(shared: &Shared) -> String {
    let login = || whoami::username().unwrap_or_else(|_| "annotator".to_owned());
    shared.annotator.clone().unwrap_or_else(login)
}
