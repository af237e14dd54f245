//! Decisions that are likely wrong: looked for, listed, walked, settled.

use std::sync::Arc;

use super::bench::Bench;
use crate::active_learning::suspects::{CrossFitted, Suspect};
use crate::domain::{Cell, Imported};
use crate::inference::protocol::Suspicion;
use crate::inference::{Command, Reply};
use crate::store::{self, Asked};
use crate::tui::event::Event;
use crate::tui::state::{Looking, Mode};

/// A suspect: document, word, label, what was decided.
fn suspect((document, word, label, present): (usize, usize, usize, bool)) -> (Suspect, Arc<str>) {
    let probability = if present { 0.03 } else { 0.97 };
    let cell = CrossFitted { document, word, label, present, probability };
    (Suspect { cell, usual: 0.5 }, "word".into())
}

fn found(suspects: &[(usize, usize, usize, bool)]) -> Reply {
    Reply::Suspicion(Suspicion::Found { cells: 40, suspects: suspects.iter().copied().map(suspect).collect() })
}

/// Two notes of which an import has decided everything, with these suspects, the first two on one word.
fn bench() -> Bench {
    let mut bench = Bench::new(&["a b", "c d"]);
    for kept in &mut bench.kept {
        kept.annotations.imported = Some(Imported { complete: (0..3).collect(), ..Imported::default() });
    }
    bench.press("] [ E");
    bench.worker(found(&[(1, 1, 0, false), (1, 1, 2, false), (0, 0, 1, false)]));
    bench
}

/// Which suspects are settled.
fn settled(bench: &Bench) -> Vec<bool> {
    bench.state.suspects.list.iter().flatten().map(|row| row.settled).collect()
}

#[test]
fn they_are_looked_for_in_the_background_and_reported() {
    let mut bench = Bench::new(&["a b", "c d"]);
    bench.press("1 E");
    assert!(matches!(bench.told.last(), Some(Command::Suspect(decisions)) if decisions.len() == 1), "{:?}", bench.told);
    assert_eq!(bench.state.mode, Mode::Note, "one goes on meanwhile");
    bench.press("e");
    assert!(bench.notice().contains("already"), "{}", bench.notice());
    bench.worker(Reply::Suspicion(Suspicion::Looking { done: 0.5, phase: "reading notes" }));
    assert_eq!(bench.state.suspects.looking, Some(Looking::Running { done: 0.5, phase: "reading notes" }));
    bench.worker(found(&[(0, 0, 0, true)]));
    assert_eq!(
        (bench.notice(), bench.state.suspects.looking),
        ("1 of 40 decisions look wrong: e walks them, E lists them.", None)
    );
    bench.press("E E");
    assert!(bench.state.suspects.looking.is_some(), "E in the list looks anew");
    bench.worker(found(&[]));
    assert_eq!(bench.notice(), "No decision looks wrong; 40 were checked.");
    bench.press("j enter e");
    assert!(bench.notice().contains("looks anew"), "{}", bench.notice());
}

#[test]
fn they_are_walked_and_the_reason_is_told() {
    let mut bench = bench();
    bench.press("l e");
    assert_eq!(bench.word(), "d");
    let reason = "SYM absent? Words like it are present: 0.97, usually 0.50 · 1 changes it, Enter keeps it";
    assert_eq!(bench.notice(), reason);
    bench.press("1");
    assert_eq!((bench.shown().as_str(), settled(&bench)), ("c [d](SYM)", vec![true, false, false]));
    bench.press("u");
    assert_eq!(settled(&bench), [false; 3], "what is undone is open again");
    bench.press("1 e");
    assert!(bench.notice().starts_with("ANA absent?"), "{}", bench.notice());
    bench.press("e");
    assert_eq!(bench.word(), "a");
    bench.press("E g enter");
    assert_eq!((bench.word(), &bench.state.mode), ("d", &Mode::Note));
}

#[test]
fn accepting_keeps_a_suspect_as_it_is_durably() {
    let mut bench = bench();
    bench.press("enter");
    assert_eq!(settled(&bench), [false; 3], "elsewhere, to accept is to accept");
    bench.press("e enter");
    assert_eq!(settled(&bench), [true, true, false], "both labels of the word");
    let kept = &bench.kept[1].annotations;
    assert_eq!((kept.count(), kept.decided(Cell::new(1, 0)).map(|decided| decided.present)), (2, Some(false)));
    // What was kept is not suspected again.
    bench.press("E E");
    bench.worker(found(&[(1, 1, 0, false), (0, 0, 1, false)]));
    assert_eq!(settled(&bench), [false]);
    // Unless that is taken back.
    bench.press("esc u E E");
    bench.worker(found(&[(1, 1, 0, false), (0, 0, 1, false)]));
    assert_eq!(settled(&bench), [false, false]);
}

#[test]
fn a_search_that_fails_leaves_nobody_waiting() {
    let failed = || Event::Store(store::Reply::Failed { asked: Asked::DecisionsToCheck, why: "The disk fails.".into() });
    let gathered = || Event::Store(store::Reply::DecisionsToCheck(Vec::new()));
    let given_up = || Event::Worker(Reply::Suspicion(Suspicion::GivenUp("there is no decided cell".into())));
    let cases: [Vec<Event>; 6] = [
        vec![failed()],
        vec![Event::StoreGone],
        vec![Event::WorkerGone, gathered()],
        vec![gathered(), Event::WorkerGone],
        vec![gathered(), given_up()],
        vec![given_up(), gathered()],
    ];
    for events in cases {
        let mut bench = Bench::new(&["a b"]);
        bench.prompt = false;
        bench.press("E");
        assert_eq!(bench.state.suspects.looking, Some(Looking::Gathering));
        events.iter().cloned().for_each(|event| bench.event(event));
        assert_eq!(bench.state.suspects.looking, None, "{events:?}");
        assert!(!bench.notice().is_empty());
    }
    let mut bench = Bench::unopened(&["a b"]);
    bench.press("E");
    assert!(bench.notice().contains("not open") && bench.state.suspects.looking.is_none(), "{}", bench.notice());
}

#[test]
fn a_note_that_has_changed_since_leads_nowhere_else() {
    let mut bench = bench();
    bench.worker(found(&[(0, 77, 2, false)]));
    bench.press("e");
    assert_eq!(bench.word(), "b", "the nearest there is");
    bench.press("enter 1");
}
