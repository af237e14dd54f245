//! What is awaited comes to an end, however it ends, and nothing else is given up for it.

use super::bench::{Bench, head};
use crate::domain::{
    Annotations, DecidedCell, Document, DocumentDecisions, Flip, History, LabelScheme, LabelSet, Learned, Manner, TrainJob,
    Verdict,
};
use crate::inference::{Command, Reply};
use crate::store::protocol::{Opened, ReviewState};
use crate::store::{self, Asked, Request};
use crate::tokenization::segment;
use crate::tui::event::Event;
use crate::tui::state::{Mode, Model, Question, Training};

fn failed(asked: Asked) -> Event {
    Event::Store(store::Reply::Failed { asked, why: "A fault.".into() })
}

fn not_trained() -> Event {
    Event::Worker(Reply::NotTrained("no training was under way".into()))
}

/// A training job of one cell, as from a project whose decisions were all imported.
fn job() -> Box<TrainJob> {
    let cells = vec![DecidedCell { word: 0, label: 0, present: true, manner: Manner::Gold, event: 0 }];
    Box::new(TrainJob {
        base: 0,
        learned: Learned::default(),
        through: 1,
        seed: 1,
        decisions: vec![DocumentDecisions { document: 0, cells }],
    })
}

fn gathered() -> Event {
    Event::Store(store::Reply::Decisions(job()))
}

fn trained() -> Event {
    Event::Worker(Reply::Trained(head(0, Verdict::Activated)))
}

#[test]
fn no_training_stays_for_ever() {
    let check = |keys: &str, events: Vec<Event>| {
        let told = format!("{keys} {events:?}");
        let mut bench = Bench::new(&["a b"]);
        bench.prompt = false;
        bench.press("1");
        bench.answer_all();
        // A key, then what happens until the next one.
        let mut events = events.into_iter();
        for key in keys.split(' ') {
            match key {
                "." => bench.event(events.next().unwrap()),
                key => bench.press(key),
            }
        }
        assert_eq!((&bench.state.training, events.len()), (&None, 0), "{told}");
    };
    let loading_failed = || Event::Worker(Reply::Failed("The model's file is damaged.".into()));
    // While the decisions are gathered.
    check("T .", vec![failed(Asked::Decisions)]);
    check("T X .", vec![failed(Asked::Decisions)]);
    check("T X .", vec![gathered()]);
    check("T .", vec![Event::StoreGone]);
    check("T X .", vec![Event::StoreGone]);
    check("T . .", vec![Event::WorkerGone, gathered()]);
    check("T X . .", vec![Event::WorkerGone, gathered()]);
    // While the worker is at it.
    check("T . .", vec![gathered(), Event::WorkerGone]);
    check("T . X .", vec![gathered(), Event::WorkerGone]);
    check("T . X .", vec![gathered(), not_trained()]);
    check("T . X . .", vec![gathered(), trained(), not_trained()]);
    check("T . .", vec![gathered(), not_trained()]);
    check("T . X . .", vec![gathered(), Event::StoreGone, not_trained()]);
    // While the version is recorded.
    check("T . . .", vec![gathered(), trained(), failed(Asked::AddVersion)]);
    check("T . . .", vec![gathered(), trained(), Event::StoreGone]);
    check("T . . . .", vec![gathered(), Event::StoreGone, trained(), Event::StoreGone]);

    // The model is still being loaded.
    for events in [vec![gathered(), loading_failed()], vec![loading_failed(), gathered()]] {
        for cancels in [false, true] {
            let mut bench = Bench::unopened(&["a b"]);
            bench.open_project();
            bench.prompt = false;
            bench.press(if cancels { "T X" } else { "T" });
            events.iter().cloned().for_each(|event| bench.event(event));
            assert_eq!(bench.state.training, None, "{events:?}");
            assert!(matches!(bench.state.model, Model::Failed(_)));
        }
    }
}

#[test]
fn a_training_is_given_up_for_nothing_else() {
    let mut bench = Bench::new(&["a b"]);
    bench.prompt = false;
    bench.press("T");
    assert!(matches!(bench.asked.back(), Some(Request::Decisions { .. })), "imported decisions count, whoever made none");
    let others = [failed(Asked::Switch), failed(Asked::Versions), failed(Asked::Open(7)), failed(Asked::Nothing), not_trained()];
    for event in others {
        bench.event(event);
        assert_eq!(bench.state.training, Some(Training::Gathering));
    }
    bench.event(gathered());
    // A note that can't be computed is no reason to stop.
    bench.worker(Reply::Failed("note 7: too strange".into()));
    assert!(matches!(bench.state.training, Some(Training::Running { .. })));
}

#[test]
fn a_roll_back_just_before_a_training_becomes_its_base() {
    let mut bench = Bench::new(&["a b"]);
    bench.press("1 T");
    bench.event(trained());
    assert_eq!((bench.state.version, &bench.state.training), (1, &None));
    bench.prompt = false;
    bench.press("R T");
    bench.answer_all();
    assert!(matches!(bench.told.last(), Some(Command::Train(job)) if job.base == 0), "{:?}", bench.told.last());
    assert!(matches!(bench.state.training, Some(Training::Running { .. })));
}

#[test]
fn a_roll_back_that_fails_leaves_the_next_note_awaited() {
    let mut bench = Bench::new(&["a b", "c d"]);
    bench.prompt = false;
    bench.press("R ] 1");
    bench.asked.pop_front();
    bench.event(failed(Asked::Switch));
    bench.answer_all();
    assert_eq!((bench.word(), bench.on_disk(1).as_str()), ("c", "[c](SYM) d"));
}

#[test]
fn without_a_store_no_note_is_awaited() {
    let mut bench = Bench::new(&["a b", "c d"]);
    bench.prompt = false;
    bench.event(Event::StoreGone);
    bench.press("]");
    // The request finds nobody.
    bench.event(Event::StoreGone);
    bench.press("l");
    assert_eq!((&bench.state.opening, bench.word()), (&None, "b"));
}

#[test]
fn a_note_that_was_changed_meanwhile_is_shown_as_it_is_now() {
    let mut bench = Bench::new(&["[severe](SEV) pain", "c d"]);
    bench.failures = 1;
    bench.prompt = false;
    bench.press("l 1 /");
    bench.type_in("pain");
    bench.press("enter");
    bench.answer();
    assert!(matches!(bench.asked.pop_back(), Some(Request::Open { document: 0 })));
    let text = "no";
    let opened = Opened {
        index: 0,
        document: Document::new("note 0", text).into(),
        words: segment(text).into(),
        annotations: Annotations::default(),
        history: History::default(),
        notice: Some("The note was changed.".into()),
    };
    bench.told.clear();
    bench.store(store::Reply::Opened(Box::new(opened)));
    assert_eq!((bench.shown().as_str(), bench.word(), bench.notice()), ("no", "no", "The note was changed."));
    assert_eq!((bench.open().layout.lines().len(), bench.state.search.as_ref().unwrap().hits.len()), (1, 0));
    assert!(matches!(bench.told[..], [Command::Focus { document: 0, .. }]), "{:?}", bench.told);
}

#[test]
fn words_whose_labels_are_decided_have_not_changed() {
    let mut bench = Bench::new(&["[a](SYM) b", "c d"]);
    bench.press("1 T");
    bench.event(trained());
    bench.uses(1);
    let set = |labels: &[usize]| labels.iter().copied().collect::<LabelSet>();
    let flip = |document, word, before: &[usize], after: &[usize]| Flip {
        document,
        word,
        text: "a".into(),
        before: set(before),
        after: set(after),
    };
    let flips = vec![flip(0, 0, &[0], &[]), flip(0, 1, &[], &[1]), flip(1, 0, &[0], &[])];
    bench.flipped(0, 1, flips);
    let list = &bench.state.flips.as_ref().unwrap().changes.flips;
    assert_eq!(list[..], [flip(0, 1, &[], &[1]), flip(1, 0, &[0], &[])]);
    assert!(bench.notice().contains("2 words changed"), "{}", bench.notice());

    // Where one label is decided and another one comes, that one alone is the change.
    bench.uses(0);
    bench.press("T");
    bench.event(trained());
    bench.flipped(0, 1, vec![flip(0, 0, &[0], &[2])]);
    assert_eq!(bench.state.flips.as_ref().unwrap().changes.flips[..], [flip(0, 0, &[], &[2])]);
}

#[test]
fn a_note_that_cannot_be_read_keeps_nobody_from_the_others() {
    let mut bench = Bench::unopened(&["a", "b", "c"]);
    bench.prompt = false;
    bench.open_project();
    bench.asked.retain(|request| !matches!(request, Request::Open { .. }));
    bench.prompt = true;
    bench.store(store::Reply::NotOpened { document: 0, why: "a.txt is not UTF-8; iconv helps.".into() });
    assert_eq!((bench.open().index, bench.notice()), (1, "a.txt is not UTF-8; iconv helps."));
    bench.press("[");
    assert_eq!(bench.open().index, 1, "there is nothing to go back to");
    bench.press("D");
    assert_eq!(bench.open().index, 2);
}

#[test]
fn that_a_note_cannot_be_read_is_not_said_over_another_note() {
    let why = "b.txt is not UTF-8; iconv helps.";
    let check = |keys: &str, expected: &str| {
        let mut bench = Bench::new(&["a", "b", "c"]);
        bench.prompt = false;
        bench.press("]");
        bench.asked.clear();
        bench.prompt = true;
        bench.store(store::Reply::NotOpened { document: 1, why: why.into() });
        assert_eq!((bench.open().index, bench.notice()), (0, why));
        bench.press(keys);
        assert_eq!(bench.notice(), expected, "{keys}");
    };
    check("l l l", why);
    check("l l l ]", "");
    check("]", why);
}

#[test]
fn a_training_that_would_learn_nothing_new_says_so_and_ends() {
    let mut bench = Bench::new(&["a"]);
    bench.prompt = false;
    bench.press("T");
    bench.asked.clear();
    bench.store(store::Reply::NothingNew { version: 3 });
    assert!(
        bench.state.training.is_none() && bench.notice().starts_with("Nothing was decided since version 3"),
        "{}",
        bench.notice()
    );
}

#[test]
fn what_led_on_is_taken_back_wherever_the_next_note_is() {
    // Keys; `.` lets the store answer all that it was asked. What is on disk of both notes, and the note on screen.
    let check = |keys: &str, first: &str, second: &str, word: &str, review: ReviewState| {
        let mut bench = Bench::new(&["[a](SYM) b", "[c](SEV) d"]);
        bench.prompt = false;
        for key in keys.split(' ') {
            if key == "." { bench.answer_all() } else { bench.press(key) }
        }
        bench.answer_all();
        let found = (bench.on_disk(0), bench.on_disk(1), bench.word(), bench.kept[0].entry.review);
        assert_eq!(found, (first.into(), second.into(), word, review), "{keys}: {}", bench.notice());
        assert!(bench.state.work.ahead.is_empty() && bench.state.opening.is_none(), "{keys}");
    };
    use ReviewState::{Done, New, Skipped, Started};
    check("D . u", "a b", "c d", "a", New);
    check("D u", "a b", "c d", "a", New);
    check("D u .", "a b", "c d", "a", New);
    check("D u . D", "[a](SYM) b", "c d", "c", Done);
    check("D . u 2", "[a](SEV) b", "c d", "a", Started);
    check("D u 2", "[a](SEV) b", "c d", "a", Started);
    check("D . u ctrl+y", "[a](SYM) b", "c d", "a", Done);
    check("Z u", "a b", "c d", "a", New);
    // Also after a look around.
    check("D l u", "a b", "c d", "a", New);
    check("D . l u", "a b", "c d", "a", New);
    check("D W u", "a b", "c d", "a", New);
    check("D . l u 2", "[a](SEV) b", "c d", "a", Started);
    // What was changed between means the next note, and so does what follows it.
    check("D 1 u", "[a](SYM) b", "c d", "c", Done);
    check("D . 1 u u", "[a](SYM) b", "c d", "c", Done);
    check("D . [ u", "a b", "c d", "a", New);
    check("D . Q enter u", "[a](SYM) b", "c d", "c", Done);
    // A jump has taken it back already.
    check("2 D . U . G enter . u", "a b", "c d", "c", New);
    check("D . u u", "a b", "c d", "a", New);
    check("Z . 1 u", "a b", "c d", "c", Skipped);

    // The next note can't be read: what was typed for it is forgotten, what takes the key back is not.
    let mut bench = Bench::new(&["[a](SYM) b", "c"]);
    bench.prompt = false;
    bench.press("D u");
    bench.asked.retain(|request| !matches!(request, Request::Open { document: 1 }));
    bench.store(store::Reply::NotOpened { document: 1, why: "It is gone.".into() });
    bench.answer_all();
    assert_eq!((bench.word(), bench.kept[0].entry.review), ("a", New));

    // What could not be saved is taken back already.
    let mut bench = Bench::new(&["[a](SYM) b", "c"]);
    bench.press("2");
    bench.failures = 1;
    bench.press("D u");
    assert_eq!((bench.on_disk(0).as_str(), bench.word()), ("[a](SEV) b", "c"));
}

#[test]
fn quitting_waits_for_what_the_store_was_asked_to_do() {
    let relabelled = |bench: &Bench| {
        let labels = LabelScheme::from_names("tests", &["SYM", "SEV", "ANA", "NEW"]).unwrap().into();
        assert!(!bench.quit);
        Event::Store(store::Reply::Relabelled { scheme: labels, said: "'NEW' is added.".into() })
    };
    let typed = |keys: &str| {
        let mut bench = Bench::new(&["a b"]);
        bench.press("1 s e a");
        bench.type_in("NEW");
        bench.prompt = false;
        bench.press("enter esc");
        bench.press(keys);
        bench
    };
    // It is done, and then the screen ends.
    let mut bench = typed("q");
    assert!(bench.notice().starts_with("Saving 1 change, then quitting"), "{}", bench.notice());
    assert!(!bench.asked.iter().any(|request| matches!(request, Request::Close)), "{:?}", bench.asked);
    bench.answer_all();
    assert!(bench.quit && bench.reopening.is_none());

    // It fails: that is told, and whoever stays has the labels as they were.
    let mut bench = typed("q");
    bench.asked.clear();
    bench.event(failed(Asked::Relabel));
    assert!(matches!(&bench.state.mode, Mode::Question(Question::QuitUnsaved { sentence }) if sentence.starts_with("A fault.")));
    bench.press("n");
    assert!(!bench.quit && bench.reopening.is_none() && bench.asked.is_empty());

    // It is done, what was typed behind it is not saved, and quitting is called off: the screen has the labels all the same.
    for stays in [true, false] {
        let mut bench = typed("2 q");
        bench.asked.clear();
        bench.event(relabelled(&bench));
        bench.store(store::Reply::NotSaved { document: 0, why: "The disk is full.".into() });
        assert!(matches!(bench.state.mode, Mode::Question(_)) && bench.reopening.is_none());
        bench.press(if stays { "n" } else { "y" });
        bench.answer_all();
        assert_eq!((bench.quit, bench.reopening.is_some()), (!stays, stays));
    }

    // What is not saved is told behind the way to the other labels, and does not stand in it.
    let mut bench = typed("2");
    bench.asked.clear();
    bench.event(relabelled(&bench));
    bench.store(store::Reply::NotSaved { document: 0, why: "The disk is full.".into() });
    bench.answer_all();
    let said = bench.reopening.and_then(|reopening| reopening.left.said);
    assert_eq!(said.as_deref(), Some("The disk is full. 'NEW' is added."));

    // A jump, a version, a file: whatever it is.
    for (keys, asked) in [("U G enter", Asked::Jump), ("R", Asked::Switch), ("ctrl+e", Asked::Export)] {
        for fails in [true, false] {
            let mut bench = Bench::new(&["a b"]);
            bench.press("1 2 U esc");
            bench.prompt = keys.starts_with('U');
            let (before, last) = keys.rsplit_once(' ').unwrap_or(("", keys));
            bench.press(before);
            bench.prompt = false;
            bench.press(&format!("{last} q"));
            assert!(!bench.quit && bench.notice().starts_with("Saving 1 change"), "{keys}: {}", bench.notice());
            if fails {
                bench.asked.retain(|request| !matches!(request, Request::Jump(_) | Request::Rollback | Request::Export));
                bench.event(failed(asked));
            }
            bench.answer_all();
            assert_eq!(bench.quit, !fails, "{keys}");
        }
    }
}
