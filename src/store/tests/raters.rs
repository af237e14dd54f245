//! What each annotator has decided by their own word.

use super::*;
use crate::domain::{Relabel, Scope};

const ID: EditId = EditId(EditId::SESSION + 1);

/// The decisions of each annotator on a document, e.g. `ann: pain+symptom; bob: pain-symptom`.
fn said(project: &Project, document: &Document) -> String {
    let Some(raters) = project.raters().unwrap() else { return String::new() };
    let words = segment(&document.text);
    let names: Vec<&str> = raters.scheme().names().collect();
    let cells = |opinions: &Opinions| {
        let mut cells = Vec::new();
        for (&word, opinion) in opinions {
            for label in opinion.decided.iter() {
                let sign = if opinion.present.contains(label) { '+' } else { '-' };
                cells.push(format!("{}{sign}{}", words[word as usize].slice(&document.text), names[label]));
            }
        }
        cells.join(" ")
    };
    let all = raters.of(document, &words).unwrap();
    all.iter().map(|(annotator, opinions)| format!("{annotator}: {}", cells(opinions))).collect::<Vec<_>>().join("; ")
}

/// Decides one cell as an annotator of the project; gives the event.
fn decide(desk: &Desk, annotator: &str, (word, label): (usize, usize), present: bool) -> u64 {
    let mut project = Project::open(&desk.path(), annotator).unwrap();
    let known = project.annotations(&desk.document, &desk.words, &desk.scheme).unwrap().annotations;
    let edit = known.set(ID, [word], label, present, Scope::Single, &desk.shown());
    desk.save(&mut project, &edit).unwrap().0.event
}

#[test]
fn the_last_word_of_each_counts_whoever_has_decided_otherwise_since() {
    let desk = Desk::new("Severe chest pain.");
    let check = |expected: &str| assert_eq!(said(&Project::look(&desk.path()).unwrap(), &desk.document), expected);
    let first = decide(&desk, "ann", (2, 0), true);
    check("ann: pain+symptom");
    decide(&desk, "bob", (2, 0), false);
    check("ann: pain+symptom; bob: pain-symptom");
    decide(&desk, "bob", (1, 2), true);
    check("ann: pain+symptom; bob: chest+anatomy pain-symptom");
    let last = decide(&desk, "ann", (2, 0), true);
    let changed = decide(&desk, "ann", (2, 0), false);
    check("ann: pain-symptom; bob: chest+anatomy pain-symptom");
    // What is undone is no word, whoever undoes it; what was said before is one again.
    let mut bob = Project::open(&desk.path(), "bob").unwrap();
    bob.undo(&desk.document, changed).unwrap();
    check("ann: pain+symptom; bob: chest+anatomy pain-symptom");
    bob.redo(&desk.document, changed).unwrap();
    check("ann: pain-symptom; bob: chest+anatomy pain-symptom");
    bob.undo(&desk.document, changed).unwrap();
    // One takes back one's own word alone.
    let clear = desk.read(&bob).annotations.clear(ID, [2]);
    desk.save(&mut bob, &clear).unwrap();
    check("ann: pain+symptom; bob: chest+anatomy");
    bob.jump(last).unwrap();
    check("ann: pain+symptom; bob: chest+anatomy pain-symptom");
    bob.jump(first).unwrap();
    check("ann: pain+symptom");
    bob.jump(0).unwrap();
    check("");
}

#[test]
fn what_was_shown_and_how_much_was_decided_at_once_is_told() {
    let desk = Desk::new("Severe chest pain.");
    let mut project = desk.open();
    let unseen = Shown { predictions: None, thresholds: &[0.5; 3] };
    for (words, scope, shown) in
        [(0..1, Scope::Word, desk.shown()), (1..2, Scope::Selection, desk.shown()), (2..4, Scope::Document, unseen)]
    {
        let edit = desk.read(&project).annotations.accept(ID, words, scope, &shown);
        desk.save(&mut project, &edit).unwrap();
    }
    let raters = project.raters().unwrap().unwrap();
    let opinions = &raters.of(&desk.document, &desk.words).unwrap()["Dr. Grey"];
    let found: Vec<_> = opinions.iter().map(|(word, it)| (*word, it.decided.len(), it.blind.len(), it.bulk.len())).collect();
    assert_eq!(found, [(0, 3, 0, 0), (1, 3, 0, 3), (2, 3, 3, 0)], "the full stop is no word to label");
}

#[test]
fn what_an_undo_restores_in_other_notes_is_not_said_anew() {
    let desk = Desk::new("no pain");
    let mut bob = Project::open(&desk.path(), "bob").unwrap();
    decide(&desk, "ann", (1, 0), true);
    // In both notes the word is found not to have it; in the first, another word is decided after that.
    let other = Document::new("b", "pain");
    let words = segment("pain");
    let known = desk.read(&bob).annotations;
    let edits = [
        known.set(ID, [1], 0, false, Scope::Matches, &desk.shown()),
        Annotations::default().set(ID, [0], 0, false, Scope::Matches, &desk.shown()),
    ];
    let shares = [(&desk.document, &desk.words, &edits[0]), (&other, &words, &edits[1])];
    let outcomes = bob.write(|writer| writer.edit_together(&shares, &desk.scheme)).unwrap();
    let last = outcomes.last().unwrap().as_ref().unwrap().0.event;
    decide(&desk, "bob", (0, 1), true);
    assert_eq!(said(&bob, &desk.document), "ann: pain+symptom; bob: no+severity pain-symptom");
    bob.undo_with_others(&other, last, &desk.scheme).unwrap();
    assert_eq!(decided(&desk.read(&bob).annotations, &desk.document, &desk.words, &desk.scheme), "no+severity pain+symptom");
    assert_eq!(said(&bob, &desk.document), "ann: pain+symptom; bob: no+severity");
    assert_eq!(said(&bob, &other), "");
}

#[test]
fn labels_are_those_of_now() {
    let mut desk = Desk::new("Severe chest pain.");
    // Each has decided for one of two labels, and against the other.
    for (annotator, cell, present) in
        [("ann", (2, 0), true), ("ann", (2, 1), false), ("bob", (2, 0), false), ("bob", (2, 1), true), ("ann", (1, 1), false)]
    {
        decide(&desk, annotator, cell, present);
    }
    let mut project = desk.open();
    let mut change = |desk: &mut Desk, change: Relabel| {
        desk.scheme = project.relabel(&desk.scheme, &change, &[]).unwrap().scheme;
        said(&project, &desk.document)
    };
    let named = |label: &str, name: &str| Relabel::Rename { label: label.into(), name: name.into() };
    let renamed = change(&mut desk, named("symptom", "sign"));
    assert_eq!(renamed, "ann: chest-severity pain+sign pain-severity; bob: pain-sign pain+severity");
    // What one has said of the part that goes is said of the whole, whatever she has said of the other part.
    let merged = change(&mut desk, Relabel::Merge { from: "sign".into(), into: "severity".into() });
    assert_eq!(merged, "ann: chest-severity pain+severity; bob: pain+severity");
    // From now on it is one label.
    let at = desk.scheme.index("severity").unwrap();
    decide(&desk, "ann", (2, at), false);
    assert_eq!(said(&project, &desk.document), "ann: chest-severity pain-severity; bob: pain+severity");
    assert!(project.relabel(&desk.scheme, &Relabel::Delete { label: "severity".into() }, &[]).is_ok());
    assert_eq!(said(&project, &desk.document), "");
}

#[test]
fn of_an_earlier_text_counts_what_still_fits() {
    let mut desk = Desk::new("Severe chest pain.");
    decide(&desk, "ann", (0, 1), true);
    decide(&desk, "ann", (2, 0), true);
    (desk.document, desk.words) = (Document::new("notes/a.txt", "Severe chest ache."), segment("Severe chest ache."));
    decide(&desk, "bob", (2, 0), true);
    assert_eq!(said(&desk.open(), &desk.document), "ann: Severe+severity; bob: ache+symptom");
}
