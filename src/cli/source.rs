//! Documents with what their project knows of them, and the head that it has for them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use anyhow::{Context as _, Result, bail};

use super::args::Shared;
use super::look::{look, with_names_of};
use super::screen::notes_of;
use super::setup::{base_scheme, open_corpora, open_corpus};
use super::tell::Usage;
use crate::domain::{Annotations, Document, DocumentId, LabelScheme, Words};
use crate::formats::Corpus;
use crate::head::Head;
use crate::inference::Model;
use crate::store::protocol::QueueEntry;
use crate::store::{Project, place};

/// How far a document has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The project holds nothing on it.
    New,
    /// Something may be decided.
    Started,
    /// The annotator has said that it is done, or skipped it.
    Settled,
}

/// One path's documents.
pub struct Source {
    /// The documents.
    pub corpus: Corpus,
    project: Option<Rc<Project>>,
    /// What the project holds.
    known: HashMap<DocumentId, QueueEntry>,
}

impl Source {
    /// The sample corpus, with its project if there is one.
    ///
    /// # Errors
    /// When that can't be opened.
    pub fn sample(shared: &Shared) -> Result<Self> {
        let place = place::project_path(None);
        let project = place::is_project(&place).then(|| look(&place, shared)).transpose()?.map(Rc::new);
        let known = project.as_ref().map_or_else(|| Ok(Vec::new()), |project| project.documents())?.into_iter().collect();
        Ok(Self { corpus: Corpus::sample(), project, known })
    }

    /// How far the document at `index` has come.
    pub fn standing(&self, index: usize) -> Standing {
        match self.corpus.id(index).and_then(|id| self.known.get(id)).map(|entry| entry.review) {
            None => Standing::New,
            Some(review) if review.is_settled() => Standing::Settled,
            Some(_) => Standing::Started,
        }
    }

    /// Number of documents on which the project holds something.
    pub fn started(&self) -> usize {
        self.started_documents().count()
    }

    /// Indices of these.
    pub fn started_documents(&self) -> impl Iterator<Item = usize> {
        (0..self.corpus.len()).filter(|&index| self.standing(index) != Standing::New)
    }

    /// What is decided of a document.
    ///
    /// # Errors
    /// When the project can't be read.
    pub fn annotations(&self, document: &Document, words: &Words, scheme: &LabelScheme) -> Result<Annotations> {
        match &self.project {
            Some(project) => Ok(project.annotations(document, words, scheme)?.annotations),
            None => Ok(Annotations::default()),
        }
    }
}

/// Opens the paths, each with its project if there is one; `--project` is the project of all of them.
///
/// # Errors
/// When a path or project can't be opened, or the paths belong to several projects.
pub fn open_sources(paths: &[PathBuf], shared: &Shared) -> Result<Vec<Source>> {
    let place_of = |path: &PathBuf| -> Option<PathBuf> {
        let own = || (path != Path::new("-")).then(|| place::project_path(Some(path)));
        let place = shared.project.clone().or_else(own).filter(|place| place::is_project(place))?;
        Some(place.canonicalize().unwrap_or(place))
    };
    let mut places: Vec<PathBuf> = paths.iter().filter_map(place_of).collect();
    places.sort();
    places.dedup();
    if let [first, second, ..] = &*places {
        bail!(Usage(format!(
            "these notes belong to different projects ({} and {}), whose scores can't be compared; take one at a time, or \
             name one with --project",
            first.display(),
            second.display()
        )));
    }
    if let Some(named) = shared.project.as_deref().filter(|named| !place::is_project(named)) {
        bail!("there is no project {} yet; open the notes with `chartmark` or import decisions first", named.display());
    }
    let mut project = places.first().map(|place| look(place, shared)).transpose()?;
    let corpora = match (paths, &project) {
        ([own], Some(project)) if place::is_project(own) => vec![notes_of(project)?],
        ([path], _) => vec![open_corpus(path)?],
        (paths, _) => open_corpora(paths)?,
    };
    if let ([path], [corpus]) = (paths, &*corpora) {
        project = project.map(|project| with_names_of(project, path, Some(corpus), shared)).transpose()?;
    }
    let project = project.map(Rc::new);
    let known: HashMap<DocumentId, QueueEntry> = match &project {
        Some(project) => project.documents()?.into_iter().collect(),
        None => HashMap::new(),
    };
    let of = |(path, corpus): (&PathBuf, Corpus)| match place_of(path) {
        Some(_) => Source { corpus, project: project.clone(), known: known.clone() },
        None => Source { corpus, project: None, known: HashMap::new() },
    };
    Ok(paths.iter().zip(corpora).map(of).collect())
}

/// The project's active head, else the model's, for the labels in use; and what is to be said of it.
///
/// # Errors
/// When the head or the project can't be read.
pub fn head_of(sources: &[Source], model: &Model, shared: &Shared) -> Result<(Head, Option<String>)> {
    head_in(sources.iter().find_map(|source| source.project.as_deref()), model, shared)
}

/// As [`head_of`], of one project.
///
/// # Errors
/// As there.
pub fn head_in(project: Option<&Project>, model: &Model, shared: &Shared) -> Result<(Head, Option<String>)> {
    // Whoever names a scheme has had its head loaded.
    let own = match shared.scheme {
        Some(_) => None,
        None => project.map(Project::scheme).transpose()?.flatten(),
    };
    let scheme = match (own, model.head()) {
        (Some(scheme), _) => scheme,
        (None, Some(head)) => head.meta.scheme.clone(),
        (None, None) => base_scheme(shared)?,
    };
    active_head(project, &scheme, model)
}

/// The head of the project's active version for these labels, else the model's; and what is to be said of it.
///
/// # Errors
/// When the head or the project can't be read.
pub fn active_head(project: Option<&Project>, scheme: &LabelScheme, model: &Model) -> Result<(Head, Option<String>)> {
    let active = project.map(Project::active).transpose()?.unwrap_or(0);
    let version = match project {
        Some(project) if active != 0 => project.version(active)?,
        _ => return Ok((model.head_for(scheme)?, None)),
    };
    if version.record.encoder != model.encoder.hash {
        let notice = format!(
            "version {active}, which is active, belongs to another encoder: the original model is used; name its model with \
             --model DIR"
        );
        return Ok((model.head_for(scheme)?, Some(notice)));
    }
    let bytes = project.map(|project| project.head(active)).transpose()?.flatten();
    let head = Head::from_bytes(&bytes.context("the active version has no head")?)?;
    model.check_head(Some(&head))?;
    Ok((model.version_for(&head, scheme)?, None))
}
