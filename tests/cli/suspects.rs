//! `chartmark suspects`.

use chartmark::domain::{Annotations, Document, EditId, LabelScheme, Shown};
use chartmark::store::Project;
use chartmark::tokenization::segment;
use serde_json::{Value, json};

use super::desk::{Desk, check};

/// Twelve documents of gold in which "pain" is a symptom, but for one in the document `n3`.
fn gold() -> String {
    let document = |number: usize| {
        let text = "é bad pain in the leg. no pain";
        let spans: Vec<Value> = [(6, 10), (26, 30)]
            .into_iter()
            .filter(|span| (number, span.0) != (3, 26))
            .map(|(start, end)| json!({"start": start, "end": end, "label": "sym"}))
            .collect();
        json!({"id": format!("n{number}"), "text": text, "spans": spans}).to_string() + "\n"
    };
    (0..12).map(document).collect()
}

/// `--json`'s report.
fn report(desk: &Desk, call: &str) -> Value {
    let out = desk.call(call);
    check(&out, 0, &[]);
    serde_json::from_str(&out.stdout).unwrap()
}

#[test]
fn an_omission_in_gold_is_the_first_suspect() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("pains")).unwrap();
    desk.write("pains/gold.jsonl", gold());
    let json = report(&desk, "suspects pains/gold.jsonl --model tiny --json");
    assert_eq!((&json["cells"], &json["unchecked"]), (&(12 * 8).into(), &json!([])));
    let first = &json["suspects"][0];
    let fields = ["id", "start", "end", "word", "label", "decision", "by", "at"].map(|key| &first[key]);
    let expected = [json!("n3"), json!(26), json!(30), json!("pain"), json!("sym"), json!("absent"), json!("gold"), Value::Null];
    assert_eq!(fields.map(Value::clone), expected, "{json}");
    assert!(first["reason"].as_str().unwrap().starts_with("decided absent, but words like it are present: "), "{first}");
    assert!(first["probability"].as_f64() > first["usual"].as_f64());

    let out = desk.call("suspects pains/gold.jsonl --model tiny --limit 1");
    check(&out, 0, &["decisions look wrong; 1 listed"]);
    assert!(
        out.stdout.starts_with("1  n3 26-30 'pain' sym: decided absent") && out.stdout.lines().count() == 1,
        "{}",
        out.stdout
    );
    assert!(!desk.path("pains/.chartmark").exists(), "nothing is made");
}

#[test]
fn a_projects_decisions_are_checked_and_who_made_them_is_told() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("pains")).unwrap();
    // The omission is put right and another made, by hand, above the gold.
    desk.write("pains/gold.jsonl", gold());
    let mut project = Project::open(&desk.path("pains/.chartmark/project.db"), "Dr. Grey").unwrap();
    let scheme = LabelScheme::from_names("s", &["sym"]).unwrap();
    let shown = Shown { predictions: None, thresholds: &[0.5] };
    for line in gold().lines() {
        let (documents, _) = chartmark::formats::gold::read(line.as_bytes(), "gold");
        let (note, spans) = (&documents[0].document, documents[0].spans.as_deref().unwrap());
        project.import_gold(note, spans, Some(&["sym".into()])).unwrap();
        let words = segment(&note.text);
        if ["n3", "n7"].contains(&note.id.as_str()) {
            let known: Annotations = project.annotations(note, &words, &scheme).unwrap().annotations;
            project.edit(note, &words, &scheme, &known.toggle(EditId(1), [words.len() - 1], 0, &shown)).unwrap();
        }
    }
    project.close().unwrap();
    for call in ["suspects pains", "suspects pains/.chartmark/project.db", "suspects --project pains/.chartmark/project.db"] {
        let first = report(&desk, &format!("{call} --model tiny --json"))["suspects"][0].clone();
        let fields = ["id", "start", "by"].map(|key| first[key].clone());
        assert_eq!(fields, [json!("n7"), json!(26), json!("Dr. Grey")], "{call}");
        assert!(first["at"].is_i64());
    }
}

#[test]
fn where_nothing_is_decided_that_is_said() {
    let desk = Desk::new();
    check(&desk.call("suspects note.txt --model tiny"), 1, &["nothing is decided in note.txt"]);
    check(&desk.call("suspects nowhere.jsonl --model tiny"), 1, &["nothing at nowhere.jsonl"]);
    check(&desk.call("suspects --project none.db --model tiny"), 1, &["no project none.db"]);
    let mut project = Project::open(&desk.path("few.db"), "a").unwrap();
    let (note, words) = (Document::new("note.txt", "bad pain"), segment("bad pain"));
    let scheme = LabelScheme::from_names("s", &["sym"]).unwrap();
    let edit = Annotations::default().toggle(EditId(1), [1], 0, &Shown { predictions: None, thresholds: &[0.5] });
    project.edit(&note, &words, &scheme, &edit).unwrap();
    project.close().unwrap();
    let few = desk.call("suspects few.db --model tiny");
    check(&few, 0, &["0 of 0 decisions look wrong", "too few decisions, present or absent, to check: sym"]);
    assert_eq!(few.stdout, "");
}
