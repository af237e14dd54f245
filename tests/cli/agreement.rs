//! `chartmark agreement`: two annotators, three, and a gold file.

use chartmark::domain::{Annotations, Document, Edit, EditId, LabelScheme, Predictions, Relabel, Scope, Shown};
use chartmark::store::Project;
use chartmark::tokenization::segment;
use serde_json::{Value, json};

use super::desk::{Desk, check};

/// Seven words and a full stop: bad 0, pain 1, in 2, the 3, leg 4, no 6, ache 7.
const TEXT: &str = "bad pain in the leg. no ache";
const LABELS: [&str; 2] = ["sym", "sev"];

/// What the model shows while somebody labels.
#[derive(Clone, Copy, PartialEq)]
enum Model {
    Shown,
    Hidden,
}

/// An annotator at a project.
struct Hand<'a> {
    desk: &'a Desk,
    place: &'a str,
    name: &'a str,
    model: Model,
}

impl<'a> Hand<'a> {
    fn new(desk: &'a Desk, place: &'a str, name: &'a str) -> Self {
        Self { desk, place, name, model: Model::Shown }
    }

    fn open(&self) -> Project {
        Project::open(&self.desk.path(self.place), self.name).unwrap()
    }

    /// Makes one edit; gives its event.
    fn edit(&self, note: &Document, make: impl Fn(&Annotations, &Shown<'_>) -> Edit) -> u64 {
        let (mut project, words) = (self.open(), segment(&note.text));
        let scheme = LabelScheme::from_names("s", &LABELS).unwrap();
        let predictions = Predictions::new(0, 2, vec![0.1; words.len() * 2]);
        let shown = Shown { predictions: Some(&predictions).filter(|_| self.model == Model::Shown), thresholds: &[0.5; 2] };
        let known = project.annotations(note, &words, &scheme).unwrap().annotations;
        let event = project.edit(note, &words, &scheme, &make(&known, &shown)).unwrap().0.event;
        project.close().unwrap();
        event
    }

    /// Toggles the label of each of these words, by its index.
    fn toggle(&self, note: &Document, cells: &[(usize, usize)]) -> u64 {
        cells
            .iter()
            .map(|&(word, label)| self.edit(note, |known, shown| known.toggle(EditId(1), [word], label, shown)))
            .fold(0, u64::max)
    }

    /// The same, and all else is accepted as it is.
    fn label(&self, id: &str, text: &str, cells: &[(usize, usize)]) {
        let note = Document::new(id, text);
        self.toggle(&note, cells);
        let words = segment(text).len();
        self.edit(&note, |known, shown| known.accept(EditId(1), 0..words, Scope::Document, shown));
    }
}

const ANNA: [(usize, usize); 2] = [(1, 0), (0, 1)];
const BEN: [(usize, usize); 4] = [(1, 0), (0, 0), (0, 1), (7, 0)];

/// Anna and Ben have labelled one note, each in a project of their own.
fn two(desk: &Desk, model: Model) {
    for (place, name, cells) in [("anna.db", "anna", &ANNA[..]), ("ben.db", "ben", &BEN)] {
        Hand { model, ..Hand::new(desk, place, name) }.label("a.txt", TEXT, cells);
    }
}

/// `--json`'s report.
#[track_caller]
fn report(desk: &Desk, call: &str) -> Value {
    let out = desk.call(&format!("agreement {call} --json"));
    check(&out, 0, &[]);
    serde_json::from_str(&out.stdout).unwrap()
}

#[track_caller]
fn close(found: &Value, expected: f64) {
    assert!((found.as_f64().unwrap() - expected).abs() < 1e-9, "{found} is not {expected}");
}

#[test]
fn two_annotators_with_a_project_each_are_compared() {
    let desk = Desk::new();
    two(&desk, Model::Shown);
    let json = report(&desk, "anna.db ben.db");
    // Of seven words both say that one has the label, and Ben says it of two more: pₒ = 5/7, pₑ = (1·3 + 6·4) / 49.
    let sym = &json["labels"]["sym"];
    assert_eq!((&sym["cells"], &sym["disputed"]), (&7.into(), &2.into()), "{json}");
    for (figure, expected) in [("agreement", 5.0 / 7.0), ("kappa", 8.0 / 22.0), ("alpha", 1.0 - 13.0 * 4.0 / 80.0), ("f1", 0.5)] {
        close(&sym[figure], expected);
        close(&json["labels"]["sev"][figure], 1.0);
    }
    close(&json["micro"]["kappa"], 40.0 / 68.0);
    // The sets differ on two words: {sev} and {sym, sev} by 2/3, {} and {sym} by 1.
    assert_eq!((&json["sets"]["words"], &json["micro"]["cells"], &json["documents"]), (&7.into(), &14.into(), &1.into()));
    close(&json["sets"]["exact_match"], 5.0 / 7.0);
    close(&json["sets"]["alpha"], 1.0 - 13.0 * (10.0 / 3.0) / (304.0 / 3.0));
    let pair = &json["pairs"][0];
    assert_eq!((&pair["raters"], &pair["cells"], &pair["one_project"]), (&json!(["anna", "ben"]), &14.into(), &false.into()));
    assert_eq!(pair["kappa"], json["micro"]["kappa"]);
    assert_eq!(json["raters"][1], json!({"name": "ben", "annotator": "ben", "project": "ben.db", "decided": 14, "compared": 14}));
    // Six labels were set by hand, the rest accepted.
    assert_eq!((&json["decisions"], &json["blind"]), (&28.into(), &0.0.into()));
    close(&json["bulk"], 22.0 / 28.0);
    let expected = json!([
        {"id": "a.txt", "start": 0, "end": 3, "word": "bad", "labels": ["sym"],
         "sets": [{"rater": "anna", "labels": ["sev"]}, {"rater": "ben", "labels": ["sym", "sev"]}]},
        {"id": "a.txt", "start": 24, "end": 28, "word": "ache", "labels": ["sym"],
         "sets": [{"rater": "anna", "labels": []}, {"rater": "ben", "labels": ["sym"]}]},
    ]);
    assert_eq!((&json["places"], &json["disagreements"]), (&expected, &2.into()));

    let out = desk.call("agreement anna.db ben.db --limit 1");
    check(&out, 0, &[]);
    for part in [
        "2 raters: anna, ben\n14 cells of 1 note",
        "0% were made blind, 79% in bulk",
        "sym          7         2   0.7143   0.3636   0.3500   0.5000\n",
        "label sets: 7 words, the same set on 71.43% of them, alpha 0.5724 (MASI)",
        "anna – ben",
        "they disagree on 2 words; 1 listed\n1  a.txt 0-3 'bad' (sym) anna: sev; ben: sym, sev\n",
    ] {
        assert!(out.stdout.contains(part), "{part} in: {}", out.stdout);
    }
    assert!(!out.stdout.contains("ache"), "{}", out.stdout);
}

#[test]
fn nothing_is_changed() {
    let desk = Desk::new();
    two(&desk, Model::Shown);
    for name in ["anna.db.lock", "ben.db.lock"] {
        std::fs::remove_file(desk.path(name)).unwrap();
    }
    let state = || {
        let mut names: Vec<_> = std::fs::read_dir(desk.path("")).unwrap().map(|file| file.unwrap().file_name()).collect();
        names.sort();
        (names, ["anna.db", "ben.db"].map(|name| std::fs::read(desk.path(name)).unwrap()))
    };
    let before = state();
    for call in ["agreement anna.db ben.db", "agreement ben.db", "agreement note.txt anna.db"] {
        desk.call(call);
        assert!(state() == before, "{call}: {:?}", state().0);
    }
}

#[test]
fn what_was_accepted_in_bulk_can_be_left_out_and_what_was_hidden_is_no_bulk() {
    for (model, blind, bulk, cells) in [(Model::Shown, 0.0, 22.0 / 28.0, 2), (Model::Hidden, 1.0, 0.0, 14)] {
        let desk = Desk::new();
        two(&desk, model);
        let json = report(&desk, "anna.db ben.db");
        close(&json["blind"], blind);
        close(&json["bulk"], bulk);
        let json = report(&desk, "anna.db ben.db --no-bulk");
        assert_eq!((&json["micro"]["cells"], json["bulk"].as_f64()), (&cells.into(), Some(0.0)), "{json}");
    }
    // All that both have set by hand is present: no figure but the share says anything, and none is NaN.
    let desk = Desk::new();
    two(&desk, Model::Shown);
    let out = desk.call("agreement anna.db ben.db --no-bulk");
    check(&out, 0, &["whole label sets can't be compared"]);
    assert!(out.stdout.contains("sym          1         0   1.0000        –        –   1.0000\n"), "{}", out.stdout);
    assert!(out.stdout.contains("they agree on every word") && !out.stdout.contains("NaN"), "{}", out.stdout);
}

#[test]
fn in_one_project_the_overruled_count_and_what_was_undone_does_not() {
    let desk = Desk::new();
    let note = Document::new("a.txt", TEXT);
    let (anna, ben) = (Hand::new(&desk, "ward.db", "anna"), Hand::new(&desk, "ward.db", "ben"));
    anna.label("a.txt", TEXT, &ANNA);
    ben.toggle(&note, &[(7, 0)]);
    let undone = ben.toggle(&note, &[(4, 1)]);
    let mut project = ben.open();
    project.undo(&note, undone).unwrap();
    project.close().unwrap();
    // Anna insists.
    anna.toggle(&note, &[(7, 0)]);
    let out = desk.call("agreement ward.db --json");
    check(&out, 0, &["worked in one project", "--project", "anything in common of sev"]);
    let json: Value = serde_json::from_str(&out.stdout).unwrap();
    assert_eq!((&json["micro"]["cells"], &json["micro"]["disputed"]), (&1.into(), &1.into()), "{json}");
    assert_eq!((&json["pairs"][0]["one_project"], &json["labels"]["sev"]["kappa"]), (&true.into(), &Value::Null));
    let sets = json!([{"rater": "anna", "labels": []}, {"rater": "ben", "labels": ["sym"]}]);
    assert_eq!((&json["places"][0]["word"], &json["places"][0]["sets"]), (&json!("ache"), &sets));
}

#[test]
fn another_text_under_the_same_name_is_left_out_and_told() {
    let desk = Desk::new();
    for (place, name, text) in [("anna.db", "anna", TEXT), ("ben.db", "ben", "bad pain in the arm. no ache")] {
        let hand = Hand::new(&desk, place, name);
        hand.label("a.txt", text, &[(1, 0)]);
        hand.label("b.txt", "no pain", &[(1, 0)]);
    }
    let out = desk.call("agreement anna.db ben.db --json");
    check(&out, 0, &["1 note has other texts in other projects", "left out where these differ: a.txt"]);
    let json: Value = serde_json::from_str(&out.stdout).unwrap();
    let found = (&json["documents"], &json["sets"]["words"], &json["other_texts"]);
    assert_eq!(found, (&1.into(), &2.into(), &json!(["a.txt"])));
}

#[test]
fn raters_are_told_apart_and_a_project_is_read_once() {
    let desk = Desk::new();
    std::fs::create_dir_all(desk.path("ward/.chartmark")).unwrap();
    desk.write("ward/a.txt", TEXT);
    for (place, name, cells) in
        [("ward/.chartmark/project.db", "anna", &ANNA[..]), ("second.db", "anna", &BEN), ("ben.db", "ben", &BEN)]
    {
        Hand::new(&desk, place, name).label("a.txt", TEXT, cells);
    }
    let json = report(&desk, "ward/ second.db ./second.db ben.db ward");
    let names: Vec<&str> = json["raters"].as_array().unwrap().iter().map(|rater| rater["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["anna (ward)", "anna (second.db)", "ben"]);
    let pairs: Vec<(&Value, f64)> =
        json["pairs"].as_array().unwrap().iter().map(|pair| (&pair["raters"], pair["agreement"].as_f64().unwrap())).collect();
    assert_eq!(pairs[2], (&json!(["anna (second.db)", "ben"]), 1.0));
    assert_eq!((pairs.len(), pairs[0].1, pairs[1].1), (3, 12.0 / 14.0, 12.0 / 14.0));
    // Anna against Ben is as Anna against herself; the mean has three pairs, of which one agrees wholly.
    close(&json["labels"]["sym"]["kappa"], (8.0 / 22.0 * 2.0 + 1.0) / 3.0);
    assert_eq!(report(&desk, "ward/a.txt --project ben.db second.db")["raters"].as_array().unwrap().len(), 2);
}

#[test]
fn a_gold_file_is_a_rater_and_labels_go_by_their_names_of_now() {
    let desk = Desk::new();
    Hand::new(&desk, "anna.db", "anna").label("a.txt", TEXT, &ANNA);
    let span = |start: usize, end: usize, label: &str| json!({"start": start, "end": end, "label": label});
    let gold = json!({"id": "a.txt", "text": TEXT, "spans": [span(0, 8, "finding"), span(0, 3, "sev")]});
    desk.write("truth.jsonl", gold.to_string());
    let before = report(&desk, "anna.db truth.jsonl");
    assert_eq!((&before["labels"]["sym"]["cells"], &before["labels"]["finding"]["cells"]), (&0.into(), &0.into()));
    let mut project = Hand::new(&desk, "anna.db", "anna").open();
    let scheme = LabelScheme::from_names("s", &LABELS).unwrap();
    project.relabel(&scheme, &Relabel::Rename { label: "sym".into(), name: "finding".into() }, &[]).unwrap();
    project.close().unwrap();
    let json = report(&desk, "anna.db truth.jsonl");
    assert_eq!((&json["labels"]["finding"]["cells"], &json["labels"]["finding"]["disputed"]), (&7.into(), &1.into()), "{json}");
    assert_eq!((&json["raters"][1]["name"], &json["raters"][1]["annotator"]), (&json!("truth.jsonl"), &Value::Null));
    assert_eq!((&json["decisions"], &json["places"][0]["word"]), (&14.into(), &json!("bad")));
}

#[test]
fn where_nothing_can_be_compared_it_is_said_what_to_do() {
    let desk = Desk::new();
    Hand::new(&desk, "anna.db", "anna").label("a.txt", TEXT, &ANNA);
    Hand::new(&desk, "other.db", "ben").label("b.txt", TEXT, &BEN);
    Project::open(&desk.path("empty.db"), "a").unwrap().close().unwrap();
    for (call, expected) in [
        (
            "agreement anna.db",
            &["decided by anna", "takes two", "--annotator NAME --project NAME.db", "key B", "nothing was changed"][..],
        ),
        ("agreement anna.db ./anna.db", &["decided by anna"]),
        ("agreement empty.db", &["nothing is decided in empty.db yet", "--annotator NAME"]),
        ("agreement anna.db other.db", &["no two of anna, ben have decided the same label", "both name and text"]),
        ("agreement anna.db nowhere.db", &["nothing at nowhere.db"]),
        ("agreement anna.db note.txt", &["no project", "name another project"]),
        ("agreement --project none.db", &["no project none.db"]),
        ("agreement", &["no project"]),
    ] {
        let out = desk.call(call);
        check(&out, 1, expected);
        assert_eq!(out.stdout, "", "{call}");
    }
}

#[test]
fn hostile_names_and_words_are_shown_and_never_obeyed() {
    let desk = Desk::new();
    let (id, text) = ("a\u{1b}[31m\n.txt", "pa\u{1b}in \u{202e}ache");
    for (place, name, cells) in [("one.db", "an\u{1b}[2Jna", &[(0, 0)][..]), ("two.db", "ben", &[(0, 1)])] {
        Hand::new(&desk, place, name).label(id, text, cells);
    }
    let out = desk.call("agreement one.db two.db");
    check(&out, 0, &[]);
    assert!(out.stdout.contains("an␛[2Jna") && out.stdout.contains("a␛[31m .txt"), "{}", out.stdout);
    assert!(!out.stdout.contains(['\u{1b}', '\u{202e}']), "{}", out.stdout);
    assert_eq!(report(&desk, "one.db two.db")["places"][0]["id"], id);
}
