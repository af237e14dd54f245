//! `chartmark [PATH]`: the screen, or, where there is no terminal, a filter.

use std::io::{IsTerminal as _, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result};

use super::args::Shared;
use super::own::Own;
use super::predict::{missing, output};
use super::screen;
use super::setup::load_model;
use super::source::{Source, head_of, open_sources};
use super::tell::tell;
use crate::domain::{LabelSet, visible};
use crate::formats::text;
use crate::inference::stream::{Predicted, predict_all};
use crate::store::place;

/// Opens the screen if standard input and output are a terminal; else prints the labelled notes.
///
/// # Errors
/// When the path or the model can't be used, or the output can't be written.
pub fn run(path: Option<&Path>, guidelines: Option<&Path>, shared: &Shared, own: &Own) -> Result<()> {
    if std::io::stdin().is_terminal() && std::io::stdout().is_terminal() {
        return screen::run(path, guidelines, shared, own);
    }
    own.insist()?;
    let project = shared.project.as_deref().filter(|named| place::is_project(named));
    let source = match path.or(project) {
        Some(path) => open_sources(&[path.to_owned()], shared)?.pop().context("there are no notes")?,
        None => Source::sample(shared)?,
    };
    let again = path.map_or_else(String::new, |path| format!(" {}", path.display()));
    tell(format_args!("printing the labelled text; run `chartmark{again}` in a terminal, unredirected, to open the screen"));
    print(&source, shared)
}

/// Prints the notes with what the project has decided, and elsewhere the labels of the head in use.
fn print(source: &Source, shared: &Shared) -> Result<()> {
    let model = load_model(shared)?;
    let (head, notice) = head_of(std::slice::from_ref(source), &model, shared)?;
    notice.iter().for_each(tell);
    let (scheme, thresholds) = (&head.meta.scheme, &head.meta.thresholds);
    let (names, mut out, mut failed) = (scheme.names().collect::<Vec<_>>(), output(None)?, 0);
    let corpus = &source.corpus;
    let load = |index| corpus.load(index).map(|loaded| loaded.document).map_err(|error| error.to_string());
    predict_all(&model, &head, (0..corpus.len()).map(load), |note| {
        let Predicted { document, words, predictions } = match note {
            Ok(predicted) => predicted,
            Err(why) => {
                tell(visible(&why));
                failed += 1;
                return Ok(());
            }
        };
        let annotations = source.annotations(&document, &words, scheme)?;
        let set = |word: usize| match words[word].alphanumeric {
            true => annotations.shown(word, scheme.len(), predictions.predicted(word, thresholds)),
            false => LabelSet::EMPTY,
        };
        let sets: Vec<LabelSet> = (0..words.len()).map(set).collect();
        text::write(&mut out, &document, &words, &sets, &names, true).context("the output could not be written")
    })?;
    out.flush().context("the output could not be written")?;
    missing(failed)
}
