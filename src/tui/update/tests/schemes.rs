//! Taking other labels: nothing is hidden unasked, nothing is lost, and the screen comes back where it was.

use std::sync::Arc;

use crossterm::event::MouseEventKind;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::bench::{Bench, scheme};
use crate::active_learning::DEFAULT;
use crate::domain::{DocumentId, LabelScheme, Threshold};
use crate::inference::Command;
use crate::store::Request;
use crate::tui::effect::{Left, Reopening};
use crate::tui::event::Event;
use crate::tui::state::relabel::Doing;
use crate::tui::state::{Automatic, Mode, Order, Question};
use crate::tui::theme::Theme;
use crate::tui::view::draw;

/// Other labels: two of the tests' three, and a new one.
fn other() -> Arc<LabelScheme> {
    Arc::new(LabelScheme::from_names("other", &["SEV", "NEW", "SYM"]).unwrap())
}

fn bench() -> Bench {
    let mut bench = Bench::new(&["a b", "[severe](SEV) [chest](ANA) pain"]);
    bench.state.schemes.list = vec![scheme(), other()];
    bench
}

fn question(bench: &Bench) -> &str {
    match &bench.state.mode {
        Mode::Question(Question::HideDecisions { sentence }) => sentence,
        other => panic!("no question but {other:?}"),
    }
}

#[test]
fn other_labels_open_the_notes_again_where_the_cursor_stood() {
    let mut bench = bench();
    bench.press("] l l 1 B Q O /");
    bench.type_in("-state:done");
    bench.press("enter Q s");
    assert_eq!(bench.state.mode, Mode::Schemes);
    bench.press("j enter");
    // Nobody who hides predictions is shown them because of other labels.
    let order = Some(bench.state.queue.wanted);
    assert_ne!(order, Some(Order::Ranked(DEFAULT)));
    // Nor need she read to the end again what she has read, or say again which notes she works on.
    let (filter, places) = ("-state:done".to_owned(), [("note 0".into(), 0)].into());
    let seen = bench.reopening.as_ref().unwrap().left.seen.clone();
    assert!(seen.keys().map(DocumentId::as_str).eq(["note 0", "note 1"]));
    let automatic = Some(Automatic::Off);
    let left = Left { place: Some(("note 1".into(), 2)), blind: true, order, automatic, filter, places, seen, ..Left::default() };
    assert_eq!(bench.reopening, Some(Reopening { scheme: Some(other()), left }));
    assert!(matches!(bench.told.last(), Some(Command::Shutdown)) && !bench.quit);
    assert_eq!(bench.on_disk(1), "severe chest [pain](SYM)");
}

#[test]
fn the_mouse_stays_in_the_list() {
    let mut bench = bench();
    bench.press("s");
    bench.click((40, 3));
    assert_eq!((&bench.state.mode, bench.word(), bench.state.schemes.cursor), (&Mode::Schemes, "a", 0));
    bench.mouse(MouseEventKind::ScrollDown, (40, 3));
    assert_eq!(bench.state.schemes.cursor, 1);
}

#[test]
fn hiding_decisions_is_asked_first() {
    for (answer, expected) in [("y", Some(other())), ("n", None), ("esc", None)] {
        let mut bench = bench();
        bench.press("] l 3 1 s down enter");
        let asked = question(&bench);
        assert!(
            asked.starts_with("1 decision goes out of sight but stays in the project") && asked.ends_with("(other lacks ANA 1)"),
            "{asked}"
        );
        assert_eq!(bench.reopening, None);
        bench.press(answer);
        assert_eq!(bench.reopening.as_ref().and_then(|it| it.scheme.clone()), expected, "{answer}");
        assert_eq!(bench.state.mode, Mode::Note);
        if expected.is_none() {
            bench.press("q");
            assert!(bench.quit && bench.reopening.is_none(), "quitting is just quitting again");
        }
    }
}

#[test]
fn what_is_still_to_be_saved_is_saved_first() {
    let mut bench = bench();
    bench.prompt = false;
    bench.press("] s j");
    bench.answer();
    bench.press("l 1 enter");
    // In the list, keys are not for the note.
    assert!(bench.asked.is_empty() || !bench.asked.iter().any(|request| matches!(request, Request::Edit { .. })));
    let mut bench = self::bench();
    bench.prompt = false;
    bench.press("1 s j enter");
    assert!(
        matches!(bench.asked.iter().collect::<Vec<_>>()[..], [Request::Edit { .. }, Request::Hidden(_)]),
        "{:?}",
        bench.asked
    );
    // Typed before the answer came.
    bench.press("l 2");
    bench.answer();
    bench.answer();
    assert!(bench.notice().contains("Saving 1 change, then opening with the other labels"), "{}", bench.notice());
    assert!(bench.reopening.is_none() && !bench.asked.iter().any(|request| matches!(request, Request::Close)));
    bench.answer_all();
    assert_eq!(bench.reopening.as_ref().and_then(|it| it.scheme.as_ref()).map(|scheme| scheme.name.as_str()), Some("other"));
    assert_eq!(bench.on_disk(0), "[a](SYM) [b](SEV)");
}

#[test]
fn a_change_that_could_not_be_saved_keeps_the_labels() {
    let mut bench = bench();
    bench.prompt = false;
    bench.press("1 s j enter l 2");
    bench.answer();
    bench.answer();
    bench.failures = 1;
    bench.answer_all();
    assert!(bench.reopening.is_none() && bench.notice().contains("The labels stay as they are"), "{}", bench.notice());
    bench.press("s j enter");
    assert!(bench.notice().contains("The disk is full"), "{}", bench.notice());
    bench.answer_all();
    assert!(bench.reopening.is_none() && bench.state.mode == Mode::Note);
}

#[test]
fn nothing_happens_where_there_is_nothing_to_do_or_a_training_would_be_lost() {
    let mut bench = bench();
    bench.press("s enter");
    assert!(bench.notice().contains("labels in use: tests"), "{}", bench.notice());
    bench.press("s s");
    assert_eq!(bench.state.mode, Mode::Note, "the key closes the list too");
    bench.press("1 T s j enter");
    assert!(bench.notice().contains("A training is under way"), "{}", bench.notice());
    assert!(bench.reopening.is_none() && bench.asked.is_empty());
}

#[test]
fn quitting_and_being_told_to_end_come_before_other_labels() {
    for event in [None, Some(Event::Terminate)] {
        let mut bench = bench();
        bench.prompt = false;
        bench.press("1 s j enter l 2");
        bench.answer();
        bench.answer();
        match event {
            None => bench.press("q"),
            Some(event) => bench.event(event),
        }
        bench.answer_all();
        assert!(bench.quit && bench.reopening.is_none());
        assert_eq!(bench.on_disk(0), "[a](SYM) [b](SEV)");
    }
}

#[test]
fn what_only_looks_otherwise_is_shown_at_once() {
    let mut bench = Bench::new(&["pain"]);
    bench.press("s e j");
    assert_eq!(bench.state.mode, Mode::Relabel(Doing::Looking));
    let before = bench.state.scheme.clone();
    bench.press("c");
    assert_ne!(bench.state.scheme.labels[1].color, before.labels[1].color);
    bench.press("l");
    bench.type_in("q");
    assert_eq!((bench.state.scheme.labels[1].key, bench.reopening.clone()), ('q', None));
    bench.press("d");
    bench.type_in("How bad it is.");
    bench.press("enter");
    assert_eq!(bench.state.scheme.labels[1].description, "How bad it is.");
    bench.press("C");
    bench.type_in("x");
    bench.press("enter");
    assert!(bench.notice().contains("not a colour"), "{}", bench.notice());
    bench.press("backspace enter");
    assert_eq!(bench.state.mode, Mode::Relabel(Doing::Looking), "the colour as it was can be written again");
    // The last change alone is taken back.
    bench.press("u u");
    let label = &bench.state.scheme.labels[1];
    assert_eq!((bench.notice(), label.key, &label.description), ("Taken back.", 'q', &before.labels[1].description));
    bench.press("u");
    assert_eq!(bench.state.scheme.labels[1].key, before.labels[1].key);
    bench.press("esc");
    assert_eq!(bench.state.mode, Mode::Note);
}

#[test]
fn labels_that_are_others_open_the_notes_again() {
    let check = |keys: &[&str], names: &[&str], said: &str| {
        let mut bench = Bench::new(&["pain"]);
        bench.state.schemes.list = vec![scheme()];
        bench.press("s e");
        for part in keys {
            match part.strip_prefix('=') {
                Some(text) => bench.type_in(text),
                None => bench.press(part),
            }
        }
        let reopening = bench.reopening.unwrap_or_else(|| panic!("{keys:?}: {:?}", bench.state.notice));
        assert_eq!(reopening.scheme, None, "those that the project has: they are recorded");
        assert_eq!(bench.state.schemes.list[0].names().collect::<Vec<_>>(), names, "{keys:?}");
        assert_eq!((reopening.left.labels.is_some(), reopening.left.said.as_deref()), (true, Some(said)));
        reopening.left.labels
    };
    let cursor = check(&["a", "=DRUG", "enter"], &["SYM", "SEV", "ANA", "DRUG"], "'DRUG' is added.");
    assert_eq!(cursor, Some(3), "the next key is meant for the label that was added");
    check(&["j r backspace backspace backspace", "=BAD", "enter"], &["SYM", "BAD", "ANA"], "'SEV' is called 'BAD' now.");
    check(&["M G enter"], &["SEV", "ANA"], "'SYM' is merged into 'ANA'.");
    check(&["x y"], &["SEV", "ANA"], "'SYM' is deleted.");
    check(&["- - enter"], &["SYM", "SEV", "ANA"], "'SYM' is shown from 0.480 on.");
}

#[test]
fn what_cannot_be_done_with_a_label_is_said_and_nothing_is_lost() {
    let mut bench = Bench::new(&["[pain](SYM)"]);
    bench.press("1 s e x");
    let Mode::Question(Question::DeleteLabel { sentence, .. }) = &bench.state.mode else { panic!("no question") };
    assert_eq!(sentence, "Delete 'SYM'? Its 1 decision goes out of sight but stays in the project.");
    bench.press("n a");
    bench.type_in("SEV");
    bench.press("enter");
    assert!(bench.notice().contains("'SEV' stands twice"), "{}", bench.notice());
    assert!(matches!(bench.state.mode, Mode::Relabel(Doing::Typing { .. })), "what was typed stays");
    bench.press("esc M enter");
    assert!(bench.notice().contains("itself"), "{}", bench.notice());
    bench.press("esc esc");
    assert_eq!((bench.state.mode.clone(), bench.reopening.is_none()), (Mode::Note, true));
}

#[test]
fn a_threshold_tells_how_many_words_it_would_change() {
    let mut bench = Bench::new(&["[a](SYM) b c", "d [e](SYM)"]);
    bench.press("]");
    bench.predict(1, 0);
    bench.press("[");
    let affected = |bench: &Bench, value: f64| bench.state.affected(0, Threshold::new(value).unwrap()).here;
    assert_eq!(affected(&bench, 0.05), 2, "0.1 would be enough");
    assert_eq!(affected(&bench, 0.95), 1, "0.9 would not");
    assert_eq!(affected(&bench, 0.5), 0);
    bench.press("l 1");
    assert_eq!(affected(&bench, 0.05), 1, "what is decided stays");
    // The model's thread counts in all notes; what it says of another threshold comes too late.
    bench.press("s e -");
    let asked = |bench: &Bench| match bench.told.last() {
        Some(Command::CountTurned(turn)) => *turn,
        other => panic!("{other:?}"),
    };
    let all = |bench: &Bench| match &bench.state.mode {
        Mode::Relabel(Doing::Threshold { affected, .. }) => affected.all,
        other => panic!("{other:?}"),
    };
    let first = asked(&bench);
    bench.press("-");
    let second = asked(&bench);
    assert!(first.after > second.after && second.before == 0.5, "{first:?} {second:?}");
    bench.worker(crate::inference::Reply::Turned { turn: first, words: 9, documents: 2 });
    assert_eq!(all(&bench), None);
    bench.worker(crate::inference::Reply::Turned { turn: second, words: 3, documents: 2 });
    assert_eq!(all(&bench), Some((3, 2)));
}

#[test]
fn the_count_of_one_label_is_not_told_of_another() {
    let mut bench = Bench::new(&["[pain](SYM)"]);
    bench.press("s e");
    bench.prompt = false;
    bench.press("x esc j x");
    let asked: Vec<Arc<LabelScheme>> = bench
        .asked
        .iter()
        .filter_map(|asked| match asked {
            Request::Hidden(scheme) => Some(scheme.clone()),
            _ => None,
        })
        .collect();
    let [first, second] = &asked[..] else { panic!("{asked:?}") };
    let answer = |scheme: &Arc<LabelScheme>| crate::store::Reply::Hidden { scheme: scheme.clone(), hidden: Default::default() };
    bench.store(answer(first));
    assert!(matches!(bench.state.mode, Mode::Relabel(Doing::Deleting { .. })), "that was about the first label");
    bench.store(answer(second));
    assert!(matches!(&bench.state.mode, Mode::Question(Question::DeleteLabel { label, .. }) if label == "SEV"));
}

#[test]
fn what_is_asked_of_a_label_is_asked_also_over_the_list_of_actions() {
    for keys in ["x", "x :", "x ?"] {
        let mut bench = Bench::new(&["[pain](SYM)"]);
        bench.press("s e");
        bench.prompt = false;
        bench.press(keys);
        bench.answer_all();
        assert!(matches!(&bench.state.mode, Mode::Question(Question::DeleteLabel { label, .. }) if label == "SYM"), "{keys}");
    }
}

#[test]
fn a_threshold_tells_nobody_what_is_hidden() {
    let mut bench = Bench::new(&["[pain](SYM)"]);
    for (keys, told) in [("s e +", true), ("esc esc B s e +", false)] {
        bench.press(keys);
        assert!(matches!(bench.state.mode, Mode::Relabel(Doing::Threshold { .. })));
        let mut buffer = Buffer::empty(Rect::new(0, 0, 80, 24));
        draw(&bench.state, &Theme::detect(|_| None), &mut buffer);
        let screen: String = buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect();
        assert_eq!(screen.contains("0 words here"), told, "{screen}");
    }
}
