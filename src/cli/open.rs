//! `chartmark [PATH]`: the screen, or, where there is no terminal, a filter.

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::args::{PredictFormat, Shared};
use super::predict;
use super::screen;
use super::setup::{annotator, load_model, open_corpus};
use super::tell::tell;
use crate::formats::Corpus;
use crate::store::{Project, place};

/// Opens the screen if standard input and output are a terminal; else prints the labelled notes.
///
/// # Errors
/// When the path or the model can't be used, or the output can't be written.
pub fn run(path: Option<&Path>, shared: &Shared) -> Result<()> {
    if std::io::stdin().is_terminal() && std::io::stdout().is_terminal() {
        return screen::run(path, shared);
    }
    let corpus = match path {
        None => Corpus::sample(),
        Some(path) if place::is_project(path) => of_project(path, shared)?,
        Some(path) => open_corpus(path)?,
    };
    let model = load_model(shared)?;
    let again = path.map_or_else(String::new, |path| format!(" {}", path.display()));
    tell(format_args!("printing the labelled text; run `chartmark{again}` in a terminal, unredirected, to open the screen"));
    let mut out = predict::output(None)?;
    let failed = predict::label(&[corpus], &model, PredictFormat::Text, &mut out)?;
    out.flush().context("the output could not be written")?;
    predict::missing(failed)
}

/// The notes that a project belongs to, or, where they have gone, those that it holds itself.
fn of_project(path: &Path, shared: &Shared) -> Result<Corpus> {
    let project = Project::open(path, &annotator(shared))?;
    let corpus = match project.corpus()?.map(PathBuf::from) {
        Some(notes) if notes.exists() => open_corpus(&notes)?,
        _ => screen::kept(&project, path)?,
    };
    project.close()?;
    Ok(corpus)
}
