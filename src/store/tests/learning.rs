//! What training asks of the project: decisions, gold, versions.

use serde_json::json;

use super::*;
use crate::domain::{DecidedCell, DocumentDecisions, DocumentId, Manner, Scope, Span, TrainedHead, Verdict};

pub(super) fn trained(verdict: Verdict) -> TrainedHead {
    let (head, reason) = ([1u8, 2, 3].into(), "F1 0.61, before 0.58".to_owned());
    TrainedHead { base: 0, through: 3, seed: u64::MAX, head, verdict, reason, metrics: json!({"decided": 12}) }
}

/// `word+label` for present and `word-label` for absent cells, `*` behind those accepted in bulk.
fn described(decisions: &[DocumentDecisions], desk: &Desk) -> String {
    let cells = decisions.iter().flat_map(|document| &document.cells);
    let cell = |cell: &DecidedCell| {
        let word = desk.words[cell.word as usize].slice(&desk.document.text);
        let label = &desk.scheme.labels[usize::from(cell.label)].name[..3];
        format!("{word}{}{label}{}", if cell.present { '+' } else { '-' }, if cell.manner == Manner::Bulk { "*" } else { "" })
    };
    cells.map(cell).collect::<Vec<_>>().join(" ")
}

fn spans(desk: &Desk, labelled: &[(&str, &str)]) -> Vec<Span> {
    let span = |&(text, label): &(&str, &str)| {
        let start = desk.document.text.find(text).unwrap();
        Span { start, end: start + text.len(), label: label.to_owned() }
    };
    labelled.iter().map(span).collect()
}

fn names(words: &str) -> Vec<String> {
    words.split(' ').map(str::to_owned).collect()
}

#[test]
fn decisions_are_the_humans_over_the_imports() {
    let desk = Desk::new("Severe pain.");
    let find = |document: &Document| (0, document.clone());
    let gold = spans(&desk, &[("Severe pain.", "symptom"), ("pain", "anatomy"), ("pain", "unheard of")]);
    let read = |project: &Project| described(&project.decisions(&desk.scheme, |_| Some(find(&desk.document))).unwrap(), &desk);
    let (all, used) = (names("symptom severity anatomy"), names("anatomy symptom unheard of"));
    for (complete, expected) in [
        (Some(&all[..]), "Severe+sym Severe-sev Severe-ana pain+sym pain-sev pain+ana"),
        (Some(&used[..]), "Severe+sym Severe-ana pain+sym pain+ana"),
        (None, "Severe+sym pain+sym pain+ana"),
    ] {
        let fresh = Desk::new("Severe pain.");
        let mut project = fresh.open();
        assert!(project.import_gold(&desk.document, &gold, complete).unwrap());
        assert!(!project.import_gold(&desk.document, &gold, complete).unwrap(), "once");
        assert_eq!(read(&project), expected);
        assert_eq!(project.last_event().unwrap(), 2);
    }
    let mut project = desk.open();
    project.import_gold(&desk.document, &gold, None).unwrap();
    desk.toggle(&mut project, 1, 0);
    assert_eq!(read(&project), "Severe+sym pain-sym pain+ana");
    let accept = desk.read(&project).annotations.accept(EditId(5), [1], Scope::Selection, &desk.shown());
    desk.save(&mut project, &accept).unwrap();
    assert_eq!(read(&project), "Severe+sym pain-sym pain-sev* pain+ana");
}

#[test]
fn training_is_told_how_and_when_each_cell_was_decided() {
    let desk = Desk::new("Severe pain here.");
    let mut project = desk.open();
    let gold = spans(&desk, &[("here", "symptom")]);
    project.import_gold(&desk.document, &gold, None).unwrap();
    let beside = desk.toggle(&mut project, 0, 0);
    let blind = Shown { predictions: None, thresholds: &[0.5; 3] };
    let hidden = desk.read(&project).annotations.toggle(EditId(6), [1], 1, &blind);
    desk.save(&mut project, &hidden).unwrap();
    let bulk = desk.read(&project).annotations.accept(EditId(7), [0], Scope::Selection, &desk.shown());
    desk.save(&mut project, &bulk).unwrap();
    // The gold is corrected: what has learned from the first may have learned from it.
    project.import_gold(&desk.document, &spans(&desk, &[("here", "severity")]), None).unwrap();
    let decisions = project.decisions(&desk.scheme, |_| Some((0, desk.document.clone()))).unwrap();
    let cells: Vec<_> = decisions[0].cells.iter().map(|cell| (cell.word, cell.label, cell.manner, cell.event)).collect();
    assert_eq!(
        cells,
        [
            (0, 0, Manner::Single, beside),
            (0, 1, Manner::Bulk, beside + 2),
            (0, 2, Manner::Bulk, beside + 2),
            (1, 1, Manner::Blind, beside + 1),
            (2, 1, Manner::Gold, beside - 1),
        ]
    );
}

#[test]
fn corrected_gold_takes_the_place_of_what_it_was() {
    let desk = Desk::new("Severe pain.");
    let mut project = desk.open();
    let complete = names("severity symptom");
    let (wrong, right) = (spans(&desk, &[("Severe", "symptom")]), spans(&desk, &[("pain", "symptom")]));
    for (gold, complete, recorded, expected) in [
        (&wrong, Some(&complete[1..]), true, "Severe+sym pain-sym"),
        (&right, Some(&complete[1..]), true, "Severe-sym pain+sym"),
        (&right, Some(&complete[1..]), false, "Severe-sym pain+sym"),
        (&right, Some(&complete[..]), true, "Severe-sym Severe-sev pain+sym pain-sev"),
        (&right, None, true, "pain+sym"),
        (&wrong, Some(&complete[1..]), true, "Severe+sym pain-sym"),
    ] {
        assert_eq!(project.import_gold(&desk.document, gold, complete).unwrap(), recorded);
        let decisions = project.decisions(&desk.scheme, |_| Some((0, desk.document.clone()))).unwrap();
        assert_eq!(described(&decisions, &desk), expected);
    }
    assert_eq!(project.verify().unwrap(), [""; 0]);
}

#[test]
fn gold_that_was_asked_for_holds_over_that_beside_the_notes() {
    let desk = Desk::new("Severe pain.");
    let mut project = desk.open();
    let (wrong, right, drug) =
        (spans(&desk, &[("Severe", "symptom")]), spans(&desk, &[("pain", "symptom")]), spans(&desk, &[("pain", "severity")]));
    let (symptom, more) = (names("symptom"), names("severity symptom"));
    for (asked, gold, complete, recorded, expected) in [
        (false, &wrong, Some(&symptom[..]), true, "Severe+sym pain-sym"),
        (true, &wrong, Some(&symptom[..]), false, "Severe+sym pain-sym"),
        (true, &right, Some(&symptom[..]), true, "Severe-sym pain+sym"),
        (false, &wrong, Some(&symptom[..]), false, "Severe-sym pain+sym"),
        (true, &right, Some(&symptom[..]), false, "Severe-sym pain+sym"),
        (true, &drug, None, true, "Severe-sym pain+sym pain+sev"),
        (true, &wrong, None, true, "Severe+sym pain+sym pain+sev"),
        (true, &right, Some(&symptom[..]), true, "Severe-sym pain+sym pain+sev"),
        // Another note has another label now.
        (false, &wrong, Some(&more[..]), false, "Severe-sym pain+sym pain+sev"),
        (false, &right, None, true, "pain+sym"),
    ] {
        let found = match asked {
            true => project.write(|writer| writer.import(&desk.document, gold, complete)),
            false => project.import_gold(&desk.document, gold, complete),
        };
        assert_eq!(found.unwrap(), recorded, "{expected}");
        let decisions = project.decisions(&desk.scheme, |_| Some((0, desk.document.clone()))).unwrap();
        assert_eq!(described(&decisions, &desk), expected);
    }
    assert_eq!(project.verify().unwrap(), [""; 0]);
}

#[test]
fn what_was_decided_keeps_its_label_when_the_scheme_changes() {
    let mut desk = Desk::new("Severe pain.");
    let mut project = desk.open();
    desk.toggle(&mut project, 0, 1);
    project.import_gold(&desk.document, &spans(&desk, &[("pain", "finding")]), Some(&names("finding symptom"))).unwrap();
    desk.scheme.labels.rotate_left(1);
    desk.scheme = desk.scheme.extended(&["finding"]).unwrap();
    let decisions = project.decisions(&desk.scheme, |_| Some((0, desk.document.clone()))).unwrap();
    assert_eq!(described(&decisions, &desk), "Severe+sev Severe-sym Severe-fin pain-sym pain+fin");
    let known = desk.read(&project);
    assert_eq!(decided(&known.annotations, &desk.document, &desk.words, &desk.scheme), "Severe+severity");
    assert_eq!(known.annotations.decision(crate::domain::Cell::new(1, 3)), crate::domain::Decision::Present);
    assert_eq!(known.notice, None);
}

#[test]
fn decisions_follow_the_corpus_and_its_texts() {
    let desk = Desk::new("Severe pain.");
    let mut project = desk.open();
    desk.toggle(&mut project, 0, 0);
    desk.toggle(&mut project, 1, 0);
    let now = Document::new("notes/a.txt", "Severe ache.");
    let decisions = project.decisions(&desk.scheme, |_| Some((7, now.clone()))).unwrap();
    assert_eq!(described(&decisions, &desk), "Severe+sym");
    assert_eq!(decisions[0].document, 7);
    assert!(project.decisions(&desk.scheme, |_| None).unwrap().is_empty());
}

#[test]
fn gold_of_a_large_note_is_decided_everywhere() {
    let mut desk = Desk::new(&"word ".repeat(60_000));
    let names: Vec<String> = (0..16).map(|n| format!("label {n}")).collect();
    desk.scheme = LabelScheme::from_names("wide", &names).unwrap();
    let mut project = desk.open();
    let gold: Vec<Span> = (0..60_000).map(|n| Span { start: n * 5, end: n * 5 + 4, label: names[n % 16].clone() }).collect();
    project.import_gold(&desk.document, &gold, Some(&names)).unwrap();
    let decisions = project.decisions(&desk.scheme, |_| Some((0, desk.document.clone()))).unwrap();
    assert_eq!(decisions[0].cells.len(), 960_000);
    assert_eq!(decisions[0].cells.iter().filter(|cell| cell.present).count(), 60_000);
}

#[test]
fn versions_are_kept_activated_and_rolled_back() {
    let desk = Desk::new("Severe pain.");
    let mut project = desk.open();
    assert!(matches!(project.rollback(None), Err(StoreError::NothingBefore)));
    assert_eq!(project.add_version(&trained(Verdict::NotJudged), "e1").unwrap(), 1);
    assert_eq!(project.add_version(&trained(Verdict::KeptAside), "e1").unwrap(), 2);
    assert_eq!(project.active().unwrap(), 1, "kept aside");
    assert_eq!(project.add_version(&trained(Verdict::Activated), "e2").unwrap(), 3);
    assert!(sentence(project.activate(2, Some("e2"))).contains("version 2 belongs to another encoder"));
    assert!(sentence(project.activate(9, None)).contains("no model version 9"));
    project.activate(2, Some("e1")).unwrap();
    project.activate(2, Some("e1")).unwrap();
    project.close().unwrap();

    let mut project = desk.open();
    assert_eq!(project.active().unwrap(), 2);
    assert_eq!(project.rollback(None).unwrap(), 3, "no model is loaded: every version will do");
    project.activate(2, Some("e1")).unwrap();
    let back: Vec<u64> = (0..2).map(|_| project.rollback(Some("e1")).unwrap()).collect();
    assert_eq!(back, [1, 0], "3 belongs to another encoder");
    project.activate(1, Some("e1")).unwrap();
    project.activate(3, Some("e2")).unwrap();
    assert_eq!(project.rollback(Some("e2")).unwrap(), 0, "the model as it came fits every encoder");
    assert!(matches!(project.rollback(None), Err(StoreError::NothingBefore)));
    let record = project.version(2).unwrap().record;
    assert_eq!((record.seed, record.through, record.metrics), (u64::MAX, 3, json!({"decided": 12})));
    assert_eq!(project.head(2).unwrap().as_deref(), Some(&[1u8, 2, 3][..]));
    assert_eq!(project.head(0).unwrap(), None);
    assert_eq!(project.versions().unwrap().len(), 3);
    assert_eq!(project.verify().unwrap(), [""; 0]);
}

#[test]
fn figures_tell_what_is_decided_and_how_that_went_with_the_model() {
    use crate::metrics::Counts;
    use crate::store::figures::VersionFigures;
    let desk = Desk::new("Severe pain, today.");
    let mut project = desk.open();
    // The model shows anatomy on both words; symptom is set against it.
    desk.toggle(&mut project, 0, 0);
    let accept = desk.read(&project).annotations.accept(EditId(5), [1], Scope::Word, &desk.shown());
    desk.save(&mut project, &accept).unwrap();
    let whole = desk.read(&project).annotations.accept(EditId(6), [0], Scope::Document, &desk.shown());
    desk.save(&mut project, &whole).unwrap();
    let judged = |metrics| TrainedHead { metrics, ..trained(Verdict::Activated) };
    project.add_version(&trained(Verdict::NotJudged), "e").unwrap();
    let metrics = json!({"decided_cells": 6, "judged": {"symptom": [3, 1, 2, 9], "anatomy": [1, 0, 0, 4], "gone": [1, 1, 1, 1]}});
    project.add_version(&judged(metrics), "e").unwrap();
    let ids = ["notes/a.txt", "notes/b.txt"].map(DocumentId::from);
    let figures = project.figures(&desk.scheme, &ids, 2, |index| (index == 0).then(|| desk.document.clone())).unwrap();
    assert_eq!((figures.notes, figures.words, figures.decided_in_open), ((2, 1, 0), (3, 2), 2));
    let tally = |tp, fp, fn_, tn| Counts { tp, fp, fn_, tn };
    let [symptom, severity, anatomy] = &figures.labels[..] else { panic!("three labels") };
    assert_eq!((symptom.present, symptom.agreement, symptom.judged), (1, tally(0, 0, 1, 1), Some(tally(3, 1, 2, 9))));
    assert_eq!((severity.present, severity.agreement, severity.judged), (0, tally(0, 0, 0, 1), None));
    assert_eq!((anatomy.present, anatomy.agreement, anatomy.judged), (2, tally(1, 0, 0, 0), Some(tally(1, 0, 0, 4))));
    let decided: u64 = figures.calibration.iter().map(|bin| bin.cells).sum();
    let agreed: u64 = figures.labels.iter().map(|label| label.agreement.cells()).sum();
    assert_eq!((decided, figures.pace.edits, figures.pace.words), (agreed, 3, 2), "what is judged by is the same");
    let version = |version, learned, judged, active| VersionFigures { version, learned, judged, active };
    assert_eq!(figures.versions, [version(1, 0, None, false), version(2, 6, Some(tally(5, 2, 3, 14)), true)]);
    // Of a note that was skipped nothing is left to decide.
    let skip = desk.read(&project).annotations.dispose(EditId(7), crate::domain::Disposition::Skipped);
    desk.save(&mut project, &skip).unwrap();
    let figures = project.figures(&desk.scheme, &ids, 2, |index| (index == 0).then(|| desk.document.clone())).unwrap();
    assert_eq!((figures.words, figures.decided_in_open), ((3, 2), 0));
}

#[test]
fn a_version_is_not_trained_again_while_nothing_was_decided_since() {
    use crate::domain::{Anchor, Relabel};
    let desk = Desk::new("Severe pain.");
    let mut project = desk.open();
    project.set_scheme(&desk.scheme).unwrap();
    assert_eq!(project.taught_already(0, None).unwrap(), None, "there is none yet");
    desk.toggle(&mut project, 1, 0);
    let through = project.last_event().unwrap();
    project.add_version(&TrainedHead { through, ..trained(Verdict::NotJudged) }, "e").unwrap();
    let taught = |base, encoder| project.taught_already(base, encoder).unwrap();
    for encoder in [None, Some("e")] {
        assert_eq!([0, 1, 7].map(|base| taught(base, encoder)), [Some(1), Some(1), None]);
    }
    assert_eq!([0, 1].map(|base| taught(base, Some("another"))), [None, None], "its vectors are others");

    let check = |project: &Project, taught: bool, what: &str| {
        assert_eq!(project.taught_already(1, None).unwrap().is_some(), taught, "{what}");
    };
    let comment = |project: &mut Project, document: &Document| {
        let words = segment(&document.text);
        let known = project.annotations(document, &words, &desk.scheme).unwrap();
        let edit = known.annotations.comment(EditId(EditId::SESSION), Anchor::Document, Some("ask"));
        project.edit(document, &words, &desk.scheme, &edit).unwrap().0.event
    };
    let written = comment(&mut project, &desk.document);
    check(&project, true, "a comment");
    project.undo(&desk.document, written).unwrap();
    check(&project, true, "a comment undone");
    project.redo(&desk.document, written).unwrap();
    check(&project, true, "and done again");
    comment(&mut project, &Document::new("other", "No pain."));
    check(&project, true, "a comment on a note of which nothing was known");
    dispose(&mut project, &desk.document, Disposition::Skipped);
    check(&project, true, "a note skipped");
    let skipped = project.last_event().unwrap();
    project.undo(&desk.document, skipped).unwrap();
    check(&project, true, "and not");
    project.relabel(&desk.scheme, &Relabel::Describe { label: "symptom".into(), text: "Felt.".into() }, &[]).unwrap();
    check(&project, true, "what a label means");
    let described = project.point().unwrap();

    let decided = desk.toggle(&mut project, 0, 0);
    check(&project, false, "a decision");
    project.undo(&desk.document, decided).unwrap();
    check(&project, true, "a decision undone");
    project.redo(&desk.document, decided).unwrap();
    check(&project, false, "and done again");
    project.jump(described).unwrap();
    check(&project, true, "a jump to before it");
    project.jump(decided).unwrap();
    check(&project, false, "and back");
    project.undo(&desk.document, decided).unwrap();
    let span = Span { start: 0, end: 6, label: "severity".into() };
    project.import_gold(&desk.document, &[span], None).unwrap();
    check(&project, false, "gold");
}

#[test]
fn decisions_that_a_change_of_the_text_came_after_are_something_new() {
    use crate::domain::Anchor;
    let check = |decide: &dyn Fn(&Desk, &mut Project), taught: bool, what: &str| {
        let desk = Desk::new("Severe pain.");
        let mut project = desk.open();
        project.set_scheme(&desk.scheme).unwrap();
        let other = Document::new("other", "No pain.");
        let label = Annotations::default().toggle(EditId(1), [1], 0, &desk.shown());
        project.edit(&other, &segment(&other.text), &desk.scheme, &label).unwrap();
        let through = project.last_event().unwrap();
        project.add_version(&TrainedHead { through, ..trained(Verdict::NotJudged) }, "e").unwrap();
        decide(&desk, &mut project);
        let changed = Document::new(desk.document.id.as_str(), "Very severe pain.");
        let words = segment(&changed.text);
        let known = project.annotations(&changed, &words, &desk.scheme).unwrap();
        let comment = known.annotations.comment(EditId(EditId::SESSION), Anchor::Document, Some("ask"));
        project.edit(&changed, &words, &desk.scheme, &comment).unwrap();
        assert_eq!(project.taught_already(1, None).unwrap().is_some(), taught, "{what}");
    };
    check(&|_, _| {}, true, "nothing was decided");
    check(&|desk, project| drop(dispose(project, &desk.document, Disposition::Skipped)), true, "a note was skipped");
    let decided = |desk: &Desk, project: &mut Project| {
        desk.toggle(project, 1, 0);
    };
    check(&decided, false, "a decision");
}

#[test]
fn a_version_is_in_use_since_it_was_made_or_taken_up_again() {
    let desk = Desk::new("Severe pain.");
    let mut project = desk.open();
    assert_eq!(project.in_use_since().unwrap(), 0);
    desk.toggle(&mut project, 0, 0);
    project.add_version(&trained(Verdict::Activated), "e").unwrap();
    let made = project.last_event().unwrap();
    desk.toggle(&mut project, 1, 0);
    assert_eq!(project.in_use_since().unwrap(), made);
    project.activate(0, None).unwrap();
    assert_eq!(project.in_use_since().unwrap(), made + 2);
}
