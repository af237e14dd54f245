//! The thread that owns every tensor: predicts what is looked at, trains when asked to, in small steps.

mod blame;
mod compare;
mod heads;
mod ranking;
mod reading;
mod round;
mod suspecting;
mod terms;
mod turning;

use std::collections::{HashSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::thread::JoinHandle;

use rand::SeedableRng;
use rand::seq::index;
use rand_chacha::ChaCha8Rng;

use self::blame::Blame;
use self::compare::Comparison;
use self::ranking::{Decisions, Summaries};
use self::round::Round;
use super::cache::{Encoded, SharedVectors};
use super::draws::Draws;
use super::learning::{Learning, MOST_HELD_DOCUMENTS, Outcome, read_along};
use super::model::Model;
use super::protocol::{Command, RankOrder, Reply, Turn};
use super::seeds;
use super::suspects::Suspecting;
use crate::domain::{Document, DocumentId, LabelScheme, TextHash, Words};
use crate::encoder::{DeviceChoice, DiskCache, DocumentEncoder, ModelSource, Precision};
use crate::formats::{Corpus, Loaded};
use crate::head::Head;
use crate::tokenization::{Terms, segment};

/// What the worker works with.
pub struct Setup {
    /// The model's files.
    pub source: ModelSource,
    /// Where to compute.
    pub device: DeviceChoice,
    /// What the encoder computes in; what suits the device without it.
    pub precision: Option<Precision>,
    /// The documents.
    pub corpus: Arc<Corpus>,
    /// The labels in use. Those that the model doesn't know start from nothing.
    pub scheme: Arc<LabelScheme>,
    /// Where word vectors are kept across runs.
    pub cache: Option<Arc<DiskCache>>,
}

/// Starts the worker. It ends with [`Command::Shutdown`] or when the sender of commands is gone.
///
/// A panic is reported as [`Reply::Failed`]; the worker then starts again with the orders that still hold.
///
/// # Errors
/// When the system gives no thread.
pub fn spawn(
    setup: Setup,
    commands: Receiver<Command>,
    send: impl Fn(Reply) + Send + 'static,
) -> std::io::Result<JoinHandle<()>> {
    spawn_with(setup, SharedVectors::default(), commands, send)
}

/// As [`spawn`], with the word vectors that an earlier worker with the same model and corpus has left.
///
/// # Errors
/// When the system gives no thread.
pub fn spawn_with(
    setup: Setup,
    vectors: SharedVectors,
    commands: Receiver<Command>,
    send: impl Fn(Reply) + Send + 'static,
) -> std::io::Result<JoinHandle<()>> {
    std::thread::Builder::new().name("worker".into()).spawn(move || {
        let mut orders = Orders::default();
        loop {
            let work = catch_unwind(AssertUnwindSafe(|| work(&setup, &vectors, &commands, &send, &mut orders)));
            match work {
                Ok(Ok(())) => return,
                Ok(Err(sentence)) => {
                    send(Reply::Failed(format!("{sentence}; labels can be set by hand all the same, and they are saved")));
                    return;
                }
                Err(_) if orders.blame.panicked() => {
                    suspecting::given_up_after_panic(&mut orders, &send);
                    send(Reply::NotTrained("the model's thread failed and was started again; nothing that was saved is lost".into()));
                }
                Err(_) => {
                    send(Reply::Failed("the model's thread keeps failing and was stopped; labels can be set by hand all the same, and they are saved".into()));
                    return;
                }
            }
        }
    })
}

/// Orders that hold until others come: they survive a restart of the worker.
#[derive(Default)]
struct Orders {
    /// The document on screen, a word to begin near, and those to predict next.
    focus: Option<(usize, usize)>,
    then: VecDeque<usize>,
    /// The active version and its head.
    head: Option<(u64, Option<Arc<[u8]>>)>,
    /// The documents at work, and those that can't be read or computed.
    blame: Blame,
    /// Whether wrong decisions are being looked for.
    suspecting: bool,
    /// What is decided of documents.
    decisions: Decisions,
    /// How documents are to be ranked.
    rank: Option<RankOrder>,
}

/// A document that is being encoded.
struct Opened {
    document: usize,
    id: DocumentId,
    hash: TextHash,
    words: Arc<Words>,
    encoder: DocumentEncoder,
}

/// A longer note (in bytes) is not read along in a training: it would take longer than the training itself.
const ORDINARY: usize = 40_000;

/// So many bytes of notes are looked through for some to read along.
const MOST_LOOKED_THROUGH: usize = 2_000_000;

/// At most this many half-encoded documents are kept.
const MOST_OPENED: usize = 4;

struct Worker<'a> {
    setup: &'a Setup,
    send: &'a dyn Fn(Reply),
    orders: &'a mut Orders,
    model: Model,
    head: Head,
    version: u64,
    /// The active version's head as it was recorded: it may know labels that are not in use. `None` for version 0.
    recorded: Option<Head>,
    cache: SharedVectors,
    opened: VecDeque<Opened>,
    /// The seed terms of the labels in use.
    terms: Terms,
    /// The words that they find in each document that was opened.
    found: reading::Found,
    /// What the documents of the corpus wait for.
    round: Round,
    /// What ranking needs of those that were read.
    summaries: Summaries,
    /// Copies of the head, if the order in which to review wants them.
    draws: Draws,
    /// Whether they are to be ranked.
    unranked: bool,
    /// Whether all of the document on screen is sent.
    focus_sent: bool,
    comparison: Option<Comparison>,
    /// A threshold to count for.
    turn: Option<Turn>,
    /// What is left of the last comparison.
    beyond: Option<Comparison>,
    /// Whether the active version has read each document, in whatever round.
    read: Vec<bool>,
    learning: Option<Learning>,
    suspecting: Option<Suspecting>,
}

/// Loads the model, then obeys until told to stop. The error is a sentence.
fn work(
    setup: &Setup,
    vectors: &SharedVectors,
    commands: &Receiver<Command>,
    send: &dyn Fn(Reply),
    orders: &mut Orders,
) -> Result<(), String> {
    let device = setup.device.open().map_err(|error| error.to_string())?;
    let mut model = Model::load(&setup.source, &device, setup.precision).map_err(|error| error.to_string())?;
    model.encoder.keep_in(setup.cache.clone());
    let head = model.head_for(&setup.scheme).map_err(|error| error.to_string())?;
    let place = if device.is_cpu() {
        format!("cpu, {} threads", rayon::current_num_threads())
    } else {
        format!("{:?}", device.location())
    };
    send(Reply::Ready { model: model.name.clone(), encoder: model.encoder.hash.clone(), device: place });
    let documents = setup.corpus.len();
    // The folder may have changed since another worker left them.
    let as_it_was = |document: usize, encoded: &Encoded| {
        let same = |loaded: Loaded| loaded.document.id == encoded.id && loaded.document.text_hash() == encoded.hash;
        setup.corpus.load(document).is_ok_and(same)
    };
    vectors.lock().retain(as_it_was);
    let summaries = Summaries::new(documents, head.inputs(), &orders.decisions);
    let mut worker = Worker {
        setup,
        send,
        orders,
        model,
        head,
        version: 0,
        recorded: None,
        cache: vectors.clone(),
        opened: VecDeque::new(),
        terms: Terms::new(&setup.scheme),
        found: reading::Found::new(),
        round: Round::new(documents, Vec::new()),
        summaries,
        draws: Draws::default(),
        unranked: false,
        focus_sent: false,
        comparison: None,
        turn: None,
        beyond: None,
        read: vec![false; documents],
        learning: None,
        suspecting: None,
    };
    worker.draw();
    worker.announce();
    if let Some((version, head)) = worker.orders.head.clone() {
        worker.use_head(version, head);
    }
    worker.obey(commands)
}

impl Worker<'_> {
    fn obey(&mut self, commands: &Receiver<Command>) -> Result<(), String> {
        let mut busy = true;
        loop {
            let command = match busy {
                true => match commands.try_recv() {
                    Ok(command) => Some(command),
                    Err(TryRecvError::Empty) => None,
                    Err(TryRecvError::Disconnected) => return Ok(()),
                },
                false => match commands.recv() {
                    Ok(command) => Some(command),
                    Err(_) => return Ok(()),
                },
            };
            match command {
                Some(Command::Shutdown) => return Ok(()),
                Some(command) => {
                    self.order(command);
                    busy = true;
                }
                None => busy = self.step()?,
            }
        }
    }

    fn order(&mut self, command: Command) {
        match command {
            Command::Focus { document, word, then, .. } => {
                let changed = self.forget_if_changed(document);
                if changed || self.orders.focus.is_none_or(|(before, _)| before != document) {
                    self.focus_sent = false;
                    self.resend(document);
                }
                self.orders.focus = Some((document, word));
                self.orders.then = then.into();
            }
            Command::Decided(documents) => self.all_decided(documents),
            Command::Rank(order) => {
                let draws = order.strategy.needs.draws;
                let lacking = draws && !self.wants_draws();
                let outdated = order.strategy.needs.decided && self.summaries.outdated(&self.orders.decisions);
                self.orders.rank = Some(order);
                if lacking {
                    self.draw();
                }
                if lacking || outdated {
                    self.read_again();
                }
                self.unranked = self.round.done > 0;
            }
            Command::UseHead { version, head } => {
                self.orders.head = Some((version, head.clone()));
                self.use_head(version, head);
            }
            Command::Train(_) if self.learning.is_some() => {
                (self.send)(Reply::NotTrained("a training is under way already".into()));
            }
            Command::Train(job) if job.base != self.version => {
                let sentence = "the active version changed while the decisions were gathered; nothing has changed, train again";
                (self.send)(Reply::NotTrained(sentence.into()));
            }
            Command::Train(job) => {
                let held = self.held(job.seed);
                let learning =
                    self.model.head_for(&self.setup.scheme).and_then(|model| Learning::new(*job, model, self.head.clone()));
                match learning {
                    Ok(learning) => self.learning = Some(learning.holding(held)),
                    Err(error) => (self.send)(Reply::NotTrained(error.to_string())),
                }
            }
            Command::Suspect(decisions) => self.begin_suspecting(decisions),
            // Of thresholds that are tried one after the other only the last is counted.
            Command::CountTurned(turn) => self.turn = Some(turn),
            Command::CancelTraining => {
                let sentence = match self.learning.take() {
                    Some(_) => "the training was cancelled; nothing has changed",
                    None => "no training was under way",
                };
                (self.send)(Reply::NotTrained(sentence.into()));
            }
            Command::Shutdown => {}
        }
    }

    /// Some documents of ordinary length to read along in a training: a function of the corpus and the seed alone.
    fn held(&self, seed: u64) -> Vec<usize> {
        let corpus = &self.setup.corpus;
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        let some = index::sample(&mut generator, corpus.len(), MOST_HELD_DOCUMENTS.min(corpus.len()));
        let mut looked_through = 0;
        let words = |document: usize| {
            let text = corpus.load(document).map(|loaded| loaded.document.text).unwrap_or_default();
            looked_through += text.len();
            let ordinary = (1..=ORDINARY).contains(&text.len());
            (looked_through <= MOST_LOOKED_THROUGH).then(|| ordinary.then(|| (document, segment(&text).len())))
        };
        read_along(some.iter().map_while(words).flatten())
    }

    /// One small piece of the most urgent work; false if there is none.
    fn step(&mut self) -> Result<bool, String> {
        if let Some((document, word)) = self.orders.focus
            && !self.focus_sent
        {
            self.focus_sent = self.advance(document, word, true)?;
            return Ok(true);
        }
        if let Some(turn) = self.turn.take() {
            self.count_turned(turn);
            return Ok(true);
        }
        if self.comparison.is_some() {
            self.compare()?;
            return Ok(true);
        }
        if std::mem::take(&mut self.unranked) {
            self.rank();
            return Ok(true);
        }
        if self.learning.is_some() {
            self.learn()?;
            return Ok(true);
        }
        if let Some(&document) = self.orders.then.front() {
            if self.advance(document, 0, true)? {
                self.orders.then.pop_front();
            }
            return Ok(true);
        }
        if self.suspecting.is_some() {
            self.suspect()?;
            return Ok(true);
        }
        self.read_some()
    }

    /// Brings a document's prediction forward by one step; true when it is complete, or given up because it can't be
    /// read or computed. Sends its probabilities as they come if `shown`.
    fn advance(&mut self, document: usize, word: usize, shown: bool) -> Result<bool, String> {
        self.orders.blame.at_work([document]);
        let complete = self.advance_at_work(document, word, shown)?;
        self.orders.blame.went_well();
        Ok(complete)
    }

    fn advance_at_work(&mut self, document: usize, word: usize, shown: bool) -> Result<bool, String> {
        let cached = self.cache.lock().get(document);
        if let Some(encoded) = cached {
            self.look_for_terms(document, &encoded);
            let predictions = self.predict(document, encoded.vectors.halves(), 0)?;
            if shown && !encoded.words.is_empty() {
                self.send_rows(document, encoded.words.len(), 0, predictions.clone());
            }
            self.summarise(document, &encoded, predictions);
            return Ok(true);
        }
        let Some(mut opened) = self.open(document, shown) else { return Ok(true) };
        let near = opened.encoder.window_of(word);
        let ready = match opened.encoder.step(&self.model.encoder, near) {
            Ok(ready) => ready,
            Err(error) => {
                self.give_up(document, shown.then(|| format!("{}: {error}", opened.id)));
                return Ok(true);
            }
        };
        if let Some(words) = ready.filter(|_| shown) {
            self.send_ready(&opened, words)?;
        }
        if opened.encoder.left() > 0 {
            self.opened.push_front(opened);
            self.opened.truncate(MOST_OPENED);
            return Ok(false);
        }
        let Opened { id, hash, words, encoder, .. } = opened;
        let encoded = Encoded { id, hash, words, vectors: encoder.into_vectors() };
        let predictions = self.predict(document, encoded.vectors.halves(), 0)?;
        self.summarise(document, &encoded, predictions);
        self.cache.lock().put(document, encoded);
        Ok(true)
    }

    /// The document as far as it is encoded, taken out of those kept half-way; `None` if it is given up.
    fn open(&mut self, document: usize, shown: bool) -> Option<Opened> {
        if let Some(place) = self.opened.iter().position(|opened| opened.document == document) {
            return self.opened.remove(place);
        }
        if self.orders.blame.is_bad(document) {
            self.give_up(document, None);
            return None;
        }
        // Whoever opens the document on screen is told why it can't be read; here it is passed over.
        let Ok(loaded) = self.setup.corpus.load(document) else {
            self.give_up(document, None);
            return None;
        };
        let Document { id, text, .. } = loaded.document;
        let words = Arc::new(segment(&text));
        if !self.terms.is_empty() {
            self.found.insert(document, self.terms.find(&text, &words).into());
        }
        match DocumentEncoder::new(&self.model.encoder, &text, &words, self.model.encode) {
            Ok(encoder) => Some(Opened { document, id, hash: TextHash::of(&text), words, encoder }),
            Err(error) => {
                self.give_up(document, shown.then(|| format!("{id}: {error}")));
                None
            }
        }
    }

    /// Leaves a document without predictions from now on; it can be labelled by hand.
    fn give_up(&mut self, document: usize, why: Option<String>) {
        self.orders.blame.set_bad(document);
        self.take_beyond(document, None);
        if let Some(why) = why {
            (self.send)(Reply::Failed(format!("{why}; this note can be labelled by hand, and the others are not affected")));
        }
        if self.round.mark(document) {
            self.progress();
        }
    }

    /// Forgets what is known of a document whose file is no longer as it was encoded; tells whether it did.
    fn forget_if_changed(&mut self, document: usize) -> bool {
        let cached = self.cache.lock().get(document).map(|encoded| encoded.hash);
        let opened = self.opened.iter().find(|opened| opened.document == document).map(|opened| opened.hash);
        let Some(known) = cached.or(opened) else { return false };
        let now = self.setup.corpus.load(document).ok().map(|loaded| loaded.document.text_hash());
        if now == Some(known) {
            return false;
        }
        self.cache.lock().forget(document);
        self.found.remove(&document);
        self.opened.retain(|opened| opened.document != document);
        true
    }

    /// Sends again what is known of a document that comes back on screen.
    fn resend(&mut self, document: usize) {
        let Some(place) = self.opened.iter().position(|opened| opened.document == document) else { return };
        let Some(opened) = self.opened.remove(place) else { return };
        for words in opened.encoder.ready() {
            // A failure here shows again, and is reported, at the next step.
            let _ = self.send_ready(&opened, words);
        }
        self.opened.push_front(opened);
    }

    fn send_ready(&self, opened: &Opened, words: std::ops::Range<usize>) -> Result<(), String> {
        let hidden = self.model.encoder.bert.config.hidden;
        let vectors = &opened.encoder.vectors()[words.start * hidden..words.end * hidden];
        let rows = self.predict(opened.document, vectors, words.start)?;
        if !rows.is_empty() {
            self.send_rows(opened.document, opened.words.len(), words.start, rows);
        }
        Ok(())
    }

    fn send_rows(&self, document: usize, words: usize, first: usize, rows: Vec<f32>) {
        (self.send)(Reply::Predicted { document, version: self.version, words, first, rows: rows.into() });
    }

    fn progress(&mut self) {
        self.unranked |= self.round.reached();
        (self.send)(Reply::Encoded { done: self.round.done, total: self.round.summarised.len() });
    }

    fn learn(&mut self) -> Result<(), String> {
        let Some(mut learning) = self.learning.take() else { return Ok(()) };
        if let Some(document) = learning.wants() {
            self.forget_if_changed(document);
            let cached = self.cache.lock().get(document);
            if let Some(encoded) = cached {
                if let Err(error) = learning.take(&encoded) {
                    (self.send)(Reply::NotTrained(error.to_string()));
                    return Ok(());
                }
            } else {
                self.advance(document, 0, false)?;
                if self.orders.blame.is_bad(document) {
                    learning.skip();
                }
            }
            (self.send)(Reply::Training { done: learning.read(), phase: "reading notes", left: None, loss: None });
            self.learning = Some(learning);
            return Ok(());
        }
        match learning.step() {
            Ok(Outcome::More { done, phase, left, loss }) => {
                (self.send)(Reply::Training { done, phase, left, loss });
                self.learning = Some(learning);
            }
            Ok(Outcome::Done(trained)) => (self.send)(Reply::Trained(self.with_other_labels(trained))),
            Err(error) => (self.send)(Reply::NotTrained(error.to_string())),
        }
        Ok(())
    }

    /// Tells which version's predictions come from here on.
    fn announce(&self) {
        let scheme = Arc::new(self.head.meta.scheme.clone());
        let thresholds = self.head.meta.thresholds.clone().into();
        // A head that can't be read says so as soon as it is asked for anything.
        let suggested = seeds::suggested_labels(&self.head).unwrap_or_default();
        (self.send)(Reply::Using { version: self.version, scheme, thresholds, suggested });
    }

    /// Has every document summed up again; gives those whose vectors are there, which come first.
    fn read_again(&mut self) -> Vec<usize> {
        let cached = self.cache.lock().documents();
        self.round = Round::new(self.setup.corpus.len(), cached.clone());
        self.summaries = Summaries::new(self.setup.corpus.len(), self.head.inputs(), &self.orders.decisions);
        cached
    }

    fn use_head(&mut self, version: u64, head: Option<Arc<[u8]>>) {
        let (recorded, head) = match self.read_head(head) {
            Ok(heads) => heads,
            Err(error) => return (self.send)(Reply::Failed(error.to_string())),
        };
        self.recorded = recorded;
        let from = std::mem::replace(&mut self.version, version);
        let before = std::mem::replace(&mut self.head, head);
        if self.learning.take().is_some() {
            (self.send)(Reply::NotTrained("the training was given up because another version became active".into()));
        }
        self.draw();
        self.announce();
        let cached = self.read_again();
        self.focus_sent = false;
        if from != version {
            let read = std::mem::replace(&mut self.read, vec![false; self.setup.corpus.len()]);
            let mut beyond: HashSet<usize> = (0..read.len()).filter(|&document| read[document]).collect();
            beyond.retain(|&document| !self.orders.blame.is_bad(document));
            for document in &cached {
                beyond.remove(document);
            }
            self.comparison = Some(Comparison::new(from, before, cached, beyond));
            self.beyond = None;
        }
        if let Some((document, _)) = self.orders.focus {
            self.resend(document);
        }
    }
}
