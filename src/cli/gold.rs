//! Reading gold for commands.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use super::args::Shared;
use super::setup::{known_schemes, named_scheme, source};
use super::tell::tell;
use crate::domain::LabelScheme;
use crate::formats::gold::{label_names, read};
use crate::formats::spans::unknown_labels;
use crate::formats::{GoldDocument, word_sets};
use crate::tokenization::segment;
use crate::training;

/// Reads a gold file; problems go to standard error, the rest is used. A document of which a span can't be read is left out: what
/// it says of other words may not be so.
///
/// # Errors
/// When it can't be opened or holds no labelled document.
pub fn read_gold(path: &Path) -> Result<Vec<GoldDocument>> {
    let name = path.display().to_string();
    let file = File::open(path).with_context(|| format!("{name} can't be opened; check the path"))?;
    let (mut documents, problems) = read(BufReader::new(file), &name);
    problems.iter().for_each(tell);
    let partial = documents.iter().filter(|gold| gold.partial).count();
    if partial > 0 {
        let documents = if partial == 1 { "1 document".to_owned() } else { format!("{partial} documents") };
        tell(format_args!("{name}: {documents} with spans that can't be read left out; mend these to have them counted"));
    }
    documents.retain(|gold| gold.spans.is_some() && !gold.partial);
    if documents.is_empty() {
        bail!("{name} holds no gold: it needs a JSON object a line with \"id\", \"text\" and \"spans\"");
    }
    Ok(documents)
}

/// A scheme of the labels that occur in gold, the most frequent first, so that these get the digit keys.
///
/// # Errors
/// When there are none, or too many.
pub fn scheme_of(path: &Path, documents: &[GoldDocument]) -> Result<LabelScheme> {
    let name = path.parent().and_then(Path::file_name).map_or_else(|| "gold".into(), |name| name.to_string_lossy());
    let mut names = label_names(documents);
    let spans = || documents.iter().flat_map(|gold| gold.spans.iter().flatten());
    names.sort_by_cached_key(|name| std::cmp::Reverse(spans().filter(|span| span.label == *name).count()));
    LabelScheme::from_names(&name, &names).with_context(|| path.display().to_string())
}

/// The labels to learn from gold: those of the scheme that `--scheme` names, else those that occur, as [`scheme_of`] has
/// them. Labels that the named scheme lacks are told on standard error and left out.
///
/// # Errors
/// When there is no such scheme, or no label.
pub fn scheme_to_learn(path: &Path, documents: &[GoldDocument], shared: &Shared) -> Result<LabelScheme> {
    let Some(name) = &shared.scheme else { return scheme_of(path, documents) };
    let scheme = named_scheme(name, known_schemes(&source(shared))?.iter())?;
    let spans = documents.iter().flat_map(|gold| gold.spans.iter().flatten());
    let lacking = unknown_labels(spans, &scheme);
    if !lacking.is_empty() {
        let (file, lacking) = (path.display(), lacking.join(", "));
        tell(format_args!("{file}: labels that '{}' lacks are left out: {lacking}", scheme.name));
    }
    Ok(scheme)
}

/// Cuts gold documents into words with their label sets.
pub fn to_training(documents: &[GoldDocument], scheme: &LabelScheme) -> Vec<training::GoldDocument> {
    let convert = |gold: &GoldDocument| {
        let text = gold.document.text.clone();
        let words = segment(&text);
        let sets = word_sets(&words, gold.spans.as_deref().unwrap_or(&[]), scheme);
        training::GoldDocument { text, words, sets }
    };
    documents.iter().map(convert).collect()
}
