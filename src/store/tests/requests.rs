//! The thread: requests in, durable answers out.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use super::*;
use crate::domain::{DocumentId, Span, Verdict};
use crate::formats::GoldDocument;
use crate::store::protocol::{QueueEntry, ReviewState, VersionEntry};

/// Three notes: one plain, one with gold, one that cannot be read; opening a fourth panics.
struct Ward;

impl CorpusSource for Ward {
    fn len(&self) -> usize {
        4
    }

    fn id(&self, index: usize) -> DocumentId {
        DocumentId(format!("note {index}").into())
    }

    fn load(&self, index: usize) -> Result<(Document, Option<Vec<Span>>), String> {
        let document = |text: &str| Document::new(self.id(index).as_str(), text);
        match index {
            0 => Ok((document("Severe chest pain."), None)),
            1 => Ok((document("No fever."), Some(vec![Span { start: 3, end: 8, label: "symptom".into() }]))),
            2 => Err("note 2 is not UTF-8; convert it".to_owned()),
            _ => panic!("a fault of the program"),
        }
    }

    fn gold_labels(&self) -> &[String] {
        &GOLD_LABELS
    }
}

static GOLD_LABELS: LazyLock<Vec<String>> = LazyLock::new(|| vec!["symptom".to_owned()]);

struct Session {
    handle: StoreHandle,
    replies: Receiver<Reply>,
}

impl Session {
    fn start(desk: &Desk) -> Self {
        let (sender, replies) = channel();
        let mut project = desk.open();
        project.hold().unwrap();
        let handle = spawn(project, Arc::new(Ward), desk.scheme.clone(), move |reply| drop(sender.send(reply))).unwrap();
        Self { handle, replies }
    }

    fn ask(&self, request: Request) -> Reply {
        self.handle.requests.send(request).unwrap();
        self.replies.recv().unwrap()
    }

    fn ready(&self) -> (u64, Vec<QueueEntry>) {
        match self.replies.recv().unwrap() {
            Reply::Ready { active, queue, .. } => (active, queue),
            other => panic!("{other:?}"),
        }
    }

    fn opened(&self, document: usize) -> Box<protocol::Opened> {
        match self.ask(Request::Open { document }) {
            Reply::Opened(opened) => opened,
            other => panic!("{other:?}"),
        }
    }

    fn end(self) {
        assert!(matches!(self.ask(Request::Close), Reply::Closed));
        self.handle.join();
    }
}

fn toggle(opened: &protocol::Opened, id: u64, word: usize) -> Arc<Edit> {
    let shown = Shown { predictions: None, thresholds: &[0.5; 3] };
    Arc::new(opened.annotations.toggle(EditId(id), [word], 0, &shown))
}

/// That the first note is done.
fn done(id: u64) -> Request {
    let edit = Annotations::default().dispose(EditId(EditId::SESSION + id), Disposition::Done);
    Request::Edit { document: 0, edit: Arc::new(edit) }
}

#[test]
fn what_is_decided_is_told_a_few_documents_at_a_time() {
    let desk = Desk::new("");
    let mut project = desk.open();
    let notes: Vec<GoldDocument> =
        (0..40).map(|index| GoldDocument::unlabelled(Document::new(format!("n{index:02}").as_str(), "bad pain"))).collect();
    let words = segment("bad pain");
    for note in notes.iter().skip(1) {
        let toggle = Annotations::default().toggle(EditId(1), [1], 0, &desk.shown());
        project.edit(&note.document, &words, &desk.scheme, &toggle).unwrap();
    }
    project.import_gold(&Document::new("n00", "bad pain"), &[], Some(&["symptom".to_owned()])).unwrap();
    dispose(&mut project, &Document::new("elsewhere", "bad pain"), Disposition::Done);
    let (sender, replies) = channel();
    let corpus = Arc::new(crate::formats::Corpus::from_documents("c", notes));
    let handle = spawn(project, corpus, desk.scheme.clone(), move |reply| drop(sender.send(reply))).unwrap();
    assert!(matches!(replies.recv().unwrap(), Reply::Ready { .. }));
    let (mut from, mut found, mut answers) = (Some(0), Vec::new(), 0);
    while let Some(place) = from {
        handle.requests.send(Request::Decided { from: place }).unwrap();
        let Reply::Decided { documents, next } = replies.recv().unwrap() else { panic!("another answer") };
        (from, answers) = (next, answers + 1);
        assert!(documents.len() < 20, "nobody waits for all of them");
        found.extend(documents.iter().map(|(index, annotations)| (*index, annotations.count())));
    }
    let expected: Vec<(usize, usize)> = (0..40).map(|index| (index, usize::from(index > 0))).collect();
    assert_eq!((found, answers), (expected, 3));
}

#[test]
fn a_session_is_found_again_by_the_next() {
    let desk = Desk::new("");
    let session = Session::start(&desk);
    assert_eq!(session.ready(), (0, vec![QueueEntry::default(); 4]));
    let opened = session.opened(0);
    let before = bytes(&desk.path());
    for (number, word) in [(1, 0), (2, 1), (3, 2)] {
        let edit = toggle(&opened, EditId::SESSION + number, word);
        session.handle.requests.send(Request::Edit { document: 0, edit }).unwrap();
    }
    session.handle.requests.send(Request::Undo { document: 0, edit: EditId(EditId::SESSION + 3) }).unwrap();
    let saved: Vec<(u64, usize)> = (0..4)
        .map(|_| match session.replies.recv().unwrap() {
            Reply::Saved { edit, entry, .. } => (edit.0 - EditId::SESSION, entry.decided),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(saved, [(1, 1), (2, 2), (3, 3), (3, 2)]);
    let reply = session.ask(done(4));
    assert!(matches!(reply, Reply::Saved { entry: QueueEntry { review: ReviewState::Done, decided: 2 }, .. }), "{reply:?}");
    session.end();
    assert_ne!(bytes(&desk.path()), before);

    let session = Session::start(&desk);
    assert_eq!(session.ready().1[0], QueueEntry { review: ReviewState::Done, decided: 2 });
    let opened = session.opened(0);
    assert_eq!((opened.annotations.count(), opened.history.undoable(), opened.history.redoable()), (2, 3, 0));
    let (mut annotations, mut history) = (opened.annotations, opened.history);
    for decided in [2, 1] {
        let undone = history.undo(&mut annotations).unwrap().id;
        let reply = session.ask(Request::Undo { document: 0, edit: undone });
        let expected = QueueEntry { review: ReviewState::Started, decided };
        assert!(matches!(&reply, Reply::Saved { edit, entry, .. } if *edit == undone && *entry == expected), "{reply:?}");
    }
    session.end();
    assert_eq!(desk.open().verify().unwrap(), [""; 0]);
}

#[test]
fn reading_notes_records_nothing_and_gold_is_recorded_once() {
    let desk = Desk::new("");
    let session = Session::start(&desk);
    session.ready();
    session.opened(0);
    assert_eq!(desk.open().last_event().unwrap(), 0);
    for _ in 0..2 {
        assert_eq!(session.opened(1).annotations.decision(crate::domain::Cell::new(1, 0)), crate::domain::Decision::Present);
        assert_eq!(desk.open().last_event().unwrap(), 2);
    }
    session.end();
}

#[test]
fn a_note_that_was_done_with_another_text_is_open_for_everybody_once_it_was_opened() {
    let desk = Desk::new("");
    let mut project = desk.open();
    for id in ["note 0", "note 1"] {
        dispose(&mut project, &Document::new(id, "No pain."), Disposition::Done);
    }
    drop(project);
    let session = Session::start(&desk);
    assert!(session.ready().1[..2].iter().all(|entry| entry.review == ReviewState::Done));
    // The second comes with gold, which is recorded with its new text.
    for note in [0, 1] {
        let opened = session.opened(note);
        assert!(opened.notice.as_ref().unwrap().contains("It was done before"), "{note}: {:?}", opened.notice);
        assert_eq!(opened.annotations.disposition, Disposition::Open);
    }
    session.end();
    let session = Session::start(&desk);
    assert!(session.ready().1.iter().all(|entry| entry.review == ReviewState::New));
    assert_eq!(session.opened(0).notice, None, "said once");
    session.end();
}

#[test]
fn what_fails_is_answered_and_the_rest_goes_on() {
    let desk = Desk::new("");
    let session = Session::start(&desk);
    session.ready();
    let reply = session.ask(Request::Open { document: 2 });
    assert!(matches!(&reply, Reply::NotOpened { document: 2, why } if why.contains("not UTF-8")), "{reply:?}");
    let reply = session.ask(Request::Open { document: 99 });
    assert!(matches!(&reply, Reply::NotOpened { document: 99, why } if why.contains("the corpus has 4")), "{reply:?}");
    let reply = session.ask(Request::Open { document: 3 });
    assert!(
        matches!(&reply, Reply::Failed { asked: protocol::Asked::Open(3), why } if why.contains("a fault of the program")),
        "{reply:?}"
    );
    let opened = session.opened(0);
    let strange = Request::Edit { document: 0, edit: toggle(&opened, EditId::SESSION + 1, 70) };
    session.handle.requests.send(strange).unwrap();
    let reply = session.ask(Request::Undo { document: 0, edit: EditId(EditId::SESSION + 1) });
    assert!(matches!(reply, Reply::NotSaved { document: 0, .. }), "{reply:?}");
    assert!(matches!(session.replies.recv().unwrap(), Reply::NotSaved { document: 0, .. }));
    let reply = session.ask(Request::Edit { document: 0, edit: toggle(&opened, EditId::SESSION + 2, 0) });
    assert!(matches!(reply, Reply::Saved { .. }), "{reply:?}");
    session.end();
}

#[test]
fn a_training_gets_all_gold_and_every_decision() {
    let desk = Desk::new("");
    let session = Session::start(&desk);
    session.ready();
    let opened = session.opened(0);
    session.ask(Request::Edit { document: 0, edit: toggle(&opened, EditId::SESSION + 1, 2) });
    // The note that panics has no part in this: a corpus that fails is the corpus's fault, and nothing is half done.
    assert!(matches!(session.ask(Request::Decisions { base: 0 }), Reply::Failed { asked: protocol::Asked::Decisions, .. }));
    session.end();

    let (sender, replies) = channel();
    let handle = spawn(desk.open(), Arc::new(Quiet), desk.scheme.clone(), move |reply| drop(sender.send(reply))).unwrap();
    let session = Session { handle, replies };
    session.ready();
    let jobs: Vec<_> = (0..2)
        .map(|_| match session.ask(Request::Decisions { base: 4 }) {
            Reply::Decisions(job) => (job.base, job.through, job.seed, job.decisions),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(jobs[0], jobs[1]);
    let (base, through, _, decisions) = &jobs[0];
    assert_eq!((*base, *through), (4, 4), "a text and an edit, a text and an import");
    assert_eq!(decisions.iter().map(|document| (document.document, document.cells.len())).collect::<Vec<_>>(), [(0, 1), (1, 2)]);
    assert!(matches!(session.ask(Request::DecisionsToCheck), Reply::DecisionsToCheck(to_check) if to_check == *decisions));
    session.end();
}

#[test]
fn whether_there_is_anything_new_to_learn_is_known_without_reading_the_notes() {
    let desk = Desk::new("");
    let (sender, replies) = channel();
    let corpus = Arc::new(Counted::default());
    let handle = spawn(desk.open(), corpus.clone(), desk.scheme.clone(), move |reply| drop(sender.send(reply))).unwrap();
    let session = Session { handle, replies };
    session.ready();
    session.handle.requests.send(Request::Encoder("e1".into())).unwrap();
    let train = |base| session.ask(Request::Decisions { base });
    let Reply::Decisions(job) = train(0) else { panic!("the gold is to be learned") };
    let head = crate::domain::TrainedHead { through: job.through, ..learning::trained(Verdict::Activated) };
    assert!(matches!(session.ask(Request::AddVersion(Box::new(head))), Reply::Active { version: 1, .. }));
    let before = corpus.0.load(Ordering::Relaxed);
    assert!(before > 0 && matches!(train(1), Reply::NothingNew { version: 1 }));
    assert_eq!(corpus.0.load(Ordering::Relaxed), before);
    // Another encoder's version has learned nothing for this one, and a training does not begin from it.
    assert!(matches!(session.ask(Request::Encoder("e2".into())), Reply::Active { version: 0, .. }));
    for base in [0, 1] {
        assert!(matches!(train(base), Reply::Decisions(job) if job.base == 0), "{base}");
    }
    session.end();
}

/// The ward without its last note, which counts how often a note was read.
#[derive(Default)]
struct Counted(AtomicUsize);

impl CorpusSource for Counted {
    fn len(&self) -> usize {
        3
    }

    fn id(&self, index: usize) -> DocumentId {
        Ward.id(index)
    }

    fn load(&self, index: usize) -> Result<(Document, Option<Vec<Span>>), String> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ward.load(index)
    }

    fn gold_labels(&self) -> &[String] {
        &GOLD_LABELS
    }
}

/// The ward without its last note.
struct Quiet;

impl CorpusSource for Quiet {
    fn len(&self) -> usize {
        3
    }

    fn id(&self, index: usize) -> DocumentId {
        Ward.id(index)
    }

    fn load(&self, index: usize) -> Result<(Document, Option<Vec<Span>>), String> {
        Ward.load(index)
    }

    fn gold_labels(&self) -> &[String] {
        &GOLD_LABELS
    }
}

#[test]
fn of_a_burst_only_what_finds_no_room_is_lost() {
    let desk = Desk::new("");
    let project = desk.open();
    project.connection().pragma_update_and_check(None, "max_page_count", 40, |_| Ok(())).unwrap();
    let (sender, replies) = channel();
    let handle = spawn(project, Arc::new(Long), desk.scheme.clone(), move |reply| drop(sender.send(reply))).unwrap();
    let session = Session { handle, replies };
    session.ready();
    let opened = session.opened(0);
    let shown = Shown { predictions: None, thresholds: &[0.5; 3] };
    let all = opened.annotations.accept(EditId(EditId::SESSION + 2), 0..20_000, crate::domain::Scope::Document, &shown);
    for edit in [toggle(&opened, EditId::SESSION + 1, 0), Arc::new(all), toggle(&opened, EditId::SESSION + 3, 1)] {
        session.handle.requests.send(Request::Edit { document: 0, edit }).unwrap();
    }
    let saved: Vec<bool> = (0..3)
        .map(|_| match session.replies.recv().unwrap() {
            Reply::Saved { .. } => true,
            Reply::NotSaved { why, .. } if why.contains("the disk is full") => false,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(saved, [true, false, true]);
    session.end();
    assert_eq!(desk.open().queue(&[Long.id(0)]).unwrap()[0].decided, 2);
}

#[test]
fn a_burst_is_not_tried_again_while_another_process_writes() {
    let desk = Desk::new("");
    let (mut other, mut project) = (desk.open(), desk.open());
    other.hold().unwrap();
    project.wait = Duration::ZERO;
    // The other process finishes once the first request was answered: whoever tries again then succeeds.
    let other = Mutex::new(Some(other));
    let (begin, begun) = channel();
    let (sender, replies) = channel();
    let send = move |reply| {
        match &reply {
            Reply::Ready { .. } => begun.recv().unwrap(),
            Reply::NotSaved { .. } => drop(other.lock().unwrap().take()),
            _ => {}
        }
        drop(sender.send(reply));
    };
    let handle = spawn(project, Arc::new(Ward), desk.scheme.clone(), send).unwrap();
    let session = Session { handle, replies };
    (0..3).for_each(|number| session.handle.requests.send(done(number)).unwrap());
    begin.send(()).unwrap();
    session.ready();
    for _ in 0..3 {
        let reply = session.replies.recv().unwrap();
        assert!(matches!(&reply, Reply::NotSaved { document: 0, why } if why.contains("is open in")), "{reply:?}");
    }
    assert!(matches!(session.ask(done(3)), Reply::Saved { .. }));
    session.end();
}

#[test]
fn a_store_that_does_not_answer_is_left() {
    let desk = Desk::new("");
    let start = |corpus: Arc<dyn CorpusSource>| {
        let handle = spawn(desk.open(), corpus, desk.scheme.clone(), |_| ()).unwrap();
        handle.requests.send(Request::Open { document: 0 }).unwrap();
        handle.requests.send(Request::Close).unwrap();
        handle
    };
    let (answer, asked) = channel();
    assert!(!start(Arc::new(Stuck(Mutex::new(asked)))).join_within(Duration::ZERO));
    drop(answer);
    assert!(start(Arc::new(Ward)).join_within(Duration::from_secs(600)));
}

/// One note on a disk that does not answer.
struct Stuck(Mutex<Receiver<()>>);

impl CorpusSource for Stuck {
    fn len(&self) -> usize {
        1
    }

    fn id(&self, index: usize) -> DocumentId {
        Ward.id(index)
    }

    fn load(&self, _: usize) -> Result<(Document, Option<Vec<Span>>), String> {
        let _ = self.0.lock().map(|asked| asked.recv());
        Err("the disk does not answer".to_owned())
    }

    fn gold_labels(&self) -> &[String] {
        &[]
    }
}

#[test]
fn the_sample_corpus_can_be_labelled() {
    let desk = Desk::new("");
    let (sender, replies) = channel();
    let corpus = crate::formats::Corpus::sample();
    let labelled = (0..corpus.len()).filter(|&index| corpus.has_gold(index)).count();
    let handle = spawn(desk.open(), Arc::new(corpus), desk.scheme.clone(), move |reply| drop(sender.send(reply))).unwrap();
    let session = Session { handle, replies };
    session.ready();
    session.opened(0);
    let Reply::Decisions(job) = session.ask(Request::Decisions { base: 0 }) else { panic!("no decisions") };
    assert_eq!(job.decisions.len(), labelled);
    session.end();
}

/// One note of 20,000 words.
struct Long;

impl CorpusSource for Long {
    fn len(&self) -> usize {
        1
    }

    fn id(&self, _: usize) -> DocumentId {
        "long".into()
    }

    fn load(&self, _: usize) -> Result<(Document, Option<Vec<Span>>), String> {
        Ok((Document::new("long", "a ".repeat(20_000)), None))
    }

    fn gold_labels(&self) -> &[String] {
        &[]
    }
}

#[test]
fn a_version_goes_through_the_thread_and_belongs_to_its_encoder() {
    let desk = Desk::new("");
    let session = Session::start(&desk);
    session.ready();
    let version = || Request::AddVersion(Box::new(learning::trained(Verdict::Activated)));
    assert!(matches!(session.ask(version()), Reply::Failed { asked: protocol::Asked::AddVersion, .. }), "no model is known yet");
    session.handle.requests.send(Request::Encoder("e1".into())).unwrap();
    assert!(matches!(session.ask(version()), Reply::Active { version: 1, head: Some(_), .. }));
    let aside = Request::AddVersion(Box::new(learning::trained(Verdict::KeptAside)));
    assert!(matches!(session.ask(aside), Reply::KeptAside { version: 2, .. }));
    assert!(matches!(session.ask(Request::Rollback), Reply::Active { version: 0, head: None, .. }));
    assert!(matches!(session.ask(Request::Activate(2)), Reply::Active { version: 2, .. }));
    let listed = |session: &Session| {
        let Reply::Versions(list) = session.ask(Request::Versions) else { panic!("no versions") };
        let line = |entry: VersionEntry| (entry.version, entry.active, entry.made.map(|made| (made.verdict, made.fits)));
        list.into_iter().map(line).collect::<Vec<_>>()
    };
    let made = |fits| [Some((Verdict::KeptAside, fits)), Some((Verdict::Activated, fits))];
    assert_eq!(listed(&session), [(2, true, made(true)[0]), (1, false, made(true)[1]), (0, false, None)]);
    session.end();

    let session = Session::start(&desk);
    assert_eq!(session.ready().0, 2);
    let reply = session.ask(Request::Encoder("e2".into()));
    assert!(matches!(&reply, Reply::Active { version: 0, head: None, note } if note.contains("another encoder")), "{reply:?}");
    assert_eq!(listed(&session), [(2, false, made(false)[0]), (1, false, made(false)[1]), (0, true, None)]);
    assert_eq!(desk.open().active().unwrap(), 2, "the project stays as it is");
    session.end();
}

#[test]
fn places_that_read_alike_are_found_in_all_other_notes() {
    let desk = Desk::new("");
    let mut project = desk.open();
    project.hold().unwrap();
    let note = |index: usize, text: &str| GoldDocument::unlabelled(Document::new(format!("n{index:02}").as_str(), text));
    let texts = ["Bad pain. bad pain", "no Bad\npain", "painful", "bad pain"];
    let notes: Vec<GoldDocument> = (0..20).map(|index| note(index, texts[index % 4])).collect();
    let words = segment(texts[3]);
    let decided = Annotations::default().set(EditId(1), [0, 1], 0, true, crate::domain::Scope::Matches, &desk.shown());
    project.edit(&notes[3].document, &words, &desk.scheme, &decided).unwrap();
    let (sender, replies) = channel();
    let corpus = Arc::new(crate::formats::Corpus::from_documents("c", notes));
    let handle = spawn(project, corpus, desk.scheme.clone(), move |reply| drop(sender.send(reply))).unwrap();
    assert!(matches!(replies.recv().unwrap(), Reply::Ready { .. }));
    let phrase = vec!["bad".to_owned(), "pain".to_owned()];
    let alike = Arc::new(protocol::Alike { phrase, label: 0, present: true, besides: 7 });
    let (mut from, mut found) = (Some(0), Vec::new());
    while let Some(place) = from {
        handle.requests.send(Request::Find { alike: alike.clone(), from: place }).unwrap();
        let Reply::Found { places, next, .. } = replies.recv().unwrap() else { panic!("another answer") };
        from = next;
        found.extend(places.into_iter().map(|(index, place)| (index, place.before, place.text, place.after)));
    }
    let row = |index: usize, before: &str, text: &str, after: &str| (index, before.to_owned(), text.to_owned(), after.to_owned());
    assert_eq!(
        found[..3],
        [row(0, "", "Bad pain", ". bad pain"), row(0, "Bad pain. ", "bad pain", ""), row(1, "no ", "Bad\npain", "")]
    );
    let expected: Vec<usize> = (0..20).filter(|index| index % 4 != 2 && ![3, 7].contains(index)).collect();
    let mut notes: Vec<usize> = found.into_iter().map(|(index, ..)| index).collect();
    notes.dedup();
    assert_eq!(notes, expected, "neither where it is decided so nor in the note at hand");
}

#[test]
fn documents_are_searched_for_words_and_for_who_worked_on_them() {
    let desk = Desk::new("");
    let session = Session::start(&desk);
    session.ready();
    let words: Arc<[String]> = ["pain".to_owned(), "severe chest".to_owned(), "fever".to_owned()].into();
    let Reply::Contents { found, .. } = session.ask(Request::Contents { words, documents: vec![1, 0, 2, 9] }) else {
        panic!("another answer")
    };
    assert_eq!(found, [(1, 0b100), (0, 0b011), (2, 0), (9, 0)], "what cannot be read contains nothing");
    let Reply::Annotators(none) = session.ask(Request::Annotators) else { panic!("another answer") };
    assert!(none.is_empty());
    let opened = session.opened(0);
    assert!(matches!(
        session.ask(Request::Edit { document: 0, edit: toggle(&opened, EditId::SESSION + 1, 0) }),
        Reply::Saved { .. }
    ));
    let Reply::Annotators(all) = session.ask(Request::Annotators) else { panic!("another answer") };
    assert_eq!(all.iter().map(|(_, documents)| &documents[..]).collect::<Vec<_>>(), [[0]]);
    session.end();
}

#[test]
fn long_documents_end_an_answer_early() {
    let desk = Desk::new("");
    let long = |id: &str| GoldDocument::unlabelled(Document::new(id, "bad pain ".repeat(100_000)));
    let corpus = Arc::new(crate::formats::Corpus::from_documents("c", vec![long("a"), long("b")]));
    let (sender, replies) = channel();
    let handle = spawn(desk.open(), corpus, desk.scheme.clone(), move |reply| drop(sender.send(reply))).unwrap();
    assert!(matches!(replies.recv().unwrap(), Reply::Ready { .. }));
    handle.requests.send(Request::Contents { words: ["pain".to_owned()].into(), documents: vec![0, 1] }).unwrap();
    assert!(matches!(replies.recv().unwrap(), Reply::Contents { found, .. } if found == [(0, 1)]));
}
