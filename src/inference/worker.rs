//! The thread that owns every tensor: predicts what is looked at, trains when asked to, in small steps.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::thread::JoinHandle;

use super::cache::{Encoded, VectorCache};
use super::learning::{Learning, Outcome};
use super::model::Model;
use super::protocol::{Command, Flip, MAX_FLIPS, Reply};
use crate::active_learning::document_uncertainty;
use crate::domain::{DocumentId, LabelScheme, LabelSet, Predictions, Words};
use crate::encoder::{DeviceChoice, DocumentEncoder, ModelSource};
use crate::formats::Corpus;
use crate::head::Head;
use crate::tokenization::segment;

/// What the worker works with.
pub struct Setup {
    /// The model's files.
    pub source: ModelSource,
    /// Where to compute.
    pub device: DeviceChoice,
    /// The documents.
    pub corpus: Arc<Corpus>,
    /// The labels of a head that starts from nothing, for a model that has none.
    pub scheme: Arc<LabelScheme>,
}

/// After so many panics in a row the worker gives up.
const MOST_PANICS: usize = 3;

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
    std::thread::Builder::new().name("worker".into()).spawn(move || {
        let mut orders = Orders::default();
        for panics in 1.. {
            let work = catch_unwind(AssertUnwindSafe(|| work(&setup, &commands, &send, &mut orders)));
            match work {
                Ok(Ok(())) => return,
                Ok(Err(sentence)) => {
                    send(Reply::Failed(format!("{sentence}; labels can be set by hand all the same, and they are saved")));
                    return;
                }
                Err(_) if panics < MOST_PANICS => {
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
}

/// A document that is being encoded.
struct Opened {
    document: usize,
    id: DocumentId,
    words: Arc<Words>,
    encoder: DocumentEncoder,
}

/// At most this many half-encoded documents are kept.
const MOST_OPENED: usize = 4;

struct Worker<'a> {
    setup: &'a Setup,
    send: &'a dyn Fn(Reply),
    orders: &'a mut Orders,
    model: Model,
    head: Head,
    version: u64,
    cache: VectorCache,
    opened: VecDeque<Opened>,
    /// Documents whose summary of this version is sent.
    summarised: Vec<bool>,
    /// Documents that can't be read.
    unreadable: Vec<bool>,
    /// Whether all of the document on screen is sent.
    focus_sent: bool,
    learning: Option<Learning>,
}

/// Loads the model, then obeys until told to stop. The error is a sentence.
fn work(setup: &Setup, commands: &Receiver<Command>, send: &dyn Fn(Reply), orders: &mut Orders) -> Result<(), String> {
    let device = setup.device.open().map_err(|error| error.to_string())?;
    let model = Model::load(&setup.source, &device).map_err(|error| error.to_string())?;
    let head = match &model.head {
        Some(head) => head.clone(),
        None => model.fresh_head(&setup.scheme).map_err(|error| error.to_string())?,
    };
    let place = if device.is_cpu() {
        format!("cpu, {} threads", rayon::current_num_threads())
    } else {
        format!("{:?}", device.location())
    };
    send(Reply::Ready { model: model.name.clone(), encoder: model.encoder.hash.clone(), device: place });
    let documents = setup.corpus.len();
    let mut worker = Worker {
        setup,
        send,
        orders,
        model,
        head,
        version: 0,
        cache: VectorCache::default(),
        opened: VecDeque::new(),
        summarised: vec![false; documents],
        unreadable: vec![false; documents],
        focus_sent: false,
        learning: None,
    };
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
                self.focus_sent &= self.orders.focus.is_some_and(|(before, _)| before == document);
                if self.orders.focus.is_none_or(|(before, _)| before != document) {
                    self.resend(document);
                }
                self.orders.focus = Some((document, word));
                self.orders.then = then.into();
            }
            Command::UseHead { version, head } => {
                self.orders.head = Some((version, head.clone()));
                self.use_head(version, head);
            }
            Command::Train(_) if self.learning.is_some() => {
                (self.send)(Reply::NotTrained("a training is under way already".into()));
            }
            Command::Train(job) => match Learning::new(*job, self.head.clone()) {
                Ok(learning) => self.learning = Some(learning),
                Err(error) => (self.send)(Reply::NotTrained(error.to_string())),
            },
            Command::CancelTraining => {
                if self.learning.take().is_some() {
                    (self.send)(Reply::NotTrained("the training was cancelled; nothing has changed".into()));
                }
            }
            Command::Shutdown => {}
        }
    }

    /// One small piece of the most urgent work; false if there is none.
    fn step(&mut self) -> Result<bool, String> {
        if let Some((document, word)) = self.orders.focus
            && !self.focus_sent
        {
            self.focus_sent = self.advance(document, word, true)?;
            return Ok(true);
        }
        if self.learning.is_some() {
            self.learn()?;
            return Ok(true);
        }
        while let Some(&document) = self.orders.then.front() {
            if document < self.summarised.len() {
                if self.advance(document, 0, true)? {
                    self.orders.then.pop_front();
                }
                return Ok(true);
            }
            self.orders.then.pop_front();
        }
        let Some(document) = self.summarised.iter().position(|done| !done) else { return Ok(false) };
        self.advance(document, 0, false)?;
        Ok(true)
    }

    /// Brings a document's prediction forward by one step; true when it is complete (or can't be read). Sends its
    /// probabilities as they come if `shown`.
    fn advance(&mut self, document: usize, word: usize, shown: bool) -> Result<bool, String> {
        if let Some(encoded) = self.cache.get(document) {
            let predictions = self.predict(&encoded.vectors)?;
            if shown && !encoded.words.is_empty() {
                self.send_rows(document, encoded.words.len(), 0, predictions.clone());
            }
            self.summarise(document, &encoded.words, predictions);
            return Ok(true);
        }
        let Some(mut opened) = self.open(document)? else { return Ok(true) };
        let near = opened.encoder.window_of(word);
        let ready = opened.encoder.step(&self.model.encoder, near).map_err(|error| error.to_string())?;
        if let Some(words) = ready.filter(|_| shown) {
            self.send_ready(&opened, words)?;
        }
        if opened.encoder.left() > 0 {
            self.opened.push_front(opened);
            self.opened.truncate(MOST_OPENED);
            return Ok(false);
        }
        let encoded = Encoded { id: opened.id, words: opened.words, vectors: opened.encoder.into_vectors().into() };
        let predictions = self.predict(&encoded.vectors)?;
        self.summarise(document, &encoded.words, predictions);
        self.cache.put(document, encoded);
        Ok(true)
    }

    /// The document as far as it is encoded, taken out of those kept half-way; `None` if it can't be read.
    fn open(&mut self, document: usize) -> Result<Option<Opened>, String> {
        if let Some(place) = self.opened.iter().position(|opened| opened.document == document) {
            return Ok(self.opened.remove(place));
        }
        if self.unreadable.get(document).is_none_or(|unreadable| *unreadable) {
            return Ok(None);
        }
        // Whoever opens the document on screen is told why it can't be read; here it is passed over.
        let Ok(loaded) = self.setup.corpus.load(document) else {
            self.unreadable[document] = true;
            self.summarised[document] = true;
            self.report_encoded();
            return Ok(None);
        };
        let words = Arc::new(segment(&loaded.document.text));
        let encoder = DocumentEncoder::new(&self.model.encoder, &loaded.document.text, &words, self.model.encode)
            .map_err(|error| error.to_string())?;
        Ok(Some(Opened { document, id: loaded.document.id, words, encoder }))
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
        let rows = self.predict(&opened.encoder.vectors()[words.start * hidden..words.end * hidden])?;
        if !rows.is_empty() {
            self.send_rows(opened.document, opened.words.len(), words.start, rows);
        }
        Ok(())
    }

    fn send_rows(&self, document: usize, words: usize, first: usize, rows: Vec<f32>) {
        (self.send)(Reply::Predicted { document, version: self.version, words, first, rows: rows.into() });
    }

    fn predict(&self, vectors: &[f32]) -> Result<Vec<f32>, String> {
        self.head.probabilities(vectors).map_err(|error| error.to_string())
    }

    fn summarise(&mut self, document: usize, words: &Words, probabilities: Vec<f32>) {
        if std::mem::replace(&mut self.summarised[document], true) {
            return;
        }
        let predictions = Predictions::new(self.version, self.head.labels(), probabilities);
        let uncertainty = document_uncertainty(words, &predictions, &self.head.meta.thresholds);
        let words = words.iter().filter(|word| word.alphanumeric).count();
        (self.send)(Reply::Summary { document, version: self.version, uncertainty, words });
        self.report_encoded();
    }

    fn report_encoded(&self) {
        let done = self.summarised.iter().filter(|done| **done).count();
        (self.send)(Reply::Encoded { done, total: self.summarised.len() });
    }

    fn learn(&mut self) -> Result<(), String> {
        let Some(mut learning) = self.learning.take() else { return Ok(()) };
        if let Some(document) = learning.wants() {
            let encoded = self.cache.get(document);
            let taken = match encoded {
                Some(encoded) => learning.take(&encoded).map_err(|error| error.to_string()),
                None => {
                    let read = self.advance(document, 0, false)?;
                    if read && self.unreadable.get(document).is_none_or(|unreadable| *unreadable) {
                        learning.skip();
                    }
                    Ok(())
                }
            };
            (self.send)(Reply::Training { done: 0.0, phase: "reading notes", left: None });
            return self.go_on(learning, taken);
        }
        match learning.step() {
            Ok(Outcome::More(done, phase, left)) => {
                (self.send)(Reply::Training { done, phase, left });
                self.learning = Some(learning);
            }
            Ok(Outcome::Done(trained)) => (self.send)(Reply::Trained(trained)),
            Err(error) => (self.send)(Reply::NotTrained(error.to_string())),
        }
        Ok(())
    }

    fn go_on(&mut self, learning: Learning, taken: Result<(), String>) -> Result<(), String> {
        match taken {
            Ok(()) => self.learning = Some(learning),
            Err(sentence) => (self.send)(Reply::NotTrained(sentence)),
        }
        Ok(())
    }

    /// Tells which version's predictions come from here on.
    fn announce(&self) {
        let scheme = Arc::new(self.head.meta.scheme.clone());
        let thresholds = self.head.meta.thresholds.clone().into();
        (self.send)(Reply::Using { version: self.version, scheme, thresholds });
    }

    fn use_head(&mut self, version: u64, head: Option<Arc<[u8]>>) {
        let own = || match &self.model.head {
            Some(head) => Ok(head.clone()),
            None => self.model.fresh_head(&self.setup.scheme),
        };
        let head = head.map_or_else(own, |bytes| Head::from_bytes(&bytes)).and_then(|head| {
            self.model.check_head(Some(&head))?;
            Ok(head)
        });
        let head = match head {
            Ok(head) => head,
            Err(error) => return (self.send)(Reply::Failed(error.to_string())),
        };
        let from = std::mem::replace(&mut self.version, version);
        let old = std::mem::replace(&mut self.head, head);
        self.announce();
        self.summarised = self.unreadable.clone();
        self.focus_sent = false;
        if self.learning.take().is_some() {
            (self.send)(Reply::NotTrained(
                "the training was given up because another version became active; nothing else has changed".into(),
            ));
        }
        if from == version {
            return;
        }
        match self.flips(&old) {
            Ok(flips) => (self.send)(Reply::Flipped { from, to: version, flips }),
            Err(error) => (self.send)(Reply::Failed(error.to_string())),
        }
        if let Some((document, _)) = self.orders.focus {
            self.resend(document);
        }
    }

    /// The words of the documents encoded so far whose label sets differ between the old head and the active one.
    fn flips(&mut self, old: &Head) -> candle_core::Result<Vec<Flip>> {
        let mut flips = Vec::new();
        let same = old.meta.scheme.names().eq(self.head.meta.scheme.names());
        for document in self.cache.documents() {
            let Some(encoded) = self.cache.get(document) else { continue };
            if encoded.words.is_empty() || !same {
                continue;
            }
            let sets = |head: &Head| -> candle_core::Result<Vec<LabelSet>> {
                let predictions = Predictions::new(0, head.labels(), head.probabilities(&encoded.vectors)?);
                Ok((0..encoded.words.len()).map(|word| predictions.predicted(word, &head.meta.thresholds)).collect())
            };
            let both = sets(old)?.into_iter().zip(sets(&self.head)?).enumerate();
            let changed = both.filter(|(word, (before, after))| before != after && encoded.words[*word].alphanumeric);
            flips.extend(changed.map(|(word, (before, after))| Flip { document, word, before, after }));
            if flips.len() >= MAX_FLIPS {
                flips.truncate(MAX_FLIPS);
                break;
            }
        }
        Ok(flips)
    }
}
