//! The store's thread: takes requests in their order and answers each once its outcome is durable.

use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

use crate::domain::matches::{matches, places};
use crate::domain::{
    Document, DocumentDecisions, DocumentId, EditId, LabelScheme, Learned, Relabel, TrainJob, TrainedHead, Verdict, Words,
};
use crate::formats::markdown;
use crate::tokenization::segment::segment;

use super::contents::contents;
use super::corpus::CorpusSource;
use super::error::StoreError;
use super::handle::StoreHandle;
use super::project::{Known, Project};
use super::protocol::{Alike, Asked, InUse, Jumped, Made, Opened, QueueEntry, Reply, Request, VersionEntry};
use super::record::{Writer, Written};
use super::relabel::Relabelled;
use super::version::ModelVersion;

/// At most this many requests of a burst share a transaction.
const BURST: usize = 256;

/// So many documents are read for one answer to [`Request::Decided`].
const PORTION: usize = 16;

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
    /// Those of which something was told or recorded: they are told of even when nothing is decided any more.
    told: HashSet<usize>,
}

/// A request that writes to one document, made ready for the project.
struct Task {
    document: usize,
    note: Arc<Document>,
    words: Arc<Words>,
    work: Work,
}

enum Work {
    Edit(Arc<crate::domain::Edit>),
    Undo(EditId),
    Redo(EditId),
}

impl Request {
    /// The document that the request writes to, if it may share a transaction with its neighbours.
    fn writes_to(&self) -> Option<usize> {
        match self {
            Self::Edit { document, .. } | Self::Undo { document, .. } | Self::Redo { document, .. } => Some(*document),
            _ => None,
        }
    }
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
        let mut next = inbox.recv().ok();
        while let Some(request) = next.take() {
            if matches!(request, Request::Close) {
                return;
            }
            if request.writes_to().is_none() {
                self.guarded(Asked::from(&request), &[], |store| store.carry_out(request));
                next = inbox.recv().ok();
                continue;
            }
            let mut burst = vec![request];
            while burst.len() < BURST {
                match inbox.try_recv() {
                    Ok(request) if request.writes_to().is_some() => burst.push(request),
                    Ok(request) => {
                        next = Some(request);
                        break;
                    }
                    Err(_) => break,
                }
            }
            let documents: Vec<usize> = burst.iter().filter_map(Request::writes_to).collect();
            self.guarded(Asked::Change, &documents, |store| {
                store.record(burst);
                Ok(())
            });
            if next.is_none() {
                next = inbox.recv().ok();
            }
        }
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
                self.report_active(version, format!("version {version} is active"))
            }
            Request::Rollback => {
                let version = self.project.rollback(self.encoder.as_deref())?;
                let what = if version == 0 { "the original model".to_owned() } else { format!("version {version}") };
                self.report_active(version, format!("rolled back to {what}"))
            }
            Request::Versions => {
                (self.send)(Reply::Versions(self.versions()?));
                Ok(())
            }
            Request::Figures => {
                let ids = self.ids();
                let find = |index| self.corpus.load(index).ok().map(|(document, _)| document);
                (self.send)(Reply::Figures(Box::new(self.project.figures(&self.scheme, &ids, find)?)));
                Ok(())
            }
            Request::Comments => {
                let find = self.finder();
                let comments = self.project.comments(find)?;
                (self.send)(Reply::Comments(comments));
                Ok(())
            }
            Request::Timeline(part) => {
                let page = self.project.timeline(part)?;
                (self.send)(Reply::Timeline(Box::new(page)));
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
            Request::Close | Request::Edit { .. } | Request::Undo { .. } | Request::Redo { .. } => Ok(()),
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
        // Gold that cannot be saved now is no reason not to show the note.
        let unsaved = gold.and_then(|spans| {
            self.project.import_gold(&document, &spans, covered(&*self.corpus)).err().map(|error| error.to_string())
        });
        let document = Arc::new(document);
        self.open.insert(index, (document.clone(), words.clone()));
        match self.project.annotations(&document, &words, &self.scheme) {
            Ok(Known { annotations, history, notice }) => {
                let notice = [unsaved, notice].into_iter().flatten().reduce(|left, right| format!("{left} {right}"));
                (self.send)(Reply::Opened(Box::new(Opened { index, document, words, annotations, history, notice })));
            }
            Err(error) => (self.send)(Reply::NotOpened { document: index, why: error.to_string() }),
        }
        Ok(())
    }

    fn load(&self, index: usize) -> Result<(Document, Option<Vec<crate::domain::Span>>), String> {
        if index >= self.corpus.len() {
            return Err(format!("there is no note number {}; the corpus has {}", index + 1, self.corpus.len()));
        }
        self.corpus.load(index)
    }

    /// Records a burst in one transaction; where that fails, one by one, so that only what cannot be saved is lost. What
    /// every request would meet (another process that writes, a failing disk) is not waited for again and again.
    fn record(&mut self, burst: Vec<Request>) {
        let tasks: Vec<Task> = burst.into_iter().filter_map(|request| self.task(request)).collect();
        let outcome = self.write(&tasks);
        match outcome {
            Ok(outcomes) => tasks.iter().zip(outcomes).for_each(|(task, outcome)| self.report(task, outcome)),
            Err(error) if tasks.len() > 1 && error.concerns_one() => self.record_singly(&tasks),
            Err(error) => tasks.iter().for_each(|task| self.not_saved(task.document, &error)),
        }
    }

    /// Records each in a transaction of its own, up to the first failure that the rest would meet too.
    fn record_singly(&mut self, tasks: &[Task]) {
        let mut rest = tasks.iter();
        while let Some(task) = rest.next() {
            let outcome = self.write(std::slice::from_ref(task));
            match outcome.and_then(|mut outcomes| outcomes.pop().unwrap_or(Err(StoreError::NoChange))) {
                Err(error) if !error.concerns_one() => {
                    std::iter::once(task).chain(rest.by_ref()).for_each(|task| self.not_saved(task.document, &error));
                }
                outcome => self.report(task, outcome),
            }
        }
    }

    /// The request with its document; if that cannot be had, the request is answered and `None` comes back.
    fn task(&mut self, request: Request) -> Option<Task> {
        let document = request.writes_to()?;
        self.told.insert(document);
        if !self.open.contains_key(&document) {
            match self.load(document) {
                Ok((note, _)) => {
                    let words = Arc::new(segment(&note.text));
                    self.open.insert(document, (Arc::new(note), words));
                }
                Err(why) => (self.send)(Reply::NotSaved { document, why }),
            }
        }
        let (note, words) = self.open.get(&document).cloned()?;
        let work = match request {
            Request::Edit { edit, .. } => Work::Edit(edit),
            Request::Undo { edit, .. } => Work::Undo(edit),
            Request::Redo { edit, .. } => Work::Redo(edit),
            _ => return None,
        };
        Some(Task { document, note, words, work })
    }

    /// One transaction: an outcome for each task, none of them written if this fails.
    fn write(&mut self, tasks: &[Task]) -> Result<Vec<Result<Written, StoreError>>, StoreError> {
        let Self { project, edits, scheme, .. } = self;
        let mut made = HashMap::new();
        let outcomes = project.write(|writer| {
            let mut outcomes = Vec::with_capacity(tasks.len());
            for task in tasks {
                let event =
                    |edit: EditId| made.get(&(task.document, edit)).or_else(|| edits.get(&(task.document, edit))).copied();
                let outcome = write_one(writer, task, scheme, event);
                if let (Work::Edit(edit), Ok((recorded, _))) = (&task.work, &outcome) {
                    made.insert((task.document, edit.id), recorded.event);
                }
                match outcome {
                    Err(error) if !error.is_refusal() => return Err(error),
                    outcome => outcomes.push(outcome),
                }
            }
            Ok(outcomes)
        })?;
        edits.extend(made);
        Ok(outcomes)
    }

    fn report(&self, task: &Task, outcome: Result<Written, StoreError>) {
        let document = task.document;
        match (outcome, &task.work) {
            (Err(error), _) => self.not_saved(document, &error),
            (Ok((recorded, entry)), Work::Edit(edit)) => self.saved(document, edit.id, recorded, entry),
            (Ok((recorded, entry)), Work::Undo(edit) | Work::Redo(edit)) => self.saved(document, *edit, recorded, entry),
        }
    }

    fn saved(&self, document: usize, edit: EditId, recorded: super::Recorded, entry: QueueEntry) {
        (self.send)(Reply::Saved { document, edit, recorded, entry });
    }

    fn not_saved(&self, document: usize, error: &StoreError) {
        (self.send)(Reply::NotSaved { document, why: error.to_string() });
    }

    fn decided(&mut self, from: usize) -> Result<(), StoreError> {
        if from == 0 {
            let held: HashSet<DocumentId> = self.project.documents()?.into_iter().map(|(id, _)| id).collect();
            self.held = (0..self.corpus.len()).filter(|&index| held.contains(&self.corpus.id(index))).collect();
        }
        let portion = self.held.iter().skip(from).take(PORTION);
        let mut documents = Vec::new();
        for &index in portion {
            // A note that cannot be read is in no queue either.
            let Ok((document, _)) = self.corpus.load(index) else { continue };
            let words = segment(&document.text);
            let annotations = self.project.annotations(&document, &words, &self.scheme)?.annotations;
            if annotations.count() > 0 || annotations.imported.is_some() || self.told.contains(&index) {
                self.told.insert(index);
                documents.push((index, Arc::new(annotations)));
            }
        }
        let next = (from + PORTION < self.held.len()).then_some(from + PORTION);
        (self.send)(Reply::Decided { documents, next });
        Ok(())
    }

    fn find(&mut self, alike: Arc<Alike>, from: usize) -> Result<(), StoreError> {
        let end = self.corpus.len().min(from + PORTION);
        let mut found = Vec::new();
        for index in (from..end).filter(|&index| index != alike.besides) {
            let (document, words) = match self.open.get(&index) {
                Some(known) => known.clone(),
                None => {
                    // A note that cannot be read cannot be labelled either.
                    let Ok((document, _)) = self.corpus.load(index) else { continue };
                    let words = segment(&document.text);
                    (Arc::new(document), Arc::new(words))
                }
            };
            if matches(&document.text, &words, &alike.phrase).is_empty() {
                continue;
            }
            let annotations = self.project.annotations(&document, &words, &self.scheme)?.annotations;
            let places = places(&document.text, &words, &alike.phrase, &annotations, alike.label, alike.present);
            if !places.is_empty() {
                // An edit of these places is meant for this text, even if the note changes meanwhile.
                self.open.insert(index, (document, words));
            }
            found.extend(places.into_iter().map(|place| (index, place)));
        }
        let next = (end < self.corpus.len()).then_some(end);
        (self.send)(Reply::Found { alike, places: found, next });
        Ok(())
    }

    fn examples(&mut self, label: usize, from: usize) -> Result<(), StoreError> {
        let with_decisions: Vec<DocumentId> =
            self.project.documents()?.into_iter().filter(|(_, entry)| entry.decided > 0).map(|(id, _)| id).collect();
        let mut found = Vec::new();
        for id in with_decisions.iter().skip(from).take(PORTION) {
            found.extend(self.project.examples(id, &self.scheme, label)?);
        }
        let next = (from + PORTION < with_decisions.len()).then_some(from + PORTION);
        (self.send)(Reply::Examples { label, found, next });
        Ok(())
    }

    fn decisions(&mut self, base: u64) -> Result<(), StoreError> {
        let decisions = self.gather()?;
        let through = self.project.last_event()?;
        let learned = self.project.version(base).map_or_else(|_| Learned::default(), |version| version.record.learned());
        // The seed follows from what the training learns from: the same job gives the same version.
        (self.send)(Reply::Decisions(Box::new(TrainJob { base, learned, through, seed: through, decisions })));
        Ok(())
    }

    /// Every decided cell, in order of the corpus, gold included.
    fn gather(&mut self) -> Result<Vec<DocumentDecisions>, StoreError> {
        self.take_gold()?;
        self.project.decisions(&self.scheme, self.finder())
    }

    /// Finds a document's place in the corpus, and the document as it is now.
    fn finder(&self) -> impl FnMut(&DocumentId) -> Option<(usize, Document)> + use<S> {
        let corpus = self.corpus.clone();
        let indices: HashMap<DocumentId, usize> = (0..corpus.len()).map(|index| (corpus.id(index), index)).collect();
        move |id| {
            let index = *indices.get(id)?;
            Some((index, corpus.load(index).ok()?.0))
        }
    }

    /// Takes all gold of the corpus into the project, once a session, in one transaction.
    fn take_gold(&mut self) -> Result<(), StoreError> {
        if self.gold_taken {
            return Ok(());
        }
        let Self { project, corpus, .. } = self;
        project.write(|writer| {
            // A note that cannot be read now has no part in this training; opening it says why.
            let with_gold = (0..corpus.len()).filter(|&index| corpus.has_gold(index));
            for (document, spans) in with_gold.filter_map(|index| corpus.load(index).ok()) {
                if let Some(spans) = spans {
                    writer.import_gold(&document, &spans, covered(&**corpus))?;
                }
            }
            Ok(())
        })?;
        self.gold_taken = true;
        Ok(())
    }

    /// Learns which encoder the loaded model has. Heads of another one are of no use with it: the model as it came is
    /// used then, and the project stays as it is.
    fn use_encoder(&mut self, encoder: Arc<str>) -> Result<(), StoreError> {
        self.encoder = Some(encoder.clone());
        let active = self.project.active()?;
        if active != 0 && self.project.version(active)?.record.encoder != *encoder {
            let note = format!("version {active} belongs to another encoder: the original model is used");
            (self.send)(Reply::Active { version: 0, head: None, note });
        }
        Ok(())
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

    /// The active version with its head; the model as it came where that belongs to another encoder.
    fn usable(&self) -> Result<InUse, StoreError> {
        let active = self.project.active()?;
        let encoder = self.encoder.as_deref();
        if active != 0 && encoder.is_some_and(|own| self.project.version(active).is_ok_and(|other| other.record.encoder != own)) {
            return Ok(InUse { version: 0, head: None });
        }
        Ok(InUse { version: active, head: self.project.head(active)? })
    }

    fn ids(&self) -> Vec<DocumentId> {
        (0..self.corpus.len()).map(|index| self.corpus.id(index)).collect()
    }

    fn add_version(&mut self, trained: &TrainedHead) -> Result<(), StoreError> {
        let Some(encoder) = &self.encoder else {
            let why = "A version came before its model was known; it was not kept. Train again.".to_owned();
            (self.send)(Reply::Failed { asked: Asked::AddVersion, why });
            return Ok(());
        };
        let version = self.project.add_version(trained, encoder)?;
        let note = trained.reason.clone();
        match trained.verdict {
            Verdict::KeptAside => (self.send)(Reply::KeptAside { version, note }),
            Verdict::Activated | Verdict::NotJudged => {
                (self.send)(Reply::Active { version, head: Some(trained.head.clone()), note });
            }
        }
        Ok(())
    }

    fn versions(&self) -> Result<Vec<VersionEntry>, StoreError> {
        let active = self.project.active()?;
        let fits = |encoder: &str| self.encoder.as_deref().is_none_or(|own| own == encoder);
        let mut entries: Vec<VersionEntry> = Vec::new();
        for ModelVersion { record, created, .. } in self.project.versions()?.into_iter().rev() {
            let fits = fits(&record.encoder);
            let made = Made { at: created, verdict: record.verdict, reason: record.reason, fits };
            entries.push(VersionEntry { version: record.id, made: Some(made), active: record.id == active && fits });
        }
        let active = !entries.iter().any(|entry| entry.active);
        entries.push(VersionEntry { version: 0, made: None, active });
        Ok(entries)
    }

    fn report_active(&self, version: u64, note: String) -> Result<(), StoreError> {
        let head = self.project.head(version)?;
        (self.send)(Reply::Active { version, head, note });
        Ok(())
    }

    fn close(self) {
        if let Err(error) = self.project.close() {
            (self.send)(Reply::Failed { asked: Asked::Nothing, why: error.to_string() });
        }
        (self.send)(Reply::Closed);
    }
}

/// The labels that the gold of the corpus decides everywhere: those that it uses. Of others it says nothing.
fn covered(corpus: &dyn CorpusSource) -> Option<&[String]> {
    corpus.complete().then(|| corpus.gold_labels())
}

fn write_one(
    writer: &mut Writer<'_>,
    task: &Task,
    scheme: &LabelScheme,
    event: impl Fn(EditId) -> Option<u64>,
) -> Result<Written, StoreError> {
    let known = |edit: EditId| {
        let own = (edit.0 < EditId::SESSION).then_some(edit.0);
        own.or_else(|| event(edit)).ok_or_else(|| StoreError::NotUndoable(task.note.id.to_string()))
    };
    match &task.work {
        Work::Edit(edit) => writer.edit(&task.note, &task.words, scheme, edit),
        Work::Undo(edit) => writer.undo(&task.note, known(*edit)?),
        Work::Redo(edit) => writer.redo(&task.note, known(*edit)?),
    }
}
