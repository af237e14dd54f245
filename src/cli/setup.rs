//! What several commands need: the model, the notes and the project that the arguments name.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};

use super::args::Shared;
use super::cache;
use super::look::look;
use super::tell::{Usage, tell};
use crate::domain::{Document, LabelScheme};
use crate::encoder::{DeviceChoice, ModelSource, Precision};
use crate::formats::{Corpus, GoldDocument, plain, read_scheme};
use crate::inference::model::description;
use crate::inference::{Model, bundled};
use crate::store::{Project, place};

/// The model that `--model` names, else the bundled one.
pub fn source(shared: &Shared) -> ModelSource {
    shared.model.clone().map_or_else(bundled, ModelSource::Directory)
}

/// That a model can be written to `out`.
///
/// # Errors
/// When one is there already.
pub fn vacant(out: &Path) -> Result<()> {
    if out.join("model.safetensors").exists() {
        bail!("{} holds a model already, which stays as it is; give --out another directory", out.display());
    }
    Ok(())
}

/// The precision that `--precision` names.
pub fn precision(shared: &Shared) -> Option<Precision> {
    shared.precision.map(Into::into)
}

/// Loads that model on the device that `--device` names.
///
/// # Errors
/// When either can't be used.
pub fn load_model(shared: &Shared) -> Result<Model> {
    load(&source(shared), shared)
}

/// Loads a model on the device that `--device` names.
///
/// # Errors
/// When either can't be used.
pub fn load(source: &ModelSource, shared: &Shared) -> Result<Model> {
    if let ModelSource::Directory(dir) = source
        && !dir.is_dir()
    {
        bail!("there is no model directory {}; check the path behind --model", dir.display());
    }
    let device = DeviceChoice::from(shared.device).open()?;
    let unusable = || format!("the model {} can't be used", source.path().display());
    let mut model = Model::load(source, &device, precision(shared)).with_context(unusable)?;
    cache::keep(&mut model.encoder, shared);
    if let (None, Some(usual)) = (&shared.scheme, &shared.usual_scheme) {
        // A model that has never heard of the usual labels is asked about its own.
        model.choose(usual);
    }
    if let Some(name) = &shared.scheme
        && !model.choose(name)
    {
        let scheme = named_scheme(name, model.heads.iter().map(|head| &head.meta.scheme))?;
        let head = model.head_for(&scheme).with_context(unusable)?;
        let unlearned: Vec<&str> = head.unlearned()?.iter().map(|label| scheme.labels[label].name.as_str()).collect();
        if !unlearned.is_empty() {
            let (model, labels) = (&model.name, unlearned.join(", "));
            tell(format_args!("{model} has not learned {labels}: found by their seed terms alone, if they have any"));
        }
        model.heads = vec![head];
    }
    Ok(model)
}

/// The scheme that `--scheme` names: one of those that there are, or a file's.
///
/// # Errors
/// When it is neither, or the file can't be used.
pub fn named_scheme<'a>(name: &str, there: impl Iterator<Item = &'a LabelScheme> + Clone) -> Result<LabelScheme> {
    if let Some(found) = there.clone().find(|scheme| scheme.name == name) {
        return Ok(found.clone());
    }
    if Path::new(name).is_file() {
        return read_scheme_file(Path::new(name));
    }
    let known: Vec<String> = there.map(|scheme| format!("'{}'", scheme.name)).collect();
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    bail!(Usage(format!("there is no label scheme or scheme file '{name}'; the schemes here: {known}")))
}

/// Reads a scheme file; what is wrong with it is told on standard error.
///
/// # Errors
/// When it can't be read or is no scheme.
pub fn read_scheme_file(path: &Path) -> Result<LabelScheme> {
    let name = path.display().to_string();
    let text = plain::read(path).map_err(|error| anyhow!("{error}"))?;
    read_scheme(&text, &name).map_err(|problems| {
        problems.iter().for_each(tell);
        anyhow!("{name} can't be used as a label scheme; see above")
    })
}

/// Hash of the encoder of the model that `--model` names, without loading it where its description tells.
///
/// # Errors
/// When the model can't be read.
pub fn encoder_hash(shared: &Shared) -> Result<String> {
    let source = source(shared);
    let hash =
        || Ok::<_, anyhow::Error>(description(&source)?.map_or_else(|| source.weights().map(|it| it.1), |it| Ok(it.encoder))?);
    hash().with_context(|| format!("the model {} can't be used", source.path().display()))
}

/// Opens notes; what could not be read of them is told on standard error.
///
/// # Errors
/// When there is nothing to read.
pub fn open_corpus(path: &Path) -> Result<Corpus> {
    if path == Path::new("-") {
        let text = plain::read_from(std::io::stdin().lock(), "standard input", crate::formats::MAX_BYTES)?;
        let document = Document::new("-", text);
        return Ok(Corpus::from_documents("standard input", vec![GoldDocument::unlabelled(document)]));
    }
    let (corpus, problems) = Corpus::open(path)?;
    problems.iter().for_each(tell);
    Ok(corpus)
}

/// Opens several, which must not be empty.
///
/// # Errors
/// When one can't be opened.
pub fn open_corpora(paths: &[PathBuf]) -> Result<Vec<Corpus>> {
    if paths.iter().filter(|path| *path == Path::new("-")).count() > 1 {
        bail!(Usage("'-' stands for standard input and can be given once".into()));
    }
    paths.iter().map(|path| open_corpus(path)).collect()
}

/// The label schemes to choose from: the model's, in its order, and behind them those of the bundled model.
///
/// # Errors
/// When a model's description can't be read.
pub fn known_schemes(source: &ModelSource) -> Result<Vec<LabelScheme>> {
    let mut schemes: Vec<LabelScheme> = Vec::new();
    for description in [description(source)?, description(&bundled())?].into_iter().flatten() {
        for head in description.heads {
            if schemes.iter().all(|known| known.name != head.scheme.name) {
                schemes.push(head.scheme);
            }
        }
    }
    Ok(schemes)
}

/// The labels that a project starts with: those that `--scheme` names, else the usual ones that a person has set, else the model's first, or for a plain BERT the
/// bundled model's first.
///
/// # Errors
/// When the model's description can't be read or there is no such scheme.
pub fn base_scheme(shared: &Shared) -> Result<LabelScheme> {
    let known = known_schemes(&source(shared))?;
    match shared.scheme.as_ref().or(shared.usual_scheme.as_ref()) {
        Some(name) => named_scheme(name, known.iter()),
        None => known.into_iter().next().context("the bundled model has no labels; build chartmark again"),
    }
}

/// Who decides: `--annotator`, else the login name.
pub fn annotator(shared: &Shared) -> String {
    let login = || whoami::username().unwrap_or_else(|_| "annotator".to_owned());
    shared.annotator.clone().unwrap_or_else(login)
}

/// Where the project of the notes at `path` is (`None`: of the sample corpus), unless `--project` says otherwise.
///
/// # Errors
/// When there is nothing at `path`.
pub fn project_place(path: Option<&Path>, shared: &Shared) -> Result<PathBuf> {
    match (&shared.project, path) {
        (Some(project), _) => Ok(project.clone()),
        (None, Some(path)) if !path.exists() => bail!("there is nothing at {}; check the path", path.display()),
        (None, path) => Ok(place::project_path(path)),
    }
}

/// Opens the project of the notes at `path`, which must be there already.
///
/// # Errors
/// When it isn't, or can't be opened.
pub fn open_project(path: Option<&Path>, shared: &Shared) -> Result<Project> {
    let project = Project::open(&existing(path, shared)?, &annotator(shared))?;
    project.notice().iter().for_each(tell);
    Ok(project)
}

/// Opens the project of the notes at `path`, which must be there already, to be read alone.
///
/// # Errors
/// When it isn't, or can't be opened.
pub fn look_at_project(path: Option<&Path>, shared: &Shared) -> Result<Project> {
    look(&existing(path, shared)?, shared)
}

fn existing(path: Option<&Path>, shared: &Shared) -> Result<PathBuf> {
    let place = project_place(path, shared)?;
    if !place.exists() {
        bail!(
            "there is no project {} yet; open the notes with `chartmark` first, or name another with --project",
            place.display()
        );
    }
    Ok(place)
}
