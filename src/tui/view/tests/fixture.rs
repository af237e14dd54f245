//! States to draw: an emergency note, half labelled, with a model that is right most of the time.

mod panels;
mod steps;

use std::sync::Arc;

use super::beside;
use crate::active_learning::suspects::{CrossFitted, Suspect};
use crate::active_learning::{Cost, by_name};
use crate::domain::matches::places;
use crate::domain::pattern::Pattern;
use crate::domain::{
    Anchor, Annotations, Changes, Document, EditId, Flip, History, LabelScheme, LabelSet, Predictions, Scope, Stamp, Turned,
    Verdict, Words,
};
use crate::inference::protocol::{RankedDocument, Ranking};
use crate::store::protocol::{Alike, Made, QueueEntry, ReviewState, VersionEntry};
use crate::store::{Changed, CommentEntry};
use crate::tokenization::segment::segment;
use crate::tui::keymap::{Action, Keymap};
use crate::tui::layout::Layout;
use crate::tui::message::Message;
use crate::tui::state::matches::{Looked, Match, Matches, Reach};
use crate::tui::state::suspects::SuspectRow;
use crate::tui::state::{
    Comments, Flips, LabelUse, Looking, Mode, Model, Notice, OpenDocument, Opening, Question, QueueRow, Reading, Saving, Schemes,
    Search, State, Tone, Training, Versions, Writing,
};
use crate::tui::update::update;

pub(in crate::tui) const NOTE: &str = "\
EMERGENCY DEPARTMENT NOTE

Presenting complaint: chest pain since 06:30 this morning.

64-year-old man, brought in by ambulance. Woken by severe central chest pain, crushing, radiating to the left arm \
and jaw, with nausea and sweating. No syncope. Took one spray of GTN at home without relief.

Past history: hypertension, type 2 diabetes mellitus, former smoker (30 pack-years). No previous MI.

Medication
\tramipril 5 mg once daily
\tmetformin 1 g twice daily
\tatorvastatin 20 mg at night

Examination: grey and clammy. BP 152/94, HR 104, SpO2 94% on air. Heart sounds normal, no murmur. Fine crackles at \
both lung bases. Abdomen soft. No peripheral oedema.

ECG: ST elevation of 3 mm in V2 to V4. High-sensitivity troponin I 412 ng/L.

Impression: anterior STEMI.
Plan: aspirin 300 mg and ticagrelor 180 mg given, morphine 5 mg IV, primary PCI activated. Discussed with cardiology.
";

/// Labels of words, as the model predicts them: words, labels with probabilities.
const PREDICTED: &[(&str, &[(&str, f32)])] = &[
    ("chest", &[("symptom", 0.96), ("anatomy", 0.91)]),
    ("pain", &[("symptom", 0.98)]),
    ("central", &[("symptom", 0.83), ("anatomy", 0.88)]),
    ("severe", &[("symptom", 0.72), ("severity", 0.97)]),
    ("crushing", &[("symptom", 0.58), ("severity", 0.41)]),
    ("radiating", &[("symptom", 0.55)]),
    ("left arm jaw Heart lung bases Abdomen", &[("anatomy", 0.95)]),
    ("nausea sweating syncope murmur crackles oedema", &[("symptom", 0.94)]),
    ("clammy grey", &[("symptom", 0.61)]),
    ("peripheral", &[("symptom", 0.66), ("anatomy", 0.52)]),
    ("No no", &[("negation", 0.97)]),
    ("06 30 this morning", &[("time", 0.88)]),
    ("64 year old man", &[("demographic", 0.93)]),
    ("hypertension diabetes mellitus type 2 MI STEMI", &[("disease", 0.95)]),
    ("anterior", &[("disease", 0.77), ("anatomy", 0.62)]),
    ("ST elevation", &[("finding", 0.9)]),
    ("GTN ramipril metformin atorvastatin aspirin ticagrelor morphine", &[("drug", 0.99)]),
    ("5 mg 1 20 300 180 g spray one", &[("drug", 0.71), ("dose", 0.94)]),
    ("once daily twice night", &[("frequency", 0.9)]),
    ("PCI", &[("procedure", 0.93)]),
    ("primary", &[("procedure", 0.81)]),
    ("ECG", &[("procedure", 0.79), ("finding", 0.36)]),
    ("BP HR SpO2 troponin", &[("measurement", 0.92)]),
    ("152 94 104 412 ng L", &[("measurement", 0.78), ("value", 0.9)]),
];

pub(in crate::tui) const LABELS: [&str; 16] = [
    "symptom",
    "disease",
    "anatomy",
    "severity",
    "drug",
    "dose",
    "frequency",
    "procedure",
    "measurement",
    "value",
    "finding",
    "negation",
    "time",
    "demographic",
    "family",
    "device",
];

fn predictions(text: &str, words: &Words, scheme: &LabelScheme) -> Predictions {
    let mut rows = Vec::with_capacity(words.len() * scheme.len());
    for word in words.iter() {
        let slice = word.slice(text);
        let labels =
            PREDICTED.iter().find(|(names, _)| names.split(' ').any(|name| name == slice)).map_or(&[][..], |(_, labels)| labels);
        rows.extend(scheme.names().enumerate().map(|(index, name)| {
            let found = labels.iter().find(|(label, _)| *label == name);
            found.map_or(0.003 * (index % 7) as f32, |&(_, probability)| probability)
        }));
    }
    Predictions::new(1, scheme.len(), rows)
}

/// The document, opened in a pane `width` columns wide.
pub(in crate::tui) fn open(index: usize, id: &str, text: &str, scheme: &LabelScheme, width: u16) -> OpenDocument {
    let words = segment(text);
    let predictions = predictions(text, &words, scheme);
    OpenDocument {
        index,
        document: Arc::new(Document::new(id, text)),
        reading: Reading::Lanes,
        tagged: None,
        layout: Layout::new(text, &words, width),
        words: Arc::new(words),
        annotations: Annotations::default(),
        history: History::default(),
        predictions: Some(predictions),
        incoming: None,
        thresholds: vec![0.5; scheme.len()].into(),
        cursor: 0,
        goal_column: 0,
        anchor: None,
        scroll: 0,
        covered: 0,
        pending: Default::default(),
        blind: false,
        right_to_left: false,
    }
}

/// Index of the `nth` word (from 0) that reads `word`.
pub(in crate::tui) fn find(open: &OpenDocument, word: &str, nth: usize) -> usize {
    let mut found = (0..open.words.len()).filter(|&index| open.words[index].slice(&open.document.text) == word);
    found.nth(nth).unwrap_or_else(|| panic!("no word {word}"))
}

/// Accepts words as shown.
pub(in crate::tui) fn accept(open: &mut OpenDocument, id: u64, words: std::ops::Range<usize>, scope: Scope, at: Option<i64>) {
    let words = words.filter(|&word| open.words[word].alphanumeric);
    let edit = open.annotations.accept(EditId(id), words, scope, &open.shown());
    open.annotations.apply(&edit);
    stamp(open, id, at);
}

/// Toggles a label on words.
pub(in crate::tui) fn toggle(open: &mut OpenDocument, id: u64, words: std::ops::Range<usize>, label: usize, at: Option<i64>) {
    let edit = open.annotations.toggle(EditId(id), words, label, &open.shown());
    open.annotations.apply(&edit);
    stamp(open, id, at);
}

fn stamp(open: &mut OpenDocument, id: u64, at: Option<i64>) {
    match at {
        Some(at) => open.annotations.set_stamp(EditId(id), Stamp { annotator: "anna".into(), at }),
        None => drop(open.pending.insert(EditId(id), 1)),
    }
}

/// The emergency note on a screen of this size: some words accepted, some corrected, the cursor on "severe".
pub(in crate::tui) fn state(width: u16, height: u16) -> State {
    let scheme = LabelScheme::from_names("clinical", &LABELS).unwrap();
    let mut state = bare(width, height, scheme);
    let mut open = open(1, "02-emergency-department-chest-pain.txt", NOTE, &state.scheme, state.panes().text.width.max(1));
    let noon = Some(1_795_431_845_000);
    let history = find(&open, "64", 0);
    accept(&mut open, 1, 0..history, Scope::Selection, noon);
    accept(&mut open, 2, history..history + 5, Scope::Word, noon);
    let smoker = find(&open, "former", 0);
    toggle(&mut open, 3, smoker..smoker + 2, 13, noon);
    let took = find(&open, "one", 0);
    toggle(&mut open, 4, took..took + 1, 5, noon);
    toggle(&mut open, 5, took..took + 1, 4, noon);
    let jaw = find(&open, "jaw", 0);
    accept(&mut open, 6, jaw..jaw + 1, Scope::Word, noon);
    open.cursor = find(&open, "severe", 0);
    open.scroll = 0;
    state.open = Some(open);
    state
}

/// Takes the actions, on the paths that keys take.
pub(super) fn read(state: &mut State, actions: &[Action]) {
    for &action in actions {
        update(state, Message::Act(action));
    }
    state.notice = None;
}

/// Comments and marks on the emergency note.
fn commented(state: &mut State) {
    let open = state.open.as_mut().unwrap();
    let (central, took) = (find(open, "central", 0), find(open, "Took", 0));
    let edits = [
        (Anchor::words(central, central + 2), "a place, or a kind of pain?"),
        (Anchor::words(took, took), ""),
        (Anchor::Document, "two visits in one note?"),
    ];
    for (id, (anchor, text)) in (20..).zip(edits) {
        let edit = open.annotations.comment(EditId(id), anchor, Some(text));
        open.annotations.apply(&edit);
        stamp(open, id, Some(1_795_431_845_000));
    }
}

/// A state without a document, with sixteen notes in its queue.
pub(in crate::tui) fn bare(width: u16, height: u16, scheme: LabelScheme) -> State {
    let names = [
        "01-discharge-summary-pneumonia.txt",
        "02-emergency-department-chest-pain.txt",
        "03-gp-entry-telegraphic.txt",
        "04-radiology-ct-abdomen.txt",
        "05-pathology-colon-resection.txt",
        "06-nursing-notes-timed.txt",
        "07-psychiatry-assessment.txt",
        "08-operation-note-hip-fracture.txt",
        "09-paediatrics-wheeze-infant.txt",
        "10-medication-reconciliation.txt",
        "11-referral-letter-neurology.txt",
        "12-long-stay-progress-notes.txt",
        "13-travel-clinic-multilingual.txt",
        "14-hostile-broken-export.txt",
        "15-obstetric-triage-and-birth.txt",
        "16-palliative-home-visit.txt",
    ];
    let review = |index: usize| match index {
        0 => QueueEntry { review: ReviewState::Done, decided: 1_712 },
        1 => QueueEntry { review: ReviewState::Started, decided: 36 },
        6 => QueueEntry { review: ReviewState::Skipped, decided: 0 },
        8 => QueueEntry { review: ReviewState::Discuss, decided: 4 },
        _ => QueueEntry::default(),
    };
    let row = |(index, name): (usize, &&str)| {
        let mut row = QueueRow::named((*name).to_owned());
        row.entry = review(index);
        row.uncertainty = (index < 12).then_some((index * 7 % 10) as f32 / 10.0);
        row.unsure = if (1..12).contains(&index) { index * 5 % 19 } else { 0 };
        row
    };
    let rows: Vec<QueueRow> = names.iter().enumerate().map(row).collect();
    let names = rows.iter().map(|row| row.name.clone()).collect();
    let keymap = Arc::new(Keymap::bundled().unwrap());
    let mut state = State::new("sample corpus".to_owned(), names, Arc::new(scheme), keymap, (width, height));
    state.queue.rows = rows;
    state.saving = Saving::Saved;
    state.model = Model::Ready { name: "clinical-minilm".to_owned(), device: "cpu, 2 threads".to_owned(), encoded: (12, 16) };
    state.version = 1;
    state
}

/// The screen in every mode, with a name each.
pub(in crate::tui) fn scenes(width: u16, height: u16) -> Vec<(&'static str, State)> {
    let scene = |change: fn(&mut State)| {
        let mut state = state(width, height);
        change(&mut state);
        state
    };
    let mut scenes = vec![
        ("note", scene(|_| ())),
        (
            "decided",
            scene(|state| {
                let open = state.open.as_mut().unwrap();
                open.cursor = find(open, "former", 0);
                let smoker = find(open, "smoker", 0);
                accept(open, 9, smoker - 1..smoker, Scope::Word, Some(1_795_432_000_000));
                toggle(open, 10, smoker - 1..smoker, 14, None);
                state.saving = Saving::Pending(1);
            }),
        ),
        ("tags", scene(|state| read(state, &[Action::NextReading]))),
        ("alone", scene(|state| read(state, &[Action::NextReading, Action::NextReading]))),
        ("which-alone", scene(|state| state.mode = Mode::Labels(LabelUse::Alone))),
        (
            "selection",
            scene(|state| {
                let open = state.open.as_mut().unwrap();
                open.anchor = Some(open.cursor);
                open.cursor = find(open, "jaw", 0);
                state.notice = Some(Notice { tone: Tone::Plain, text: "Took back 'symptom' on 3 words.".to_owned(), stays: 1 });
            }),
        ),
        ("labels", scene(|state| state.mode = Mode::Labels(LabelUse::Toggle))),
        (
            "search",
            scene(|state| {
                state.mode = Mode::Search;
                let hits: Vec<_> = NOTE.match_indices("pain").map(|(at, hit)| at..at + hit.len()).collect();
                let words = state.open.as_ref().unwrap().words.clone();
                let places = hits.iter().map(|hit| words.overlapping(hit.clone()).start).collect();
                state.search = Some(Search { query: "pain".to_owned(), hits, places, ..Search::default() });
            }),
        ),
        (
            "search-problem",
            scene(|state| {
                state.mode = Mode::Search;
                let problem = Pattern::new("(mg").problem;
                state.search = Some(Search { query: "(mg".to_owned(), problem, ..Search::default() });
            }),
        ),
        (
            "matches",
            scene(|state| {
                state.mode = Mode::Matches;
                let open = state.open.as_ref().unwrap();
                let phrase = vec!["mg".to_owned()];
                let found = places(NOTE, &open.words, &phrase, &open.annotations, 5, true);
                let mut list: Vec<Match> =
                    found.into_iter().map(|place| Match { document: open.index, place, taken: true }).collect();
                let elsewhere = Match { document: 3, ..list[2].clone() };
                list[1].taken = false;
                list.push(elsewhere);
                let alike = Arc::new(Alike { phrase, label: 5, present: true, besides: open.index });
                let (phrase, among) = ("mg".to_owned(), open.words.clone());
                state.matches = Some(Matches {
                    alike,
                    phrase,
                    among,
                    reach: Reach::Corpus,
                    looked: Looked::At(8),
                    list,
                    elsewhere: Vec::new(),
                    cursor: 1,
                });
            }),
        ),
        (
            "blind",
            scene(|state| {
                state.blind = true;
                state.open.as_mut().unwrap().blind = true;
            }),
        ),
        (
            "queue",
            scene(|state| {
                state.mode = Mode::Queue;
                state.queue.cursor = 4;
                state.model = Model::Loading;
            }),
        ),
        (
            "ranked",
            scene(|state| {
                state.mode = Mode::Queue;
                let ranked = |(place, &document): (usize, &usize)| RankedDocument {
                    document,
                    score: Some(0.36 - 0.02 * place as f64),
                    cost: Cost { words: 148.0, corrections: 12.0, keys: 60.0, ..Cost::default() },
                    reason: "the labels of a word are unknown by 0.42 bits; about 12 corrections expected in 148 undecided words"
                        .to_owned(),
                    random: place % 5 == 4,
                };
                let documents = [8, 2, 1, 4, 11, 3, 5, 6, 7, 9].iter().enumerate().map(ranked).collect();
                state.queue.rank(Ranking { version: 1, strategy: by_name("entropy").unwrap(), documents });
                state.queue.cursor = 4;
            }),
        ),
        (
            "changes",
            scene(|state| {
                state.mode = Mode::Changes;
                let set = |labels: &[usize]| labels.iter().copied().collect::<LabelSet>();
                let flip = |document, word, text: &str, before: &[usize], after: &[usize]| Flip {
                    document,
                    word,
                    text: text.into(),
                    before: set(before),
                    after: set(after),
                };
                let flips = vec![
                    flip(1, 3, "acute", &[0], &[0, 2]),
                    flip(1, 20, "ibuprofen", &[], &[13]),
                    flip(4, 17, "metoprolol", &[4, 5], &[5]),
                    flip(9, 300, "", &[1], &[]),
                ];
                let turned = Turned { words: 4, ..Turned::default() };
                let changes = Changes { from: 1, to: 2, turned, flips, ..Changes::default() };
                state.flips = Some(Flips { changes, cursor: Some(1) });
                state.version = 2;
            }),
        ),
        (
            "versions",
            scene(|state| {
                state.mode = Mode::Versions;
                state.version = 2;
                let made = |version, verdict, reason: &str| {
                    let label = |name: &str, on, off| (name.to_owned(), on, off);
                    let labels = vec![label("drug", 12, 0), label("anatomy", 1, 2), label("symptom", 0, 3)];
                    let changed = (version == 2).then_some(Changed { before: 1, words: 17, documents: 5, read: 16, labels });
                    let fits = version > 1;
                    let made = Made { at: 1_795_431_845_000, verdict, reason: reason.to_owned(), fits, changed };
                    VersionEntry { version, made: Some(made), active: version == 2 }
                };
                let list = vec![
                    made(
                        3,
                        Verdict::KeptAside,
                        "kept aside: F1 0.71 after 0.80 on 210 held-out decisions, worse with 97% confidence",
                    ),
                    made(2, Verdict::Activated, "F1 0.80 after 0.77 on 210 held-out decisions"),
                    made(1, Verdict::NotJudged, "not judged yet: too few new decisions to hold any out"),
                    VersionEntry { version: 0, made: None, active: false },
                ];
                state.versions = Versions { list, cursor: 1 };
            }),
        ),
        (
            "schemes",
            scene(|state| {
                let mut own = LabelScheme::from_names("medication", &["drug", "dose", "side effect"]).unwrap();
                own.labels[0].description = "Medicines by any name, also in groups: aspirin, beta blockers.".to_owned();
                own.labels[0].seeds = vec!["aspirin*".to_owned(), "beta blocker*".to_owned()];
                own.labels[2].description = "What a medicine does that it was not given for.".to_owned();
                own.labels[2].seeds = vec!["drug rash".to_owned()];
                state.schemes = Schemes { list: vec![state.scheme.clone(), Arc::new(own)], cursor: 1, label: 0 };
                state.mode = Mode::Schemes;
            }),
        ),
        (
            "schemes-in-use",
            scene(|state| {
                state.schemes = Schemes { list: vec![state.scheme.clone()], cursor: 0, label: 0 };
                state.mode = Mode::Schemes;
            }),
        ),
        (
            "suspects",
            scene(|state| {
                state.mode = Mode::Suspects;
                let row = |document, word, label, probability: f32, text: &str, settled| SuspectRow {
                    suspect: Suspect {
                        cell: CrossFitted { document, word, label, present: probability < 0.5, probability },
                        usual: if probability < 0.5 { 0.84 } else { 0.07 },
                    },
                    word: text.into(),
                    settled,
                };
                let list = vec![
                    row(0, 17, 0, 0.99, "breathlessness", true),
                    row(1, 20, 13, 0.97, "smoker", false),
                    row(0, 4, 1, 0.01, "the", false),
                ];
                state.suspects.list = Some(list);
                state.suspects.cursor = Some(1);
            }),
        ),
        (
            "looking",
            scene(|state| {
                state.suspects.looking = Some(Looking::Running { done: 0.4, phase: "checking decisions" });
            }),
        ),
        ("help", scene(|state| read(state, &[Action::Help]))),
        ("help-end", scene(|state| read(state, &[Action::Help, Action::End]))),
        ("help-in-queue", scene(|state| read(state, &[Action::Queue, Action::Help]))),
        ("palette", scene(|state| read(state, &[Action::Palette]))),
        (
            "palette-found",
            scene(|state| {
                read(state, &[Action::Queue, Action::Palette]);
                "model".chars().for_each(|c| drop(update(state, Message::Typed(c))));
            }),
        ),
        (
            "commented",
            scene(|state| {
                commented(state);
                let open = state.open.as_mut().unwrap();
                open.cursor = find(open, "central", 0);
            }),
        ),
        (
            "comment",
            scene(|state| {
                commented(state);
                let anchor = Anchor::words(30, 31);
                let text = "asked the ward about this twice, no answer yet".to_owned();
                state.writing = Some(Writing { anchor, words: Some(anchor), text });
                state.mode = Mode::Comment;
            }),
        ),
        (
            "comments",
            scene(|state| {
                commented(state);
                let entry = |document, word, quote: &str, text: &str| CommentEntry {
                    document,
                    word,
                    quote: quote.to_owned(),
                    text: text.into(),
                    stamp: Some(Stamp { annotator: "anna".into(), at: 1_795_431_845_000 }),
                };
                let list = vec![
                    entry(0, Some(3), "productive cough", ""),
                    entry(1, None, "", "two visits in one note?"),
                    entry(
                        1,
                        Some(20),
                        "central chest pain",
                        "is central a place or a kind of pain? The guideline says nothing of it",
                    ),
                ];
                state.comments = Comments { list, cursor: 1 };
                state.mode = Mode::Comments;
            }),
        ),
        ("timeline", scene(steps::timeline)),
        ("reading", scene(steps::reading)),
        (
            "training",
            scene(|state| {
                let left = Some(std::time::Duration::from_secs(7));
                state.training = Some(Training::Running { done: 0.43, phase: "learning", left, loss: Some(0.184) });
            }),
        ),
        (
            "failed",
            scene(|state| {
                state.saving =
                    Saving::Failed("The disk is full: the last change was taken back. Make room and do it again.".to_owned());
                state.model = Model::Failed("The model can't be read.".to_owned());
            }),
        ),
        (
            "question",
            scene(|state| {
                let sentence = "1 change is not saved. Quit all the same?".to_owned();
                state.mode = Mode::Question(Question::QuitUnsaved { sentence });
            }),
        ),
        (
            "question-hides",
            scene(|state| {
                let sentence = "1234 decisions go out of sight but stay in the project. Go on? (medication lacks symptom 1234)";
                state.mode = Mode::Question(Question::HideDecisions { sentence: sentence.to_owned() });
            }),
        ),
        (
            "awaited",
            scene(|state| {
                let open = state.open.as_mut().unwrap();
                open.predictions = None;
                state.model = Model::Loading;
            }),
        ),
        (
            "opening",
            scene(|state| {
                state.open = None;
                state.opening = Some(Opening { document: 6, word: None });
            }),
        ),
    ];
    scenes.extend(beside::scenes(width, height));
    scenes.extend(panels::scenes(scene));
    scenes
}
