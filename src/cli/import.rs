//! `chartmark import`: decisions that were made elsewhere, brought into a project.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, stdin};
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use super::args::{ImportArguments, ImportFormat, Shared};
use super::screen::{Opening, notes_of, open};
use super::setup::{annotator, base_scheme};
use super::tell::tell;
use crate::domain::{Document, TextHash, visible};
use crate::formats::gold::{label_names, read};
use crate::formats::{Corpus, GoldDocument, Problem};
use crate::store::{Project, place};

/// Reads a file; gives what could be read and the problems, which name the file so.
type Reader = fn(Box<dyn BufRead>, &str) -> (Vec<GoldDocument>, Vec<Problem>);

/// A format that can be imported.
struct Format {
    name: ImportFormat,
    read: Reader,
    /// Whether a word without a span is decided not to have the label unless the arguments say otherwise.
    complete: bool,
}

const FORMATS: [Format; 1] = [Format { name: ImportFormat::Gold, read: |input, name| read(input, name), complete: true }];

/// What became of the documents of the file.
#[derive(Debug, Default, PartialEq)]
struct Tally {
    imported: usize,
    spans: usize,
    /// Those whose decisions the project held already.
    known: usize,
    /// Those whose text stands under another id in the notes.
    renamed: usize,
    /// Those that the file gives no spans for, not even an empty list.
    unlabelled: usize,
    /// Ids of those that are in the notes with another text.
    changed: Vec<String>,
    /// Ids of those that the notes lack.
    missing: Vec<String>,
}

/// Records what the file says of the notes' documents, all in one transaction, and tells what became of each.
///
/// # Errors
/// When the file or the project can't be used, another process writes to the project, or none of the documents is in
/// the notes.
pub fn run(arguments: &ImportArguments, shared: &Shared) -> Result<()> {
    let Some(format) = FORMATS.iter().find(|format| format.name == arguments.from) else {
        bail!("this format can't be imported yet");
    };
    let name = arguments.file.display().to_string();
    let (documents, problems) = (format.read)(input(&arguments.file)?, &name);
    problems.iter().for_each(tell);
    if !documents.iter().any(|gold| gold.spans.is_some()) {
        bail!("{name} holds no decisions: it needs a JSON object a line with \"id\", \"text\" and \"spans\"");
    }
    let (corpus, mut project) = target(arguments.path.as_deref(), shared)?;
    let labels = label_names(&documents);
    let known = project.scheme()?.map_or_else(|| base_scheme(shared), Ok)?;
    let scheme = known.extended(&labels).with_context(|| format!("the labels of {name} don't fit into this project"))?;
    if scheme != known {
        let added: Vec<_> = scheme.names().skip(known.len()).map(visible).collect();
        project.set_scheme(&scheme)?;
        tell(format_args!("new in the project's label scheme: {}", added.join(", ")));
    }
    let complete = arguments.complete || (format.complete && !arguments.partial);
    let tally = record(&mut project, corpus.as_ref(), documents, complete.then_some(labels.as_slice()))?;
    tally.report(&name, &project);
    project.close()?;
    if tally.imported + tally.known == 0 {
        bail!("no document of {name} is in the notes, so nothing was imported; name the notes that it was made from behind it");
    }
    Ok(())
}

fn input(path: &Path) -> Result<Box<dyn BufRead>> {
    if path == Path::new("-") {
        return Ok(Box::new(BufReader::new(stdin())));
    }
    let file = File::open(path).with_context(|| format!("{} can't be opened; check the path", path.display()))?;
    Ok(Box::new(BufReader::new(file)))
}

/// The project, kept from other writers, and its notes; none where it belongs to no notes and holds its documents itself.
fn target(path: Option<&Path>, shared: &Shared) -> Result<(Option<Corpus>, Project)> {
    let own = match (path, &shared.project) {
        (Some(path), _) if place::is_project(path) => path,
        (None, Some(named)) => named,
        _ => {
            let Opening { corpus, project, .. } = open(path, shared)?;
            return Ok((Some(corpus), project));
        }
    };
    // Before the project, which would be made for nothing if the model were not there.
    base_scheme(shared)?;
    let mut project = Project::open(own, &annotator(shared))?;
    project.notice().iter().for_each(tell);
    project.hold()?;
    let corpus = project.corpus()?.map(|_| notes_of(&project)).transpose()?;
    Ok((corpus, project))
}

/// Records every document's spans. `complete` names the labels that are decided to be absent elsewhere.
fn record(
    project: &mut Project,
    corpus: Option<&Corpus>,
    documents: Vec<GoldDocument>,
    complete: Option<&[String]>,
) -> Result<Tally> {
    let (mut tally, mut texts) = (Tally::default(), None);
    let tally = &mut tally;
    project.write(|writer| {
        for GoldDocument { document, spans } in documents {
            let Some(spans) = spans else {
                tally.unlabelled += 1;
                continue;
            };
            let document = match corpus {
                None => Some(document),
                Some(corpus) => find(corpus, document, &mut texts, tally),
            };
            match document.map(|document| writer.import(&document, &spans, complete)).transpose()? {
                Some(true) => {
                    tally.imported += 1;
                    tally.spans += spans.len();
                }
                Some(false) => tally.known += 1,
                None => {}
            }
        }
        Ok(())
    })?;
    Ok(std::mem::take(tally))
}

/// The document of the notes that has the same id and text or, under whatever id, the same text; the others are noted.
fn find(corpus: &Corpus, document: Document, texts: &mut Option<Texts>, tally: &mut Tally) -> Option<Document> {
    let load = |index: usize| corpus.load(index).ok().map(|loaded| loaded.document);
    let namesake = corpus.index_of(&document.id).and_then(load);
    if let Some(same) = namesake.as_ref().filter(|own| own.text == document.text) {
        return Some(same.clone());
    }
    let texts = texts.get_or_insert_with(|| Texts::of(corpus));
    if let Some(found) = texts.only(document.text_hash()).and_then(load) {
        tally.renamed += 1;
        return Some(found);
    }
    let id = visible(document.id.as_str()).into_owned();
    if namesake.is_some() {
        tally.changed.push(id)
    } else {
        tally.missing.push(id)
    };
    None
}

/// Where each text stands in the notes; `None` for one that stands there more than once.
struct Texts(HashMap<TextHash, Option<usize>>);

impl Texts {
    fn of(corpus: &Corpus) -> Self {
        let mut texts = HashMap::new();
        for index in 0..corpus.len() {
            if let Ok(loaded) = corpus.load(index) {
                texts.entry(loaded.document.text_hash()).and_modify(|place| *place = None).or_insert(Some(index));
            }
        }
        Self(texts)
    }

    fn only(&self, text: TextHash) -> Option<usize> {
        self.0.get(&text).copied().flatten()
    }
}

impl Tally {
    fn report(&self, name: &str, project: &Project) {
        let into = project.path().display();
        tell(format_args!("{} with {} imported into {into}", counted(self.imported, "document"), counted(self.spans, "span")));
        if self.known > 0 {
            tell(format_args!("{} had been imported before; nothing of them has changed", counted(self.known, "document")));
        }
        if self.renamed > 0 {
            tell(format_args!("{} found by text: the notes have another id", counted(self.renamed, "document")));
        }
        if self.unlabelled > 0 {
            tell(format_args!("{} without \"spans\" left out", counted(self.unlabelled, "document")));
        }
        for (ids, what) in [(&self.changed, "have another text in the notes"), (&self.missing, "are not in the notes")] {
            if let Some(first) = ids.first() {
                let (count, more) = (counted(ids.len(), "document"), if ids.len() > 1 { ", the first being" } else { ":" });
                tell(format_args!("{count} of {name} left out, as they {what}{more} {first}"));
            }
        }
    }
}

/// A count with its noun.
fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
