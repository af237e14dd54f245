//! `chartmark [PATH]` on a terminal: the screen, with its store and its model on threads of their own.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};

use anyhow::{Context as _, Result, bail};

use super::args::Shared;
use super::setup::{annotator, base_scheme, open_corpus, source};
use crate::domain::visible;
use crate::encoder::DeviceChoice;
use crate::formats::{Corpus, GoldDocument};
use crate::inference::{self, worker};
use crate::store::{self, Project, place};
use crate::tui::event::Event;
use crate::tui::run::{Session, run as show};

/// Opens the screen on the notes, or project, at `path`; on the sample corpus without one.
///
/// # Errors
/// When the notes or the project can't be opened, another process writes to the project, or the terminal can't be used.
pub fn run(path: Option<&Path>, shared: &Shared) -> Result<()> {
    let Opening { corpus, mut project, notes } = open(path, shared)?;
    project.hold()?;
    if let Some(notes) = notes.as_deref().and_then(Path::to_str)
        && project.corpus()?.as_deref() != Some(notes)
    {
        project.set_corpus(notes)?;
    }
    let source = source(shared);
    let scheme = base_scheme(&source)?;
    let corpus = Arc::new(corpus);
    let names = corpus.ids().map(|id| visible(id.as_str()).into_owned()).collect();
    let title = visible(corpus.name()).into_owned();
    let _quiet = QuietErrors::begin();

    let (events, inbox) = channel();
    let on_store = Announced(events.clone(), || Event::StoreGone);
    let store = store::spawn(project, corpus.clone(), scheme.clone(), move |reply| on_store.send(Event::Store(reply)))
        .context("the system gives no thread for saving; close other programs and try again")?;
    let (commands, orders) = channel::<inference::Command>();
    let setup = worker::Setup { source, device: DeviceChoice::from(shared.device), corpus, scheme: Arc::new(scheme.clone()) };
    let on_worker = Announced(events.clone(), || Event::WorkerGone);
    let worker = worker::spawn(setup, orders, move |reply| on_worker.send(Event::Worker(reply)))
        .context("the system gives no thread for the model; close other programs and try again")?;

    let session = Session {
        title,
        names,
        scheme: Arc::new(scheme),
        store: store.requests.clone(),
        worker: commands.clone(),
        inbox: (events, inbox),
    };
    let shown = show(session);
    // Whoever has gone already needs no telling.
    let _ = commands.send(inference::Command::Shutdown);
    let _ = store.requests.send(store::Request::Close);
    store.join();
    // The model may be in the middle of a batch; nothing of it is worth waiting for.
    drop(worker);
    Ok(shown?)
}

/// What the screen opens.
pub struct Opening {
    /// The documents.
    pub corpus: Corpus,
    /// Their project.
    pub project: Project,
    /// The place of the notes, to be found again when the project itself is opened.
    pub notes: Option<PathBuf>,
}

/// Opens the notes, or project, at `path` (the sample corpus without one) with their project.
///
/// # Errors
/// When either can't be opened.
pub fn open(path: Option<&Path>, shared: &Shared) -> Result<Opening> {
    let annotator = annotator(shared);
    let Some(path) = path else {
        let place = shared.project.clone().unwrap_or_else(|| place::project_path(None));
        return Ok(Opening { corpus: Corpus::sample(), project: Project::open(&place, &annotator)?, notes: None });
    };
    if !place::is_project(path) {
        let corpus = open_corpus(path)?;
        let place = shared.project.clone().unwrap_or_else(|| place::project_path(Some(path)));
        let notes = std::path::absolute(path).ok();
        return Ok(Opening { corpus, project: Project::open(&place, &annotator)?, notes });
    }
    let project = Project::open(path, &annotator)?;
    let notes = project.corpus()?.map(PathBuf::from);
    let corpus = match &notes {
        Some(notes) if notes.exists() => open_corpus(notes)?,
        _ => kept(&project, path)?,
    };
    Ok(Opening { corpus, project, notes })
}

/// The documents that the project itself holds: those with decisions.
///
/// # Errors
/// When there are none, or the project can't be read.
pub fn kept(project: &Project, path: &Path) -> Result<Corpus> {
    let mut documents = Vec::new();
    for (id, _) in project.documents()? {
        documents.push(GoldDocument { document: project.document(&id)?, spans: None });
    }
    if documents.is_empty() {
        bail!(
            "{} holds no notes, and the notes it belongs to are not where they were; open the notes themselves",
            path.display()
        );
    }
    Ok(Corpus::from_documents(&path.display().to_string(), documents))
}

/// A sender that says when its thread has ended, however it ends.
struct Announced(Sender<Event>, fn() -> Event);

impl Announced {
    fn send(&self, event: Event) {
        // The screen has gone: nobody wants to know.
        let _ = self.0.send(event);
    }
}

impl Drop for Announced {
    fn drop(&mut self) {
        self.send((self.1)());
    }
}

/// Standard error leads nowhere while this lives: a library's message would be written across the screen.
struct QuietErrors(Option<OwnedFd>);

impl QuietErrors {
    fn begin() -> Self {
        let quieten = || -> io::Result<OwnedFd> {
            let before = rustix::io::dup(io::stderr())?;
            rustix::stdio::dup2_stderr(File::create("/dev/null")?)?;
            Ok(before)
        };
        Self(quieten().ok())
    }
}

impl Drop for QuietErrors {
    fn drop(&mut self) {
        if let Some(before) = &self.0 {
            // Nothing could be told of a failure: this is where it would be told.
            let _ = rustix::stdio::dup2_stderr(before);
        }
    }
}
