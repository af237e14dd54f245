//! The timeline: every step in words, and jumps to any of them and back.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::domain::{Anchor, Imported, Span, Verdict};
use crate::store::protocol::QueueEntry;
use crate::store::timeline::{PAGE, Part, Standing};

const TEXTS: [&str; 2] = ["Severe upper abdominal pain.", "No chest pain today."];

/// Two notes and their project.
struct Ward {
    folder: TempDir,
    notes: [Document; 2],
    scheme: LabelScheme,
}

/// All that an annotator can see of a project.
#[derive(Clone, Debug, PartialEq)]
struct Seen {
    decided: [String; 2],
    said: [Disposition; 2],
    comments: [Vec<(Anchor, String)>; 2],
    imported: [Option<Imported>; 2],
    active: u64,
    labels: Option<LabelScheme>,
    queue: Vec<QueueEntry>,
}

impl Ward {
    fn new() -> Self {
        let notes = [0, 1].map(|note| Document::new(["a", "b"][note], TEXTS[note]));
        let scheme = LabelScheme::from_names("test", &["symptom", "severity"]).unwrap();
        Self { folder: tempfile::tempdir().unwrap(), notes, scheme }
    }

    fn open(&self) -> Project {
        Project::open(&self.folder.path().join("p.db"), "Dr. Grey").unwrap()
    }

    fn read(&self, project: &Project, note: usize) -> Known {
        project.annotations(&self.notes[note], &segment(TEXTS[note]), &self.scheme).unwrap()
    }

    fn edit(&self, project: &mut Project, note: usize, edit: &Edit) {
        if !edit.is_empty() {
            project.edit(&self.notes[note], &segment(TEXTS[note]), &self.scheme, edit).unwrap();
        }
    }

    fn toggle(&self, project: &mut Project, note: usize, word: usize, label: usize) -> u64 {
        let edit = self.read(project, note).annotations.toggle(ID, [word], label, &SHOWN);
        self.edit(project, note, &edit);
        project.last_event().unwrap()
    }

    fn undo(&self, project: &mut Project, note: usize) {
        if let Some(edit) = self.read(project, note).history.last() {
            project.undo(&self.notes[note], edit.0).unwrap();
        }
    }

    fn seen(&self, project: &Project) -> Seen {
        let known = [0, 1].map(|note| self.read(project, note));
        let of = |note: usize| decided(&known[note].annotations, &self.notes[note], &segment(TEXTS[note]), &self.scheme);
        let comments = |note: usize| {
            known[note].annotations.comments.iter().map(|(&anchor, comment)| (anchor, comment.text.to_string())).collect()
        };
        Seen {
            decided: [0, 1].map(of),
            said: [0, 1].map(|note: usize| known[note].annotations.disposition),
            comments: [0, 1].map(comments),
            imported: [0, 1].map(|note: usize| known[note].annotations.imported.clone()),
            active: project.active().unwrap(),
            labels: project.scheme().unwrap(),
            queue: project.queue(&["a".into(), "b".into()]).unwrap(),
        }
    }
}

const ID: EditId = EditId(EditId::SESSION + 1);
const SHOWN: Shown<'static> = Shown { predictions: None, thresholds: &[0.5; 2] };

/// The steps as a person reads them: a sign for whether they hold (`▸` where the story stands), the note, what was done.
fn lines(project: &Project) -> Vec<String> {
    let page = project.timeline(Part::Here).unwrap();
    let line = |step: &crate::store::timeline::Step| {
        let sign = match step.standing {
            _ if step.event == page.point => "▸",
            Standing::Done => "+",
            Standing::Undone => "-",
            Standing::Stays(_) => "=",
        };
        let note = step.document.as_ref().map_or("*", |id| id.as_str());
        format!("{sign} {note} {}", step.what)
    };
    page.steps.iter().map(line).collect()
}

#[test]
fn everything_that_was_done_is_listed_and_can_be_jumped_to() {
    let ward = Ward::new();
    let mut project = ward.open();
    let first = ward.toggle(&mut project, 0, 3, 0);
    ward.toggle(&mut project, 1, 1, 1);
    dispose(&mut project, &ward.notes[0], Disposition::Done);
    project.add_version(&learning::trained(Verdict::Activated), "e1").unwrap();
    project.add_version(&learning::trained(Verdict::KeptAside), "e1").unwrap();
    project.set_scheme(&ward.scheme).unwrap();
    let span = Span { start: 0, end: 2, label: "severity".into() };
    project.write(|writer| writer.import(&ward.notes[1], std::slice::from_ref(&span), None)).unwrap();
    let after = ward.seen(&project);
    let all = [
        "▸ b imported 1 span of 1 label",
        "+ * the labels of 'test' were taken: 2 labels",
        "= * version 2 was trained and kept aside: F1 0.61, before 0.58",
        "+ * version 1 was trained and came into use",
        "+ a the note is done",
        "+ b 'chest': severity",
        "+ a 'pain': symptom",
        "+ * the beginning, with the gold beside the notes if there is any",
    ];
    assert_eq!(lines(&project), all);

    let events = project.last_event().unwrap();
    let leap = project.jump(first).unwrap();
    assert_eq!((leap.taken, leap.made, leap.documents, leap.version, leap.labels), (5, 0, 2, true, true));
    assert_eq!(project.last_event().unwrap(), events + 1, "one event, whatever is taken back");
    let back = ward.seen(&project);
    assert_eq!(back.decided, ["pain+symptom", ""]);
    assert_eq!((back.said[0], back.active, back.labels, &back.imported[1]), (Disposition::Open, 0, None, &None));
    let expected = all.map(|line| if line.starts_with('=') { line.to_owned() } else { line.replacen(['+', '▸'], "-", 1) });
    let mut expected = expected.to_vec();
    (expected[6], expected[7]) = ("▸ a 'pain': symptom".into(), all[7].into());
    assert_eq!(lines(&project), expected);
    project.close().unwrap();

    // Forward again, after a restart.
    let mut project = ward.open();
    assert_eq!(project.verify().unwrap(), [""; 0]);
    let newest = project.timeline(Part::Newest).unwrap().steps[0].event;
    let leap = project.jump(newest).unwrap();
    assert_eq!((leap.taken, leap.made, leap.documents, leap.version, leap.labels), (0, 5, 2, true, true));
    assert_eq!((ward.seen(&project), lines(&project)), (after, all.map(str::to_owned).to_vec()));
    assert_eq!(project.jump(newest).unwrap(), Leap::default(), "it stands there already");
    assert!(sentence(project.jump(newest + 1)).starts_with("the project has no step number"));
    assert_eq!(project.verify().unwrap(), [""; 0]);
}

#[test]
fn an_import_that_was_taken_back_can_be_made_once_more() {
    let ward = Ward::new();
    let mut project = ward.open();
    let span = Span { start: 0, end: 2, label: "severity".into() };
    let import =
        |project: &mut Project| project.write(|writer| writer.import(&ward.notes[1], std::slice::from_ref(&span), None)).unwrap();
    assert!(import(&mut project) && !import(&mut project));
    project.jump(0).unwrap();
    assert!(import(&mut project), "it holds no more");
    assert!(ward.seen(&project).imported[1].is_some());
}

#[test]
fn undos_lead_along_the_list_and_one_in_another_note_is_a_step() {
    let ward = Ward::new();
    let mut project = ward.open();
    ward.toggle(&mut project, 0, 3, 0);
    ward.toggle(&mut project, 1, 1, 1);
    ward.undo(&mut project, 1);
    assert_eq!(lines(&project)[..2], ["- b 'chest': severity", "▸ a 'pain': symptom"]);
    let undone = project.timeline(Part::Newest).unwrap().steps[0].event;
    project.redo(&ward.notes[1], undone).unwrap();
    assert_eq!(lines(&project)[..2], ["▸ b 'chest': severity", "+ a 'pain': symptom"]);
    // The other note's is not the last step.
    ward.undo(&mut project, 0);
    let expected = ["▸ a undid: 'pain': symptom", "+ b 'chest': severity", "- a 'pain': symptom"];
    assert_eq!(lines(&project)[..3], expected);
    let (here, seen) = (project.point().unwrap(), ward.seen(&project));
    project.jump(undone).unwrap();
    assert_eq!(ward.seen(&project).decided, ["pain+symptom", "chest+severity"]);
    project.jump(here).unwrap();
    assert_eq!((ward.seen(&project), lines(&project)[..3].to_vec()), (seen, expected.map(str::to_owned).to_vec()));
    // What is undone there since can't be redone alone, and the sentence says what can be done instead.
    ward.toggle(&mut project, 0, 0, 0);
    let refused = sentence(project.redo(&ward.notes[0], 2));
    assert!(refused.contains("something was done there since") && refused.contains("leads back and forward"), "{refused}");
}

#[test]
fn what_was_done_to_an_earlier_text_stays() {
    let mut ward = Ward::new();
    let mut project = ward.open();
    ward.toggle(&mut project, 0, 3, 0);
    ward.notes[0] = Document::new("a", "Severe upper abdominal pain!");
    ward.toggle(&mut project, 1, 1, 1);
    ward.toggle(&mut project, 0, 0, 1);
    project.jump(0).unwrap();
    assert_eq!(ward.seen(&project).decided, ["pain+symptom", ""]);
    assert_eq!(lines(&project)[..3], ["- a 'Severe': severity", "- b 'chest': severity", "= a 'pain': symptom"]);
    assert_eq!(project.verify().unwrap(), [""; 0]);
    let newest = project.timeline(Part::Newest).unwrap().steps[0].event;
    project.jump(newest).unwrap();
    assert_eq!(ward.seen(&project).decided, ["Severe+severity pain+symptom", "chest+severity"]);
    assert_eq!(project.verify().unwrap(), [""; 0]);
}

#[test]
fn the_list_is_read_in_pages_whose_ends_meet() {
    let ward = Ward::new();
    let mut project = ward.open();
    let words = segment(TEXTS[0]);
    project
        .write(|writer| {
            let mut annotations = Annotations::default();
            for step in 0..PAGE * 2 + 50 {
                let edit = annotations.toggle(ID, [step % 4], step % 2, &SHOWN);
                annotations.apply(&edit);
                writer.edit(&ward.notes[0], &words, &ward.scheme, &edit)?;
            }
            Ok(())
        })
        .unwrap();
    let newest = project.timeline(Part::Newest).unwrap();
    assert!(newest.newest && !newest.oldest && newest.steps.len() == PAGE);
    let mut steps = newest.steps.clone();
    loop {
        let page = project.timeline(Part::Before(steps.last().unwrap().event)).unwrap();
        let oldest = page.oldest;
        steps.extend(page.steps);
        if oldest {
            break;
        }
    }
    assert_eq!(steps.len(), PAGE * 2 + 51);
    assert!(steps.windows(2).all(|pair| pair[0].event > pair[1].event));

    let oldest = project.timeline(Part::Oldest).unwrap();
    assert!(oldest.oldest && !oldest.newest);
    assert_eq!(oldest.steps, steps[steps.len() - PAGE - 1..]);
    let after = project.timeline(Part::After(oldest.steps[0].event)).unwrap();
    assert_eq!(after.steps, steps[steps.len() - 2 * PAGE - 1..steps.len() - PAGE - 1]);

    let middle = steps[PAGE].event;
    project.jump(middle).unwrap();
    let here = project.timeline(Part::Here).unwrap();
    assert_eq!((here.point, here.steps.len()), (middle, PAGE));
    assert!(here.steps.iter().all(|step| (step.standing == Standing::Undone) == (step.event > middle)));
}

#[derive(Clone, Debug)]
enum Deed {
    Toggle(usize, usize, usize),
    Accept(usize, usize),
    Clear(usize, usize),
    Comment(usize, usize),
    Dispose(usize, Disposition),
    Together(usize),
    Merge,
    UndoLabels,
    Undo(usize),
    Redo(usize),
    Train(bool),
    Rollback,
    Labels(usize),
    Import(usize, usize),
    Gold(usize),
    Jump(usize),
    Reopen,
}

fn deed() -> impl Strategy<Value = Deed> {
    let said = prop_oneof![Just(Disposition::Done), Just(Disposition::Open), Just(Disposition::Skipped)];
    prop_oneof![
        6 => (0..2usize, 0..4usize, 0..2usize).prop_map(|(note, word, label)| Deed::Toggle(note, word, label)),
        2 => (0..2usize, 0..4usize).prop_map(|(note, word)| Deed::Accept(note, word)),
        1 => (0..2usize, 0..4usize).prop_map(|(note, word)| Deed::Clear(note, word)),
        1 => (0..2usize, 0..4usize).prop_map(|(note, word)| Deed::Comment(note, word)),
        1 => (0..2usize, said).prop_map(|(note, said)| Deed::Dispose(note, said)),
        2 => (0..2usize).prop_map(Deed::Together),
        1 => Just(Deed::Merge),
        1 => Just(Deed::UndoLabels),
        4 => (0..2usize).prop_map(Deed::Undo),
        2 => (0..2usize).prop_map(Deed::Redo),
        1 => any::<bool>().prop_map(Deed::Train),
        1 => Just(Deed::Rollback),
        1 => (0..2usize).prop_map(Deed::Labels),
        1 => (0..2usize, 0..3usize).prop_map(|(note, span)| Deed::Import(note, span)),
        1 => (0..2usize).prop_map(Deed::Gold),
        5 => (0..40usize).prop_map(Deed::Jump),
        1 => Just(Deed::Reopen),
    ]
}

fn take(ward: &Ward, project: &mut Project, deed: &Deed) {
    match *deed {
        Deed::Toggle(note, word, label) => {
            ward.toggle(project, note, word, label);
        }
        Deed::Accept(note, word) => {
            let edit = ward.read(project, note).annotations.accept(ID, [word], crate::domain::Scope::Word, &SHOWN);
            ward.edit(project, note, &edit);
        }
        Deed::Clear(note, word) => {
            let edit = ward.read(project, note).annotations.clear(ID, [word]);
            ward.edit(project, note, &edit);
        }
        Deed::Comment(note, word) => {
            let annotations = ward.read(project, note).annotations;
            let anchor = Anchor::words(word, word);
            let text = if annotations.comments.contains_key(&anchor) { None } else { Some("why?") };
            ward.edit(project, note, &annotations.comment(ID, anchor, text));
        }
        Deed::Dispose(note, said) => {
            let edit = ward.read(project, note).annotations.dispose(ID, said);
            ward.edit(project, note, &edit);
        }
        Deed::Together(label) => {
            let known = [0, 1].map(|note| ward.read(project, note).annotations);
            let edits = known.map(|known| known.toggle(ID, [1], label, &SHOWN));
            let words = TEXTS.map(segment);
            let shares = [0, 1].map(|note| (&ward.notes[note], &words[note], &edits[note]));
            let outcomes = project.write(|writer| writer.edit_together(&shares, &ward.scheme)).unwrap();
            assert!(outcomes.iter().all(Result::is_ok));
        }
        Deed::Merge => {
            let merge = crate::domain::Relabel::Merge { from: "severity".into(), into: "symptom".into() };
            // They may have been merged already.
            drop(project.relabel(&ward.scheme, &merge, &[]));
        }
        Deed::UndoLabels => drop(project.undo_relabel()),
        Deed::Undo(note) => {
            if let Some(edit) = ward.read(project, note).history.last() {
                if project.is_shared(edit.0).unwrap() {
                    project.undo_with_others(&ward.notes[note], edit.0, &ward.scheme).unwrap();
                } else {
                    project.undo(&ward.notes[note], edit.0).unwrap();
                }
            }
        }
        Deed::Redo(note) => {
            let mut known = ward.read(project, note);
            if let Some(edit) = known.history.redo(&mut known.annotations).map(|edit| edit.id.0) {
                if project.is_shared(edit).unwrap() {
                    project.redo_with_others(&ward.notes[note], edit, &ward.scheme).unwrap();
                } else {
                    project.redo(&ward.notes[note], edit).unwrap();
                }
            }
        }
        Deed::Train(kept) => {
            let verdict = if kept { Verdict::KeptAside } else { Verdict::Activated };
            project.add_version(&learning::trained(verdict), "e1").unwrap();
        }
        // There may be nothing to roll back to.
        Deed::Rollback => drop(project.rollback(Some("e1"))),
        Deed::Labels(which) => {
            let names: &[&str] = [&["symptom", "severity"][..], &["severity", "drug"]][which];
            project.set_scheme(&LabelScheme::from_names("other", names).unwrap()).unwrap();
        }
        Deed::Import(note, span) => {
            let span = Span { start: span, end: span + 3, label: "severity".into() };
            project.write(|writer| writer.import(&ward.notes[note], &[span], None)).unwrap();
        }
        Deed::Gold(note) => {
            let span = Span { start: 0, end: 2, label: "symptom".into() };
            project.import_gold(&ward.notes[note], &[span], None).unwrap();
        }
        Deed::Jump(back) => {
            let steps = project.timeline(Part::Newest).unwrap().steps;
            project.jump(steps[back % steps.len()].event).unwrap();
        }
        Deed::Reopen => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Whatever is done in whatever order, each point of the list stands for one state of the project: jumping there makes
    /// it so, and jumping back is as if nobody had jumped. The list says of each step what is so.
    #[test]
    fn every_point_can_be_reached_and_left_again(
        deeds in proptest::collection::vec(deed(), 1..28),
        jumps in proptest::collection::vec(0..40usize, 1..8),
    ) {
        let ward = Ward::new();
        let mut project = ward.open();
        // Gold beside the notes stays whatever is jumped to: it is there from the beginning, so that states can be compared.
        (0..2).for_each(|note| take(&ward, &mut project, &Deed::Gold(note)));
        let mut points = BTreeMap::from([(0, ward.seen(&project))]);
        for deed in &deeds {
            if matches!(deed, Deed::Reopen) {
                project.close().unwrap();
                project = ward.open();
            }
            take(&ward, &mut project, deed);
            let (point, seen) = (project.point().unwrap(), ward.seen(&project));
            let known = points.entry(point).or_insert_with(|| seen.clone());
            prop_assert_eq!(&*known, &seen, "{:?} leads to {}", deed, point);
        }
        let here = project.point().unwrap();
        for back in jumps {
            let to = *points.keys().nth(back % points.len()).unwrap();
            project.jump(to).unwrap();
            project.close().unwrap();
            project = ward.open();
            prop_assert_eq!((project.point().unwrap(), &ward.seen(&project)), (to, &points[&to]));
            // Whether a step holds is told by whether it is among those that made this state.
            let page = project.timeline(Part::Here).unwrap();
            let held = page.steps.iter().find(|step| step.event == to).map(|step| step.standing);
            prop_assert!(held.is_some_and(|held| held != Standing::Undone), "{:?}", held);
            prop_assert!(page.steps.iter().all(|step| step.event <= to || step.standing != Standing::Done));
        }
        project.jump(here).unwrap();
        prop_assert_eq!((project.point().unwrap(), &ward.seen(&project)), (here, &points[&here]));
        prop_assert_eq!(project.verify().unwrap(), Vec::<String>::new());
        let before = ward.seen(&project);
        project.rebuild().unwrap();
        prop_assert_eq!(ward.seen(&project), before);
    }
}

#[test]
fn what_is_left_of_a_step_that_was_taken_back_by_parts_is_a_state_of_its_own() {
    let ward = Ward::new();
    let mut project = ward.open();
    (0..2).for_each(|note| take(&ward, &mut project, &Deed::Gold(note)));
    let mut points = BTreeMap::from([(0, ward.seen(&project))]);
    // Taken back from the second note, what was set in both; then, from the first, that it was.
    for deed in [Deed::Together(0), Deed::Accept(0, 0), Deed::Undo(1), Deed::Undo(0)] {
        take(&ward, &mut project, &deed);
        let seen = ward.seen(&project);
        assert_eq!(points.entry(project.point().unwrap()).or_insert_with(|| seen.clone()), &seen, "{deed:?}");
    }
    assert_eq!(points.len(), 5);
}
