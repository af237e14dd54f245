//! The model's thread, from its orders to its replies.

mod labels;
mod ranking;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, LazyLock};
use std::thread::JoinHandle;
use std::time::Duration;

use chartmark::domain::{
    Annotations, DecidedCell, Document, DocumentDecisions, EditId, Flip, LabelScheme, LabelSet, Learned, Manner, Predictions,
    Scope, Shown, TrainJob, TrainedHead, Verdict,
};
use chartmark::encoder::{DeviceChoice, ModelSource};
use chartmark::formats::{Corpus, GoldDocument};
use chartmark::head::Head;
use chartmark::inference::cache::SharedVectors;
use chartmark::inference::protocol::{Suspicion, Turn};
use chartmark::inference::worker::{Setup, spawn_with};
use chartmark::inference::{Command, Model, Reply};
use chartmark::tokenization::segment;
use tempfile::TempDir;

use crate::fine_tuning::{labels, scheme, trained};
use crate::tiny::{directory, model, note};

/// A model that knows the toy labels, trained once for all tests.
static MODEL: LazyLock<TempDir> = LazyLock::new(|| after(12));

/// A model that is not sure of anything yet, so that a few decisions flip it.
static BEGINNER: LazyLock<TempDir> = LazyLock::new(|| after(3));

fn after(epochs: usize) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    trained(dir.path(), epochs);
    dir
}

/// Longer than any reply takes: a worker that hangs fails the test and doesn't stop all others.
const PATIENCE: Duration = Duration::from_secs(120);

/// A document of many windows, three short ones, and one without a word.
fn texts() -> Vec<String> {
    vec![note(300), note(40), "Severe chest pain, took aspirin.".into(), " \n".into(), note(90)]
}

fn corpus(texts: &[String]) -> Corpus {
    let document =
        |(index, text): (usize, &String)| GoldDocument::unlabelled(Document::new(format!("n{index}").as_str(), text.as_str()));
    Corpus::from_documents("toy", texts.iter().enumerate().map(document).collect())
}

struct Bench {
    commands: Sender<Command>,
    replies: Receiver<Reply>,
    thread: JoinHandle<()>,
}

impl Bench {
    /// A worker that finds these orders waiting when it starts.
    fn new(model: &Path, corpus: Corpus, orders: impl IntoIterator<Item = Command>) -> Self {
        Self::with(model, scheme(), corpus, orders)
    }

    fn with(model: &Path, scheme: LabelScheme, corpus: Corpus, orders: impl IntoIterator<Item = Command>) -> Self {
        Self::keeping(SharedVectors::default(), model, scheme, corpus, orders)
    }

    fn keeping(
        vectors: SharedVectors,
        model: &Path,
        scheme: LabelScheme,
        corpus: Corpus,
        orders: impl IntoIterator<Item = Command>,
    ) -> Self {
        let (commands, inbox) = channel();
        orders.into_iter().for_each(|order| commands.send(order).unwrap());
        let (outbox, replies) = channel();
        let setup = Setup {
            source: ModelSource::Directory(model.to_owned()),
            device: DeviceChoice::Cpu,
            precision: None,
            corpus: Arc::new(corpus),
            scheme: Arc::new(scheme),
            cache: None,
        };
        let thread = spawn_with(setup, vectors, inbox, move |reply| outbox.send(reply).unwrap_or_default()).unwrap();
        Self { commands, replies, thread }
    }

    fn order(&self, command: Command) {
        self.commands.send(command).unwrap();
    }

    /// The replies up to the first that `last` accepts.
    fn until(&self, last: impl Fn(&Reply) -> bool) -> Vec<Reply> {
        let mut replies = Vec::new();
        loop {
            let reply = self.replies.recv_timeout(PATIENCE).unwrap_or_else(|error| panic!("{error} after {replies:#?}"));
            replies.push(reply);
            if last(&replies[replies.len() - 1]) {
                return replies;
            }
        }
    }

    fn train(&self, job: &TrainJob) -> TrainedHead {
        self.order(Command::Train(Box::new(job.clone())));
        let mut replies = self.until(|reply| matches!(reply, Reply::Trained(_) | Reply::NotTrained(_) | Reply::Failed(_)));
        match replies.pop() {
            Some(Reply::Trained(head)) => *head,
            other => panic!("not trained: {other:?}"),
        }
    }

    /// The sentence that a training is refused or given up with.
    fn not_trained(&self) -> String {
        match self.until(|reply| matches!(reply, Reply::Trained(_) | Reply::NotTrained(_))).pop() {
            Some(Reply::NotTrained(sentence)) => sentence,
            other => panic!("{other:?}"),
        }
    }

    /// Tells it to finish and waits until it has.
    fn finish(self) {
        self.order(Command::Shutdown);
        self.thread.join().unwrap();
    }
}

fn focus(document: usize, word: usize, then: &[usize]) -> Command {
    Command::Focus { generation: 1, document, word, then: then.to_vec() }
}

fn all_encoded(reply: &Reply) -> bool {
    matches!(reply, Reply::Encoded { done, total } if done == total)
}

/// The probabilities of each document that was sent, each word once.
fn predicted(replies: &[Reply], of_version: u64, labels: usize) -> BTreeMap<usize, Predictions> {
    let mut documents = BTreeMap::new();
    for reply in replies {
        if let Reply::Predicted { document, version, words, first, rows } = reply {
            assert_eq!(*version, of_version);
            let so_far = documents.entry(*document).or_insert_with(|| Predictions::awaited(*version, *words, labels));
            assert!(
                (*first..first + rows.len() / labels).all(|word| so_far.word(word).is_none()),
                "words of {document} come twice"
            );
            so_far.fill(*first, rows);
        }
    }
    assert!(documents.values().all(Predictions::complete), "words are missing");
    documents
}

/// The summaries: document and number of words.
fn summaries(replies: &[Reply], of_version: u64) -> Vec<(usize, usize)> {
    let summary = |reply: &Reply| match reply {
        Reply::Summary { document, version, uncertainty, words, unsure, .. } => {
            assert_eq!(*version, of_version);
            assert!((0.0..=1.0).contains(uncertainty) && unsure <= words);
            Some((*document, *words))
        }
        _ => None,
    };
    replies.iter().filter_map(summary).collect()
}

fn sets(predictions: &Predictions, thresholds: &[f32]) -> Vec<LabelSet> {
    (0..predictions.words()).map(|word| predictions.predicted(word, thresholds)).collect()
}

/// A decision on each of `cells`, (document, word, label, present).
fn job(seed: u64, cells: &[(usize, usize, usize, bool)]) -> TrainJob {
    let mut documents: BTreeMap<usize, Vec<DecidedCell>> = BTreeMap::new();
    for &(document, word, label, present) in cells {
        let cell = DecidedCell { word: word as u32, label: label as u16, present, manner: Manner::Single, event: 0 };
        documents.entry(document).or_default().push(cell);
    }
    let decisions = documents.into_iter().map(|(document, cells)| DocumentDecisions { document, cells }).collect();
    TrainJob { base: 0, learned: Learned::default(), through: 17, seed, decisions }
}

/// Decisions as the toy gold says, on every label of the first `words` words of document 0.
fn as_gold(words: usize) -> Vec<(usize, usize, usize, bool)> {
    let text = &texts()[0];
    let cut = segment(text);
    let of = |word: usize| {
        let set = labels(cut[word].slice(text));
        (0..3).map(move |label| (0, word, label, set.contains(label)))
    };
    (0..words).flat_map(of).collect()
}

#[test]
fn the_document_on_screen_comes_first_and_every_word_once() {
    let texts = texts();
    let bench = Bench::new(MODEL.path(), corpus(&texts), [focus(1, 0, &[0, 3])]);
    let replies = bench.until(all_encoded);
    let (Reply::Ready { encoder, .. }, Reply::Using { version: 0, scheme: known, thresholds, .. }) = (&replies[0], &replies[1])
    else {
        panic!("{:?}", &replies[..2])
    };
    assert_eq!((&**known, thresholds.len()), (&scheme(), 3));
    let model = Model::load(&ModelSource::Directory(MODEL.path().to_owned()), &candle_core::Device::Cpu, None).unwrap();
    assert_eq!(*encoder, model.encoder.hash);

    let documents = predicted(&replies, 0, 3);
    assert_eq!(documents.keys().copied().collect::<Vec<_>>(), [0, 1], "the others are only summarised");
    let first = replies.iter().find_map(|reply| match reply {
        Reply::Predicted { document, .. } => Some(*document),
        _ => None,
    });
    assert_eq!(first, Some(1));
    for (document, predictions) in &documents {
        let text = &texts[*document];
        let expected = model.predict(model.head().unwrap(), text, &segment(text)).unwrap();
        assert_eq!(sets(predictions, thresholds), sets(&expected, thresholds), "document {document}");
    }
    let scored = |text: &String| segment(text).iter().filter(|word| word.alphanumeric).count();
    let summaries = summaries(&replies, 0);
    assert_eq!(summaries[..3].iter().map(|(document, _)| *document).collect::<Vec<_>>(), [1, 0, 3]);
    let expected: BTreeMap<usize, usize> = texts.iter().map(scored).enumerate().collect();
    assert_eq!((summaries.len(), summaries.into_iter().collect::<BTreeMap<_, _>>()), (5, expected));
    bench.finish();
}

#[test]
fn a_document_is_begun_near_the_cursor_and_sent_again_when_one_comes_back() {
    let texts = vec![note(3_000), note(40)];
    let words = segment(&texts[0]).len();
    let bench = Bench::new(MODEL.path(), corpus(&texts), [focus(0, words - 1, &[])]);
    let replies = bench.until(|reply| matches!(reply, Reply::Predicted { .. }));
    let Some(Reply::Predicted { first, rows, .. }) = replies.last() else { panic!() };
    assert_eq!(first + rows.len() / 3, words, "the end of the note is coloured first");
    bench.until(all_encoded);
    bench.order(focus(1, 0, &[]));
    bench.until(|reply| matches!(reply, Reply::Predicted { document: 1, .. }));
    bench.order(focus(0, 0, &[]));
    let again = bench.until(|reply| matches!(reply, Reply::Predicted { document: 0, .. }));
    assert_eq!(predicted(&again, 0, 3)[&0].words(), words);
    bench.finish();
}

#[test]
fn a_head_is_trained_used_and_taken_back() {
    let texts = texts();
    let bench = Bench::new(BEGINNER.path(), corpus(&texts), [focus(1, 0, &[])]);
    let before = predicted(&bench.until(all_encoded), 0, 3);
    // Everything is a drug from now on, by two decisions fewer than judging takes.
    let words = segment(&texts[1]);
    let cells: Vec<_> =
        (0..words.len()).filter(|&word| words[word].alphanumeric).map(|word| (1, word, 1, true)).take(28).collect();
    let trained = bench.train(&job(3, &cells));
    assert_eq!((trained.base, trained.through, trained.seed, trained.verdict), (0, 17, 3, Verdict::NotJudged));
    assert!(trained.reason.contains("not judged yet"), "{}", trained.reason);
    assert_eq!(trained.metrics["decided_cells"], cells.len());
    let head = Head::from_bytes(&trained.head).unwrap();

    bench.order(Command::UseHead { version: 1, head: Some(trained.head.clone()) });
    let replies = bench.until(all_encoded);
    assert!(matches!(&replies[0], Reply::Using { version: 1, scheme: known, .. } if **known == scheme()), "{:?}", replies[0]);
    let flips = flipped(&replies, 0, 1);
    let after = predicted(&replies, 1, 3);
    assert_eq!(summaries(&replies, 1).len(), texts.len(), "every document is summarised again");
    let pairs = sets(&before[&1], &head.meta.thresholds).into_iter().zip(sets(&after[&1], &head.meta.thresholds));
    let expected: Vec<Flip> = pairs
        .enumerate()
        .filter(|(word, (before, after))| before != after && words[*word].alphanumeric)
        .map(|(word, (before, after))| Flip { document: 1, word, text: words[word].slice(&texts[1]).into(), before, after })
        .collect();
    let here: Vec<Flip> = flips.iter().filter(|flip| flip.document == 1).cloned().collect();
    assert_eq!(here, expected);
    assert!(here.iter().filter(|flip| flip.after.contains(1)).count() >= 2, "{here:?}");
    assert!(flips.is_sorted_by_key(|flip| (flip.document, flip.word)));

    bench.order(Command::UseHead { version: 0, head: None });
    let replies = bench.until(all_encoded);
    let back: Vec<Flip> = flips.iter().map(|flip| Flip { before: flip.after, after: flip.before, ..flip.clone() }).collect();
    assert_eq!(flipped(&replies, 1, 0), back, "all flips are flipped back");
    assert_eq!(predicted(&replies, 0, 3)[&1], before[&1]);

    // What is decided holds whatever a version says, and is no change.
    let shown = Shown { predictions: Some(&before[&1]), thresholds: &head.meta.thresholds };
    let mut decided = Annotations::default();
    let accepted = decided.accept(EditId(1), 0..words.len(), Scope::Document, &shown);
    decided.apply(&accepted);
    bench.order(Command::Decided(vec![(1, Arc::new(decided))]));
    bench.order(Command::UseHead { version: 1, head: Some(trained.head) });
    let replies = bench.until(all_encoded);
    let others: Vec<Flip> = flips.iter().filter(|flip| flip.document != 1).cloned().collect();
    assert_eq!(flipped(&replies, 0, 1), others);
    bench.finish();
}

#[test]
fn what_changes_in_notes_beyond_memory_is_told_when_they_are_read_again() {
    let texts: Vec<String> = (0..9).map(|at| note(40 + at)).collect();
    let known = Model::load(&ModelSource::Directory(MODEL.path().to_owned()), &candle_core::Device::Cpu, None).unwrap();
    // A head that shows more labels.
    let (weight, bias) = known.head().unwrap().last_layer().unwrap();
    let more = bias.iter().map(|bias| bias + 4.0).collect();
    let head: Arc<[u8]> = known.head().unwrap().with_last_layer(weight, more).unwrap().to_bytes().unwrap().into();
    let run = |vectors: SharedVectors, orders: Vec<Command>| {
        let bench = Bench::keeping(vectors, MODEL.path(), scheme(), corpus(&texts), orders);
        bench.until(all_encoded);
        bench.order(Command::UseHead { version: 1, head: Some(head.clone()) });
        let replies = bench.until(all_encoded);
        bench.finish();
        let told = |reply: &Reply| match reply {
            Reply::Flipped(changes) => Some((**changes).clone()),
            Reply::FlippedBeyond(changes) => Some((**changes).clone()),
            _ => None,
        };
        replies.iter().filter_map(told).collect::<Vec<_>>()
    };
    let whole = run(SharedVectors::default(), Vec::new());
    let [all] = &whole[..] else { panic!("once, where memory has room for all: {whole:?}") };
    assert!(all.turned.read == 9 && all.turned.documents > 2, "{:?}", all.turned);
    // Room for one document or two; the one on screen was read first, is forgotten first, and is read again first.
    for orders in [Vec::new(), vec![focus(0, 0, &[])]] {
        let parts = run(SharedVectors::with_budget(6_000), orders);
        let [first, beyond] = &parts[..] else { panic!("in two parts: {parts:?}") };
        assert!(first.turned.read < 9 && first.turned.read + beyond.turned.read == 9, "{:?} {:?}", first.turned, beyond.turned);
        let mut both = first.clone();
        both.extend(beyond.clone(), 0);
        assert_eq!(both, *all);
    }
}

#[test]
fn what_another_threshold_would_turn_is_counted_in_all_documents() {
    let bench = Bench::new(MODEL.path(), corpus(&texts()), [focus(1, 0, &[0, 2, 3, 4])]);
    let mut replies = bench.until(all_encoded);
    let turn = Turn { label: 0, before: 0.5, after: 0.02 };
    bench.order(Command::CountTurned(turn));
    replies.extend(bench.until(|reply| matches!(reply, Reply::Turned { .. })));
    let documents = predicted(&replies, 0, 3);
    let of = |(document, predictions): (&usize, &Predictions)| {
        let words = segment(&texts()[*document]);
        let turns = |word: &usize| words[*word].alphanumeric && (0.02..0.5).contains(&predictions.word(*word).unwrap()[0]);
        (0..words.len()).filter(turns).count()
    };
    let expected: usize = documents.iter().map(of).sum();
    let Some(Reply::Turned { turn: of, words, documents }) = replies.last() else { panic!("{replies:?}") };
    assert!(expected > 0);
    assert_eq!((*of, *words, *documents), (turn, expected, 5));
    bench.finish();
}

fn flipped(replies: &[Reply], expected_from: u64, expected_to: u64) -> Vec<Flip> {
    let flips = replies.iter().find_map(|reply| match reply {
        Reply::Flipped(changes) if (changes.from, changes.to) == (expected_from, expected_to) => Some(changes.flips.clone()),
        _ => None,
    });
    flips.unwrap_or_else(|| panic!("no flips in {replies:?}"))
}

#[test]
fn the_same_job_gives_the_same_head_and_enough_decisions_a_judgement() {
    let job = job(5, &as_gold(100));
    let bench = Bench::new(MODEL.path(), corpus(&texts()), [focus(4, 0, &[])]);
    let first = bench.train(&job);
    let again = bench.train(&job);
    assert!(first.head == again.head, "one job, one head");
    assert_eq!((first.verdict, &first.reason), (Verdict::Activated, &again.reason));
    assert!(first.reason.contains("300 cross-validated decisions"), "{}", first.reason);
    assert!(!first.metrics["comparison"].is_null());
    bench.finish();
    let elsewhere = Bench::new(MODEL.path(), corpus(&texts()), []);
    assert!(elsewhere.train(&job).head == first.head, "in another worker too, whatever it has read before");
    elsewhere.finish();
}

#[test]
fn wrong_decisions_are_found_between_other_work() {
    let mut cells = as_gold(200);
    let planted: Vec<(usize, usize)> = [40, 41, 233, 377].into_iter().map(|at: usize| (cells[at].1, cells[at].2)).collect();
    for (_, word, label, present) in &mut cells {
        *present ^= planted.contains(&(*word, *label));
    }
    let decisions = job(1, &cells).decisions;
    let bench = Bench::new(MODEL.path(), corpus(&texts()), [Command::Suspect(Vec::new()), Command::Suspect(decisions.clone())]);
    let ended = |reply: &Reply| matches!(reply, Reply::Suspicion(Suspicion::Found { .. } | Suspicion::GivenUp(_)));
    let given_up = bench.until(ended);
    assert!(
        matches!(given_up.last(), Some(Reply::Suspicion(Suspicion::GivenUp(why))) if why.contains("no decided cell")),
        "{given_up:?}"
    );
    let replies = bench.until(ended);
    let Some(Reply::Suspicion(Suspicion::Found { cells: checked, suspects })) = replies.last() else { panic!("{replies:?}") };
    assert_eq!(*checked, cells.len());
    let mut first: Vec<(usize, usize)> = suspects.iter().take(4).map(|(it, _)| (it.cell.word, it.cell.label)).collect();
    first.sort_unstable();
    assert_eq!(first, planted, "{suspects:?}");
    let texts = texts();
    let words = segment(&texts[0]);
    assert!(suspects.iter().all(|(suspect, word)| **word == *words[suspect.cell.word].slice(&texts[0])));
    // A document that is not there is passed over, and a version that comes into use disturbs nothing.
    bench.order(Command::Suspect([decisions, job(1, &[(99, 0, 0, true)]).decisions].concat()));
    bench.order(Command::UseHead { version: 0, head: None });
    let again = bench.until(ended);
    assert!(matches!(again.last(), Some(Reply::Suspicion(Suspicion::Found { suspects: found, .. })) if found == suspects));
    bench.finish();
}

#[test]
fn a_training_can_be_cancelled_refused_and_overtaken() {
    let train = |cells: &[(usize, usize, usize, bool)]| Command::Train(Box::new(job(1, cells)));
    // Waiting when the worker starts, so that no step of the training comes between them.
    let bench = Bench::new(
        MODEL.path(),
        corpus(&texts()),
        [
            Command::CancelTraining,
            train(&[]),
            train(&as_gold(60)),
            train(&as_gold(60)),
            Command::CancelTraining,
            train(&as_gold(60)),
            Command::UseHead { version: 0, head: None },
            train(&[(99, 0, 0, true)]),
            train(&[(3, 0, 0, true), (0, 9_999, 0, true), (0, 0, 99, true)]),
        ],
    );
    for words in [
        "no training was under way",
        "no decided cell",
        "under way already",
        "was cancelled; nothing has changed",
        "another version became active",
        "under way already",
        "no decided cell",
    ] {
        let sentence = bench.not_trained();
        assert!(sentence.contains(words), "{words:?} is not in: {sentence}");
    }
    // After all that it trains as if nothing had been.
    assert_eq!(bench.train(&job(1, &[(0, 0, 0, true), (99, 0, 0, true)])).verdict, Verdict::NotJudged);
    bench.finish();
}

#[test]
fn a_head_that_cannot_be_used_leaves_the_one_before_active() {
    let bench = Bench::new(MODEL.path(), corpus(&texts()), [focus(2, 0, &[])]);
    bench.until(all_encoded);
    let meta = chartmark::head::HeadMeta::fresh(scheme(), "");
    let head = |inputs| Head::new(meta.clone(), inputs, None, &[0.1; 3], 0).unwrap().to_bytes().unwrap();
    for (bytes, words) in
        [(b"no head".to_vec(), "head can't be read"), (head(25), "25 numbers, the encoder gives 24"), (head(24), "encoder")]
    {
        bench.order(Command::UseHead { version: 9, head: Some(bytes.into()) });
        let replies = bench.until(|reply| matches!(reply, Reply::Failed(_) | Reply::Using { .. }));
        assert!(matches!(replies.last(), Some(Reply::Failed(sentence)) if sentence.contains(words)), "{replies:?}");
    }
    bench.order(focus(1, 0, &[]));
    let replies = bench.until(|reply| matches!(reply, Reply::Predicted { .. }));
    assert!(matches!(replies.last(), Some(Reply::Predicted { document: 1, version: 0, .. })), "{replies:?}");
    bench.finish();
}

#[test]
fn a_plain_bert_predicts_nothing_of_the_labels_it_is_given() {
    let dir = model();
    let scheme = LabelScheme::from_names("other", &["x", "y"]).unwrap();
    let bench = Bench::with(dir.path(), scheme, corpus(&texts()), [focus(2, 0, &[])]);
    let replies = bench.until(all_encoded);
    assert!(matches!(&replies[1], Reply::Using { version: 0, scheme, .. } if scheme.names().eq(["x", "y"])), "{:?}", replies[1]);
    let sets = sets(&predicted(&replies, 0, 2)[&2], &[0.5; 2]);
    assert!(sets.iter().all(|set| set.is_empty()), "{sets:?}");
    bench.finish();
}

#[test]
fn a_note_that_vanished_is_passed_over() {
    let dir = tempfile::tempdir().unwrap();
    for (index, text) in texts().iter().enumerate() {
        std::fs::write(dir.path().join(format!("{index}.txt")), text).unwrap();
    }
    let (corpus, _) = Corpus::open(dir.path()).unwrap();
    let last = corpus.len() - 1;
    std::fs::remove_file(dir.path().join("4.txt")).unwrap();
    let orders = [focus(last, 0, &[]), Command::Train(Box::new(job(1, &[(last, 0, 0, true), (2, 0, 0, true)])))];
    let bench = Bench::new(MODEL.path(), corpus, orders);
    let replies = bench.until(|reply| matches!(reply, Reply::Trained(_) | Reply::NotTrained(_)));
    assert!(matches!(replies.last(), Some(Reply::Trained(_))), "{replies:?}");
    // The training may have read all notes along already.
    let rest = if replies.iter().any(all_encoded) { Vec::new() } else { bench.until(all_encoded) };
    let summarised = summaries(&[replies, rest].concat(), 0);
    assert!(!summarised.is_empty() && summarised.iter().all(|(document, _)| *document != last), "{summarised:?}");
    bench.finish();
}

#[test]
fn a_model_that_cannot_be_loaded_is_told_in_a_sentence() {
    let other = r#"{"model_type": "gpt2"}"#;
    for (dir, words) in [(directory(&[]), "config.json"), (directory(&[("config.json", other.as_bytes())]), "'gpt2'")] {
        let bench = Bench::new(dir.path(), corpus(&texts()), [focus(0, 0, &[])]);
        let replies = bench.until(|reply| matches!(reply, Reply::Failed(_) | Reply::Ready { .. }));
        let Some(Reply::Failed(sentence)) = replies.last() else { panic!("{replies:?}") };
        assert!(sentence.contains(words) && sentence.contains("labels can be set by hand"), "{sentence}");
        bench.thread.join().unwrap();
    }
}

#[test]
fn the_worker_ends_with_the_sender_of_its_orders() {
    let bench = Bench::new(MODEL.path(), corpus(&texts()), [focus(0, 0, &[])]);
    bench.until(|reply| matches!(reply, Reply::Ready { .. }));
    drop(bench.commands);
    bench.thread.join().unwrap();
}
