//! `chartmark [PATH]`: the screen, or, where there is no terminal, a filter.

use std::io::{IsTerminal as _, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result};

use super::args::{PredictFormat, Shared};
use super::own::Own;
use super::predict;
use super::progress::Bar;
use super::screen;
use super::setup::{load_model, open_corpus};
use super::tell::tell;
use crate::formats::Corpus;
use crate::store::{Project, place};

/// Opens the screen if standard input and output are a terminal; else prints the labelled notes.
///
/// # Errors
/// When the path or the model can't be used, or the output can't be written.
pub fn run(path: Option<&Path>, guidelines: Option<&Path>, shared: &Shared, own: &Own) -> Result<()> {
    if std::io::stdin().is_terminal() && std::io::stdout().is_terminal() {
        return screen::run(path, guidelines, shared, own);
    }
    own.insist()?;
    let project = path.or(shared.project.as_deref()).filter(|own| place::is_project(own));
    let corpus = match (project, path) {
        (Some(project), _) => screen::notes_of(&Project::look(project)?)?,
        (None, Some(path)) => open_corpus(path)?,
        (None, None) => Corpus::sample(),
    };
    let model = load_model(shared)?;
    let again = path.map_or_else(String::new, |path| format!(" {}", path.display()));
    tell(format_args!("printing the labelled text; run `chartmark{again}` in a terminal, unredirected, to open the screen"));
    let mut out = predict::output(None)?;
    let failed = predict::label(&[predict::Notes::Corpus(corpus)], &model, PredictFormat::Text, &mut out, Bar::silent())?;
    out.flush().context("the output could not be written")?;
    predict::missing(failed)
}
