//! Which projects and gold files the arguments name, each once.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::cli::args::Shared;
use crate::cli::setup::{open_corpus, project_place};
use crate::formats::Corpus;
use crate::store::place;

/// What one of the arguments names.
pub struct Source {
    /// As it was called.
    pub name: String,
    pub kind: Kind,
}

/// What it is.
pub enum Kind {
    /// A project, which is there.
    Project(PathBuf),
    /// A file of notes with gold labels.
    Gold(Box<Corpus>),
}

/// All that is named, and where its projects are without links.
#[derive(Default)]
struct Named {
    sources: Vec<Source>,
    places: Vec<PathBuf>,
}

/// The projects and gold files that are named; without any, the sample corpus's project. `--project` is one of them, in place
/// of those that lie beside notes.
///
/// # Errors
/// When one isn't there or can't be read.
pub fn sources(paths: &[PathBuf], shared: &Shared) -> Result<Vec<Source>> {
    let mut named = Named::default();
    match &shared.project {
        Some(project) => named.project(project.clone(), project)?,
        None if paths.is_empty() => named.project(place::project_path(None), Path::new("the sample corpus"))?,
        None => {}
    }
    for path in paths {
        if place::is_project(path) {
            named.project(path.clone(), path)?;
        } else if path.exists() {
            named.notes(path, shared)?;
        } else {
            bail!("there is nothing at {}; check the path", path.display());
        }
    }
    Ok(named.sources)
}

impl Named {
    fn project(&mut self, place: PathBuf, name: &Path) -> Result<()> {
        let Ok(canonical) = place.canonicalize() else {
            bail!("there is no project {} yet; open the notes with `chartmark` first, or name another project", place.display());
        };
        if !self.places.contains(&canonical) {
            self.places.push(canonical);
            self.sources.push(Source { name: name.display().to_string(), kind: Kind::Project(place) });
        }
        Ok(())
    }

    /// Notes stand for their project. Gold in a folder of notes came with them; a file that is named speaks for itself.
    fn notes(&mut self, path: &Path, shared: &Shared) -> Result<()> {
        let corpus = if path.is_file() { Some(open_corpus(path)?) } else { None };
        let gold = corpus.filter(|corpus| !corpus.gold_labels().is_empty());
        let place = project_place(Some(path), shared)?;
        if gold.is_none() || place.exists() {
            let name = shared.project.as_deref().unwrap_or(path);
            self.project(place, name)?;
        }
        let source = |corpus| Source { name: path.display().to_string(), kind: Kind::Gold(Box::new(corpus)) };
        self.sources.extend(gold.map(source));
        Ok(())
    }
}
