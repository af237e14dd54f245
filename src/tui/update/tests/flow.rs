//! Documents, saving, predictions, training, quitting.

use super::bench::{Bench, coloured_by, head, rows};
use crate::domain::{Flip, LabelSet, Verdict};
use crate::inference::{Command, Reply};
use crate::store;
use crate::store::protocol::ReviewState::{self, Discuss, Done, New, Skipped};
use crate::tui::event::Event;
use crate::tui::state::{Mode, Model, Question, Saving, Training};

/// The last document and neighbours that the worker was told.
fn focus(bench: &Bench) -> Option<(usize, Vec<usize>)> {
    bench.told.iter().rev().find_map(|command| match command {
        Command::Focus { document, then, .. } => Some((*document, then.clone())),
        _ => None,
    })
}

#[test]
fn everything_works_before_the_model_is_there() {
    let mut bench = Bench::unopened(&["chest pain", "other"]);
    bench.press("l 1 enter ] i ?");
    bench.press("esc");
    bench.open_project();
    assert_eq!(bench.state.model, Model::Loading);
    bench.press("l 1");
    assert_eq!((bench.shown().as_str(), bench.on_disk(0).as_str()), ("chest [pain](SYM)", "chest [pain](SYM)"));
    assert_eq!(focus(&bench), Some((0, vec![1])));
    bench.press("A");
    assert!(bench.notice().contains("not read the whole note"), "{}", bench.notice());
    bench.model_ready(0);
    bench.predict(0, 0);
    assert_eq!(bench.shown(), "chest [pain](SYM)");
}

#[test]
fn a_toggle_shows_at_once_as_pending_and_turns_saved() {
    let mut bench = Bench::new(&["chest pain"]);
    bench.prompt = false;
    bench.press("1 l 2");
    assert_eq!(bench.shown(), "[chest](SYM) [pain](SEV)");
    assert_eq!((bench.is_pending(0), bench.is_pending(1), &bench.state.saving), (true, true, &Saving::Pending(2)));
    bench.answer();
    assert_eq!((bench.is_pending(0), bench.is_pending(1), &bench.state.saving), (false, true, &Saving::Pending(1)));
    bench.answer();
    assert_eq!((bench.is_pending(1), &bench.state.saving), (false, &Saving::Saved));
    let edit = bench.open().annotations.on_word(1).next().unwrap().1.edit;
    assert_eq!(bench.open().annotations.stamp(edit).unwrap().annotator.as_ref(), "ann");
}

#[test]
fn what_could_not_be_saved_is_taken_back_with_a_sentence() {
    let mut bench = Bench::new(&["a b c"]);
    bench.press("1");
    bench.prompt = false;
    bench.failures = 1;
    // The second edit fails, the third is already on its way, the fourth is typed while that is sorted out.
    bench.press("l 1 l 1");
    bench.answer();
    assert_eq!(bench.notice(), "The disk is full; nothing else was lost.");
    assert!(matches!(bench.state.saving, Saving::Failed(_)));
    bench.press("2");
    bench.answer_all();
    assert_eq!(bench.shown(), "[a](SYM) b [c](SYM,SEV)");
    assert_eq!((bench.on_disk(0), &bench.state.saving), (bench.shown(), &Saving::Saved));
    assert!(bench.open().pending.is_empty());
    bench.prompt = true;
    bench.press("u u u u");
    assert_eq!((bench.shown().as_str(), bench.on_disk(0).as_str()), ("a b c", "a b c"));
}

#[test]
fn quitting_waits_for_what_is_not_saved() {
    let mut bench = Bench::new(&["a b"]);
    bench.prompt = false;
    bench.press("1 l 1 q");
    assert!(!bench.quit);
    bench.answer();
    assert!(!bench.quit && bench.notice().starts_with("Saving 2"), "{}", bench.notice());
    bench.answer_all();
    assert!(bench.quit);
    assert!(matches!(bench.told.last(), Some(Command::Shutdown)));
}

#[test]
fn quitting_after_a_failure_asks() {
    let mut bench = Bench::new(&["a b"]);
    bench.failures = 1;
    bench.press("1 q");
    let asks = |bench: &Bench| matches!(&bench.state.mode, Mode::Question(Question::QuitUnsaved { sentence }) if sentence.starts_with("The disk is full"));
    assert!(asks(&bench) && !bench.quit);
    bench.press("n");
    assert_eq!((&bench.state.mode, bench.quit), (&Mode::Note, false));
    bench.press("q y");
    assert!(bench.quit);

    // The failure comes while quitting waits.
    let mut bench = Bench::new(&["a b"]);
    (bench.failures, bench.prompt) = (1, false);
    bench.press("1 q");
    bench.answer_all();
    assert!(asks(&bench) && !bench.quit);
}

#[test]
fn a_signal_closes_the_project_and_asks_nothing() {
    let mut bench = Bench::new(&["a b"]);
    (bench.failures, bench.prompt) = (1, false);
    bench.press("1 2");
    bench.event(Event::Terminate);
    bench.answer_all();
    assert!(bench.quit);
    assert_eq!(bench.on_disk(0), "[a](SEV) b");

    let mut bench = Bench::unopened(&["a"]);
    bench.event(Event::Terminate);
    assert!(bench.quit);
}

#[test]
fn without_a_store_nothing_is_changed_any_more_and_quitting_goes() {
    let mut bench = Bench::new(&["a b"]);
    bench.prompt = false;
    bench.press("1");
    bench.event(Event::StoreGone);
    assert!(bench.notice().contains("The last change"), "{}", bench.notice());
    assert!(bench.is_pending(0), "still marked as not saved");
    bench.press("l 1 enter A x u");
    assert_eq!(bench.shown(), "[a](SYM) b");
    bench.press("q");
    assert!(bench.quit);
}

#[test]
fn what_is_typed_after_the_next_note_falls_upon_the_next_note() {
    let mut bench = Bench::new(&["a b", "c d"]);
    bench.prompt = false;
    bench.press("] l 1 space e [");
    bench.answer_all();
    assert_eq!((bench.on_disk(0).as_str(), bench.on_disk(1).as_str()), ("a b", "c [d](SYM,SEV)"));
    assert_eq!(bench.word(), "a");
    // What is chosen elsewhere forgets it: it was meant for a note that is not read now.
    bench.press("] 1 Q g enter");
    bench.answer_all();
    assert_eq!((bench.on_disk(0).as_str(), bench.on_disk(1).as_str()), ("a b", "c [d](SYM,SEV)"));
}

#[test]
fn the_queue_is_walked_and_chosen_from() {
    let mut bench = Bench::new(&["a b", "c d", "e f", "g h"]);
    assert_eq!(focus(&bench), Some((0, vec![1, 2])));
    bench.press("l ]");
    assert_eq!((bench.word(), focus(&bench)), ("c", Some((1, vec![2, 3, 0]))));
    bench.press("[");
    assert_eq!(bench.word(), "b", "the cursor is where it was");
    bench.press("[");
    assert!(bench.notice().contains("first note"));
    bench.press("Q j j enter");
    assert_eq!((bench.word(), &bench.state.mode), ("e", &Mode::Note));
    bench.press("D");
    assert_eq!((bench.kept[2].entry.review, bench.word()), (ReviewState::Done, "g"));
    bench.press("D D D");
    assert!(bench.kept.iter().all(|kept| kept.entry.review == ReviewState::Done));
    assert!(bench.notice().contains("every other one"), "{}", bench.notice());
    bench.press("D");
    assert_eq!(bench.kept.iter().filter(|kept| kept.entry.review == ReviewState::Started).count(), 1);
}

#[test]
fn a_note_is_skipped_or_left_to_be_discussed_and_that_is_undone() {
    let mut bench = Bench::new(&["a b", "c d", "e f", "g h"]);
    let reviews = |bench: &Bench| bench.kept.iter().map(|kept| kept.entry.review).collect::<Vec<_>>();

    bench.press("] Z");
    assert_eq!((reviews(&bench), bench.word()), (vec![New, Skipped, New, New], "e"), "on to the next");
    bench.press("[");
    assert_eq!(bench.word(), "a", "the skipped one is passed over");
    bench.press("]");
    assert_eq!(bench.word(), "e", "in both directions");
    bench.press("!");
    assert_eq!((reviews(&bench), bench.word()), (vec![New, Skipped, Discuss, New], "e"), "stays");
    assert!(bench.notice().contains("needs to be discussed"), "{}", bench.notice());
    bench.press("[ ] D");
    assert_eq!((reviews(&bench), bench.word()), (vec![New, Skipped, Done, New], "g"), "one thing is said of a note");
    bench.press("[ u");
    assert_eq!(bench.notice(), "This note needs to be discussed again.");
    bench.press("u");
    assert_eq!((reviews(&bench), bench.notice()), (vec![New, Skipped, New, New], "This note is open again."));
    bench.press("ctrl+y");
    assert_eq!(reviews(&bench)[2], Discuss);
    // What is skipped stays listed, and is taken up again from there.
    bench.press("Q g j enter Z");
    assert_eq!((reviews(&bench), bench.word()), (vec![New, New, Discuss, New], "c"));
    assert_eq!(bench.notice(), "This note is no longer skipped.");
    // At the end it is told what is left.
    bench.press("Z Z Z");
    assert_eq!(reviews(&bench), [Skipped, Skipped, Discuss, Skipped]);
    assert!(bench.notice().ends_with("2 other notes skipped, 1 to be discussed."), "{}", bench.notice());
}

#[test]
fn a_note_seen_before_or_predicted_ahead_is_coloured_at_once() {
    let mut bench = Bench::new(&["[a](SYM) b", "[c](SEV) d"]);
    bench.press("]");
    assert_eq!(bench.shown(), "[c](SEV) d");
    bench.press("[");
    assert_eq!(bench.shown(), "[a](SYM) b");
}

#[test]
fn old_colours_stay_until_the_new_ones_cover_them() {
    let mut bench = Bench::new(&["[a b](SYM)"]);
    bench.worker(Reply::Using {
        version: 1,
        scheme: super::bench::scheme(),
        thresholds: [0.5; 3].into(),
        suggested: LabelSet::EMPTY,
    });
    assert_eq!(bench.shown(), "[a b](SYM)");
    let predicted = |version, first| Reply::Predicted { document: 0, version, words: 2, first, rows: rows(1, 0.0) };
    bench.worker(predicted(1, 0));
    assert_eq!(bench.shown(), "[a b](SYM)");
    bench.worker(predicted(0, 1));
    assert_eq!(bench.shown(), "[a b](SYM)", "stale");
    bench.worker(predicted(1, 1));
    assert_eq!(bench.shown(), "a b");
    assert!(coloured_by(bench.open().predictions.as_ref(), 1));
    // What does not fit the note is dropped.
    bench.worker(Reply::Predicted { document: 0, version: 1, words: 3, first: 0, rows: rows(3, 1.0) });
    bench.worker(Reply::Predicted { document: 0, version: 1, words: 2, first: 1, rows: rows(2, 1.0) });
    bench.worker(Reply::Predicted { document: 7, version: 1, words: 2, first: 0, rows: rows(2, 1.0) });
    assert_eq!(bench.shown(), "a b");
}

#[test]
fn the_worker_hears_of_a_jump_through_a_note_that_is_not_predicted_there() {
    let note = "word ".repeat(1000);
    let mut bench = Bench::unopened(&[&note]);
    bench.open_project();
    bench.told.clear();
    bench.press("l l");
    assert!(bench.told.is_empty());
    bench.press("G");
    assert!(matches!(bench.told[..], [Command::Focus { word: 999, document: 0, .. }]), "{:?}", bench.told);
    bench.model_ready(0);
    bench.told.clear();
    bench.press("g G");
    assert!(bench.told.is_empty());
}

#[test]
fn training_learns_activates_and_lists_what_changed() {
    let mut bench = Bench::new(&["a b", "c d"]);
    bench.press("T");
    assert!(bench.notice().starts_with("There is nothing to learn from"), "{}", bench.notice());
    bench.press("1 T");
    let training = bench.told.iter().rev().find(|command| matches!(command, Command::Train(_)));
    assert!(matches!(training, Some(Command::Train(job)) if job.decisions.len() == 1 && job.base == 0));
    bench.press("T");
    assert!(bench.notice().contains("X cancels it"), "{}", bench.notice());
    bench.press("R");
    assert!(bench.notice().contains("under way"));
    bench.worker(Reply::Training { done: 0.5, phase: "learning", left: None, loss: None });
    assert_eq!(bench.state.training, Some(Training::Running { done: 0.5, phase: "learning", left: None, loss: None }));
    bench.press("l 2");
    bench.worker(Reply::Trained(head(0, Verdict::NotJudged)));
    assert_eq!((bench.state.training.as_ref(), bench.state.version), (None, 1));
    assert!(matches!(bench.told.last(), Some(Command::UseHead { version: 1, head: Some(_) })));
    bench.probabilities.insert(1, vec![0.9, 0.1, 0.1, 0.9, 0.1, 0.1]);
    bench.uses(1);
    let flip =
        |document, word| Flip { document, word, text: "c".into(), before: LabelSet::EMPTY, after: [0].into_iter().collect() };
    bench.flipped(0, 1, vec![flip(1, 0), flip(1, 1)]);
    assert_eq!(bench.notice(), "Version 1: 2 words changed (F walks), R rolls back; not judged yet");
    bench.press("F");
    assert_eq!((bench.word(), bench.shown().as_str()), ("c", "[c d](SYM)"));
    bench.press("F");
    assert_eq!((bench.word(), bench.notice()), ("d", "2 of 2: 'c' no label → SYM"));
    bench.press("F f");
    assert_eq!(bench.word(), "d");
    bench.press("[ C k enter");
    assert_eq!((bench.word(), &bench.state.mode), ("c", &Mode::Note));
    bench.press("B F");
    assert!(bench.notice().starts_with("Predictions are hidden"), "{}", bench.notice());
    bench.press("C");
    assert_eq!(bench.state.mode, Mode::Note, "what changed would tell what is predicted");
    bench.press("B");
    bench.press("R");
    assert_eq!(bench.state.version, 0);
    assert!(matches!(bench.told.last(), Some(Command::UseHead { version: 0, .. })));
}

#[test]
fn a_key_that_says_something_does_not_take_a_report_away_before_it_is_read() {
    let mut bench = Bench::new(&["a b"]);
    bench.worker(Reply::Notice("The cache is full.".into()));
    for (key, said) in [("ctrl+p", "does nothing"), ("l", "The cache is full"), ("X", "No training"), ("h", "The cache is full")]
    {
        bench.press(key);
        assert!(bench.notice().contains(said), "{key}: {}", bench.notice());
    }
    bench.press("l h l h l h l h l h l");
    assert_eq!(bench.notice(), "", "but not for ever");
}

#[test]
fn the_versions_are_listed_and_one_is_activated() {
    let mut bench = Bench::new(&["a b"]);
    bench.press("1 T");
    bench.worker(Reply::Trained(head(0, Verdict::NotJudged)));
    bench.press("V");
    assert_eq!((&bench.state.mode, bench.state.versions.cursor, bench.state.versions.list.len()), (&Mode::Versions, 0, 2));
    bench.press("enter");
    assert_eq!((bench.notice(), bench.state.version), ("That is the one in use: version 1.", 1));
    bench.press("V j enter");
    assert_eq!((&bench.state.mode, bench.state.version), (&Mode::Note, 0));
    bench.press("V esc T V k enter");
    assert!(bench.notice().contains("X cancels it"), "{}", bench.notice());
    assert_eq!(bench.state.version, 0);
}

#[test]
fn a_worse_version_is_kept_aside_with_its_reason() {
    let mut bench = Bench::new(&["a b"]);
    bench.press("1 T");
    bench.worker(Reply::Trained(head(0, Verdict::KeptAside)));
    assert_eq!((bench.state.version, &bench.state.training), (0, &None));
    assert_eq!(bench.notice(), "Version 1 is kept aside: it judges held-out words worse; V lists it.");
    assert!(!bench.told.iter().any(|command| matches!(command, Command::UseHead { .. })));
}

#[test]
fn a_cancelled_training_changes_nothing() {
    let mut bench = Bench::new(&["a b"]);
    bench.press("1 T X");
    assert!(matches!(bench.told.last(), Some(Command::CancelTraining)));
    // It was over already when the worker was told.
    bench.worker(Reply::Trained(head(0, Verdict::Activated)));
    assert_eq!(bench.state.training, Some(Training::Cancelling));
    bench.worker(Reply::NotTrained("no training was under way".into()));
    assert_eq!((bench.state.version, &bench.state.training), (0, &None));
    assert!(bench.notice().contains("cancelled"), "{}", bench.notice());

    bench.prompt = false;
    bench.told.clear();
    bench.press("T ctrl+c");
    bench.answer_all();
    assert_eq!((&bench.state.training, bench.told.len()), (&None, 0), "cancelled while the decisions were gathered");
    bench.press("X");
    assert!(bench.notice().contains("No training"), "{}", bench.notice());
}

#[test]
fn without_a_model_one_can_still_label_and_accept() {
    let mut bench = Bench::unopened(&["a b"]);
    bench.open_project();
    bench.worker(Reply::Failed("The model's file is damaged.".into()));
    assert_eq!(bench.state.model, Model::Failed("The model's file is damaged.".into()));
    bench.press("1 A");
    assert_eq!(bench.open().annotations.count(), 6);
    bench.press("T");
    assert!(bench.notice().contains("no model"), "{}", bench.notice());
}

#[test]
fn a_note_that_can_not_be_read_leaves_the_other_on_screen() {
    let mut bench = Bench::new(&["a b", "c d"]);
    bench.prompt = false;
    bench.press("] 1");
    bench.asked.clear();
    bench.store(store::Reply::NotOpened { document: 1, why: "note 1 is gone.".into() });
    assert_eq!((bench.word(), bench.notice(), bench.shown().as_str()), ("a", "note 1 is gone.", "a b"));
}

#[test]
fn a_request_that_fails_altogether_leaves_nobody_waiting() {
    let mut bench = Bench::new(&["a b", "c d"]);
    bench.prompt = false;
    bench.press("] 1");
    bench.asked.clear();
    bench.store(store::Reply::Failed { asked: store::Asked::Open(1), why: "A fault.".into() });
    bench.prompt = true;
    bench.press("l 2");
    assert_eq!((bench.shown().as_str(), bench.on_disk(0).as_str()), ("a [b](SEV)", "a [b](SEV)"));
    bench.press("]");
    assert_eq!(bench.word(), "c");
}

#[test]
fn without_a_worker_labelling_goes_on() {
    let mut bench = Bench::new(&["a b"]);
    bench.press("1 T");
    bench.event(Event::WorkerGone);
    assert_eq!(bench.state.training, None);
    assert!(matches!(bench.state.model, Model::Failed(_)) && bench.notice().contains("go on labelling"), "{}", bench.notice());
    bench.press("l 2 A q");
    assert_eq!((bench.on_disk(0).as_str(), bench.quit), ("[a](SYM) [b](SEV)", true));
}

#[test]
fn a_project_with_an_active_version_shows_that_and_begins_with_what_is_not_done() {
    let mut bench = Bench::unopened(&["a", "b"]);
    bench.kept[0].entry.review = ReviewState::Done;
    let queue = bench.kept.iter().map(|kept| kept.entry).collect();
    let scheme = super::bench::scheme();
    bench.store(store::Reply::Ready { scheme, active: 4, head: Some([1].into()), queue, notice: Some("On a network.".into()) });
    assert!(matches!(bench.told.first(), Some(Command::UseHead { version: 4, head: Some(_) })), "{:?}", bench.told);
    assert_eq!((bench.word(), bench.state.version, bench.notice()), ("b", 4, "On a network."));
    // That the version came into use is no news.
    bench.model_ready(4);
    bench.flipped(0, 4, Vec::new());
    assert_eq!((bench.notice(), &bench.state.flips), ("On a network.", &None));
}

#[test]
fn the_mouse_is_handed_over_and_taken_back() {
    let mut bench = Bench::new(&["a"]);
    bench.press("m");
    assert!(!bench.mouse && bench.notice().contains("copy"));
    bench.press("m");
    assert!(bench.mouse && bench.state.mouse);
}

#[test]
fn help_scrolls_and_closes() {
    let mut bench = Bench::new(&["a b"]);
    bench.press("? j j");
    assert_eq!(bench.state.mode, Mode::Help { scroll: 2, from: Box::new(Mode::Note) });
    bench.press("G G j k");
    bench.press("q 1");
    assert_eq!((&bench.state.mode, bench.shown().as_str()), (&Mode::Note, "[a](SYM) b"));
    bench.press("Q ? esc");
    assert_eq!(bench.state.mode, Mode::Queue, "help leads back to where it was opened");
}

#[test]
fn figures_are_shown_when_they_come_unless_one_has_gone_elsewhere() {
    let mut bench = Bench::new(&["a b"]);
    bench.press("S");
    assert!(matches!(bench.state.mode, Mode::Dashboard { scroll: 0 }) && bench.notice().is_empty());
    bench.press("S");
    assert_eq!(bench.state.mode, Mode::Note);
    bench.prompt = false;
    bench.press("S ?");
    bench.answer();
    assert!(matches!(bench.state.mode, Mode::Help { .. }), "nobody is carried away");
}

#[test]
fn whoever_quits_while_a_note_is_being_opened_goes_on_there() {
    let check = |before: &str, keys: &str, place: (usize, usize)| {
        let mut bench = Bench::new(&["a b", "c d", "e f"]);
        bench.press(before);
        bench.prompt = false;
        bench.press(keys);
        let mut asked = Vec::new();
        while let Some(request) = bench.asked.front().cloned() {
            asked.push(request.clone());
            // It is slow to read what has been asked for.
            if matches!(request, store::Request::Open { .. }) { drop(bench.asked.pop_front()) } else { bench.answer() }
        }
        let found = asked.iter().find_map(|request| match request {
            store::Request::Place { document, word } => Some((*document, *word)),
            _ => None,
        });
        assert_eq!((found, bench.quit), (Some(place), true), "{before} {keys}: {asked:?}");
    };
    check("", "l D q", (1, 0));
    check("", "l ] q", (1, 0));
    check("] l ] [ [", "] q", (1, 1));
    check("", "l q", (0, 1));
}
