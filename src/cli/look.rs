//! Projects that a command reads: brought up to date, and with their notes by the names that these have now.

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

/// A project that was opened to be read, after the work in it was given to the notes that have other names now; `corpus` is
/// what is at `notes`, or, where that is the project, what it belongs to. Where nothing can be written, that is told and the
/// project is as it was.
///
/// # Errors
/// When it can't be read.
pub fn with_names_of(project: Project, notes: &Path, corpus: &Corpus, shared: &Shared) -> Result<Project> {
    if !is_all_of(&project, notes) || !project.has_moves(corpus)? {
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
        tell(format_args!("notes have other names now, by which their work could not be recorded: {error}"));
    }
    look(&place, shared)
}

/// Whether what is at `notes`, or, where that is the project, what it belongs to, are all notes of the project: the folder that
/// it lies in. A project that was named for several folders can't tell which notes are gone.
pub fn is_all_of(project: &Project, notes: &Path) -> bool {
    let own = || project.corpus().ok().flatten().map(PathBuf::from);
    let notes = if place::is_project(notes) { own() } else { Some(notes.to_owned()) };
    let same = |place: PathBuf| place.canonicalize().ok() == project.path().canonicalize().ok();
    notes.filter(|notes| notes.is_dir()).is_some_and(|notes| same(place::project_path(Some(&notes))))
}
