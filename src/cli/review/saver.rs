//! The store's thread, asked one thing at a time: whoever is asked line by line waits for each answer.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

use anyhow::{Context as _, Result, anyhow, bail};

use crate::domain::{Edit, EditId, LabelScheme};
use crate::formats::Corpus;
use crate::store::protocol::{Opened, QueueEntry};
use crate::store::{self, Project, Reply, Request, StoreHandle};

/// See the module.
pub(super) struct Saver {
    store: StoreHandle,
    replies: Receiver<Reply>,
    /// How far each document has come, in order of the corpus.
    pub(super) queue: Vec<QueueEntry>,
    /// Edits of this session are numbered.
    edits: u64,
}

impl Saver {
    /// Starts the thread.
    pub(super) fn start(project: Project, corpus: Arc<Corpus>, scheme: LabelScheme) -> Result<Self> {
        let (sender, replies) = channel();
        // Whoever can't be told has stopped listening.
        let store = store::spawn(project, corpus, scheme, move |reply| drop(sender.send(reply)))
            .context("the system gives no thread for saving; close other programs and try again")?;
        let mut saver = Self { store, replies, queue: Vec::new(), edits: 0 };
        saver.queue = saver.wait(|reply| match reply {
            Reply::Ready { queue, .. } => Ok(Some(queue)),
            other => refused(other),
        })?;
        Ok(saver)
    }

    /// Reads a document with all that is known of it.
    pub(super) fn open(&mut self, document: usize) -> Result<Opened> {
        self.ask(Request::Open { document })?;
        self.wait(|reply| match reply {
            Reply::Opened(opened) if opened.index == document => Ok(Some(*opened)),
            Reply::NotOpened { why, .. } => bail!(why),
            other => refused(other),
        })
    }

    /// A name for a new edit.
    pub(super) fn name(&mut self) -> EditId {
        self.edits += 1;
        EditId(EditId::SESSION + self.edits)
    }

    /// Saves an edit.
    pub(super) fn edit(&mut self, document: usize, edit: Edit) -> Result<()> {
        self.ask(Request::Edit { document, edit: Arc::new(edit) })?;
        self.saved()
    }

    /// Saves that an edit was taken back.
    pub(super) fn undo(&mut self, document: usize, edit: EditId) -> Result<()> {
        self.ask(Request::Undo { document, edit })?;
        self.saved()
    }

    fn saved(&self) -> Result<()> {
        self.wait(|reply| match reply {
            Reply::Saved { .. } => Ok(Some(())),
            Reply::NotSaved { why, .. } => bail!(why),
            other => refused(other),
        })
    }

    fn ask(&self, request: Request) -> Result<()> {
        self.store.requests.send(request).map_err(|_| gone())
    }

    /// Waits for the reply that `take` takes.
    fn wait<T>(&self, mut take: impl FnMut(Reply) -> Result<Option<T>>) -> Result<T> {
        loop {
            if let Some(found) = take(self.replies.recv().map_err(|_| gone())?)? {
                return Ok(found);
            }
        }
    }

    /// Closes the project.
    pub(super) fn close(self) {
        // Where the thread has gone there is nothing to close.
        let _ = self.store.requests.send(Request::Close);
        self.store.join();
    }
}

fn refused<T>(reply: Reply) -> Result<Option<T>> {
    match reply {
        Reply::Failed { why, .. } => bail!(why),
        _ => Ok(None),
    }
}

fn gone() -> anyhow::Error {
    anyhow!("the thread that saves has ended; everything that was said to be saved is saved")
}
