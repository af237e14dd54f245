//! Notes that are given other names keep their work.

use std::collections::BTreeMap;

use super::*;
use crate::domain::{Changes, Flip, TextHash, Turned};
use crate::formats::{Corpus, GoldDocument};
use crate::store::protocol::ReviewState;

/// Notes by name, as a folder or file has them at some time.
type Notes<'a> = &'a [(&'a str, &'a str)];

const PAIN: &str = "bad pain today";
const FEVER: &str = "no fever today";

fn corpus(notes: Notes<'_>) -> Corpus {
    let note = |&(id, text): &(&str, &str)| GoldDocument::unlabelled(Document::new(id, text));
    Corpus::from_documents("notes", notes.iter().map(note).collect())
}

/// Opens the project with these notes; gives it and what it calls them.
fn open(desk: &Desk, notes: Notes<'_>) -> Project {
    let mut project = desk.open();
    project.follow(&corpus(notes)).unwrap();
    assert_eq!(project.verify().unwrap(), [""; 0], "{notes:?}");
    project
}

/// Sets the first label on the second word.
fn decide(desk: &Desk, project: &mut Project, id: &str, text: &str) -> u64 {
    let (note, words) = (Document::new(id, text), segment(text));
    let annotations = project.annotations(&note, &words, &desk.scheme).unwrap().annotations;
    let edit = annotations.toggle(EditId(EditId::SESSION), [1], 0, &Shown { predictions: None, thresholds: &[0.5; 3] });
    project.edit(&note, &words, &desk.scheme, &edit).unwrap().0.event
}

fn known(desk: &Desk, project: &Project, (id, text): (&str, &str)) -> Known {
    project.annotations(&Document::new(id, text), &segment(text), &desk.scheme).unwrap()
}

/// What is decided of each of the notes of which anything is, and of no other.
#[track_caller]
fn check(desk: &Desk, project: &Project, notes: Notes<'_>, expected: &[(&str, &str)]) {
    let found: BTreeMap<&str, String> = notes
        .iter()
        .map(|&(id, text)| {
            let annotations = known(desk, project, (id, text)).annotations;
            (id, decided(&annotations, &Document::new(id, text), &segment(text), &desk.scheme))
        })
        .filter(|(_, decided)| !decided.is_empty())
        .collect();
    assert_eq!(found.iter().map(|(id, decided)| (*id, decided.as_str())).collect::<Vec<_>>(), expected, "{notes:?}");
    let listed = project.documents().unwrap().into_iter().filter(|(_, entry)| entry.decided > 0);
    assert_eq!(listed.map(|(id, _)| id.to_string()).collect::<Vec<_>>(), found.keys().copied().collect::<Vec<_>>());
}

#[test]
fn work_goes_along_with_a_note_that_is_found_under_another_name() {
    let (pain, fever) = ("pain+symptom", "fever+symptom");
    for (after, expected) in [
        (&[("a", PAIN), ("b", FEVER)][..], &[("a", pain), ("b", fever)][..]),
        (&[("c", PAIN), ("b", FEVER)], &[("b", fever), ("c", pain)]),
        (&[("c", FEVER), ("d", PAIN)], &[("c", fever), ("d", pain)]),
        // Of two alike the first has it.
        (&[("b", FEVER), ("c", PAIN), ("d", PAIN)], &[("b", fever), ("c", pain)]),
        // A copy is a note of its own.
        (&[("a", PAIN), ("b", FEVER), ("c", PAIN)], &[("a", pain), ("b", fever)]),
        // A note whose text was mended is there still, whoever else has had the same text all the time.
        (&[("a", "bad pain tonight"), ("b", FEVER), ("z", PAIN)], &[("a", pain), ("b", fever)]),
        // The name is another note's now, which begins anew.
        (&[("a", "an old ache"), ("b", FEVER), ("more/a", PAIN)], &[("b", fever), ("more/a", pain)]),
    ] {
        let desk = Desk::new("");
        let mut project = desk.open();
        decide(&desk, &mut project, "a", PAIN);
        decide(&desk, &mut project, "b", FEVER);
        dispose(&mut project, &Document::new("a", PAIN), Disposition::Done);
        drop(project);
        let mut project = open(&desk, after);
        check(&desk, &project, after, expected);
        let (place, _) = expected.iter().find(|(_, decided)| *decided == pain).unwrap();
        let done = project.documents().unwrap().into_iter().filter(|(_, entry)| entry.review == ReviewState::Done);
        assert_eq!(done.map(|(id, _)| id.to_string()).collect::<Vec<_>>(), [*place], "{after:?}");
        let events = project.last_event().unwrap();
        project.follow(&corpus(after)).unwrap();
        assert_eq!(project.last_event().unwrap(), events, "once");
        project.rebuild().unwrap();
        check(&desk, &project, after, expected);
    }
}

#[test]
fn where_the_note_is_gone_nothing_is_moved_and_nothing_lost() {
    let desk = Desk::new("");
    decide(&desk, &mut desk.open(), "a", PAIN);
    for after in [&[("b", FEVER)][..], &[("b", "bad pain today.")]] {
        let project = open(&desk, after);
        assert_eq!(project.notice(), None);
        assert_eq!(known(&desk, &project, ("a", PAIN)).annotations.count(), 1, "it may come back");
    }
}

#[test]
fn a_move_that_somebody_else_has_recorded_is_not_recorded_again() {
    let desk = Desk::new("");
    decide(&desk, &mut desk.open(), "a", PAIN);
    let notes = &[("c", PAIN)][..];
    let (mut first, mut second) = (desk.open(), desk.open());
    assert!(second.has_moves(&corpus(notes)).unwrap());
    first.follow(&corpus(notes)).unwrap();
    second.follow(&corpus(notes)).unwrap();
    assert!(first.notice().is_some() && second.notice().is_none());
    check(&desk, &second, notes, &[("c", "pain+symptom")]);
}

/// A corpus of which a part could not be read.
struct Part(Corpus);

impl CorpusSource for Part {
    fn is_whole(&self) -> bool {
        false
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn id(&self, index: usize) -> crate::domain::DocumentId {
        CorpusSource::id(&self.0, index)
    }

    fn load(&self, index: usize) -> Result<(Document, Option<Vec<crate::domain::Span>>), String> {
        CorpusSource::load(&self.0, index)
    }

    fn gold_labels(&self) -> &[String] {
        &[]
    }
}

#[test]
fn nothing_is_taken_for_gone_while_a_part_cannot_be_read() {
    let desk = Desk::new("");
    let mut project = desk.open();
    decide(&desk, &mut project, "locked/a", PAIN);
    let notes = &[("copy", PAIN)][..];
    project.follow(&Part(corpus(notes))).unwrap();
    check(&desk, &project, &[("locked/a", PAIN), ("copy", PAIN)], &[("locked/a", "pain+symptom")]);
}

#[test]
fn a_name_may_be_given_up_and_taken_again() {
    let desk = Desk::new("");
    decide(&desk, &mut desk.open(), "a", PAIN);
    let pain = "pain+symptom";
    check(&desk, &open(&desk, &[("b", PAIN)]), &[("b", PAIN)], &[("b", pain)]);
    check(&desk, &open(&desk, &[("a", PAIN)]), &[("a", PAIN)], &[("a", pain)]);
    let project = open(&desk, &[("c", PAIN)]);
    assert_eq!(project.notice().unwrap(), "A note was found under another name, and its work with it: a is now c.");
    drop(project);
    let notes = &[("a", FEVER), ("c", PAIN)][..];
    let mut project = open(&desk, notes);
    decide(&desk, &mut project, "a", FEVER);
    check(&desk, &project, notes, &[("a", "fever+symptom"), ("c", pain)]);
    drop(project);
    let notes = &[("c", PAIN), ("d", FEVER)][..];
    check(&desk, &open(&desk, notes), notes, &[("c", pain), ("d", "fever+symptom")]);
}

#[test]
fn undo_jumps_comments_and_places_know_the_new_name() {
    let desk = Desk::new("");
    let mut project = desk.open();
    let first = decide(&desk, &mut project, "a", PAIN);
    let (old, words) = (Document::new("a", PAIN), segment(PAIN));
    let annotations = known(&desk, &project, ("a", PAIN)).annotations;
    let comment = annotations.comment(EditId(EditId::SESSION), crate::domain::Anchor::words(1, 1), Some("since when?"));
    project.edit(&old, &words, &desk.scheme, &comment).unwrap();
    project.set_place(&"a".into(), 4).unwrap();
    drop(project);

    let notes = &[("c", PAIN)][..];
    let mut project = open(&desk, notes);
    let new = Document::new("c", PAIN);
    let find = |id: &crate::domain::DocumentId| (*id == new.id).then(|| new.clone());
    assert_eq!(project.last_place(find).unwrap(), Some(("c".into(), 4)));
    assert_eq!(project.comments(|id| Some((0, find(id)?))).unwrap().len(), 1);
    let told = project.timeline(timeline::Part::Newest).unwrap();
    let (named, beginning) = told.steps.split_at(2);
    assert!(named.iter().all(|step| step.document.as_ref() == Some(&new.id)), "{named:?}");
    assert_eq!(beginning.len(), 1);

    project.jump(0).unwrap();
    check(&desk, &project, notes, &[]);
    project.jump(first).unwrap();
    check(&desk, &project, notes, &[("c", "pain+symptom")]);
    project.undo(&new, first).unwrap();
    check(&desk, &project, notes, &[]);
    project.redo(&new, first).unwrap();
    check(&desk, &project, notes, &[("c", "pain+symptom")]);
    assert_eq!(project.verify().unwrap(), [""; 0]);
}

#[test]
fn what_was_remembered_of_a_name_is_of_the_note_that_had_it_then() {
    let desk = Desk::new("");
    let mut project = desk.open();
    decide(&desk, &mut project, "a", PAIN);
    project.add_version(&learning::trained(crate::domain::Verdict::Activated), "e").unwrap();
    let changes = |text: &str| {
        let labels = |label: usize| [label].into_iter().collect();
        let flip = Flip { document: 0, word: 1, text: "pain".into(), before: labels(0), after: labels(1) };
        let texts = [(0, TextHash::of(text))].into();
        Changes { to: 1, turned: Turned::new(3), flips: vec![flip], texts, ..Changes::default() }
    };
    let now = |project: &Project| {
        let asked = std::cell::RefCell::new(Vec::new());
        let index = |id: &str| {
            asked.borrow_mut().push(id.to_owned());
            Some(0)
        };
        project.last_changes(&desk.scheme, index).unwrap().unwrap();
        asked.into_inner()
    };
    project.keep_changes(&changes(PAIN), &desk.scheme, |_| Some("a".into())).unwrap();
    drop(project);
    let mut project = open(&desk, &[("c", PAIN)]);
    assert_eq!(now(&project), ["c"], "of the note that was called so");
    // Another note has the name now; she looks at it, and leaves.
    let other = Document::new("a", FEVER);
    let find = |id: &crate::domain::DocumentId| [&other].into_iter().find(|note| note.id == *id).cloned();
    project.set_place(&other.id, 3).unwrap();
    project.keep_changes(&changes(FEVER), &desk.scheme, |_| Some("a".into())).unwrap();
    assert_eq!(project.last_place(find).unwrap(), Some(("a".into(), 3)));
    assert_eq!(now(&project), ["a"]);
}

#[test]
fn gold_that_came_by_the_new_name_meanwhile_is_no_work() {
    let desk = Desk::new("");
    let mut project = desk.open();
    decide(&desk, &mut project, "a", PAIN);
    let span = crate::domain::Span { start: 0, end: 3, label: "severity".into() };
    project.import_gold(&Document::new("c", PAIN), &[span], Some(&["severity".into()])).unwrap();
    drop(project);
    let project = open(&desk, &[("c", PAIN)]);
    let annotations = known(&desk, &project, ("c", PAIN)).annotations;
    assert_eq!(annotations.count(), 1);
    assert_eq!(annotations.imported, None, "it is taken in again when the note is opened");
}
