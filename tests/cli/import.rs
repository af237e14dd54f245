//! `import`: decisions from elsewhere.

use chartmark::store::Project;
use serde_json::{Value, json};

use super::desk::{Desk, check};

/// Two notes, and gold that knows one of them, one with another text, one under another id, and one from elsewhere.
fn desk() -> Desk {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("notes")).unwrap();
    for (name, text) in [("a.txt", "bad pain"), ("b.txt", "no ache"), ("c.txt", "mild cough")] {
        desk.write(&format!("notes/{name}"), text);
    }
    let span = json!({"start": 4, "end": 8, "label": "symptom"});
    let line = |id: &str, text: &str| json!({"id": id, "text": text, "spans": [span]}).to_string();
    let unlabelled = json!({"id": "b.txt", "text": "no ache"}).to_string();
    let lines = [
        line("a.txt", "bad pain"),
        line("c.txt", "bad cough"),
        line("patient 7", "mild cough"),
        line("z", "not here"),
        unlabelled,
    ];
    desk.write("decided.jsonl", lines.join("\n"));
    desk
}

/// The id and the number of spans of each exported document.
fn exported(desk: &Desk, place: &str) -> Vec<(String, usize)> {
    let out = desk.call(&format!("export {place} --to gold"));
    check(&out, 0, &[]);
    let line = |line: &str| -> (String, usize) {
        let line: Value = serde_json::from_str(line).unwrap();
        (line["id"].as_str().unwrap().to_owned(), line["spans"].as_array().unwrap().len())
    };
    out.stdout.lines().map(line).collect()
}

#[test]
fn documents_are_matched_by_id_and_text_and_the_others_are_named() {
    let desk = desk();
    let out = desk.call("import decided.jsonl notes --from gold --annotator ann");
    let expected = [
        "2 documents with 2 spans imported into notes/.chartmark/project.db",
        "1 document found by text",
        "1 document without \"spans\" left out",
        "as they have another text in the notes: c.txt",
        "as they are not in the notes: z",
    ];
    check(&out, 0, &expected);
    assert_eq!(out.stdout, "");
    assert_eq!(exported(&desk, "notes"), [("a.txt".to_owned(), 1), ("c.txt".to_owned(), 1)]);
    let events = || Project::look(&desk.path("notes/.chartmark/project.db")).unwrap().last_event().unwrap();
    let before = events();
    check(&desk.call("import decided.jsonl notes --from gold"), 0, &["0 documents", "2 documents had been imported before"]);
    assert_eq!(events(), before, "importing again changes nothing");
    check(&desk.call("doctor notes --model tiny"), 0, &[]);
}

#[test]
fn complete_gold_decides_every_word_and_partial_gold_only_those_with_a_span() {
    for (how, undecided) in [("", None), ("--complete", None), ("--partial", Some("undecided"))] {
        let desk = desk();
        check(&desk.call(&format!("import decided.jsonl notes --from gold {how}")), 0, &[]);
        let project = Project::look(&desk.path("notes/.chartmark/project.db")).unwrap();
        let scheme = chartmark::domain::LabelScheme::from_names("s", &["symptom"]).unwrap();
        let note = chartmark::domain::Document::new("a.txt", "bad pain");
        let decisions = project.decisions(&scheme, |id| (*id == note.id).then(|| (0, note.clone()))).unwrap();
        let cells: Vec<_> = decisions[0].cells.iter().map(|cell| (cell.word, cell.present)).collect();
        let expected: &[(u32, bool)] = if undecided.is_some() { &[(1, true)] } else { &[(0, false), (1, true)] };
        assert_eq!(cells, expected, "{how}");
    }
}

#[test]
fn a_project_of_its_own_holds_what_is_imported() {
    let desk = desk();
    check(&desk.call("import decided.jsonl --project own.db --from gold"), 0, &["4 documents with 4 spans"]);
    assert_eq!(exported(&desk, "own.db").len(), 4);
    desk.write("new.jsonl", r#"{"id":"n","text":"weak leg","spans":[{"start":0,"end":4,"label":"unheard"}]}"#);
    check(&desk.call("import new.jsonl own.db --from gold"), 0, &["1 document with 1 span", "label scheme: unheard"]);
    assert_eq!(exported(&desk, "own.db").len(), 5);
}

#[test]
fn what_can_not_be_imported_changes_nothing() {
    let desk = desk();
    desk.write("elsewhere.jsonl", r#"{"id":"n","text":"weak leg","spans":[]}"#);
    for (call, expected) in [
        ("import nowhere.jsonl notes --from gold", "nowhere.jsonl can't be opened"),
        ("import note.txt notes --from gold", "note.txt holds no decisions"),
        ("import elsewhere.jsonl notes --from gold", "nothing was imported"),
        ("import elsewhere.jsonl --from gold", "nothing was imported"),
        ("import decided.jsonl nonotes --from gold", "nothing at nonotes"),
    ] {
        check(&desk.call(call), 1, &[expected]);
    }
    check(&desk.call("export notes --to gold"), 1, &["no decisions yet"]);
    let held = {
        let mut project = Project::open(&desk.path("notes/.chartmark/project.db"), "b").unwrap();
        project.hold().unwrap();
        project
    };
    check(&desk.call("import decided.jsonl notes --from gold"), 1, &["another"]);
    drop(held);
}
