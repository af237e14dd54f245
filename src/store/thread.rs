//! The store's thread: takes requests in their order and answers each once its outcome is durable.

mod reading;
mod versions;
mod writing;

use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

use crate::domain::{Document, DocumentId, EditId, LabelScheme, Relabel, Span, Words};
use crate::formats::markdown;
use crate::tokenization::segment::segment;

use super::contents::contents;
use super::corpus::CorpusSource;
use super::error::StoreError;
use super::export::Export;
use super::handle::StoreHandle;
use super::project::{Known, Project};
use super::protocol::{Asked, Jumped, Opened, Reply, Request};
use super::relabel::Relabelled;
use super::timeline::version_name;

/// At most this many requests of a burst share a transaction.
const BURST: usize = 256;

/// Starts the thread. Its first reply is [`Reply::Ready`]. It ends with [`Request::Close`], or once every sender is gone.
/// Whoever needs the project to themselves calls [`Project::hold`] before.
pub fn spawn(
    project: Project,
    corpus: Arc<dyn CorpusSource>,
    base_scheme: LabelScheme,
    send: impl Fn(Reply) + Send + 'static,
) -> std::io::Result<StoreHandle> {
    let (requests, inbox) = channel();
    let (alive, ended) = channel();
    let thread = std::thread::Builder::new().name("store".to_owned()).spawn(move || {
        let _alive = alive;
        let mut store = Store::new(project, corpus, base_scheme, send);
        store.guarded(Asked::Nothing, &[], |store| store.start());
        store.run(&inbox);
        store.close();
    })?;
    Ok(StoreHandle { requests, thread, ended })
}

struct Store<S> {
    project: Project,
    corpus: Arc<dyn CorpusSource>,
    scheme: Arc<LabelScheme>,
    send: S,
    /// Hash of the loaded model's encoder.
    encoder: Option<Arc<str>>,
    /// Documents as they were opened: edits are meant for these texts.
    open: HashMap<usize, (Arc<Document>, Arc<Words>)>,
    /// Events of the edits that were made in this session.
    edits: HashMap<(usize, EditId), u64>,
    /// Whether all gold of the corpus is in the project.
    gold_taken: bool,
    /// The documents of the corpus that the project held when they were last asked for from the beginning.
    held: Vec<usize>,
    /// What is being exported: between its steps other requests are carried out.
    export: Option<Export>,
    /// How many requests wait for an export.
    exports_asked: usize,
    /// How many of them the one under way answers: those that came before it began. It lacks what was decided since.
    exports_answered: usize,
    /// Those of which something was told or recorded: they are told of even when nothing is decided any more.
    told: HashSet<usize>,
}

impl<S: Fn(Reply)> Store<S> {
    fn new(project: Project, corpus: Arc<dyn CorpusSource>, base: LabelScheme, send: S) -> Self {
        Self {
            project,
            corpus,
            scheme: Arc::new(base),
            send,
            encoder: None,
            open: HashMap::new(),
            edits: HashMap::new(),
            gold_taken: false,
            held: Vec::new(),
            export: None,
            exports_asked: 0,
            exports_answered: 0,
            told: HashSet::new(),
        }
    }

    fn start(&mut self) -> Result<(), StoreError> {
        if let Some(own) = self.project.scheme()? {
            self.scheme = Arc::new(own);
        }
        let ids = self.ids();
        let active = self.project.active()?;
        (self.send)(Reply::Ready {
            scheme: self.scheme.clone(),
            active,
            head: self.project.head(active)?,
            queue: self.project.queue(&ids)?,
            notice: self.project.notice(),
        });
        Ok(())
    }

    fn run(&mut self, inbox: &Receiver<Request>) {
        let mut next = self.next(inbox);
        while let Some(request) = next.take() {
            if !self.leaves_export(&request) {
                while self.exports_asked > 0 {
                    self.export_on();
                }
            }
            if matches!(request, Request::Close) {
                return;
            }
            if !self.shares(&request) {
                let documents = request.documents();
                self.guarded(Asked::from(&request), &documents, |store| store.carry_out(request));
                next = self.next(inbox);
                continue;
            }
            let mut burst = vec![request];
            while burst.len() < BURST {
                match inbox.try_recv() {
                    Ok(request) if self.shares(&request) => burst.push(request),
                    Ok(request) => {
                        next = Some(request);
                        break;
                    }
                    Err(_) => break,
                }
            }
            let documents: Vec<usize> = burst.iter().flat_map(Request::documents).collect();
            self.guarded(Asked::Change, &documents, |store| {
                store.record(burst);
                Ok(())
            });
            if next.is_none() {
                next = self.next(inbox);
            }
        }
    }

    /// The next request. While none has come, an export that was asked for goes on.
    fn next(&mut self, inbox: &Receiver<Request>) -> Option<Request> {
        while self.exports_asked > 0 {
            match inbox.try_recv() {
                Ok(request) => return Some(request),
                Err(_) => self.export_on(),
            }
        }
        inbox.recv().ok()
    }

    /// Runs `work`; an error and a panic become replies. After a panic nothing of `work` is in the project, and what
    /// it was to write to `documents` is reported as not saved.
    fn guarded(&mut self, asked: Asked, documents: &[usize], work: impl FnOnce(&mut Self) -> Result<(), StoreError>) {
        match catch_unwind(AssertUnwindSafe(|| work(self))) {
            Ok(Ok(())) => {}
            Ok(Err(error)) => (self.send)(Reply::Failed { asked, why: error.to_string() }),
            Err(_) => {
                let why = "Saving met a fault of the program: the last change was not saved; what was saved before is safe. \
                           Do it again, and report the fault if it comes back.";
                (self.send)(Reply::Failed { asked, why: why.to_owned() });
                documents.iter().for_each(|&document| (self.send)(Reply::NotSaved { document, why: why.to_owned() }));
            }
        }
    }

    fn carry_out(&mut self, request: Request) -> Result<(), StoreError> {
        match request {
            Request::Open { document } => self.open(document),
            Request::Decided { from } => self.decided(from),
            Request::Decisions { base } => self.decisions(base),
            Request::DecisionsToCheck => {
                let decisions = self.gather()?;
                (self.send)(Reply::DecisionsToCheck(decisions));
                Ok(())
            }
            Request::Encoder(encoder) => self.use_encoder(encoder),
            Request::AddVersion(trained) => self.add_version(&trained),
            Request::Activate(version) => {
                self.project.activate(version, self.encoder.as_deref())?;
                self.report_active(version, format!("{} is active", version_name(version)))
            }
            Request::Rollback => {
                let version = self.project.rollback(self.encoder.as_deref())?;
                self.report_active(version, format!("rolled back to {}", version_name(version)))
            }
            Request::Changed(changes) => {
                let id = |index| (index < self.corpus.len()).then(|| self.corpus.id(index));
                self.project.keep_changes(&changes, &self.scheme, id)
            }
            Request::Versions => {
                (self.send)(Reply::Versions(self.versions()?));
                Ok(())
            }
            Request::Figures => {
                let ids = self.ids();
                let find = |index| self.corpus.load(index).ok().map(|(document, _)| document);
                let shown = self.in_use()?;
                (self.send)(Reply::Figures(Box::new(self.project.figures(&self.scheme, &ids, shown, find)?)));
                Ok(())
            }
            Request::Export => {
                // It begins once nothing else is asked for.
                self.exports_asked += 1;
                Ok(())
            }
            Request::Comments => {
                (self.send)(Reply::Comments(self.project.comments(self.finder())?));
                Ok(())
            }
            Request::Timeline(part) => {
                (self.send)(Reply::Timeline(Box::new(self.project.timeline(part)?)));
                Ok(())
            }
            Request::Jump(to) => self.jump(to),
            Request::Find { alike, from } => self.find(alike, from),
            Request::Relabel(change) => self.relabel(&change),
            Request::UndoRelabel => {
                let relabelled = self.project.undo_relabel()?;
                self.relabelled(relabelled);
                Ok(())
            }
            Request::Contents { words, documents } => {
                let found = contents(&*self.corpus, &words, documents);
                (self.send)(Reply::Contents { words, found });
                Ok(())
            }
            Request::Annotators => {
                let indices: HashMap<DocumentId, usize> =
                    (0..self.corpus.len()).map(|index| (self.corpus.id(index), index)).collect();
                let all = self.project.annotators(|id| indices.get(id).copied())?;
                (self.send)(Reply::Annotators(all));
                Ok(())
            }
            Request::Hidden(scheme) => {
                let hidden = self.project.hidden_by(&scheme)?;
                (self.send)(Reply::Hidden { scheme, hidden });
                Ok(())
            }
            Request::Guidelines(path) => {
                (self.send)(Reply::Guidelines(markdown::read(&path)));
                Ok(())
            }
            Request::Examples { label, from } => self.examples(label, from),
            Request::Tutorial(memory) => self.project.set_tutorial(&memory),
            Request::Place { document, word } => match self.open.get(&document) {
                Some((note, words)) => self.project.set_place(&note.id, words.get(word).map_or(0, |word| word.start)),
                None => Ok(()),
            },
            Request::Together { edits } => {
                self.together(edits);
                Ok(())
            }
            Request::Undo { document, edit } => self.with_others(document, edit, false),
            Request::Redo { document, edit } => self.with_others(document, edit, true),
            Request::Close | Request::Edit { .. } => Ok(()),
        }
    }

    fn relabel(&mut self, change: &Relabel) -> Result<(), StoreError> {
        let relabelled = self.project.relabel(&self.scheme, change, self.corpus.gold_labels())?;
        self.relabelled(relabelled);
        Ok(())
    }

    /// Edits that the screen has still to send name labels by their places: these hold for as long as the names do.
    fn relabelled(&mut self, Relabelled { scheme, said }: Relabelled) {
        let scheme = Arc::new(scheme);
        if self.scheme.names().eq(scheme.names()) {
            self.scheme = scheme.clone();
        }
        (self.send)(Reply::Relabelled { scheme, said });
    }

    fn open(&mut self, index: usize) -> Result<(), StoreError> {
        let (document, gold) = match self.load(index) {
            Ok(loaded) => loaded,
            Err(why) => {
                (self.send)(Reply::NotOpened { document: index, why });
                return Ok(());
            }
        };
        let words = Arc::new(segment(&document.text));
        let document = Arc::new(document);
        match self.know(index, &document, &words, gold) {
            Ok(Known { annotations, history, notice, .. }) => {
                self.open.insert(index, (document.clone(), words.clone()));
                (self.send)(Reply::Opened(Box::new(Opened { index, document, words, annotations, history, notice })));
            }
            Err(error) => (self.send)(Reply::NotOpened { document: index, why: error.to_string() }),
        }
        Ok(())
    }

    /// What is known of the document at `index` with the gold that comes with it.
    fn know(&mut self, index: usize, document: &Document, words: &Words, gold: Option<Vec<Span>>) -> Result<Known, StoreError> {
        let before = self.project.annotations(document, words, &self.scheme)?;
        // What can't be saved now is no reason not to show the note.
        let mut unsaved = None;
        let mut recorded = |done: Result<bool, StoreError>| {
            done.unwrap_or_else(|error| {
                unsaved = Some(error.to_string());
                false
            })
        };
        // A note that was done with another text would be so for whoever has not opened it.
        let renewed = before.reopened && recorded(self.project.renew_text(document).map(|()| true));
        let imported =
            gold.is_some_and(|spans| recorded(self.project.import_gold(document, &spans, covered(&*self.corpus, index))));
        // Once the new text is recorded nothing tells that there was another one.
        let notice = before.notice.clone();
        let known = if renewed || imported { self.project.annotations(document, words, &self.scheme)? } else { before };
        let notices = [unsaved, known.notice.or(notice)].into_iter().flatten();
        Ok(Known { notice: notices.reduce(|left, right| format!("{left} {right}")), ..known })
    }

    fn load(&self, index: usize) -> Result<(Document, Option<Vec<Span>>), String> {
        if index >= self.corpus.len() {
            return Err(format!("there is no note number {}; the corpus has {}", index + 1, self.corpus.len()));
        }
        self.corpus.load(index)
    }

    fn jump(&mut self, to: u64) -> Result<(), StoreError> {
        let leap = self.project.jump(to)?;
        let version = match leap.version {
            true => Some(self.usable()?),
            false => None,
        };
        let queue = self.project.queue(&self.ids())?;
        (self.send)(Reply::Jumped(Box::new(Jumped { leap, queue, version })));
        Ok(())
    }

    fn ids(&self) -> Vec<DocumentId> {
        (0..self.corpus.len()).map(|index| self.corpus.id(index)).collect()
    }

    fn close(self) {
        if let Err(error) = self.project.close() {
            (self.send)(Reply::Failed { asked: Asked::Nothing, why: error.to_string() });
        }
        (self.send)(Reply::Closed);
    }
}

/// The labels that the gold of a document decides everywhere: those that gold uses. Of others it says nothing.
fn covered(corpus: &dyn CorpusSource, index: usize) -> Option<&[String]> {
    corpus.is_complete(index).then(|| corpus.gold_labels())
}
