//! Reading gold for commands.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use super::args::Shared;
use super::setup::{known_schemes, named_scheme, source};
use super::tell::{Usage, counted, tell};
use crate::domain::{LabelScheme, LabelSet};
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
        let documents = counted(partial, "document");
        tell(format_args!("{name}: {documents} with spans that can't be read left out; mend these to have them counted"));
    }
    documents.retain(|gold| gold.spans.is_some() && !gold.partial);
    if documents.is_empty() {
        bail!("{name} holds no gold: it needs a JSON object a line with \"id\", \"text\" and \"spans\"");
    }
    Ok(documents)
}

/// What the schemes of gold files are called, a name a file: each after its file's folder; files whose folders are called the
/// same, as those in one folder are, after themselves.
///
/// # Errors
/// When two would still have one name: nothing can load such a model.
pub fn scheme_names(files: &[PathBuf]) -> Result<Vec<String>> {
    let folders: Vec<String> = files.iter().map(|file| folder_name(file)).collect();
    let name = |(file, folder): (&PathBuf, &String)| match folders.iter().filter(|other| *other == folder).count() {
        1 => folder.clone(),
        _ => file.file_stem().map_or_else(|| folder.clone(), |stem| stem.to_string_lossy().into_owned()),
    };
    let names: Vec<String> = files.iter().zip(&folders).map(name).collect();
    if let Some(twice) = (1..names.len()).find(|&index| names[..index].contains(&names[index])) {
        bail!(Usage(format!(
            "two heads would be called '{}', after the --gold files or their folders, and nothing could load the model; give each \
             --gold once, and rename one of the files. Nothing was trained",
            names[twice]
        )));
    }
    Ok(names)
}

/// The name of the folder that a file is in, as it is typed.
fn folder_name(file: &Path) -> String {
    let name = file.parent().and_then(Path::file_name);
    name.map_or_else(|| "gold".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// A scheme of the labels that occur in gold, the most frequent first, so that these get the digit keys.
///
/// # Errors
/// When there are none, or too many.
pub fn scheme_of(path: &Path, documents: &[GoldDocument]) -> Result<LabelScheme> {
    let mut names = label_names(documents);
    if names.is_empty() {
        bail!("{} has no labelled word, so there is no label to learn; give gold with spans", path.display());
    }
    let spans = || documents.iter().flat_map(|gold| gold.spans.iter().flatten());
    names.sort_by_cached_key(|name| std::cmp::Reverse(spans().filter(|span| span.label == *name).count()));
    LabelScheme::from_names(&folder_name(path), &names).with_context(|| path.display().to_string())
}

/// The labels to learn from gold: those of the scheme that `--scheme` names, else those that occur, as [`scheme_of`] has
/// them. Labels that the named scheme lacks are told on standard error and left out.
///
/// # Errors
/// When there is no such scheme, or no label.
pub fn scheme_to_learn(path: &Path, documents: &[GoldDocument], shared: &Shared) -> Result<LabelScheme> {
    let Some(name) = &shared.scheme else { return scheme_of(path, documents) };
    let scheme = named_scheme(name, known_schemes(&source(shared))?.iter())?;
    tell_left_out(path, documents, &scheme);
    Ok(scheme)
}

/// Tells on standard error which labels of gold a scheme lacks: they are left out.
pub fn tell_left_out(path: &Path, documents: &[GoldDocument], scheme: &LabelScheme) {
    let lacking = unknown_labels(documents.iter().flat_map(|gold| gold.spans.iter().flatten()), scheme);
    if !lacking.is_empty() {
        let (file, lacking) = (path.display(), lacking.join(", "));
        tell(format_args!("{file}: labels that '{}' lacks are left out: {lacking}", scheme.name));
    }
}

/// Refuses gold of which no word has one of the labels that count: every figure on it would be 0.
///
/// # Errors
/// When it is such.
pub fn need_labelled<'a>(path: &Path, mut sets: impl Iterator<Item = &'a Vec<LabelSet>>) -> Result<()> {
    if sets.any(|sets| sets.iter().any(|set| !set.is_empty())) {
        return Ok(());
    }
    bail!(
        "{} has no word with a label that can be learned here, so nothing can be measured on it; give gold whose spans have the labels \
         of the pool",
        path.display()
    );
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_files_give_their_heads_one_name() {
        let names = |files: &[&str]| scheme_names(&files.iter().map(PathBuf::from).collect::<Vec<_>>());
        for (files, expected) in [
            (&["drugs/train.jsonl"][..], &["drugs"][..]),
            (&["drugs/train.jsonl", "findings/train.jsonl"], &["drugs", "findings"]),
            (&["gold/drugs.jsonl", "gold/findings.jsonl"], &["drugs", "findings"]),
            (&["drugs.jsonl", "findings.jsonl"], &["drugs", "findings"]),
            (&["a/gold/x.jsonl", "b/gold/y.jsonl", "c/z.jsonl"], &["x", "y", "c"]),
        ] {
            assert_eq!(names(files).unwrap(), expected);
        }
        for files in
            [&["gold/a.jsonl", "gold/a.jsonl"][..], &["gold/a.jsonl", "b/gold/a.json"], &["g/a.jsonl", "g/b.jsonl", "a/x"]]
        {
            let error = names(files).unwrap_err();
            assert!(error.is::<Usage>() && error.to_string().contains("two heads would be called 'a'"), "{error}");
        }
    }
}
