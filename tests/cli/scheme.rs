//! Label schemes from the shell.

use chartmark::domain::{Annotations, Document, EditId, LabelScheme, Shown};
use chartmark::store::Project;
use chartmark::tokenization::segment;
use serde_json::Value;

use super::desk::{Desk, NOTE, check};
use crate::heads::two_headed;

/// A scheme whose labels no model knows, with a seed term that is in the note, and one that the model knows.
const OWN: &str =
    "name = \"own\"\n[[label]]\nname = \"body\"\nseeds = [\"leg\", \"ar*\"]\n[[label]]\nname = \"drug\"\nkey = \"d\"\n";

/// A desk with a model of two heads: `findings` (symptom, anatomy, drug) and `Drugs & doses` (drug, dose).
pub fn desk() -> Desk {
    let (desk, model) = (Desk::new(), two_headed());
    std::fs::create_dir(desk.path("two")).unwrap();
    for entry in std::fs::read_dir(model.path()).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), desk.path("two").join(entry.file_name())).unwrap();
    }
    desk.write("own.toml", OWN);
    desk
}

/// The labels with scores that `predict` writes.
fn scored(desk: &Desk, options: &[&str]) -> Vec<String> {
    let call = ["predict", "note.txt", "--model", "two", "--format", "jsonl"];
    let out = desk.run(call.into_iter().chain(options.iter().copied()));
    check(&out, 0, &[]);
    let json: Value = serde_json::from_str(&out.stdout).unwrap();
    let mut labels: Vec<String> = json["words"][0]["scores"].as_object().unwrap().keys().cloned().collect();
    labels.sort();
    labels
}

#[test]
fn scheme_chooses_a_head_or_reads_a_file_and_an_unknown_name_lists_what_there_is() {
    let desk = desk();
    assert_eq!(scored(&desk, &[]), ["anatomy", "drug", "symptom"]);
    assert_eq!(scored(&desk, &["--scheme", "findings"]), ["anatomy", "drug", "symptom"]);
    assert_eq!(scored(&desk, &["--scheme", "Drugs & doses"]), ["dose", "drug"]);
    assert_eq!(scored(&desk, &["--scheme", "own.toml"]), ["body", "drug"]);
    for call in ["predict note.txt", "evaluate --gold gold.jsonl", "note.txt"] {
        let out = desk.call(&format!("{call} --model two --scheme nonsense"));
        check(&out, 2, &["no label scheme or scheme file 'nonsense'", "'findings', 'Drugs & doses'"]);
    }
    let out = desk.run(["evaluate", "--gold", "gold.jsonl", "--model", "two", "--scheme", "Drugs & doses", "--json"]);
    check(&out, 0, &[]);
    assert!(out.stdout.contains("\"dose\"") && !out.stdout.contains("\"anatomy\""), "{}", out.stdout);
    let doctor = desk.call("doctor --model two");
    assert!(
        doctor.stdout.contains("; label schemes: findings (3 labels: symptom, anatomy, drug); Drugs & doses"),
        "{}",
        doctor.stdout
    );
}

#[test]
fn labels_that_no_model_knows_are_suggested_by_their_seed_terms() {
    let desk = desk();
    let out = desk.call("predict note.txt --model two --scheme own.toml --format jsonl");
    check(&out, 0, &["tiny has not learned body: found by their seed terms alone"]);
    let json: Value = serde_json::from_str(&out.stdout).unwrap();
    let carries = |word: &&Value| word["labels"].as_array().unwrap().contains(&"body".into());
    let found: Vec<&Value> = json["words"].as_array().unwrap().iter().filter(carries).collect();
    assert_eq!(found.len(), 1, "{}", out.stdout);
    let (start, score) = (found[0]["start"].as_u64().unwrap(), found[0]["scores"]["body"].as_f64().unwrap());
    assert_eq!((start, (score * 100.0).round()), (16, 60.0), "leg");
}

#[test]
fn a_scheme_file_is_begun_checked_and_shown_again() {
    let desk = desk();
    check(&desk.call("scheme init --from findings --out ward.toml --model two"), 0, &["ward.toml is written"]);
    check(&desk.call("scheme check ward.toml"), 0, &["'ward' has 3 labels"]);
    check(&desk.call("scheme init --out ward.toml"), 1, &["never overwritten"]);
    check(&desk.call("scheme init --out blank.toml"), 0, &[]);
    check(&desk.call("scheme check blank.toml"), 1, &["blank.toml: the scheme has no labels"]);
    let uncommented: String = desk
        .read("blank.toml")
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(row) if row.starts_with('[') || row.contains(" = ") => format!("{row}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    desk.write("begun.toml", uncommented);
    check(&desk.call("scheme check begun.toml"), 0, &["1 label and 3 seed terms"]);
    check(&desk.call("scheme init --from nonsense --out x.toml"), 2, &["nonsense"]);
    assert!(!desk.path("x.toml").exists());
    desk.write("wrong.toml", OWN.replace("key = \"d\"", "key = \"dd\"\ncolor = \"red\""));
    check(&desk.call("scheme check wrong.toml"), 1, &["wrong.toml:7: ", "wrong.toml:8: "]);
    let none = desk.call("scheme check nope.toml");
    check(&none, 1, &["nope.toml could not be read"]);
    assert_eq!(none.stderr.matches("nope.toml").count(), 1, "said once: {}", none.stderr);
    check(&desk.call("predict note.txt --scheme wrong.toml --model two"), 1, &["wrong.toml:7: "]);
    let shown = desk.call("scheme show own.toml");
    check(&shown, 0, &[]);
    desk.write("again.toml", &shown.stdout);
    assert_eq!(desk.call("scheme show again.toml").stdout, shown.stdout);
    let built_in = desk.call("scheme show clinical");
    desk.write("clinical.toml", &built_in.stdout);
    check(&desk.call("scheme check clinical.toml"), 0, &["'clinical' has 16 labels"]);
}

#[test]
fn a_head_is_trained_for_the_labels_of_a_scheme_file() {
    let desk = desk();
    desk.write(
        "sym.toml",
        "name = \"mine\"\n[[label]]\nname = \"sym\"\nkey = \"y\"\n[[label]]\nname = \"later\"\nseeds = [\"leg\"]\n",
    );
    let out = desk.call("train --gold gold.jsonl --base tiny --epochs 1 --scheme sym.toml --out mine");
    check(&out, 0, &["labels that 'mine' lacks are left out: sev"]);
    let out = desk.call("predict note.txt --model mine --scheme mine --format jsonl");
    check(&out, 0, &[]);
    let json: Value = serde_json::from_str(&out.stdout).unwrap();
    let labels: Vec<&String> = json["words"][0]["scores"].as_object().unwrap().keys().collect();
    assert_eq!(labels.len(), 2, "{labels:?}");
    let wrong = desk.call("train --gold gold.jsonl --base tiny --scheme own.toml --out none");
    check(&wrong, 1, &["no labelled word"]);
}

/// Decides that "pain" is a symptom, in the project beside `note.txt`.
fn decide(desk: &Desk) {
    let mut project = Project::open(&desk.path(".chartmark/project.db"), "Dr. Grey").unwrap();
    let scheme = LabelScheme::from_names("findings", &["symptom", "anatomy", "drug"]).unwrap();
    let shown = Shown { predictions: None, thresholds: &[0.5; 3] };
    let toggle = Annotations::default().toggle(EditId(1), [1], 0, &shown);
    project.edit(&Document::new("note.txt", NOTE), &segment(NOTE), &scheme, &toggle).unwrap();
    project.close().unwrap();
}

fn in_use(desk: &Desk) -> (String, Vec<String>) {
    let out = desk.call("scheme list note.txt --model two --json");
    check(&out, 0, &[]);
    let json: Value = serde_json::from_str(&out.stdout).unwrap();
    let schemes = json["schemes"].as_array().unwrap();
    let name = |scheme: &Value| scheme["name"].as_str().unwrap().to_owned();
    assert_eq!(schemes.iter().filter(|scheme| scheme["in_use"] == true).count(), 1);
    (name(&schemes[0]), schemes.iter().map(name).collect())
}

#[test]
fn a_project_takes_other_labels_and_keeps_its_decisions() {
    let desk = desk();
    decide(&desk);
    assert_eq!(in_use(&desk).0, "findings", "the model's first");
    let out = desk.call("scheme use own.toml note.txt --model two");
    check(
        &out,
        0,
        &[
            "the labels of 'own' now: 2",
            "new: body",
            "gone: symptom, anatomy",
            "1 decision is in labels that it lacks (symptom 1)",
        ],
    );
    let (name, all) = in_use(&desk);
    assert_eq!((name.as_str(), &all[..3]), ("own", &["own".to_owned(), "findings".into(), "Drugs & doses".into()][..]));
    assert!(desk.call("scheme list note.txt --model two").stdout.contains("* own"));
    assert_eq!(desk.call("scheme show note.txt --model two").stdout, desk.call("scheme show own.toml").stdout);
    // Nothing of it is gone.
    assert!(desk.call("export note.txt --to gold").stdout.contains("symptom"));
    check(&desk.call("scheme use findings note.txt --model two"), 0, &["new: symptom, anatomy", "gone: body"]);
    assert_eq!(in_use(&desk).0, "findings");
    // What it had before can be named without the file.
    std::fs::remove_file(desk.path("own.toml")).unwrap();
    check(&desk.call("scheme use own note.txt --model two"), 0, &["'own'"]);
    check(&desk.call("scheme use nonsense note.txt --model two"), 2, &["'own', 'findings'"]);
    check(&desk.call("doctor note.txt --model two"), 0, &[]);
}

#[test]
fn the_scheme_of_the_command_line_begins_a_project_and_hides_nothing_unasked() {
    let desk = desk();
    // Training opens the project as the screen does, and finds nothing to learn from.
    check(&desk.call("train note.txt --model two --scheme own.toml"), 1, &[]);
    assert_eq!(in_use(&desk).0, "own");
    decide(&desk);
    check(&desk.call("train note.txt --model two --scheme findings"), 0, &[]);
    assert_eq!(in_use(&desk).0, "findings", "no decision is hidden by it");
    let refused = desk.call("train note.txt --model two --scheme own.toml");
    check(&refused, 2, &["with 'own' 1 decision is in labels that it lacks (symptom 1)", "chartmark scheme use"]);
    assert_eq!(in_use(&desk).0, "findings");
}

#[test]
fn labels_are_changed_one_by_one_and_changes_taken_back() {
    let desk = Desk::new();
    let change = |what: &str, expected: &str| {
        let out = desk.call(&format!("scheme change note.txt {what}"));
        check(&out, 0, &[expected]);
    };
    change("--rename symptom finding", "'symptom' is called 'finding' now");
    change("--add ward", "'ward' is added");
    change("--merge ward finding", "'ward' is merged into 'finding': 0 words");
    let shown = desk.call("scheme show note.txt");
    let merged = shown.stdout.contains("was = [\"symptom\"]\nmerged = [\"ward\"]");
    assert!(merged && !shown.stdout.contains("name = \"ward\""), "{}", shown.stdout);
    change("--undo", "Taken back: that 'ward' is merged");
    change("--undo", "Taken back: that 'ward' is added");
    change("--undo", "Taken back: that 'symptom' is called 'finding'");
    check(&desk.call("scheme change note.txt --undo"), 1, &["no change of these labels is left to take back"]);
    check(&desk.call("scheme change note.txt --delete nothing"), 1, &["no label called 'nothing'"]);
    check(&desk.call("scheme change note.txt"), 2, &["--add"]);
}
