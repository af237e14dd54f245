//! The list of everything that was done, and the way to its points.

use super::bench::Bench;
use crate::domain::DocumentId;
use crate::inference::Command;
use crate::store::timeline::Part;
use crate::store::{Asked, Reply, Request};
use crate::tui::effect::{Left, Reopening};
use crate::tui::event::Event;
use crate::tui::state::{Listing, Mode, Saving};

fn labelled() -> Bench {
    let mut bench = Bench::new(&["severe chest pain", "no pain"]);
    bench.press("1 l 2 ] 1");
    bench
}

#[test]
fn a_jump_leads_back_in_all_notes_and_forward_again() {
    let mut bench = labelled();
    let (first, second, now) = (bench.on_disk(0), bench.on_disk(1), bench.shown());
    assert_eq!(now, second);
    bench.press("U");
    assert_eq!((&bench.state.mode, bench.state.timeline.cursor), (&Mode::Timeline, 0));
    bench.press("G enter");
    assert_eq!(
        (bench.shown().as_str(), bench.on_disk(0).as_str(), &bench.state.mode),
        ("no pain", "severe chest pain", &Mode::Note)
    );
    assert_eq!((bench.state.queue.rows[0].entry.decided, bench.state.queue.rows[1].entry.decided), (0, 0));
    assert!(bench.notice().starts_with("3 steps taken back") && bench.notice().contains("U leads"), "{}", bench.notice());
    // What is typed then is an edit like any other.
    bench.press("2");
    assert_eq!(bench.on_disk(1), "[no](SEV) pain");
    bench.press("u U");
    let page = &bench.state.timeline;
    assert_eq!(page.steps[page.cursor].event, page.point, "it opens where the story stands");
    bench.press("g j j enter");
    assert_eq!((bench.on_disk(0), bench.on_disk(1), bench.shown()), (first, second, now));
}

#[test]
fn the_list_opens_at_once_and_what_is_typed_ahead_changes_nothing() {
    let lists = [("U", Mode::Timeline), ("M", Mode::Comments), ("V", Mode::Versions), ("S", Mode::Dashboard { scroll: 0 })];
    for (keys, mode) in lists {
        let mut bench = labelled();
        let before = (bench.on_disk(1), bench.open().cursor);
        bench.prompt = false;
        bench.press(keys);
        assert_eq!((&bench.state.mode, bench.state.listing), (&mode, Listing::Awaited), "{keys}");
        bench.press("enter j enter");
        assert_eq!((&bench.state.mode, bench.asked.len()), (&mode, 1), "{keys}");
        bench.answer();
        assert_eq!((&bench.state.mode, bench.state.listing), (&mode, Listing::There), "{keys}");
        // What comes after the list was left does not open it again.
        bench.press(&format!("esc {keys} esc"));
        bench.answer_all();
        assert_eq!((bench.state.mode.clone(), (bench.on_disk(1), bench.open().cursor)), (Mode::Note, before), "{keys}");
        bench.press(keys);
        let asked = Asked::from(&bench.asked.pop_back().unwrap());
        bench.store(Reply::Failed { asked, why: "A fault.".into() });
        assert_eq!((&bench.state.mode, bench.state.listing, bench.notice()), (&mode, Listing::Failed, "A fault."), "{keys}");
        bench.press("enter esc");
        assert_eq!((&bench.state.mode, bench.asked.len()), (&Mode::Note, 0), "{keys}");
        // Without a store it says so.
        bench.press(keys);
        bench.event(Event::StoreGone);
        assert_eq!(bench.state.listing, Listing::Failed, "{keys}");
    }
}

#[test]
fn what_is_typed_after_a_jump_is_meant_for_the_note_as_it_will_be() {
    let mut bench = labelled();
    bench.press("U");
    bench.prompt = false;
    bench.press("G enter 3");
    let asked = bench.asked.make_contiguous();
    assert!(matches!(asked, [Request::Jump(0), Request::Open { document: 1 }]), "{asked:?}");
    bench.answer_all();
    assert_eq!((bench.shown().as_str(), bench.on_disk(1).as_str()), ("[no](ANA) pain", "[no](ANA) pain"));
    // While the note is read again, no other jump begins.
    bench.press("U");
    bench.answer_all();
    bench.press("G enter U");
    assert!(matches!(bench.asked.pop_front(), Some(Request::Jump(0))));
    let open = bench.asked.pop_front();
    bench.answer_all();
    bench.press("G enter");
    assert!(bench.notice().contains("still being read") && bench.asked.is_empty(), "{}", bench.notice());
    assert_eq!(bench.state.mode, Mode::Timeline, "to choose the point again");
    bench.asked.extend(open);
    bench.answer_all();
    assert_eq!(bench.shown(), "[no](ANA) pain");
}

#[test]
fn a_jump_that_fails_changes_nothing() {
    let mut bench = labelled();
    let before = (bench.shown(), bench.on_disk(0), bench.on_disk(1));
    bench.press("U");
    bench.failures = 1;
    bench.press("G enter");
    assert_eq!((bench.shown(), bench.on_disk(0), bench.on_disk(1)), before);
    assert_eq!(bench.notice(), "The disk is full; nothing was changed.");
    bench.press("U enter");
    assert!(bench.notice().contains("where everything stands"), "{}", bench.notice());
    assert_eq!(bench.state.mode, Mode::Timeline, "a refusal leaves the list open");
}

#[test]
fn model_and_labels_go_along() {
    let mut bench = labelled();
    bench.press("U");
    bench.jumps_to = Some(2);
    bench.press("G enter");
    assert_eq!(bench.state.version, 2);
    assert!(bench.told.iter().any(|told| matches!(told, Command::UseHead { version: 2, .. })));
    assert!(bench.notice().contains("version 2 is active"), "{}", bench.notice());
    assert_eq!(bench.reopening, None);
    bench.press("U");
    bench.relabels = true;
    bench.press("g enter");
    let (order, said) = (Some(bench.state.queue.wanted), Some(bench.notice().to_owned()));
    let automatic = Some(bench.state.automatic.when);
    let seen = bench.reopening.as_ref().unwrap().left.seen.clone();
    assert!(seen.keys().map(DocumentId::as_str).eq(["note 0", "note 1"]));
    let left = Left {
        place: Some(("note 1".into(), 0)),
        places: [("note 0".into(), 1)].into(),
        seen,
        order,
        said,
        automatic,
        ..Left::default()
    };
    assert_eq!(bench.reopening, Some(Reopening { scheme: None, left }), "with the labels of the project");
    assert_eq!(bench.state.saving, Saving::Gone);
}

#[test]
fn no_jump_during_a_training_and_none_without_a_project() {
    let mut bench = labelled();
    bench.prompt = false;
    bench.press("T U");
    bench.asked.retain(|asked| matches!(asked, Request::Timeline(_)));
    bench.answer_all();
    bench.press("G enter");
    assert!(bench.notice().contains("X cancels it, then choose the point again"), "{}", bench.notice());
    assert_eq!(bench.state.mode, Mode::Timeline, "a refusal leaves the list open");
    bench.event(Event::StoreGone);
    bench.press("U");
    assert_eq!((&bench.state.mode, bench.asked.len()), (&Mode::Note, 0));
}

#[test]
fn a_step_that_is_recorded_meanwhile_appears() {
    let mut bench = labelled();
    bench.press("U");
    bench.prompt = false;
    bench.store(Reply::KeptAside { version: 1, note: "worse".into() });
    let asked = bench.asked.make_contiguous();
    assert!(matches!(asked, [Request::Timeline(Part::Here)]), "{asked:?}");
}
