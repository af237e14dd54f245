//! What is done in several notes in one go is one thing that was done: one row, one jump, one undo.

use super::*;
use crate::domain::{Relabel, Scope, WordState};
use crate::store::timeline::{PAGE, Part, Standing};

const TEXTS: [&str; 3] = ["chest pain today", "no pain", "pain again"];
const ID: EditId = EditId(EditId::SESSION + 1);
const SHOWN: Shown<'static> = Shown { predictions: None, thresholds: &[0.5; 3] };

/// Three notes and their project.
struct Ward {
    folder: TempDir,
    notes: [Document; 3],
    words: [Words; 3],
    scheme: LabelScheme,
}

impl Ward {
    fn new() -> Self {
        let notes = [0, 1, 2].map(|note| Document::new(["a", "b", "c"][note], TEXTS[note]));
        let scheme = LabelScheme::from_names("test", &["symptom", "severity", "drug"]).unwrap();
        Self { folder: tempfile::tempdir().unwrap(), notes, words: TEXTS.map(segment), scheme }
    }

    fn open(&self, annotator: &str) -> Project {
        Project::open(&self.folder.path().join("p.db"), annotator).unwrap()
    }

    fn known(&self, project: &Project, note: usize) -> Known {
        project.annotations(&self.notes[note], &self.words[note], &self.scheme).unwrap()
    }

    /// What is decided in each note.
    fn decided(&self, project: &Project) -> [String; 3] {
        [0, 1, 2].map(|note| decided(&self.known(project, note).annotations, &self.notes[note], &self.words[note], &self.scheme))
    }

    fn toggle(&self, project: &mut Project, note: usize, word: usize, label: usize) {
        let edit = self.known(project, note).annotations.toggle(ID, [word], label, &SHOWN);
        project.edit(&self.notes[note], &self.words[note], &self.scheme, &edit).unwrap();
    }

    /// Sets a label on 'pain' in all notes in one go; the event of each note's edit.
    fn set_all(&self, project: &mut Project, label: usize) -> Vec<u64> {
        let place = [1, 1, 0];
        let edits = [0, 1, 2]
            .map(|note| self.known(project, note).annotations.set(ID, [place[note]], label, true, Scope::Matches, &SHOWN));
        let shares = [0, 1, 2].map(|note| (&self.notes[note], &self.words[note], &edits[note]));
        let outcomes = project.write(|writer| writer.edit_together(&shares, &self.scheme)).unwrap();
        outcomes.into_iter().map(|outcome| outcome.unwrap().0.event).collect()
    }

    fn undo(&self, project: &mut Project, note: usize) -> Along {
        let edit = self.known(project, note).history.last().unwrap().0;
        assert!(project.is_shared(edit).unwrap());
        project.undo_with_others(&self.notes[note], edit, &self.scheme).unwrap()
    }

    fn redo(&self, project: &mut Project, note: usize) {
        let mut known = self.known(project, note);
        let edit = known.history.redo(&mut known.annotations).unwrap().id.0;
        project.redo_with_others(&self.notes[note], edit, &self.scheme).unwrap();
    }
}

/// The steps, latest first: whether each holds, and in words.
fn steps(project: &Project) -> Vec<String> {
    let page = project.timeline(Part::Newest).unwrap();
    let line = |step: &crate::store::timeline::Step| {
        let sign = match step.standing {
            _ if step.event == page.point => '▸',
            Standing::Undone => '-',
            _ => '+',
        };
        format!("{sign} {}", step.what)
    };
    page.steps.iter().map(line).collect()
}

const SET: &str = "'pain' that read alike: symptom, and so in 2 other notes";

#[test]
fn a_label_set_in_several_notes_is_one_step_also_after_a_restart() {
    for note in 0..3 {
        let ward = Ward::new();
        let mut project = ward.open("ann");
        ward.toggle(&mut project, 0, 0, 1);
        let before = ward.decided(&project);
        ward.set_all(&mut project, 0);
        let after = ward.decided(&project);
        assert_eq!(after, ["chest+severity pain+symptom", "pain+symptom", "pain+symptom"]);
        let listed = [
            format!("▸ {SET}"),
            "+ 'chest': severity".into(),
            "+ the beginning, with the gold beside the notes if there is any".into(),
        ];
        assert_eq!(steps(&project), listed);
        project.close().unwrap();

        // From whichever of the notes it is undone.
        let mut project = ward.open("ann");
        let along = ward.undo(&mut project, note);
        assert_eq!((along.others.len(), ward.decided(&project)), (2, before.clone()), "{note}");
        assert_eq!(steps(&project)[..2], [format!("- {SET}"), "▸ 'chest': severity".into()], "an undo of the last step is none");
        project.close().unwrap();
        let mut project = ward.open("ann");
        ward.redo(&mut project, note);
        assert_eq!((ward.decided(&project), steps(&project)), (after.clone(), listed.to_vec()), "{note}");
        ward.undo(&mut project, (note + 1) % 3);
        assert_eq!(ward.decided(&project), before, "{note}");
        assert_eq!(project.verify().unwrap(), [""; 0]);

        // A jump over it counts it once.
        let set = project.timeline(Part::Newest).unwrap().steps[0].event;
        let leap = project.jump(set).unwrap();
        assert_eq!((leap.taken, leap.made, leap.documents), (0, 1, 3));
        let leap = project.jump(0).unwrap();
        assert_eq!((leap.taken, leap.made, leap.documents), (2, 0, 3));
        assert_eq!(project.verify().unwrap(), [""; 0]);
    }
}

#[test]
fn what_was_done_since_in_another_note_stays_and_the_undo_is_a_step() {
    let ward = Ward::new();
    let mut project = ward.open("ann");
    ward.set_all(&mut project, 0);
    // In the second note the word is found not to have it, and another gets a label; in the third another gets one.
    ward.toggle(&mut project, 1, 1, 0);
    ward.toggle(&mut project, 1, 0, 1);
    ward.toggle(&mut project, 2, 1, 1);
    let before = ward.decided(&project);
    ward.undo(&mut project, 0);
    assert_eq!(ward.decided(&project), ["", "no+severity pain-symptom", "again+severity"]);
    let (undone, undo) = (ward.decided(&project), project.point().unwrap());
    assert_eq!(steps(&project)[0], format!("▸ undid: {SET}"));
    assert_eq!(steps(&project)[4], format!("- {SET}"));
    // Redone, it comes back where nothing was said meanwhile.
    ward.redo(&mut project, 0);
    assert_eq!(ward.decided(&project), before);
    project.jump(undo).unwrap();
    assert_eq!(ward.decided(&project), undone);
    assert_eq!(project.verify().unwrap(), [""; 0]);
}

#[test]
fn an_edit_that_does_not_fit_has_no_part_in_it() {
    let ward = Ward::new();
    let mut project = ward.open("ann");
    let good = Annotations::default().set(ID, [1], 0, true, Scope::Matches, &SHOWN);
    let bad = Annotations::default().set(ID, [70], 0, true, Scope::Matches, &SHOWN);
    let shares = [(&ward.notes[0], &ward.words[0], &good), (&ward.notes[1], &ward.words[1], &bad)];
    let outcomes = project.write(|writer| writer.edit_together(&shares, &ward.scheme)).unwrap();
    assert!(outcomes[0].is_ok() && matches!(outcomes[1], Err(StoreError::NotInDocument(_))));
    assert_eq!(steps(&project)[0], "▸ 'pain' that read alike: symptom");
    assert!(!project.is_shared(outcomes[0].as_ref().unwrap().0.event).unwrap());
}

#[test]
fn a_merge_is_one_step_and_no_undo_in_a_note_takes_a_part_of_it() {
    let ward = Ward::new();
    let mut project = ward.open("ann");
    for note in 0..3 {
        ward.toggle(&mut project, note, 1, 0);
    }
    let before = ward.decided(&project);
    let merge = Relabel::Merge { from: "symptom".into(), into: "drug".into() };
    project.relabel(&ward.scheme, &merge, &[]).unwrap();
    let merged = project.point().unwrap();
    assert_eq!(
        steps(&project)[..2],
        ["▸ of the labels, 'symptom' is merged into 'drug'", "+ the labels of 'test' were taken: 3 labels"]
    );
    assert_eq!(steps(&project).len(), 6);
    assert_eq!(ward.known(&project, 0).history.undoable(), 0, "it is taken back as a whole, in the list of labels");
    // What is decided since can be undone as ever.
    ward.toggle(&mut project, 0, 0, 1);
    assert_eq!(ward.known(&project, 0).history.undoable(), 1);
    let leap = project.jump(merged).unwrap();
    assert_eq!((leap.taken, leap.made, leap.documents), (1, 0, 1));
    project.undo_relabel().unwrap();
    assert_eq!(ward.decided(&project), before);
    assert_eq!(steps(&project)[0], "▸ the last change of the labels was taken back");
    assert_eq!(ward.known(&project, 0).history.redoable(), 0, "nor does a redo make a part of it");
    let leap = project.jump(merged).unwrap();
    assert_eq!((leap.taken, leap.made, leap.documents), (1, 0, 3));
    assert_eq!(project.verify().unwrap(), [""; 0]);
    assert_eq!(ward.known(&project, 0).annotations.word_state(1, Default::default()), WordState::Corrected);
}

#[test]
fn those_are_listed_whose_word_stands() {
    let ward = Ward::new();
    let (mut ann, listed) = (ward.open("ann"), |project: &Project| {
        let all = project.annotators(|id| ["a", "b", "c"].iter().position(|name| id.as_str() == *name)).unwrap();
        all.iter().map(|(name, notes)| format!("{name} {notes:?}")).collect::<Vec<_>>().join(", ")
    });
    ward.toggle(&mut ann, 0, 0, 1);
    let start = ann.point().unwrap();
    ann.close().unwrap();
    let mut bob = ward.open("bob");
    ward.set_all(&mut bob, 0);
    dispose(&mut bob, &ward.notes[0], Disposition::Done);
    assert_eq!(listed(&bob), "ann [0], bob [0, 1, 2]");
    // What a merge has moved is nobody's new word.
    let done = bob.point().unwrap();
    bob.relabel(&ward.scheme, &Relabel::Merge { from: "severity".into(), into: "drug".into() }, &[]).unwrap();
    assert_eq!(listed(&bob), "ann [0], bob [0, 1, 2]");
    bob.jump(done).unwrap();
    // Taken back, whether by an undo, a jump or word by word, it is nobody's.
    bob.undo(&ward.notes[0], done).unwrap();
    ward.undo(&mut bob, 2);
    assert_eq!(listed(&bob), "ann [0]");
    let edit = ward.known(&bob, 0).annotations.clear(ID, [0]);
    bob.edit(&ward.notes[0], &ward.words[0], &ward.scheme, &edit).unwrap();
    assert_eq!(listed(&bob), "");
    bob.jump(start).unwrap();
    assert_eq!(listed(&bob), "ann [0]");
    bob.rebuild().unwrap();
    assert_eq!((listed(&bob), bob.verify().unwrap()), ("ann [0]".to_owned(), vec![]));
}

/// What a page of the timeline and the point cost, with 100,000 events of each kind that are no steps around them:
/// `cargo test --release --lib a_page_of_many -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
fn a_page_of_many_events() {
    let ward = Ward::new();
    let mut project = ward.open("ann");
    let spans: Vec<Vec<crate::domain::Span>> =
        (0..2).map(|end| vec![crate::domain::Span { start: 0, end: end + 2, label: "symptom".into() }]).collect();
    for (many, what) in [(1_000, "gold"), (99_000, "gold"), (1_000, "edits"), (99_000, "edits")] {
        project
            .write(|writer| {
                let mut annotations = Annotations::default();
                for step in 0..many {
                    if what == "gold" {
                        writer.import_gold(&ward.notes[0], &spans[step % 2], None)?;
                    } else {
                        let edit = annotations.toggle(ID, [step % 3], step % 2, &SHOWN);
                        annotations.apply(&edit);
                        writer.edit(&ward.notes[0], &ward.words[0], &ward.scheme, &edit)?;
                    }
                }
                Ok(())
            })
            .unwrap();
        for part in [Part::Newest, Part::Oldest, Part::Here] {
            let start = std::time::Instant::now();
            let page = project.timeline(part).unwrap();
            println!(
                "{} events, {part:?}: {} steps in {:?}",
                project.last_event().unwrap(),
                page.steps.len().min(PAGE),
                start.elapsed()
            );
        }
    }
}
