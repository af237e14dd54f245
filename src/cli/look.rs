//! Projects that a command reads: brought up to date, and with their notes by the names that these have now.

use std::ops::Deref;
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::args::Shared;
use super::setup::annotator;
use super::tell::tell;
use crate::formats::Corpus;
use crate::store::{Project, StoreError, place};

/// Opens the project at `place` to be read alone. One of an older Chartmark is brought up to date first, which leaves a copy.
///
/// # Errors
/// When it can't be opened, or brought up to date.
pub fn look(place: &Path, shared: &Shared) -> Result<Project> {
    match Project::look(place) {
        Err(StoreError::Older(_)) if place::is_project(place) => {
            let project = Project::open(place, &annotator(shared))?;
            project.notice().iter().for_each(tell);
            project.close()?;
            Ok(Project::look(place)?)
        }
        looked => Ok(looked?),
    }
}

/// A project that was opened to be read, after the work in it was given to those of its notes that have other names now.
/// `notes` is what the command was called with, `opened` what lies there. Where nothing can be written, that is told and the
/// project is as it was.
///
/// # Errors
/// When it can't be read.
pub fn with_names_of(project: Project, notes: &Path, opened: Option<&Corpus>, shared: &Shared) -> Result<Project> {
    let Some(all) = all_notes(&project, notes, opened) else { return Ok(project) };
    let corpus: &Corpus = &all;
    if !project.has_moves(corpus)? {
        return Ok(project);
    }
    let place = project.path().to_owned();
    drop(project);
    let follow = || -> Result<(), StoreError> {
        let mut project = Project::open(&place, &annotator(shared))?;
        project.follow(corpus)?;
        project.notice().iter().for_each(tell);
        project.close()
    };
    if let Err(error) = follow() {
        tell(format_args!(
            "some notes have other names now; their work still goes by the old ones, because nothing could be recorded: {error}"
        ));
    }
    look(&place, shared)
}

/// Gives the work in a project that is kept from other writers to those of its notes that have other names now; as
/// [`with_names_of`].
///
/// # Errors
/// When it can't be read or written.
pub fn follow(project: &mut Project, notes: &Path, opened: &Corpus) -> Result<()> {
    if let Some(all) = all_notes(project, notes, Some(opened)) {
        project.follow(&*all)?;
    }
    Ok(())
}

/// A corpus that somebody else has, or one's own.
enum All<'a> {
    Opened(&'a Corpus),
    Listed(Box<Corpus>),
}

impl Deref for All<'_> {
    type Target = Corpus;

    fn deref(&self) -> &Corpus {
        match self {
            Self::Opened(corpus) => corpus,
            Self::Listed(corpus) => corpus,
        }
    }
}

/// All notes of the project: those of the folder that it lies in. `None` where it lies in none (a project that was named for
/// several folders can't tell which notes are gone), or where it knows the single note that was opened.
fn all_notes<'a>(project: &Project, notes: &Path, opened: Option<&'a Corpus>) -> Option<All<'a>> {
    let own = || project.corpus().ok().flatten().map(PathBuf::from);
    let notes = if place::is_project(notes) { own()? } else { notes.to_owned() };
    let of = |folder: &Path| place::project_path(Some(folder)).canonicalize().ok() == project.path().canonicalize().ok();
    // What can't be read of them is told by those who open them.
    let listed = |folder: &Path| Corpus::open(folder).ok().map(|(corpus, _)| All::Listed(Box::new(corpus)));
    if notes.is_dir() {
        return if of(&notes) { opened.map(All::Opened).or_else(|| listed(&notes)) } else { None };
    }
    let known = |corpus: &Corpus| corpus.ids().all(|id| project.knows(id).unwrap_or(true));
    let folder = notes.parent().map(|folder| if folder.as_os_str().is_empty() { Path::new(".") } else { folder })?;
    if notes.is_file() && of(folder) && !opened.is_some_and(known) { listed(folder) } else { None }
}
