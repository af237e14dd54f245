//! `chartmark import`: decisions that were made elsewhere, brought into a project.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{BufRead, BufReader, stdin};
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use super::args::{ImportArguments, ImportFormat, Shared};
use super::look::follow;
use super::screen::{Opening, notes_of, open_and_tell};
use super::setup::{annotator, base_scheme, project_place};
use super::tell::{counted, tell};
use crate::domain::{Document, DocumentId, Span, TextHash, visible};
use crate::formats::gold::{label_names, read};
use crate::formats::{Corpus, GoldDocument, Loaded};
use crate::store::{Project, StoreError, place};

/// What the file says of a document of the notes.
struct Found {
    document: Document,
    spans: Vec<Span>,
    /// Whether some spans could not be read.
    partial: bool,
    /// The gold that lies beside the document; `None` if there is none.
    beside: Option<Beside>,
}

/// Gold that lies beside a document.
struct Beside {
    spans: Vec<Span>,
    partial: bool,
}

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
    /// Ids of those that are in the notes, or in a project that holds its documents itself, with another text.
    changed: Vec<String>,
    /// Ids of those that the notes lack.
    missing: Vec<String>,
    /// Ids of those that are of a document of which an earlier line has spoken.
    again: Vec<String>,
}

/// Records what the file says of the notes' documents, all in one transaction, and tells what became of each.
///
/// # Errors
/// When the file or the project can't be used, another process writes to the project, or none of the documents is in
/// the notes.
pub fn run(arguments: &ImportArguments, shared: &Shared) -> Result<()> {
    let ImportFormat::Gold = arguments.from;
    let name = arguments.file.display().to_string();
    let (documents, problems) = read(input(&arguments.file)?, &name);
    problems.iter().for_each(tell);
    if !documents.iter().any(|gold| gold.spans.is_some()) {
        bail!("{name} holds no decisions: it needs a JSON object a line with \"id\", \"text\" and \"spans\"");
    }
    let labels = label_names(&documents);
    need_known(arguments, shared, &documents, &name)?;
    let (corpus, mut project) = target(arguments.path.as_deref(), shared)?;
    let mut tally = Tally::default();
    let found = find_all(&project, corpus.as_ref(), documents, &mut tally)?;
    let place = if corpus.is_some() { "the notes" } else { "the project" };
    if found.is_empty() {
        tally.report(&name, place, project.path());
        project.close()?;
        match corpus {
            Some(_) => bail!("{}", unknown(&name)),
            None => bail!(
                "nothing of {name} was imported: the project holds other texts under its ids; give its documents ids of their own"
            ),
        }
    }
    let known = project.scheme()?.map_or_else(|| base_scheme(shared), Ok)?;
    let scheme = known.extended(&labels).with_context(|| format!("the labels of {name} don't fit into this project"))?;
    if scheme != known {
        let added: Vec<_> = scheme.names().skip(known.len()).map(visible).collect();
        project.set_scheme(&scheme)?;
        tell(format_args!("new in the project's label scheme: {}", added.join(", ")));
    }
    let beside = corpus.as_ref().map_or(&[][..], Corpus::gold_labels);
    record(&mut project, found, (!arguments.partial).then_some(&labels), beside, &mut tally)?;
    tally.report(&name, place, project.path());
    Ok(project.close()?)
}

/// Refuses documents none of which is in the notes before a project is made for them: it would hold nothing.
fn need_known(arguments: &ImportArguments, shared: &Shared, documents: &[GoldDocument], name: &str) -> Result<()> {
    let path = arguments.path.as_deref();
    // A project without notes holds its documents itself; what is wrong with a path is said where it is opened.
    let alone = path.map_or(shared.project.is_some(), |path| place::is_project(path) || !path.exists());
    if alone || project_place(path, shared)?.exists() {
        return Ok(());
    }
    let corpus = match path {
        None => Corpus::sample(),
        // What can't be read of the notes is told when the project is made.
        Some(path) => Corpus::open(path)?.0,
    };
    let (mut texts, mut tally) = (None, Tally::default());
    let labelled = || documents.iter().filter(|gold| gold.spans.is_some());
    if labelled().any(|gold| find(&corpus, gold.document.clone(), &mut texts, &mut tally).is_some()) {
        return Ok(());
    }
    tally.unlabelled = documents.len() - labelled().count();
    tally.report(name, "the notes", &project_place(path, shared)?);
    bail!("{}", unknown(name));
}

fn unknown(name: &str) -> String {
    format!("no document of {name} is in the notes, so nothing was imported; name the notes that it was made from behind it")
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
            let Opening { corpus, project, .. } = open_and_tell(path, shared)?;
            return Ok((Some(corpus), project));
        }
    };
    // Before the project, which would be made for nothing if the model were not there.
    base_scheme(shared)?;
    let mut project = Project::open(own, &annotator(shared))?;
    project.hold()?;
    let corpus = project.corpus()?.map(|_| notes_of(&project)).transpose()?;
    if let Some(corpus) = &corpus {
        follow(&mut project, own, corpus)?;
    }
    project.notice().iter().for_each(tell);
    Ok((corpus, project))
}

/// The documents of the file that have spans, each as the notes or the project have it; the others are noted.
fn find_all(project: &Project, corpus: Option<&Corpus>, documents: Vec<GoldDocument>, tally: &mut Tally) -> Result<Vec<Found>> {
    let (mut all, mut texts, mut spoken_of) = (Vec::new(), None, HashSet::<DocumentId>::new());
    for GoldDocument { document, spans, partial } in documents {
        let Some(spans) = spans else {
            tally.unlabelled += 1;
            continue;
        };
        let id = visible(document.id.as_str()).into_owned();
        let found = match corpus {
            None => own(project, document, tally)?.map(|document| Found { document, spans, partial, beside: None }),
            Some(corpus) => find(corpus, document, &mut texts, tally).map(|(index, Loaded { document, gold })| {
                let beside = gold.map(|spans| Beside { spans, partial: corpus.has_partial_gold(index) });
                Found { document, spans, partial, beside }
            }),
        };
        match found {
            Some(found) if spoken_of.insert(found.document.id.clone()) => all.push(found),
            Some(_) => tally.again.push(id),
            None => {}
        }
    }
    Ok(all)
}

/// Records every document's spans, behind the gold that lies beside it: what was asked for holds over that. `complete` names
/// the labels that are decided to be absent elsewhere, `beside` those of the gold beside the notes.
fn record(
    project: &mut Project,
    found: Vec<Found>,
    complete: Option<&[String]>,
    beside: &[String],
    tally: &mut Tally,
) -> Result<(), StoreError> {
    project.write(|writer| {
        for Found { document, spans, partial, beside: own } in found {
            if let Some(own) = own {
                writer.import_gold(&document, &own.spans, (!own.partial).then_some(beside))?;
            }
            if writer.import(&document, &spans, complete.filter(|_| !partial))? {
                tally.imported += 1;
                tally.spans += spans.len();
            } else {
                tally.known += 1;
            }
        }
        Ok(())
    })
}

/// The document, unless the project holds another text under its id: what is decided there is of that text.
fn own(project: &Project, document: Document, tally: &mut Tally) -> Result<Option<Document>, StoreError> {
    match project.document(&document.id) {
        Ok(held) if held.text != document.text => {
            tally.changed.push(visible(document.id.as_str()).into_owned());
            Ok(None)
        }
        Ok(_) | Err(StoreError::NoDocument(_)) => Ok(Some(document)),
        Err(error) => Err(error),
    }
}

/// The document of the notes that has the same id and text or, under whatever id, the same text; the others are noted.
fn find(corpus: &Corpus, document: Document, texts: &mut Option<Texts>, tally: &mut Tally) -> Option<(usize, Loaded)> {
    let load = |index: usize| Some((index, corpus.load(index).ok()?));
    let namesake = corpus.index_of(&document.id).and_then(load);
    let is_other = namesake.is_some();
    if let Some(same) = namesake.filter(|(_, own)| own.document.text == document.text) {
        return Some(same);
    }
    let texts = texts.get_or_insert_with(|| Texts::of(corpus));
    if let Some(found) = texts.only(document.text_hash()).and_then(load) {
        tally.renamed += 1;
        return Some(found);
    }
    let id = visible(document.id.as_str()).into_owned();
    if is_other {
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
    fn report(&self, name: &str, place: &str, project: &Path) {
        let into = project.display();
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
        for (ids, what) in [
            (&self.changed, format!("have another text in {place}")),
            (&self.missing, format!("are not in {place}")),
            (&self.again, "are of notes that stand before them in it".to_owned()),
        ] {
            if let Some(first) = ids.first() {
                let (count, more) = (counted(ids.len(), "document"), if ids.len() > 1 { ", the first being" } else { ":" });
                tell(format_args!("{count} of {name} left out, as they {what}{more} {first}"));
            }
        }
    }
}
