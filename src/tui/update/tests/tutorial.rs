//! The tutorial: done by doing it, left and taken up again, and never where notes are the annotator's own.

use super::bench::{Bench, head};
use crate::domain::Verdict;
use crate::inference;
use crate::tui::state::Tutorial;
use crate::tui::state::tutorial::STEPS;

/// A corpus for practice, the tutorial at its beginning.
fn practice() -> Bench {
    let mut bench = Bench::unopened(&["no [chest](SYM,ANA) [pain](SYM) at all now", "[cough](SYM)"]);
    bench.state.tutorial = Tutorial::remembered(None, true);
    // The model is unsure of "all".
    bench.probabilities.get_mut(&0).unwrap()[4 * 3] = 0.52;
    bench.open_project();
    bench.model_ready(0);
    bench
}

impl Bench {
    /// The step that the tutorial is at.
    fn step(&self) -> &str {
        self.state.tutorial.lesson.as_ref().map_or("", |lesson| lesson.row().unwrap().name)
    }

    fn passes_on_to(&mut self, step: &str) {
        while self.step() != step {
            self.press("f3");
        }
    }
}

#[test]
fn each_step_is_done_by_doing_it_and_by_nothing_else() {
    let mut bench = practice();
    let mut walk = |keys: &[(&str, &str)], step: &str, next: &str| {
        assert_eq!(bench.step(), step);
        for (other, why) in keys.split_last().map_or(&[][..], |(_, others)| others) {
            bench.press(other);
            assert_eq!(bench.step(), step, "{other}: {why}");
        }
        bench.press(keys.last().map_or("", |(key, _)| key));
        assert_eq!(bench.step(), next);
    };
    walk(&[("?", "help is no move"), ("esc", ""), ("G", "'now' has no label"), ("g", ""), ("w", "")], "move", "toggle");
    walk(&[("l", "moving is not toggling"), ("enter", "nor is accepting"), ("1", "")], "toggle", "about");
    walk(&[("?", "help is not what a label means"), ("esc", ""), ("a", "")], "about", "undo");
    walk(&[("1", "toggling back is not undoing"), ("u", "")], "undo", "unsure");
    walk(&[("h", "'pain' is not unsure"), ("tab", "")], "unsure", "accept");
    walk(&[("2", "toggling is not accepting"), ("enter", "")], "accept", "grow");
    walk(&[("b", ""), ("v", "")], "grow", "repeat");
    walk(&[("1", "once is not again"), ("esc", "it drops the selection"), ("G", ""), (".", "")], "repeat", "done");
    walk(
        &[("]", "another note is not a note that is done"), ("[", ""), ("A", "nor is an accepted one"), ("D", "")],
        "done",
        "train",
    );
    assert_eq!(bench.tutorial.as_deref(), Some("at train"));
    bench.press("T");
    assert_eq!(bench.step(), "train", "it has only begun");
    bench.worker(inference::Reply::Trained(head(0, Verdict::NotJudged)));
    assert_eq!(bench.step(), "changes");
    bench.press("F");
    assert_eq!(bench.step(), "changes", "the list of changed words has not come");
    bench.flipped(0, 1, Vec::new());
    bench.press("F");
    assert_eq!(bench.step(), "help");
    bench.press(":");
    assert_eq!((bench.step(), bench.tutorial.as_deref()), ("", Some("finished")));
    assert!(bench.notice().contains("That was the tutorial"), "{}", bench.notice());
}

#[test]
fn a_training_that_leads_nowhere_ends_its_step_too() {
    let mut bench = practice();
    bench.passes_on_to("train");
    bench.press("T");
    assert_eq!(bench.step(), "train", "there is nothing to learn from");
    bench.press("1 T");
    bench.worker(inference::Reply::Trained(head(0, Verdict::KeptAside)));
    assert_eq!(bench.step(), "changes");
}

#[test]
fn it_is_left_with_one_key_and_taken_up_where_it_was_left() {
    let mut bench = practice();
    bench.press("w 1 a");
    // What is to be cancelled goes first.
    bench.press("v esc");
    assert_eq!(bench.step(), "undo");
    bench.press("esc");
    assert!(bench.step() == "undo" && bench.state.guide.topic.is_none(), "the guide is closed first");
    bench.press("esc");
    assert_eq!((bench.step(), bench.tutorial.as_deref()), ("", Some("left undo")));
    assert!(bench.notice().contains("step 4 of 12: F3 goes on, F2 begins again"), "{}", bench.notice());
    bench.press("esc u");
    assert_eq!(bench.step(), "", "it stays away");
    bench.press("f3");
    assert_eq!((bench.step(), bench.tutorial.as_deref()), ("undo", Some("at undo")));
    bench.press("f3");
    assert_eq!(bench.step(), "unsure", "a step can be passed over");
    bench.press("f2 f2");
    assert_eq!((bench.step(), bench.tutorial.as_deref()), ("move", Some("at move")));
    (0..STEPS.len()).for_each(|_| bench.press("f3"));
    assert_eq!((bench.step(), bench.tutorial.as_deref()), ("", Some("finished")));
    bench.press("f3");
    assert_eq!(bench.step(), "move");
}

#[test]
fn nobodys_own_notes_are_for_practice() {
    let mut bench = Bench::new(&["[pain](SYM)"]);
    for key in ["f2", "f3"] {
        bench.press(key);
        assert_eq!((bench.step(), &bench.tutorial), ("", &None));
        assert!(bench.notice().contains("is for the sample corpus"), "{}", bench.notice());
    }
}
