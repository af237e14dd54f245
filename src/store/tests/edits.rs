//! Decisions: saved, undone, redone, and read again later.

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;
use crate::domain::{Anchor, Decided, History, Scope};
use crate::store::protocol::ReviewState;

#[test]
fn undo_works_after_a_restart() {
    let desk = Desk::new("Severe chest pain.");
    let mut project = desk.open();
    let first = desk.toggle(&mut project, 2, 0);
    let second = desk.toggle(&mut project, 1, 2);
    project.close().unwrap();

    let mut project = desk.open();
    let mut read = desk.read(&project);
    assert_eq!(decided(&read.annotations, &desk.document, &desk.words, &desk.scheme), "chest-anatomy pain+symptom");
    assert_eq!(&*read.annotations.stamp(EditId(first)).unwrap().annotator, "Dr. Grey");
    let undone = read.history.undo(&mut read.annotations).unwrap().id;
    assert_eq!(undone, EditId(second));
    let (_, entry) = project.undo(&desk.document, undone.0).unwrap();
    assert_eq!(entry.decided, 1);
    assert_eq!(desk.read(&project).annotations.count(), 1);
    assert!(matches!(project.undo(&desk.document, undone.0), Err(StoreError::NotUndoable(_))), "only once");
    project.redo(&desk.document, undone.0).unwrap();
    assert_eq!(desk.read(&project).annotations.count(), 2);
}

#[test]
fn the_queue_knows_how_far_a_review_has_come() {
    let desk = Desk::new("Severe chest pain.");
    let mut project = desk.open();
    let ids = [desk.document.id.clone(), "unseen".into()];
    let states =
        |project: &Project| project.queue(&ids).unwrap().iter().map(|entry| (entry.review, entry.decided)).collect::<Vec<_>>();
    assert_eq!(states(&project), [(ReviewState::New, 0); 2]);
    let event = desk.toggle(&mut project, 0, 0);
    assert_eq!(states(&project)[0], (ReviewState::Started, 1));
    for (said, state) in [
        (Disposition::Done, ReviewState::Done),
        (Disposition::Skipped, ReviewState::Skipped),
        (Disposition::Discuss, ReviewState::Discuss),
    ] {
        dispose(&mut project, &desk.document, said);
        assert_eq!(states(&project)[0], (state, 1));
        project.close().unwrap();
        project = desk.open();
        assert_eq!((desk.read(&project).annotations.disposition, states(&project)[0]), (said, (state, 1)));
    }
    // What was said is undone as everything else is, and redone.
    let mut read = desk.read(&project);
    let mut said = Vec::new();
    while let Some(edit) = read.history.undo(&mut read.annotations) {
        let (_, entry) = project.undo(&desk.document, edit.id.0).unwrap();
        assert_eq!(entry.review.disposition(), read.annotations.disposition);
        said.push(entry.review);
    }
    assert_eq!(said, [ReviewState::Skipped, ReviewState::Done, ReviewState::Started, ReviewState::New]);
    project.redo(&desk.document, event).unwrap();
    assert_eq!(states(&project)[0], (ReviewState::Started, 1));
    assert_eq!(project.verify().unwrap(), [""; 0]);
}

#[test]
fn what_no_event_holds_together_is_refused_as_a_whole() {
    let desk = Desk::new("Severe chest pain.");
    let mut project = desk.open();
    desk.toggle(&mut project, 0, 0);
    let known = desk.read(&project).annotations;
    let id = EditId(EditId::SESSION);
    let comment = |anchor| known.comment(id, anchor, Some("why?")).comments;
    let cells = known.accept(id, 0..3, Scope::Document, &desk.shown());
    let two = [comment(Anchor::Document), comment(Anchor::words(0, 0))].concat();
    for comments in [two, comment(Anchor::Document)] {
        let edit = Edit { comments: comments.clone(), ..cells.clone() };
        assert!(matches!(desk.save(&mut project, &edit), Err(StoreError::Mixed)));
        let edit = Edit { comments, changes: Vec::new(), disposition: known.dispose(id, Disposition::Done).disposition, id };
        assert!(matches!(desk.save(&mut project, &edit), Err(StoreError::Mixed)));
    }
    assert_eq!(desk.read(&project).annotations, known);
}

#[test]
fn a_note_is_done_and_the_rest_of_it_accepted_in_one_edit() {
    let desk = Desk::new("Severe chest pain.");
    let mut project = desk.open();
    desk.toggle(&mut project, 0, 0);
    let known = desk.read(&project).annotations;
    let id = EditId(EditId::SESSION);
    let disposition = known.dispose(id, Disposition::Done).disposition;
    let edit = Edit { disposition, ..known.accept(id, 0..3, Scope::Document, &desk.shown()) };
    let (_, entry) = desk.save(&mut project, &edit).unwrap();
    assert_eq!((entry.review, entry.decided), (ReviewState::Done, 9));
    project.close().unwrap();
    let mut project = desk.open();
    let mut read = desk.read(&project);
    assert_eq!((read.annotations.disposition, read.annotations.count()), (Disposition::Done, 9));
    let undone = read.history.undo(&mut read.annotations).unwrap().id;
    let (_, entry) = project.undo(&desk.document, undone.0).unwrap();
    assert_eq!((entry.review, entry.decided), (ReviewState::Started, 1));
    assert_eq!(desk.read(&project).annotations, read.annotations);
    assert_eq!(project.verify().unwrap(), [""; 0]);
}

#[test]
fn what_became_of_a_decision_is_told_also_when_the_note_has_another_text() {
    use crate::domain::Fate;
    let mut desk = Desk::new("Severe chest pain today.");
    let mut project = desk.open();
    // Set, found to be wrong, and a third thing undone.
    desk.toggle(&mut project, 2, 0);
    desk.toggle(&mut project, 2, 0);
    let undone = desk.toggle(&mut project, 2, 1);
    project.undo(&desk.document, undone).unwrap();
    let told = |desk: &Desk, project: &Project| {
        let traces = desk.read(project).history.of_word(2);
        traces.iter().map(|trace| (trace.cell.label, trace.after.map(|decided| decided.present), trace.fate)).collect::<Vec<_>>()
    };
    let expected = [(0, Some(true), Fate::Overruled), (0, Some(false), Fate::Stands), (1, Some(false), Fate::Undone)];
    assert_eq!(told(&desk, &project), expected);
    (desk.document, desk.words) = (Document::new("notes/a.txt", "Severe chest pain now."), segment("Severe chest pain now."));
    assert_eq!(told(&desk, &project), expected, "as soon as it has changed");
    desk.toggle(&mut project, 0, 0);
    project.close().unwrap();
    assert_eq!(told(&desk, &desk.open()), expected, "after it was annotated anew");
}

#[test]
fn a_changed_note_keeps_the_decisions_that_still_fit() {
    let mut desk = Desk::new("Severe chest pain today.");
    let mut project = desk.open();
    desk.toggle(&mut project, 0, 0);
    desk.toggle(&mut project, 2, 0);
    for (text, left, notice) in [
        ("Severe chest ache now.", "Severe+symptom", "1 of 2 decisions no longer fit"),
        ("Severe chest pain now.", "Severe+symptom pain+symptom", "all its decisions still fit"),
        // Words that stand among the same words as before are the same, wherever that is by now.
        ("Seen at noon.\nSevere chest pain today.", "Severe+symptom pain+symptom", "all its decisions still fit"),
        ("Mild, but a severe pain.", "", "2 of 2 decisions no longer fit"),
    ] {
        let (document, words) = (Document::new("notes/a.txt", text), segment(text));
        let read = project.annotations(&document, &words, &desk.scheme).unwrap();
        let said = &read.notice;
        assert_eq!(decided(&read.annotations, &document, &words, &desk.scheme), left);
        assert!(said.as_ref().is_some_and(|said| said.contains(notice)), "{said:?}");
        assert_eq!(read.history.undoable(), 0, "what was done to another text cannot be undone");
    }
    // A decision on the changed note; then the old text comes back, and with it all that was decided.
    let old = desk.document.clone();
    desk.document = Document::new("notes/a.txt", "Severe chest ache now.");
    desk.toggle(&mut project, 1, 1);
    desk.document = old;
    let read = desk.read(&project);
    assert_eq!(read.annotations.count(), 3);
    assert_eq!(project.queue(std::slice::from_ref(&desk.document.id)).unwrap()[0].decided, 3);
    assert_eq!(project.verify().unwrap(), [""; 0]);
}

#[test]
fn labels_are_recorded_by_name() {
    let desk = Desk::new("Severe chest pain.");
    let mut project = desk.open();
    let hidden = desk.toggle(&mut project, 0, 1);
    let kept = desk.toggle(&mut project, 2, 0);
    let other = LabelScheme::from_names("other", &["drug", "symptom"]).unwrap();
    let mut read = project.annotations(&desk.document, &desk.words, &other).unwrap();
    assert_eq!(decided(&read.annotations, &desk.document, &desk.words, &other), "pain+symptom");
    assert!(read.notice.as_ref().unwrap().starts_with("1 of 2 decisions are on words or labels that are no longer there"));
    assert_eq!(read.history.undo(&mut read.annotations).unwrap().id, EditId(kept));
    // An edit of a label that is no longer shown is out of reach, also for an undo.
    project.undo(&desk.document, kept).unwrap();
    project.redo(&desk.document, kept).unwrap();
    project.undo(&desk.document, hidden).unwrap();
    let read = desk.read(&project);
    assert_eq!(decided(&read.annotations, &desk.document, &desk.words, &desk.scheme), "pain+symptom");
    assert_eq!(read.history.undoable(), 0);
    assert_eq!(project.queue(std::slice::from_ref(&desk.document.id)).unwrap()[0].decided, 1);
}

#[test]
fn an_edit_that_does_not_fit_its_note_is_refused() {
    let desk = Desk::new("Severe chest pain.");
    let mut project = desk.open();
    for (word, label) in [(99, 0), (0, 99)] {
        let shown = Shown { predictions: None, thresholds: &[0.5; 100] };
        let edit = Annotations::default().toggle(EditId(1), [word], label, &shown);
        assert!(matches!(desk.save(&mut project, &edit), Err(StoreError::NotInDocument(_))));
    }
    assert!(matches!(desk.save(&mut project, &Edit::cells(EditId(1), vec![])), Err(StoreError::NoChange)));
    assert_eq!(project.last_event().unwrap(), 0);
}

#[test]
fn a_huge_note_is_accepted_in_one_edit() {
    let text = "word ".repeat(20_000);
    let mut desk = Desk::new(&text);
    let names: Vec<String> = (0..16).map(|n| format!("label {n}")).collect();
    desk.scheme = LabelScheme::from_names("wide", &names).unwrap();
    let predictions = Predictions::new(0, 16, (0..20_000 * 16).map(|cell| (cell % 100) as f32 / 100.0).collect());
    let shown = Shown { predictions: Some(&predictions), thresholds: &[0.5; 16] };
    let mut project = desk.open();
    let edit = Annotations::default().accept(EditId(EditId::SESSION), 0..20_000, Scope::Document, &shown);
    let (recorded, entry) = desk.save(&mut project, &edit).unwrap();
    assert_eq!(entry.decided, 320_000);
    let size =
        std::fs::metadata(desk.path()).unwrap().len() + std::fs::metadata(disk::beside(&desk.path(), "-wal")).unwrap().len();
    assert!(size < 4_000_000, "{size} bytes for 20,000 words");
    let read = desk.read(&project);
    assert_eq!(normal(&read.annotations, &HashMap::new()), normal(&applied(&edit), &[(edit.id, recorded.event)].into()));
}

fn applied(edit: &Edit) -> Annotations {
    let mut annotations = Annotations::default();
    annotations.apply(edit);
    annotations
}

/// Decisions with each edit named by its event.
fn normal(annotations: &Annotations, events: &HashMap<EditId, u64>) -> Vec<(crate::domain::Cell, Decided)> {
    let name = |edit: EditId| events.get(&edit).map_or(edit, |&event| EditId(event));
    annotations.all_decided().map(|(cell, decided)| (cell, Decided { edit: name(decided.edit), ..*decided })).collect()
}

#[derive(Clone, Debug)]
enum Step {
    Toggle(usize, usize, usize),
    Accept(usize, usize, Scope),
    Clear(usize, usize),
    Undo,
    Redo,
    Dispose(Disposition),
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    let scope = prop_oneof![Just(Scope::Word), Just(Scope::Selection), Just(Scope::Document)];
    prop_oneof![
        4 => (0..6usize, 1..4usize, 0..3usize).prop_map(|(word, count, label)| Step::Toggle(word, count, label)),
        2 => (0..6usize, 1..4usize, scope).prop_map(|(word, count, scope)| Step::Accept(word, count, scope)),
        1 => (0..6usize, 1..4usize).prop_map(|(word, count)| Step::Clear(word, count)),
        4 => Just(Step::Undo),
        2 => Just(Step::Redo),
        1 => prop_oneof![Just(Disposition::Done), Just(Disposition::Open), Just(Disposition::Skipped)].prop_map(Step::Dispose),
        1 => Just(Step::Reopen),
    ]
}

#[test]
fn that_a_note_is_done_is_said_of_its_text() {
    let mut desk = Desk::new("Severe chest pain.");
    let mut project = desk.open();
    desk.toggle(&mut project, 1, 2);
    dispose(&mut project, &desk.document, Disposition::Done);
    let said = |desk: &Desk, project: &Project| {
        let known = desk.read(project);
        let state = project.queue(std::slice::from_ref(&desk.document.id)).unwrap()[0].review;
        (known.annotations.disposition, state, known.notice.unwrap_or_default())
    };
    assert_eq!(said(&desk, &project), (Disposition::Done, ReviewState::Done, String::new()));

    (desk.document, desk.words) =
        (Document::new("notes/a.txt", "Severe chest pain, and fever."), segment("Severe chest pain, and fever."));
    let (disposition, _, notice) = said(&desk, &project);
    assert!(disposition == Disposition::Open && notice.contains("It was done before"), "{disposition:?} {notice}");
    desk.toggle(&mut project, 4, 0);
    let expected = (Disposition::Open, ReviewState::Started, String::new());
    assert_eq!(said(&desk, &project), expected);
    project.rebuild().unwrap();
    assert_eq!(said(&desk, &project), expected);
    dispose(&mut project, &desk.document, Disposition::Done);
    assert_eq!(said(&desk, &project), (Disposition::Done, ReviewState::Done, String::new()));
    assert_eq!(project.verify().unwrap(), [""; 0]);
}

#[test]
fn what_is_decided_again_by_a_labels_new_name_is_not_kept_aside() {
    let mut desk = Desk::new("Severe chest pain.");
    let mut project = desk.open();
    desk.toggle(&mut project, 0, 1);
    let rename = crate::domain::Relabel::Rename { label: "severity".into(), name: "grade".into() };
    desk.scheme = project.relabel(&desk.scheme, &rename, &[]).unwrap().scheme;
    desk.toggle(&mut project, 0, 1);
    let known = desk.read(&project);
    assert_eq!((known.annotations.count(), known.notice), (1, None));
    // Nor what has gone over to another label.
    let merge = crate::domain::Relabel::Merge { from: "symptom".into(), into: "anatomy".into() };
    desk.toggle(&mut project, 1, 0);
    desk.scheme = project.relabel(&desk.scheme, &merge, &[]).unwrap().scheme;
    assert_eq!(desk.read(&project).notice, None);
    // What really is aside is told as before.
    let delete = crate::domain::Relabel::Delete { label: "grade".into() };
    desk.scheme = project.relabel(&desk.scheme, &delete, &[]).unwrap().scheme;
    assert!(desk.read(&project).notice.unwrap().contains("decisions are on words or labels that are no longer there"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// However edits, undos, redos and restarts follow each other, the project tells the same story as the screen.
    #[test]
    fn the_project_agrees_with_the_screen(steps in proptest::collection::vec(step(), 1..24)) {
        let desk = Desk::new("Severe upper abdominal pain since yesterday evening.");
        let mut project = desk.open();
        let (mut annotations, mut history) = (Annotations::default(), History::default());
        let mut events = HashMap::new();
        let mut next = EditId::SESSION;
        for step in steps {
            next += 1;
            let id = EditId(next);
            let made = match &step {
                Step::Toggle(word, count, label) => Some(annotations.toggle(id, *word..word + count, *label, &desk.shown())),
                Step::Accept(word, count, scope) => Some(annotations.accept(id, *word..word + count, *scope, &desk.shown())),
                Step::Clear(word, count) => Some(annotations.clear(id, *word..word + count)),
                Step::Dispose(said) => Some(annotations.dispose(id, *said)),
                _ => None,
            };
            match step {
                Step::Undo => if let Some(edit) = history.undo(&mut annotations) {
                    project.undo(&desk.document, events[&edit.id]).unwrap();
                },
                Step::Redo => if let Some(edit) = history.redo(&mut annotations) {
                    project.redo(&desk.document, events[&edit.id]).unwrap();
                },
                Step::Reopen => {
                    project.close().unwrap();
                    project = desk.open();
                    let read = desk.read(&project);
                    (annotations, history) = (read.annotations, read.history);
                    events = (1..=project.last_event().unwrap()).map(|event| (EditId(event), event)).collect();
                }
                Step::Toggle(..) | Step::Accept(..) | Step::Clear(..) | Step::Dispose(_) => {}
            }
            if let Some(edit) = made.filter(|edit| !edit.is_empty()) {
                events.insert(id, desk.save(&mut project, &edit).unwrap().0.event);
                history.perform(&mut annotations, edit);
            }
            let read = desk.read(&project);
            prop_assert_eq!(normal(&read.annotations, &events), normal(&annotations, &events));
            prop_assert_eq!((read.history.undoable(), read.history.redoable()), (history.undoable(), history.redoable()));
            prop_assert_eq!(read.annotations.disposition, annotations.disposition);
            let entry = project.queue(std::slice::from_ref(&desk.document.id)).unwrap()[0];
            prop_assert_eq!((entry.decided, entry.review.disposition()), (annotations.count(), annotations.disposition));
        }
        prop_assert_eq!(project.verify().unwrap(), Vec::<String>::new());
        let mut read = desk.read(&project);
        while read.history.undo(&mut read.annotations).is_some() {}
        prop_assert_eq!((read.annotations.count(), read.annotations.disposition), (0, Disposition::Open));
    }
}
