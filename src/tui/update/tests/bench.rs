//! The screen's state with a store and a worker that answer as the real ones do, on demand.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{Event as TerminalEvent, MouseButton, MouseEvent, MouseEventKind};

use crate::domain::matches::places;
use crate::domain::{
    Anchor, Annotations, Changes, Comment, DecidedCell, Document, DocumentDecisions, Edit, EditId, Flip, History, LabelScheme,
    LabelSet, Learned, Manner, Predictions, TrainJob, TrainedHead, Turned, Verdict, Words, notation,
};
use crate::inference::{self, Command};
use crate::store::protocol::{Alike, InUse, Jumped, Opened, QueueEntry, Recorded, ReviewState, Touched, VersionEntry};
use crate::store::timeline::{Page, Part, Standing, Step};
use crate::store::{self, CommentEntry, Request};
use crate::tokenization::segment;
use crate::tui::effect::{Effect, Reopening};
use crate::tui::event::Event;
use crate::tui::keymap::{Key, Keymap};
use crate::tui::message::Message;
use crate::tui::state::{OpenDocument, State};
use crate::tui::update::{drawn, update};

/// The labels of the tests, in order.
pub const LABELS: [&str; 3] = ["SYM", "SEV", "ANA"];

/// One document as the store has it.
#[derive(Clone, Default)]
pub struct Kept {
    pub document: Option<Arc<Document>>,
    pub words: Arc<Words>,
    pub annotations: Annotations,
    pub history: History,
    pub entry: QueueEntry,
}

/// State, played store and played worker.
pub struct Bench {
    pub state: State,
    pub kept: Vec<Kept>,
    /// Requests that the store has not answered.
    pub asked: VecDeque<Request>,
    /// What the worker was told, in order.
    pub told: Vec<Command>,
    /// Whether requests are answered at once.
    pub prompt: bool,
    /// The store fails this many edits, from now on.
    pub failures: usize,
    /// What the worker predicts, by document: a probability of every label for each word.
    pub probabilities: BTreeMap<usize, Vec<f32>>,
    pub mouse: bool,
    pub quit: bool,
    /// The alarm that was set last, or taken back.
    pub alarm: Option<Option<Duration>>,
    /// How often settings were to be read again.
    pub readings: usize,
    /// What the session ended with, if it was to open again.
    pub reopening: Option<Reopening>,
    /// What the project was last told of the tutorial.
    pub tutorial: Option<String>,
    /// The version that the store has active, which the next jump leads away from; `None` if it stays.
    pub jumps_to: Option<u64>,
    /// Whether the next jump leads to other labels.
    pub relabels: bool,
    /// What the project was last told to keep of a version's changes.
    pub changes: Option<Changes>,
    /// The labels before each change of one of them.
    labels_before: Vec<Arc<LabelScheme>>,
    /// All documents as they were after each event, and before the first.
    past: Vec<Vec<Kept>>,
    /// The step at which the story stands.
    point: u64,
    /// Edits of several notes that were made in one go.
    together: Vec<Vec<(usize, EditId)>>,
    /// Whether an edit has failed.
    failed: bool,
    event: u64,
}

impl Bench {
    /// A corpus of these notes, in the notation: what is labelled there is predicted by version 0 with 0.9, the rest
    /// with 0.1. Opened, the model ready, the first note on screen.
    pub fn new(notes: &[&str]) -> Self {
        let mut bench = Self::unopened(notes);
        bench.open_project();
        bench.model_ready(0);
        bench
    }

    /// As [`Bench::new`], before the store or the worker have said anything.
    pub fn unopened(notes: &[&str]) -> Self {
        let keymap = Arc::new(Keymap::bundled().unwrap());
        let (mut kept, mut probabilities) = (Vec::new(), BTreeMap::new());
        for (index, note) in notes.iter().enumerate() {
            let (text, spans) = notation::parse(note);
            let words = segment(&text);
            let mut row = vec![0.1; words.len() * LABELS.len()];
            for span in &spans {
                let label = LABELS.iter().position(|label| *label == span.label).unwrap();
                words.overlapping(span.start..span.end).for_each(|word| row[word * LABELS.len() + label] = 0.9);
            }
            probabilities.insert(index, row);
            let document = Some(Arc::new(Document::new(format!("note {index}").as_str(), text)));
            kept.push(Kept { document, words: Arc::new(words), ..Kept::default() });
        }
        let names = (0..notes.len()).map(|index| format!("note {index}")).collect();
        let state = State::new("corpus".into(), names, scheme(), keymap, (80, 24));
        Self {
            state,
            asked: VecDeque::new(),
            told: Vec::new(),
            prompt: true,
            failures: 0,
            probabilities,
            mouse: true,
            quit: false,
            alarm: None,
            readings: 0,
            reopening: None,
            tutorial: None,
            jumps_to: None,
            relabels: false,
            changes: None,
            labels_before: Vec::new(),
            past: vec![kept.clone()],
            point: 0,
            kept,
            together: Vec::new(),
            failed: false,
            event: 0,
        }
    }

    /// The store is ready.
    pub fn open_project(&mut self) {
        let queue = self.kept.iter().map(|kept| kept.entry).collect();
        self.store(store::Reply::Ready { scheme: scheme(), active: 0, head: None, queue, notice: None });
    }

    /// The worker is ready, uses this version and has predicted every document with it.
    pub fn model_ready(&mut self, version: u64) {
        self.worker(inference::Reply::Ready { model: "tiny".into(), encoder: "e".into(), device: "cpu".into() });
        self.uses(version);
    }

    /// The worker uses this version and predicts every document with it.
    pub fn uses(&mut self, version: u64) {
        self.worker(inference::Reply::Using {
            version,
            scheme: scheme(),
            thresholds: [0.5; 3].into(),
            suggested: LabelSet::EMPTY,
        });
        (0..self.kept.len()).for_each(|document| self.predict(document, version));
    }

    /// The worker reports the words that changed from one version to another.
    pub fn flipped(&mut self, from: u64, to: u64, flips: Vec<Flip>) {
        let mut turned = Turned { documents: 1, ..Turned::new(LABELS.len()) };
        flips.iter().for_each(|flip| turned.count(flip.before, flip.after));
        self.worker(inference::Reply::Flipped(Changes { from, to, turned, flips, ..Changes::default() }.into()));
    }

    /// The worker predicts a document.
    pub fn predict(&mut self, document: usize, version: u64) {
        let rows = self.probabilities[&document].clone().into();
        let words = self.kept[document].words.len();
        self.worker(inference::Reply::Predicted { document, version, words, first: 0, rows });
    }

    /// Presses keys, as the keymap writes them, apart by spaces.
    pub fn press(&mut self, keys: &str) {
        for key in keys.split_whitespace() {
            let key: Key = key.parse().unwrap();
            self.event(Event::Terminal(TerminalEvent::Key(key.into())));
        }
    }

    /// Types characters, each as it is.
    pub fn type_in(&mut self, text: &str) {
        for c in text.chars() {
            let key = Key::new(crossterm::event::KeyCode::Char(c), crossterm::event::KeyModifiers::NONE);
            self.event(Event::Terminal(TerminalEvent::Key(key.into())));
        }
    }

    pub fn mouse(&mut self, kind: MouseEventKind, (column, row): (u16, u16)) {
        let modifiers = crossterm::event::KeyModifiers::NONE;
        self.event(Event::Terminal(TerminalEvent::Mouse(MouseEvent { kind, column, row, modifiers })));
    }

    pub fn click(&mut self, at: (u16, u16)) {
        self.mouse(MouseEventKind::Down(MouseButton::Left), at);
    }

    pub fn worker(&mut self, reply: inference::Reply) {
        self.event(Event::Worker(reply));
    }

    pub fn store(&mut self, reply: store::Reply) {
        self.event(Event::Store(reply));
    }

    /// Something happens; the store answers what comes of it if it is prompt.
    pub fn event(&mut self, event: Event) {
        let Some(message) = event.message(self.state.context(), &self.state.keymap) else { return };
        self.message(message);
    }

    /// As [`Bench::event`], for what no event tells.
    pub fn message(&mut self, message: Message) {
        self.unseen(message);
        drawn(&mut self.state);
        if self.prompt {
            self.answer_all();
        }
    }

    /// Takes a message in before a frame can be drawn.
    pub fn unseen(&mut self, message: Message) {
        for effect in update(&mut self.state, message) {
            match effect {
                Effect::Store(request) => self.asked.push_back(request),
                Effect::Worker(command) => self.told.push(command),
                Effect::Mouse(ours) => self.mouse = ours,
                Effect::Alarm(alarm) => self.alarm = Some(alarm),
                Effect::ReadSettings | Effect::ReadWritten => self.readings += 1,
                Effect::Quit => self.quit = true,
                Effect::Reopen(reopening) => self.reopening = Some(reopening),
            }
        }
    }

    /// The store answers everything it was asked.
    pub fn answer_all(&mut self) {
        while !self.asked.is_empty() {
            self.answer();
        }
    }

    /// The store answers the oldest request.
    pub fn answer(&mut self) {
        let Some(request) = self.asked.pop_front() else { return };
        let reply = match request {
            Request::Open { document } => self.opened(document),
            Request::Edit { document, edit } => self.record(document, edit.id, |kept| {
                kept.history.perform(&mut kept.annotations, Edit::clone(&edit));
            }),
            Request::Together { edits } => {
                self.together.push(edits.iter().map(|(document, edit)| (*document, edit.id)).collect());
                for (document, edit) in edits {
                    let reply = self.record(document, edit.id, |kept| {
                        kept.history.perform(&mut kept.annotations, Edit::clone(&edit));
                    });
                    self.store_answers(reply);
                }
                return;
            }
            Request::Undo { document, edit } => {
                self.along((document, edit), |kept| {
                    kept.history.undo(&mut kept.annotations);
                });
                self.record(document, edit, |kept| {
                    kept.history.undo(&mut kept.annotations);
                })
            }
            Request::Redo { document, edit } => {
                self.along((document, edit), |kept| {
                    kept.history.redo(&mut kept.annotations);
                });
                self.record(document, edit, |kept| {
                    kept.history.redo(&mut kept.annotations);
                })
            }
            Request::Decided { .. } => store::Reply::Decided { documents: Vec::new(), next: None },
            Request::Decisions { base } => self.decisions(base),
            Request::AddVersion(head) if head.verdict == Verdict::KeptAside => {
                store::Reply::KeptAside { version: head.base + 1, note: head.reason.clone() }
            }
            Request::AddVersion(head) => {
                let version = head.base + 1;
                store::Reply::Active { version, head: Some(head.head.clone()), note: "not judged yet".into() }
            }
            Request::Activate(version) => store::Reply::Active { version, head: None, note: "activated".into() },
            Request::Rollback => {
                let version = self.state.version.saturating_sub(1);
                store::Reply::Active { version, head: None, note: "rolled back".into() }
            }
            Request::Versions => {
                let active = self.state.version;
                let entry = |version| VersionEntry { version, made: None, active: version == active };
                store::Reply::Versions([1, 0].map(entry).to_vec())
            }
            Request::Hidden(scheme) => {
                let decided = |label: usize| {
                    let cells = self.kept.iter().flat_map(|kept| kept.annotations.all_decided());
                    cells.filter(|(cell, _)| usize::from(cell.label) == label).count()
                };
                let lacking = (0..LABELS.len()).filter(|&label| scheme.index(LABELS[label]).is_none());
                let counts = lacking.map(|label| (LABELS[label].to_owned(), decided(label)));
                let hidden = store::Hidden(counts.filter(|(_, count)| *count > 0).collect());
                store::Reply::Hidden { scheme, hidden }
            }
            Request::Comments => store::Reply::Comments(self.comments()),
            Request::Timeline(part) => store::Reply::Timeline(Box::new(self.steps(part))),
            Request::Jump(to) => self.jump(to),
            Request::Find { alike, from } => {
                let found = |index: usize| {
                    let (kept, Alike { phrase, label, present, .. }) = (&self.kept[index], &*alike);
                    let text = &kept.document.as_ref().unwrap().text;
                    let found = places(text, &kept.words, phrase, &kept.annotations, *label, *present);
                    found.into_iter().map(move |place| (index, place)).collect()
                };
                let places = if from == alike.besides { Vec::new() } else { found(from) };
                store::Reply::Found { places, next: Some(from + 1).filter(|&next| next < self.kept.len()), alike }
            }
            Request::DecisionsToCheck => match self.decisions(0) {
                store::Reply::Decisions(job) => store::Reply::DecisionsToCheck(job.decisions),
                other => other,
            },
            Request::Export => {
                let exported = store::Exported { decided: 1, imported: 3, spans: 9, ..store::Exported::default() };
                store::Reply::Exported { exported, place: "ward/.chartmark/project.gold.jsonl".into() }
            }
            Request::Figures => store::Reply::Figures(Box::default()),
            Request::Contents { words, documents } => {
                let text = |document: usize| self.kept[document].document.as_ref().unwrap().text.to_lowercase();
                let found = |document: usize| {
                    let text = text(document);
                    words.iter().enumerate().map(|(at, word)| u32::from(text.contains(word.as_str())) << at).sum()
                };
                // Two at a time, so that what is asked for again shows.
                let found = documents.into_iter().take(2).map(|document| (document, found(document))).collect();
                store::Reply::Contents { words, found }
            }
            Request::Relabel(change) => {
                let scheme = Arc::new(change.apply(&self.state.scheme).unwrap());
                self.labels_before.push(self.state.scheme.clone());
                store::Reply::Relabelled { scheme, said: format!("{change}.") }
            }
            Request::UndoRelabel => {
                let scheme = self.labels_before.pop().unwrap_or_else(scheme);
                store::Reply::Relabelled { scheme, said: "Taken back.".into() }
            }
            Request::Annotators => {
                let begun = (0..self.kept.len()).filter(|&index| self.kept[index].entry.decided > 0);
                store::Reply::Annotators(vec![("ann".into(), begun.collect()), ("bob".into(), vec![])])
            }
            Request::Close => store::Reply::Closed,
            Request::Guidelines(path) => store::Reply::Guidelines(Ok(format!("# Rules of {}\n\nBe kind.", path.display()))),
            Request::Examples { label, .. } => store::Reply::Examples { label, found: vec!["ache".into()], next: None },
            Request::Tutorial(memory) => {
                self.tutorial = Some(memory);
                return;
            }
            Request::Changed(changes) => {
                self.changes = Some(*changes);
                return;
            }
            Request::Encoder(_) | Request::Place { .. } => return,
        };
        self.store_answers(reply);
    }

    /// As [`Bench::store`], without answering what comes of it at once.
    fn store_answers(&mut self, reply: store::Reply) {
        let prompt = std::mem::replace(&mut self.prompt, false);
        self.store(reply);
        self.prompt = prompt;
    }

    fn opened(&self, index: usize) -> store::Reply {
        let Kept { document, words, annotations, history, .. } = self.kept[index].clone();
        let document = document.unwrap();
        store::Reply::Opened(Box::new(Opened { index, document, words, annotations, history, notice: None }))
    }

    /// Records a change and checks that it was to the edit that the screen means: after a failure that is not so for
    /// what was already on its way, and such a change can't be recorded either.
    fn record(&mut self, document: usize, edit: EditId, change: impl FnOnce(&mut Kept)) -> store::Reply {
        let before = self.kept[document].clone();
        let kept = &mut self.kept[document];
        change(kept);
        let mut history = kept.history.clone();
        let last = history.undo(&mut Annotations::default()).map(|edit| edit.id);
        let mut history = kept.history.clone();
        let undone = history.redo(&mut Annotations::default()).map(|edit| edit.id);
        let meant = last == Some(edit) || undone == Some(edit);
        assert!(meant || self.failed, "undo and redo come in order");
        if self.failures > 0 || !meant {
            (self.failures, self.failed) = (self.failures.saturating_sub(1), true);
            self.kept[document] = before;
            return store::Reply::NotSaved { document, why: "The disk is full; nothing else was lost.".into() };
        }
        kept.entry.decided = kept.annotations.count();
        kept.entry.review = ReviewState::new(kept.annotations.disposition, kept.entry.decided);
        self.event += 1;
        self.point = self.event;
        let entry = kept.entry;
        self.past.push(self.kept.clone());
        let recorded = Recorded { event: self.event, annotator: "ann".into(), at: 7 };
        let deciders = if entry.decided > 0 { vec![recorded.annotator.clone()] } else { Vec::new() };
        store::Reply::Saved { document, edit, recorded, entry, deciders }
    }

    /// Undoes or redoes what was done in other notes in one go with an edit.
    fn along(&mut self, edit: (usize, EditId), change: impl Fn(&mut Kept)) {
        let Some(together) = self.together.iter().find(|together| together.contains(&edit)).cloned() else { return };
        let mut touched = Vec::new();
        for (document, _) in together.into_iter().filter(|other| *other != edit) {
            let kept = &mut self.kept[document];
            change(kept);
            kept.entry.decided = kept.annotations.count();
            touched.push(Touched { document, entry: kept.entry, deciders: Vec::new() });
        }
        self.store_answers(store::Reply::Along(touched));
    }

    fn decisions(&self, base: u64) -> store::Reply {
        let of = |(document, kept): (usize, &Kept)| {
            let cells = kept.annotations.all_decided();
            let cells = cells.map(|(cell, decided)| DecidedCell {
                word: cell.word,
                label: cell.label,
                present: decided.present,
                manner: Manner::Single,
                event: 0,
            });
            DocumentDecisions { document, cells: cells.collect() }
        };
        let decisions = self.kept.iter().enumerate().map(of).filter(|document| !document.cells.is_empty()).collect();
        store::Reply::Decisions(Box::new(TrainJob { base, learned: Learned::default(), through: self.event, seed: 1, decisions }))
    }

    /// Every event is a step here, all on one page.
    fn steps(&self, part: Part) -> Page {
        let step = |event: u64| Step {
            event,
            at: 7,
            annotator: "ann".into(),
            document: None,
            what: format!("step {event}"),
            standing: if event > self.point { Standing::Undone } else { Standing::Done },
        };
        Page { part, steps: (0..=self.event).rev().map(step).collect(), newest: true, oldest: true, point: self.point }
    }

    fn jump(&mut self, to: u64) -> store::Reply {
        if self.failures > 0 {
            self.failures -= 1;
            return store::Reply::Failed { asked: store::Asked::Jump, why: "The disk is full; nothing was changed.".into() };
        }
        let (taken, made) = (self.point.saturating_sub(to) as usize, to.saturating_sub(self.point) as usize);
        self.kept = self.past[to as usize].clone();
        self.point = to;
        let version = self.jumps_to.take();
        let labels = std::mem::take(&mut self.relabels);
        let leap = store::Leap { taken, made, documents: 1, version: version.is_some(), labels };
        let queue = self.kept.iter().map(|kept| kept.entry).collect();
        store::Reply::Jumped(Box::new(Jumped { leap, queue, version: version.map(|version| InUse { version, head: None }) }))
    }

    fn comments(&self) -> Vec<CommentEntry> {
        let of = |(document, kept): (usize, &Kept)| -> Vec<CommentEntry> {
            let entry = |(anchor, comment): (&Anchor, &Comment)| {
                let word = anchor.range().map(|range| range.start);
                CommentEntry { document, word, quote: "quote".into(), text: comment.text.clone(), stamp: None }
            };
            kept.annotations.comments.iter().map(entry).collect()
        };
        self.kept.iter().enumerate().flat_map(of).collect()
    }

    /// What the store has of comments, each as the words it stands on (none: the note), and what it says.
    pub fn comments_on_disk(&self, document: usize) -> Vec<(String, String)> {
        let Kept { words, annotations, document, .. } = &self.kept[document];
        let text = &document.as_ref().unwrap().text;
        let quote = |range: std::ops::Range<usize>| text[words[range.start].start..words[range.end - 1].end].to_owned();
        let entry =
            |(anchor, comment): (&Anchor, &Comment)| (anchor.range().map(quote).unwrap_or_default(), comment.text.to_string());
        annotations.comments.iter().map(entry).collect()
    }

    pub fn open(&self) -> &OpenDocument {
        self.state.open.as_ref().unwrap()
    }

    /// Whether a decision on a word is not durable yet.
    pub fn is_pending(&self, word: usize) -> bool {
        self.open().is_pending(&self.open().annotations.word(word))
    }

    /// The word under the cursor.
    pub fn word(&self) -> &str {
        let open = self.open();
        open.word().map_or("", |word| open.words[word].slice(&open.document.text))
    }

    /// The text from the first to the last selected word.
    pub fn selected(&self) -> &str {
        let open = self.open();
        let selection = open.selection().unwrap();
        &open.document.text[open.words[*selection.start()].start..open.words[*selection.end()].end]
    }

    /// The note on screen with the labels shown, in the notation.
    pub fn shown(&self) -> String {
        let open = self.open();
        let sets: Vec<_> = (0..open.words.len()).map(|word| open.labels(word)).collect();
        notation::format(&open.document.text, &open.words, &sets, &LABELS)
    }

    /// The note with what the store has of human decisions that are present, in the notation.
    pub fn on_disk(&self, document: usize) -> String {
        let kept = &self.kept[document];
        let set =
            |word: usize| kept.annotations.on_word(word).filter(|(_, decided)| decided.present).map(|(label, _)| label).collect();
        let sets: Vec<_> = (0..kept.words.len()).map(set).collect();
        notation::format(&kept.document.as_ref().unwrap().text, &kept.words, &sets, &LABELS)
    }

    /// The notice's sentence.
    pub fn notice(&self) -> &str {
        self.state.notice.as_ref().map_or("", |notice| &notice.text)
    }
}

/// The labels of the tests.
pub fn scheme() -> Arc<LabelScheme> {
    Arc::new(LabelScheme::from_names("tests", &LABELS).unwrap())
}

/// A head that was trained from `base`.
pub fn head(base: u64, verdict: Verdict) -> Box<TrainedHead> {
    let (head, reason, metrics) =
        (Arc::from([1_u8]), "kept aside: it judges held-out words worse".to_owned(), serde_json::Value::Null);
    Box::new(TrainedHead { base, through: 1, seed: 1, head, verdict, reason, metrics })
}

/// Rows of one probability for every label of `words` words.
pub fn rows(words: usize, probability: f32) -> Arc<[f32]> {
    vec![probability; words * LABELS.len()].into()
}

/// Whether a document's predictions are all of this version.
pub fn coloured_by(predictions: Option<&Predictions>, version: u64) -> bool {
    predictions.is_some_and(|predictions| predictions.version == version && predictions.complete())
}
